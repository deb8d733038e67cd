"""What can not be told is kept, and told later in order."""
import os
import resource
import shutil
import signal
import subprocess
import time
import unittest
from pathlib import Path

from case import BINARY, PYTHON, Case, processes_with, wait_until
from exporter import TOKEN


class Spooling(Case):
    def test_what_is_spooled_goes_with_the_next_run_at_its_true_time(self):
        exporter = self.exporter(listening=False)
        before = time.time()
        done = self.run_job(exporter, "sh", "-c", "echo why >&2; exit 5", job="first", flags=["--run-id", "r1"])
        self.assertEqual(done.returncode, 5)
        after = time.time()
        self.stop_couriers()
        self.assertEqual(len(self.spooled()), 2)
        for name in self.spooled():
            self.assertEqual(Path(self.spool, name).stat().st_mode & 0o777, 0o600)
            self.assertNotIn(TOKEN, Path(self.spool, name).read_text())
        exporter.listen()
        self.run_job(exporter, "true", job="second")
        events = exporter.wait(4)
        old = [e for e in events if e["run_id"] == "r1"]
        self.assertEqual([(e["status"], e.get("message"), e["path"]) for e in old],
                         [("start", None, "/api/v1/heartbeat/first"), ("failure", "why\n", "/api/v1/heartbeat/first")])
        for event in old:
            at = time.mktime(time.strptime(event["at"][:19], "%Y-%m-%dT%H:%M:%S")) - time.timezone
            self.assertTrue(int(before) <= at <= after)
        wait_until(lambda: not self.spooled())
        wait_until(lambda: not processes_with(self.dir))

    def test_the_courier_tries_again_after_503(self):
        exporter = self.exporter(lambda c, number: "503 Busy\r\nRetry-After: 1" if number <= 2 else "200 OK")
        done = self.run_job(exporter, "true")
        self.assertIn(b"answered 503", done.stderr)
        events = exporter.wait(2)
        self.assertEqual([e["status"] for e in events], ["start", "success"])
        wait_until(lambda: not self.spooled() and not processes_with(self.dir))

    def test_flush_sends_all_and_says_what_is_left(self):
        exporter = self.exporter(listening=False)
        self.run_job(exporter, "true")
        self.stop_couriers()
        words = [BINARY, "--flush", "--url", exporter.url, "--spool-dir", str(self.spool)]
        left = subprocess.run(words, env=self.environment(), capture_output=True, check=False)
        self.assertEqual((left.returncode, b"2 events are left" in left.stderr, len(self.spooled())), (1, True, 2))
        exporter.listen()
        self.assertEqual(subprocess.run(words, env=self.environment(), capture_output=True, check=False).returncode, 0)
        self.assertEqual(([e["status"] for e in exporter.events], self.spooled()), (["start", "success"], []))

    def test_many_wrappers_share_a_spool(self):
        exporter = self.exporter(listening=False)
        jobs = [subprocess.Popen(self.words(exporter, "true", job=f"job{i}", flags=["--run-id", f"run{i}"]), env=self.environment(),
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for i in range(24)]
        self.assertEqual([job.wait(timeout=60) for job in jobs], [0] * 24)
        for pid in list(processes_with(str(self.spool)))[::2]:  # half lose their courier
            os.kill(pid, signal.SIGTERM)
        exporter.listen()
        flushers = [subprocess.Popen(self.words(exporter, "true", job="later"), env=self.environment(), stdout=subprocess.DEVNULL,
                                     stderr=subprocess.DEVNULL) for _ in range(4)]
        self.assertEqual([job.wait(timeout=60) for job in flushers], [0] * 4)
        wait_until(lambda: not processes_with(self.dir), 90)
        subprocess.run([BINARY, "--flush", "--url", exporter.url, "--spool-dir", str(self.spool)], env=self.environment(), check=True)
        self.assertEqual(self.spooled(), [])
        for i in range(24):
            statuses = [e["status"] for e in exporter.events if e["run_id"] == f"run{i}"]
            self.assertEqual(statuses, ["start", "success"], i)

    def test_a_start_that_waits_goes_before_the_end(self):
        exporter = self.exporter(lambda c, number: "500 Oops" if number == 1 else "200 OK")
        job = subprocess.Popen(self.words(exporter, *PYTHON, "input()"), env=self.environment(), stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        wait_until(lambda: len(self.spooled()) == 1)
        _, err = job.communicate(b"\n", timeout=30)
        self.assertEqual([e["status"] for e in exporter.wait(2)], ["start", "success"])
        self.assertEqual((err, self.spooled()), (b"", []))

    def test_an_unwritable_spool_warns_and_memory_serves(self):
        Path(self.dir, "file").write_text("")
        self.spool = Path(self.dir, "file", "spool")
        exporter = self.exporter(listening=False)
        done = self.run_job(exporter, "sh", "-c", "exit 3")
        self.assertEqual(done.returncode, 3)
        self.assertIn(b"not spooled in", done.stderr)
        self.assertIn(b"Not a directory", done.stderr)
        exporter.listen()
        self.assertEqual([e["status"] for e in exporter.wait(2)], ["start", "failure"])

    def test_a_full_disk_warns_and_leaves_no_halves(self):
        done = self.run_job(self.exporter(listening=False), "sh", "-c", "exit 3",
                            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (50, 50)))
        self.assertEqual(done.returncode, 3)
        self.assertIn(b"File too large", done.stderr)
        self.assertEqual(list(self.spool.iterdir()), [])

    def test_without_processes_to_spare_the_job_still_runs(self):
        shutil.copy(BINARY, Path(self.dir, "batchslo-run"))
        os.chmod(self.dir, 0o755)
        words = self.words(self.exporter(), "sh", "-c", "exit 3")
        words[0] = str(Path(self.dir, "batchslo-run"))

        def prepare():
            resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
            if os.geteuid() == 0:  # whom the limit doesn't bind
                os.setgroups([])
                os.setgid(64123)
                os.setuid(64123)
        done = subprocess.run(words, env=self.environment(), capture_output=True, preexec_fn=prepare, check=False)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn(b"takes the place", done.stderr)


if __name__ == "__main__":
    unittest.main()
