#!/usr/bin/env python3
"""The real binary while its clock jumps, both ways: libfaketime gives it a wall clock that a file moves; its steady one is the machine's."""
import glob
import json
import os
import sqlite3
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "daemon"))
from case import ENV, PUSH, TOKEN, DaemonTest  # noqa: E402
from harness import parse, run  # noqa: E402

FAKETIME = (glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1") + [None])[0]


@unittest.skipUnless(FAKETIME, "no libfaketime: scripts/install --tests brings it")
class Clock(DaemonTest):
    def started(self, config):
        self.ahead = 0
        self.set_clock(0)
        env = {**ENV, "LD_PRELOAD": FAKETIME, "FAKETIME_TIMESTAMP_FILE": self.path("clock"), "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1"}
        return self.daemon(config, "--evaluation.interval=200ms", env=env)

    def set_clock(self, ahead):
        """The daemon's clock, seconds ahead of ours."""
        self.ahead = ahead
        os.rename(self.write("clock.next", "%+d" % ahead), self.path("clock"))

    def judged_anew(self, daemon, job):
        """A word about the job makes the daemon look at it again, at the clock of now."""
        self.told = getattr(self, "told", 0) + 1
        count = daemon.value("batchslo_job_runs_total", job_name=job) or 0
        self.assertEqual(daemon.push(job, TOKEN, status="failure", run_id="told-%d" % self.told).status, 200)
        daemon.wait_for(lambda: (daemon.value("batchslo_job_runs_total", job_name=job) or 0) > count)

    def verdicts(self, daemon):
        return {l["job_name"]: v for n, l, v in parse(daemon.metrics()) if n == "batchslo_job_slo_met"}

    def missed(self):
        """A ledger of ten hours: both jobs succeeded 95 minutes ago, and are missed since half an hour, one by a deadline."""
        now = time.time()

        def at(ago):
            return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now - ago))
        facts = [{"fact": "view", "complete": True, "ago": ago} for ago in range(36000, 0, -30)]
        for job in ("report", "table"):
            facts += [{"fact": "job", "job": job, "configured": True, "ago": 36000},
                      {"fact": "run", "job": job, "run_id": "a", "outcome": "succeeded", "finished_at": at(5700), "ago": 5700}]
        lines = [json.dumps({"source": "push", "observed_at": at(fact.pop("ago")), **fact}) for fact in facts]
        code, _, err = run("ledger", "import", "--store=sqlite://" + self.path("ledger.db"), self.write("facts.jsonl", "\n".join(lines) + "\n"))
        self.assertEqual(code, 0, err)
        due = time.strftime("%H:%M", time.gmtime(now - 1800))
        return PUSH + 'jobs:\n  report: {runs: {source: push}, within: 65m}\n  table: {runs: {source: push}, by: "%s", since: 45m}\n' % due

    def test_clock_back_1h_no_refire(self):
        daemon = self.started(self.missed())
        for job in ("report", "table"):
            daemon.wait_state(job, "missed")
        self.set_clock(-3600)
        daemon.wait_for(lambda: "our clock has gone back by 1h" in daemon.log())
        for job in ("report", "table"):
            self.judged_anew(daemon, job)
            self.assertEqual(daemon.state(job), "missed")
        since = daemon.value("batchslo_job_state_since_timestamp_seconds", job_name="report")
        self.set_clock(0)
        daemon.wait_for(lambda: "our clock has jumped ahead by 1h" in daemon.log())
        for job in ("report", "table"):
            self.judged_anew(daemon, job)
            self.assertEqual(daemon.state(job), "missed")
        self.assertEqual(daemon.value("batchslo_job_state_since_timestamp_seconds", job_name="report"), since)
        daemon.push("report", TOKEN, run_id="b")
        daemon.wait_state("report", "met")

    def test_clock_forward_1d_no_mass_miss(self):
        database = sqlite3.connect(self.path("dwh.db"), isolation_level=None)
        self.addCleanup(database.close)
        database.execute("create table items (loaded_at integer)")
        database.execute("insert into items values (?)", [int(time.time())])
        self.write("landed.csv", "1\n")
        pushed = ["job%02d" % i for i in range(30)]
        config = PUSH.replace("}}\n", "}, poll_interval: 1s}\n") + (
            "  dwh: {sql: {url: 'sqlite://%s', updated_at: loaded_at}, poll_interval: 1s}\n  disk: {files: {root: %s}, poll_interval: 1s}\njobs:\n"
            "  items: {output: dwh/items, within: 1h}\n  landed: {outputs: {csv: {source: disk, path: landed.csv}}, within: 1h}\n" % (self.path("dwh.db"), self.folder))
        daemon = self.started(config + "".join("  %s: {runs: {source: push}, within: 1h}\n" % job for job in pushed))
        for job in pushed:
            daemon.push(job, TOKEN, run_id="a")
        everyone = set(pushed) | {"items", "landed"}
        daemon.wait_for(lambda: {job for job, v in self.verdicts(daemon).items() if v == 1} == everyone)
        self.set_clock(86400)
        daemon.wait_for(lambda: "our clock has jumped ahead by 1d" in daemon.log())
        polls = {source: daemon.value("batchslo_source_poll_duration_seconds_count", source=source) for source in ("dwh", "disk")}
        daemon.wait_for(lambda: all(daemon.value("batchslo_source_poll_duration_seconds_count", source=source) > count + 1 for source, count in polls.items()), "all were asked again")
        self.assertEqual(self.verdicts(daemon), {}, "what was met a day ago is neither met nor missed")
        self.assertEqual({daemon.state(job) for job in everyone}, {"unknown"})
        for job in pushed[:10]:
            self.judged_anew(daemon, job)
            daemon.push(job, TOKEN, run_id="b")
        daemon.wait_for(lambda: set(self.verdicts(daemon).items()) == {(job, 1) for job in pushed[:10]})
        for ahead in (29, 58, 75):  # no jumps, as small as they are
            evaluated = daemon.value("batchslo_evaluation_timestamp_seconds")
            self.set_clock(86400 + ahead)
            daemon.wait_for(lambda evaluated=evaluated: daemon.value("batchslo_evaluation_timestamp_seconds") > evaluated + 10)
        daemon.wait_for(lambda: {job for job, v in self.verdicts(daemon).items() if v == 0} == {"items", "landed"}, "what can be proven is missed after a minute")

    def test_what_a_clock_told_that_was_ahead_is_put_right(self):
        daemon = self.started(PUSH + "jobs:\n  report: {runs: {source: push}, within: 1h}\n")
        daemon.wait_for(lambda: daemon.value("batchslo_evaluation_timestamp_seconds"))
        self.set_clock(7200)
        daemon.wait_for(lambda: "our clock has jumped ahead by 2h" in daemon.log())
        before = time.time()
        daemon.push("report", TOKEN, run_id="a")
        daemon.wait_state("report", "met")
        self.set_clock(0)
        daemon.wait_for(lambda: "our clock has gone back by 2h" in daemon.log())

        def last_success():
            return daemon.value("batchslo_job_last_success_timestamp_seconds", job_name="report")
        daemon.wait_for(lambda: before - 2 < last_success() < time.time() + 2, "it is minutes old, not two hours ahead")
        self.assertEqual(daemon.state("report"), "met")
        daemon.stop()
        daemon = self.started(PUSH + "jobs:\n  report: {runs: {source: push}, within: 1h}\n")
        daemon.wait_state("report", "met")
        self.assertTrue(before - 2 < last_success() < time.time() + 2, "the ledger knows, too")


if __name__ == "__main__":
    unittest.main()
