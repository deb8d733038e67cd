#!/usr/bin/env python3
"""The real kube-state-metrics and the real binary side by side on one API server, over the same CronJobs and Jobs: every
row that both have is equal, or differs for a reason that has a name; and what each of them costs.

BATCHSLO_FLEET=2000x20000 (CronJobs x Jobs) is the size of the nightly run; the default is smaller.
"""
import os
import shutil
import signal
import sys
import tempfile
import time
import unittest
from pathlib import Path

from story import K
import rows
from control_plane import ApiServer
from fleet import Fleet, fate_of, stamp, succeeded
from kube_state_metrics import KubeStateMetrics, Ours, cost_of_quiet, cost_of_scrapes, cost_of_view, table, version
from peer import main, wait_for
from runner import lacks
from writer import Writer

CRON_JOBS, JOBS = map(int, os.environ.get("BATCHSLO_FLEET", "200x2000").split("x"))
LAG = 60  # seconds for a change to reach both, and for both to come back to the API server


class SideBySide(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp(prefix="batchslo-kube-state-metrics-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        began = time.monotonic()
        with Writer(K) as writer:
            cls.fleet = Fleet(writer, CRON_JOBS, JOBS)
            cls.fleet.load()
        print("%d CronJobs and %d Jobs written in %.0f s" % (CRON_JOBS, JOBS, time.monotonic() - began), flush=True)
        cls.costs = [cls.start("theirs", KubeStateMetrics), cls.start("ours", Ours)]

    @classmethod
    def start(cls, name, kind):
        """Started twice: to see how long it takes, and to see what it costs when nobody looks."""
        first = kind(K, cls.folder / (name + "-first")).started()
        try:
            took = first.time_to_view((CRON_JOBS, JOBS))
        finally:
            first.end()
        watcher = kind(K, cls.folder / name).started()
        cls.addClassCleanup(watcher.end)
        setattr(cls, name, watcher)
        return {"time to the first complete view": "%.1f s" % took, **cost_of_view(watcher, took + 3)}

    def compared(self):
        """(counts, what is unexplained) of the moment."""
        theirs, ours, now = self.theirs.samples(), self.ours.samples(), time.time()
        return rows.compare(rows.of_kube_state_metrics(theirs), rows.of_ours(ours), rows.objects(K), now)

    def assert_rows_agree(self):
        """At once, or when both have heard of the newest change."""
        found = []

        def agree():
            found[:] = [self.compared()]
            return not found[0][1]
        try:
            wait_for(agree, "the rows agree", LAG)
        except AssertionError:
            raise AssertionError("%d rows differ:\n%s" % (len(found[0][1]), "\n".join(found[0][1][:20]))) from None
        return found[0][0]

    def with_fate(self, *fates):
        return sum(fate_of(i) in fates for i in range(CRON_JOBS))

    def test_1_every_row_is_equal_or_differs_for_a_named_reason(self):
        counts = self.assert_rows_agree()
        print("\n" + rows.table(counts), flush=True)
        for field in rows.FIELDS:
            self.assertEqual(sum(n for (of, _), n in counts.items() if of == field), CRON_JOBS)
        self.assertEqual(counts["suspension", "equal"], CRON_JOBS)
        self.assertEqual(counts["schedule", "equal"], CRON_JOBS)
        self.assertEqual(counts["last success", "told late"], self.with_fate("status behind"))
        self.assertEqual(counts["last success", "no history"], self.with_fate("no history"))
        self.assertEqual(counts["next run", "suspended"], self.with_fate("suspended", "suspended and never ran"))
        self.assertEqual(counts["next run", "never"], self.with_fate("never fires"))
        self.assertGreaterEqual(counts["next run", "passed"], self.with_fate("controller away"))

    def test_2_what_each_costs(self):
        for cost, quiet in zip(self.costs, cost_of_quiet([self.theirs, self.ours])):
            cost.update(quiet)
        for cost, watcher in zip(self.costs, [self.theirs, self.ours]):
            cost.update(cost_of_scrapes(watcher))
        print("\n" + table(["kube-state-metrics " + version(), "batchslo_exporter"], self.costs), flush=True)

    def change(self, first):
        """Something of each kind, to the five from the first on."""
        now = int(time.time())
        ns, name = zip(*(self.fleet.name(i) for i in range(first, first + 5)))
        path = ["/apis/batch/v1/namespaces/%s/cronjobs/%s" % each for each in zip(ns, name)]
        with Writer(K) as writer:
            writer.send("PATCH", path[0], {"spec": {"suspend": True}})
            writer.send("PATCH", path[1], {"spec": {"schedule": "0 0 1 1 *", "timeZone": "Asia/Tokyo"}})
            writer.send("DELETE", path[2], {})
            writer.job(ns[3], name[3] + "-changed", writer.send("GET", path[3], None), succeeded(now - 5, now - 1))
            writer.cron_job_status(ns[3], name[3], {"lastSuccessfulTime": stamp(now - 1), "lastScheduleTime": stamp(now - 5)})
            writer.cron_job(ns[4], name[4] + "-made", {"schedule": "0 0 1 1 *"})

    def test_3_changes_reach_both(self):
        self.change(0)
        self.assert_rows_agree()

    def test_4_both_come_back_after_the_api_server_was_killed(self):
        K.stop("api", signal.SIGKILL)
        K.start_api()
        self.change(10)
        self.assert_rows_agree()


if __name__ == "__main__":
    missing = lacks("1.36.3", "kube-state-metrics")
    if missing:
        print("SKIP kube-state-metrics v2.19.1: " + ", ".join(missing))
        sys.exit(0)
    with ApiServer("1.36.3") as K.plane:
        main("kube-state-metrics", version())
