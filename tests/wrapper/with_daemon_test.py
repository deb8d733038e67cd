"""The real batchslo-run tells the real batchslo_exporter ($BATCHSLO_EXPORTER)."""
import shutil
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

from case import BINARY, PYTHON, Case
from exporter import TOKEN

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "daemon"))
from harness import Daemon  # noqa: E402

CONFIG = ("sources:\n  push: {heartbeat: {token: {env: HEARTBEAT_TOKEN}}}\n"
          "jobs:\n  team/load: {runs: {source: push}, within: 1h}\n")
JOB = {"job_name": "team/load"}


class WithDaemon(Case):
    def setUp(self):
        super().setUp()
        folder = Path(self.dir, "daemon")
        folder.mkdir()
        self.daemon = Daemon(CONFIG, str(folder), env={"HEARTBEAT_TOKEN": TOKEN})
        self.addCleanup(self.daemon.__exit__)
        self.listen = "--web.listen-address=" + self.daemon.url.split("//")[1]

    def run_load(self, *command, run="r", flags=(), token=TOKEN):
        began = time.monotonic()
        done = self.run_job(self.daemon.url, *command, job="team/load", flags=["--run-id", run, *flags], env=self.environment(BATCHSLO_TOKEN=token))
        return done, time.monotonic() - began

    def start_again(self):
        self.daemon.flags = (self.listen,)
        command = self.daemon.command
        self.daemon.command = lambda: [word for word in command() if not word.endswith("127.0.0.1:0")]
        self.daemon.start()

    def totals(self):
        return self.daemon.value("batchslo_job_runs_total", **JOB), self.daemon.value("batchslo_job_failed_runs_total", **JOB)

    def test_a_failure_is_shown_with_its_traceback(self):
        done, _ = self.run_load(*PYTHON, "def load(): raise ValueError('no rows today')\nload()")
        self.assertEqual((done.returncode, done.stderr.count(b"ValueError")), (1, 1))
        self.daemon.wait_for(lambda: self.totals() == (1, 1))
        self.assertIn("ValueError: no rows today", self.daemon.request("/jobs/team/load").text)
        self.run_load("true", run="r2")
        self.daemon.wait_state("team/load", "met")

    def test_what_an_exporter_that_was_away_missed_counts_once_at_its_true_time(self):
        self.assertEqual(self.daemon.stop(), 0)
        for run, code in (("a", 0), ("b", 3), ("c", 0)):
            done, seconds = self.run_load("sh", "-c", "exit %d" % code, run=run)
            self.assertEqual(done.returncode, code)
            self.assertLess(seconds, 2)  # the job's own time, and at most one second
        self.stop_couriers()
        self.assertEqual(len(self.spooled()), 6)
        kept = shutil.copytree(self.spool, Path(self.dir, "kept"))
        before = time.time()
        self.start_again()
        flush = [BINARY, "--flush", "--url", self.daemon.url]
        for spool in (self.spool, kept):  # the second time is a repetition of all
            done = subprocess.run([*flush, "--spool-dir", str(spool)], env=self.environment(), capture_output=True, check=False)
            self.assertEqual((done.returncode, list(spool.iterdir())), (0, []), done.stderr)
            self.daemon.wait_for(lambda: self.totals() == (3, 1))
        self.daemon.wait_state("team/load", "met")
        self.assertLessEqual(self.daemon.value("batchslo_job_last_success_timestamp_seconds", **JOB), before)

    def test_a_frozen_exporter_costs_the_job_less_than_a_second_and_is_told_when_it_wakes(self):
        self.daemon.send(signal.SIGSTOP)
        self.addCleanup(self.daemon.send, signal.SIGCONT)
        done, seconds = self.run_load("sh", "-c", "exit 3")
        self.assertEqual((done.returncode, b"spooled" in done.stderr), (3, True), done.stderr)
        self.assertLess(seconds, 2)
        self.daemon.send(signal.SIGCONT)
        self.daemon.wait_for(lambda: self.totals() == (1, 1), patience=60)

    def test_a_wrong_token_is_said_and_costs_the_job_nothing(self):
        done, _ = self.run_load("sh", "-c", "exit 3", token="wrong-token-wrong-token")
        self.assertEqual((done.returncode, b"answered 404" in done.stderr, b"token" in done.stderr), (3, True, True), done.stderr)
        self.assertEqual(self.spooled(), [])

    def test_an_exporter_that_comes_back_soon_is_told_without_a_later_run(self):
        self.assertEqual(self.daemon.stop(), 0)
        self.run_load("true", run="x")
        self.start_again()
        self.daemon.wait_for(lambda: self.totals()[0] == 1, patience=60)


if __name__ == "__main__":
    unittest.main()
