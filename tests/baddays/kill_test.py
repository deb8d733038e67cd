#!/usr/bin/env python3
"""kill -9 under a load of heartbeats: what was answered 200 is in the ledger, and the ledger is sound. $BATCHSLO_KILL_CYCLES times."""
import http.client
import json
import os
import signal
import sqlite3
import sys
import threading
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "daemon"))
from case import PUSH, TOKEN, DaemonTest  # noqa: E402
from harness import parse, run, wait_for  # noqa: E402

CYCLES = int(os.environ.get("BATCHSLO_KILL_CYCLES", "25"))
THREADS = 8
JOBS = ["job%d" % i for i in range(200)]  # what a daemon does at its start grows with the runs of one
ENOUGH = 40  # acknowledged, before it is killed


class Kill(DaemonTest):
    def beat_until_killed(self, daemon, cycle):
        """[(job, run id)] of what was answered 200."""
        acknowledged, refused, stop = [], [], threading.Event()

        def beat(jobs):
            count = 0
            while not stop.is_set():
                job, run_id = jobs[count % len(jobs)], "c%d-%d" % (cycle, count)
                try:
                    status = daemon.push_once(job, TOKEN, status="success", run_id=run_id).status
                except (OSError, http.client.HTTPException):
                    return
                if status == 200:
                    acknowledged.append((job, run_id))
                    count += 1
                elif status != 503:  # it is starting
                    refused.append(status)
        threads = [threading.Thread(target=beat, args=(JOBS[i::THREADS],)) for i in range(THREADS)]
        for thread in threads:
            thread.start()
        try:
            wait_for(lambda: len(acknowledged) > ENOUGH, "heartbeats are taken", log=daemon.log)
            daemon.stop(signal.SIGKILL)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        self.assertEqual(refused, [])
        return acknowledged

    def kept(self, daemon):
        code, out, err = run("ledger", "export", "--store=" + daemon.store)
        self.assertEqual(code, 0, err)
        return {(fact["job"], fact["run_id"]) for fact in map(json.loads, out.splitlines()) if "run_id" in fact}

    def integrity(self):
        database = sqlite3.connect(self.path("ledger.db"))
        try:
            return database.execute("pragma integrity_check").fetchone()[0]
        finally:
            database.close()

    def test_what_was_answered_is_there_after_kill_9(self):
        daemon = self.daemon(PUSH + "jobs:\n" + "".join("  %s: {runs: {source: push}, within: 1h}\n" % job for job in JOBS))
        acknowledged = set()
        for cycle in range(CYCLES):
            fresh = self.beat_until_killed(daemon, cycle)
            acknowledged |= set(fresh)
            if cycle % 25 == 24 or cycle == CYCLES - 1:
                self.assertEqual(acknowledged - self.kept(daemon), set(), "cycle %d" % cycle)
                self.assertEqual(self.integrity(), "ok", "cycle %d" % cycle)
            daemon.start()
        daemon.wait_state("job0", "met")
        totals = sum(v for n, _, v in parse(daemon.metrics()) if n == "batchslo_job_runs_total")
        self.assertGreaterEqual(totals, len(acknowledged))
        print("KILL cycles=%d acknowledged=%d missing=%d integrity=%s" % (CYCLES, len(acknowledged), len(acknowledged - self.kept(daemon)), self.integrity()))


if __name__ == "__main__":
    unittest.main()
