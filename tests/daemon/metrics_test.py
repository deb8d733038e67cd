#!/usr/bin/env python3
"""The page of the real binary over a fleet with every state: it is the contract in tests/testdata/metrics.txt.

No source tells the size of an output yet, so batchslo_output_size_bytes is not there.
"""
import collections
import gzip
import json
import os
import re
import sqlite3
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from case import PUSH, TOKEN, DaemonTest  # noqa: E402
from quiet_cluster import QuietCluster  # noqa: E402
from harness import parse, run  # noqa: E402

CONTRACT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "testdata", "metrics.txt")
OPEN_METRICS = "application/openmetrics-text;version=1.0.0"
STATES = ["met", "missed", "unknown", "pending", "paused", "gone"]
CONFIG = """sources:
  push: {heartbeat: {token: {env: HEARTBEAT_TOKEN}}, poll_interval: 1s}
  dwh: {sql: {url: 'sqlite://%(folder)s/dwh.db', updated_at: loaded_at}, poll_interval: 300ms}
  nowhere: {sql: {url: 'sqlite://%(folder)s/nowhere.db', updated_at: loaded_at}, poll_interval: 300ms}
  warehouse: {bigquery: {project: p, endpoint: 'http://127.0.0.1:1', credentials: {file: %(folder)s/none.json}}, poll_interval: 300ms}
  cluster: {kubernetes: {kubeconfig: %(folder)s/kubeconfig}}
registries: {team: {csv: {file: jobs.csv}}}
jobs:
  met: {runs: {source: push}, within: 1h, max_runtime: 1h, team: platform, consumer: restore drill, runbook_url: "https://wiki.example/met", dashboard_url: "https://graphs.example/met"}
  missed: {output: dwh/items, within: 1s, rows: ">= 10"}
  unknown: {runs: {source: push}, every_run: {}}
  pending: {runs: {source: push}, schedule: "0 0 1 1 *"}
  paused: {runs: {source: push}, within: 1h}
  gone: {runs: {source: push}, within: 1h}
  failed: {runs: {source: push}, within: 1h, needs: [missed]}
  unproven: {runs: {source: push}, within: 1h}
  'odd "name\\n': {output: nowhere/x, within: 1h}
"""
COUNTED = '  counted: {runs: {source: push}, by: "%s", since: 1h, target: 99%% over 28d}\n'
SHRINKING = '  shrinking: {runs: {source: push}, by: "%s", since: 6h}\n'


def families(text):
    """{name: (type, {label sets})} of a page in the text format."""
    types = dict(re.findall(r"(?m)^# TYPE (\S+) (\S+)$", text))
    found = collections.defaultdict(set)
    for name, labels, _ in parse(text):
        family = name if name in types else re.sub(r"_(bucket|sum|count)$", "", name)
        found[family].add(tuple(sorted(labels)))
    return {name: (types[name], sets) for name, sets in found.items()}


class Metrics(DaemonTest):
    def fleet(self, *flags):
        """A daemon with a job in every state; pauses and ends come from its ledger, as a scheduler told them before."""
        database = sqlite3.connect(self.path("dwh.db"), isolation_level=None)
        self.addCleanup(database.close)
        database.execute("create table items (loaded_at integer)")
        database.execute("insert into items values (?)", [int(time.time())])
        cluster = QuietCluster()
        self.addCleanup(cluster.close)
        self.write("kubeconfig", cluster.kubeconfig())
        self.write("jobs.csv", "job,team\nfailed,data\n")
        started = time.time()

        def at(age):
            return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(started - age))
        now, before = at(0), at(7200)
        facts = [{"fact": "job", "source": "push", "job": "paused", "paused": True, "observed_at": now}, {"fact": "job", "source": "push", "job": "gone", "observed_at": now},
                 {"fact": "gone", "source": "push", "job": "gone", "observed_at": now}, {"fact": "job", "source": "push", "job": "unproven", "observed_at": before}]
        store = "sqlite://" + self.path("ledger.db")
        facts.append({"fact": "run", "source": "push", "job": "counted", "run_id": "r", "outcome": "succeeded", "finished_at": at(600), "observed_at": at(600)})
        facts.append({"fact": "job", "source": "push", "job": "counted", "observed_at": at(7200)})
        for night in range(29):  # takes three minutes longer each night
            due = 7200 + 86400 * (28 - night)
            facts.append({"fact": "run", "source": "push", "job": "shrinking", "run_id": str(night), "outcome": "succeeded", "started_at": at(due + 4 * 3600),
                          "finished_at": at(due + 7200 - 180 * night), "observed_at": at(due + 7200 - 180 * night)})
        code, _, err = run("ledger", "import", "--store=" + store, self.write("facts.jsonl", "".join(json.dumps(fact) + "\n" for fact in facts)))
        self.assertEqual(code, 0, err)
        counted = COUNTED % at(120)[11:16]
        self.count_from(3600, PUSH + "jobs:\n" + counted, store)
        daemon = self.daemon(CONFIG % {"folder": self.folder} + counted + SHRINKING % at(7200)[11:16], "--evaluation.interval=200ms", "--web.config.file=" + self.write("web.yml", "{}"), *flags, store=store)
        for status in ("start", "success"):
            daemon.push("met", TOKEN, status=status, run_id="a")
        daemon.push("met", TOKEN, status="start", run_id="b")
        daemon.push("failed", TOKEN, status="failure", run_id="c", exit_code=1, message="Traceback\nValueError: no rows in \"items\" \\ 42")
        for state in STATES:
            daemon.wait_state(state, state)
        daemon.wait_for(lambda: daemon.value("batchslo_job_slo_met", job_name="missed", objective="within") == 0)
        daemon.wait_for(lambda: daemon.value("batchslo_job_slo_unproven", job_name="unproven") == 1)
        if "--no-collector.budget" not in flags:
            daemon.wait_for(lambda: daemon.value("batchslo_job_windows_total", job_name="counted") == 1)
        last = {"batchslo_source_poll_failures_total", "batchslo_kubernetes_list_total", "batchslo_kubernetes_watch_total", "batchslo_kubernetes_relist_total",
                "batchslo_job_last_failure_info", "batchslo_source_clock_skew_seconds"}
        if "--no-collector.self" not in flags:
            daemon.wait_for(lambda: last <= set(families(daemon.metrics())))
        return daemon

    def count_from(self, age, config, store):
        """As if a daemon had begun to count windows so many seconds ago."""
        with self.daemon(config, "--evaluation.interval=200ms", store=store) as daemon:
            ledger = sqlite3.connect(self.path("ledger.db"), isolation_level=None)
            self.addCleanup(ledger.close)
            daemon.wait_for(lambda: ledger.execute("select 1 from tallies where job = 'counted'").fetchone())
        ledger.execute("update tallies set until = until - ? where job = 'counted'", [age * 1000000])

    def page(self, daemon, **headers):
        return daemon.request("/metrics", headers={name.replace("_", "-"): value for name, value in headers.items()})

    def test_names_types_and_labels_are_the_contract(self):
        """UPDATE_GOLDEN=1 in the environment writes the file anew, for a review of the difference."""
        lines = ["# Every family of the page over a fleet with every state, as the real binary shows it: name, type, labels.\n",
                 "# A line that changes or goes is a breaking change. Written by: UPDATE_GOLDEN=1 python3 tests/daemon/metrics_test.py\n"]
        for name, (kind, sets) in sorted(families(self.page(self.fleet("--collector.trend")).text).items()):
            lines += ["%s %s {%s}\n" % (name, kind, ",".join(labels)) for labels in sorted(sets)]
        if os.environ.get("UPDATE_GOLDEN"):
            with open(CONTRACT, "w") as out:
                out.writelines(lines)
        with open(CONTRACT) as contract:
            self.assertEqual(contract.readlines(), lines)

    def test_both_formats_say_the_same_and_gzip_changes_nothing(self):
        daemon = self.fleet()
        text, opened = self.page(daemon), self.page(daemon, Accept=OPEN_METRICS)
        self.assertEqual(text.headers["Content-Type"], "text/plain; version=0.0.4; charset=utf-8")
        self.assertEqual(opened.headers["Content-Type"], "application/openmetrics-text; version=1.0.0; charset=utf-8")
        self.assertTrue(opened.text.endswith("\n# EOF\n"))
        names = [(n, sorted(l.items())) for n, l, _ in parse(text.text) if not n.startswith("batchslo_http_")]
        self.assertEqual(names, [(n, sorted(l.items())) for n, l, _ in parse(opened.text) if not n.startswith("batchslo_http_")])
        zipped = self.page(daemon, Accept_Encoding="gzip")
        self.assertEqual(zipped.headers["Content-Encoding"], "gzip")
        self.assertEqual({n for n, _, _ in parse(gzip.decompress(zipped.body).decode())}, {n for n, _, _ in parse(text.text)})

    def test_no_series_comes_twice_and_infos_are_unique_on_their_keys(self):
        keys = {"batchslo_job_info": ["job_name"], "batchslo_job_slo_info": ["job_name", "objective"], "batchslo_job_source_info": ["job_name", "role"], "batchslo_job_state": ["job_name"],
                "batchslo_job_last_failure_info": ["job_name"], "batchslo_build_info": [],
                "batchslo_web_info": []}
        samples = parse(self.page(self.fleet()).text)
        series = collections.Counter((n, tuple(sorted(l.items()))) for n, l, _ in samples)
        self.assertEqual([s for s, count in series.items() if count > 1], [])
        self.assertEqual({n for n, _, _ in samples if n.endswith("_info")} - set(keys), set())
        for name, key in keys.items():
            joins = collections.Counter(tuple(l[k] for k in key) for n, l, _ in samples if n == name)
            self.assertTrue(joins, name)
            self.assertEqual(set(joins.values()), {1}, name)
            self.assertEqual({v for n, _, v in samples if n == name}, {1}, name)

    def test_what_is_not_known_is_not_there(self):
        samples = parse(self.page(self.fleet()).text)
        met = {l["job_name"]: v for n, l, v in samples if n == "batchslo_job_slo_met" and l["objective"] == "within"}
        unknown = {l["job_name"]: v for n, l, v in samples if n == "batchslo_job_slo_unknown" and l["objective"] != "max_runtime"}
        self.assertEqual((met["met"], met["missed"]), (1, 0))
        for job in ("unknown", "pending", "paused"):
            self.assertNotIn(job, met)
        self.assertEqual((unknown["met"], unknown["unknown"], unknown["paused"]), (0, 1, 0))
        succeeded = {l["job_name"] for n, l, _ in samples if n == "batchslo_job_seconds_since_last_success"}
        self.assertIn("met", succeeded)
        self.assertEqual(succeeded & {"failed", "pending", "paused", "unknown"}, set())
        for _, _, value in samples:
            self.assertEqual(value, value, "no NaN")

    def test_groups_go_and_come(self):
        off = self.fleet("--no-collector.runs", "--no-collector.budget", "--no-collector.self")
        names = set(families(self.page(off).text))
        self.assertIn("batchslo_job_slo_met", names)
        self.assertEqual([n for n in names if not n.startswith("batchslo_job_")] + [n for n in names if n.endswith(("_runs_total", "_windows_total", "_ratio"))], [])

    def test_a_group_that_is_asked_for_again_is_there(self):
        daemon = self.daemon("jobs: {}\n", "--no-collector.self", "--collector.self")
        self.assertIn("batchslo_build_info", daemon.metrics())

    def test_what_is_to_be_expected_is_told_only_when_asked_for(self):
        trend = {"batchslo_job_at_risk", "batchslo_job_margin_trend_ratio", "batchslo_job_predicted_miss_timestamp_seconds", "batchslo_job_slo_threshold_seconds"}
        self.assertEqual(trend & set(families(self.page(self.fleet()).text)), set())

    def test_promtool_takes_the_page(self):
        checked = subprocess.run(["promtool", "check", "metrics"], input=self.page(self.fleet()).text, capture_output=True, text=True)
        self.assertEqual((checked.returncode, checked.stdout, checked.stderr), (0, "", ""))

    def test_health_may_be_asked_by_head(self):
        daemon = self.daemon("jobs: {}\n")
        daemon.wait_for(lambda: daemon.request("/-/ready").status == 200)
        for path in ("/-/healthy", "/-/ready", "/metrics", "/"):
            head = daemon.request(path, "HEAD")
            self.assertEqual((head.status, head.body), (200, b""), path)


if __name__ == "__main__":
    unittest.main()
