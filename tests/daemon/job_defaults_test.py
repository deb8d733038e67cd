#!/usr/bin/env python3
"""The real binary: what holds for jobs that it discovers and nobody wrote objectives for, and how one makes it one's own."""
import os
import signal
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from case import DaemonTest  # noqa: E402
from harness import run  # noqa: E402
from quiet_cluster import QuietCluster  # noqa: E402

CONFIG = """
sources:
  gke:
    kubernetes: {kubeconfig: %s}
    job_defaults:
      gold: {labels: "tier=gold", within: 26h, severity: critical, team: gold}
      night: {namespaces: ["batch-*"], by: "06:00", since: 12h, grace: 5m}
"""


def cronjob(namespace, name, labels=None, annotations=None):
    return {"metadata": {"name": name, "namespace": namespace, "uid": namespace + name, "resourceVersion": "1", "creationTimestamp": "2026-01-01T00:00:00Z",
                         "labels": labels or {}, "annotations": annotations or {}}, "spec": {"schedule": "0 0 * * *", "timeZone": "Etc/UTC"}, "status": {}}


class JobDefaults(DaemonTest):
    def setUp(self):
        super().setUp()
        cluster = QuietCluster([cronjob("ads", "gold", {"tier": "gold"}), cronjob("batch-a", "load"), cronjob("ads", "plain"),
                                cronjob("batch-a", "own", annotations={"batchslo/within": "1h"})])
        self.addCleanup(cluster.close)
        self.config = CONFIG % self.write("kubeconfig", cluster.kubeconfig())
        self.exporter = self.daemon(self.config)
        self.exporter.wait_for(lambda: len(self.exporter.request("/api/v1/jobs").json["data"]) == 4, "all CronJobs are there")

    def told(self):
        return {job["job"]: [(o["kind"], o["objective_from"], o["severity"]) for o in job["objectives"]] for job in self.exporter.request("/api/v1/jobs").json["data"]}

    def test_each_job_is_judged_by_the_first_that_fits(self):
        self.assertEqual(self.told(), {"ads/gold": [("within", "default", "critical")], "batch-a/load": [("by", "default", "warning")],
                                       "ads/plain": [("every_run", "derived", "warning")], "batch-a/own": [("within", "annotation", "critical")]})
        self.assertEqual(self.exporter.value("batchslo_job_slo_info", job_name="ads/gold", objective="within", kind="within", severity="critical", objective_from="default"), 1)
        self.assertIn("(default)", self.exporter.request("/jobs/ads/gold").text)

    def test_a_reload_changes_them(self):
        self.exporter.write(self.config.replace("tier=gold", "tier=none"))
        self.exporter.send(signal.SIGHUP)
        self.exporter.wait_for(lambda: self.told()["ads/gold"] == [("every_run", "derived", "warning")], "no default takes it")

    def test_adopt_prints_what_then_is_ones_own(self):
        url = "--url=" + self.exporter.url
        code, out, err = run("adopt", "batch-a/load", url)
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(out, """\
# by is default: by 06:00 (UTC), grace 5m
jobs:
  batch-a/load:
    by: "06:00"
    timezone: UTC
    since: "12h"
    grace: "5m"
    # severity: warning  # as it was; without it: that of defaults, critical
""")
        self.exporter.write(self.config + out)
        self.exporter.send(signal.SIGHUP)
        self.exporter.wait_for(lambda: self.told()["batch-a/load"] == [("by", "job", "critical")], "it is its own")
        self.assertEqual(run("adopt", "batch-a/load", url)[0], 1)


if __name__ == "__main__":
    unittest.main()
