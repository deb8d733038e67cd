#!/usr/bin/env python3
"""The real binary and its ledger: a full disk, an export beside it, totals that only grow."""
import os
import resource
import signal
import shutil
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import Daemon, run  # noqa: E402

TOKEN = "a-token-that-nobody-guesses-6f3a"
CONFIG = "sources:\n  push: {heartbeat: {token: {env: HEARTBEAT_TOKEN}}}\njobs:\n  backup: {runs: {source: push}, within: 1h}\n"


class LedgerTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="batchslo-test-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def daemon(self, **options):
        daemon = Daemon(CONFIG, self.folder, "--evaluation.interval=200ms", env={"HEARTBEAT_TOKEN": TOKEN}, **options)
        self.addCleanup(daemon.__exit__)
        return daemon

    def push(self, daemon, run_id, **fields):
        return daemon.push("backup", TOKEN, run_id=run_id, **fields)

    def export(self, daemon):
        code, out, err = run("ledger", "export", "--store=" + daemon.store)
        self.assertEqual((code, err), (0, ""))
        return out

    def test_heartbeats_get_503_while_the_disk_is_full_and_evaluation_goes_on(self):
        """A limit on the size of files, in place of a full disk."""
        daemon = self.daemon()
        self.assertEqual(self.push(daemon, "before").status, 200)
        daemon.wait_state("backup", "met")
        pid, (soft, hard) = daemon.process.pid, resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, hard))

        def refused():
            reply = self.push(daemon, "lost", exit_code=1)
            return reply if reply.status != 200 else None
        reply = daemon.wait_for(refused)
        self.assertEqual(reply.status, 503)
        self.assertGreater(int(reply.headers["Retry-After"]), 0)
        daemon.wait_for(lambda: daemon.value("batchslo_store_up") == 0)
        evaluated = daemon.value("batchslo_evaluation_timestamp_seconds")
        daemon.wait_for(lambda: daemon.value("batchslo_evaluation_timestamp_seconds") > evaluated, "it evaluates on")
        self.assertEqual(daemon.state("backup"), "met")
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, hard))
        self.assertEqual(self.push(daemon, "after", exit_code=1).status, 200)
        daemon.wait_for(lambda: daemon.value("batchslo_store_up") == 1)
        text = self.export(daemon)
        self.assertIn('"before"', text)
        self.assertIn('"after"', text)
        self.assertNotIn('"lost"', text)

    def test_an_export_needs_no_stop_and_an_import_is_told_who_holds_the_file(self):
        daemon = self.daemon()
        self.push(daemon, "one", exit_code=3, message="boom")
        first = self.export(daemon)
        self.assertIn('"one"', first)
        self.assertEqual(self.push(daemon, "two").status, 200)
        self.assertIn('"two"', self.export(daemon))
        facts = os.path.join(self.folder, "facts.jsonl")
        with open(facts, "w") as out:
            out.write(first)
        code, _, err = run("ledger", "import", "--store=" + daemon.store, facts)
        self.assertEqual(code, 2)
        self.assertIn("(process %d)" % daemon.process.pid, err)

    def test_totals_only_grow_over_restarts_and_what_is_told_again(self):
        daemon = self.daemon()
        for number in range(3):
            self.push(daemon, "run-%d" % number, exit_code=number % 2)

        def totals():
            return tuple(daemon.value("batchslo_job_%sruns_total" % kind, job_name="backup") for kind in ("", "failed_"))
        daemon.wait_for(lambda: totals() == (3, 1))
        for number in (signal.SIGTERM, signal.SIGKILL):
            daemon.stop(number)
            daemon.start()
            self.push(daemon, "run-1", exit_code=1)
            daemon.wait_for(lambda: totals()[0], "the totals are back")
            self.assertEqual(totals(), (3, 1))
        self.push(daemon, "run-4")
        daemon.wait_for(lambda: totals() == (4, 1))


if __name__ == "__main__":
    unittest.main()
