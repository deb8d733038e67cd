"""batchslo-run ends as the job ends, and tells how."""
import signal
import subprocess
import unittest
from pathlib import Path

from case import BINARY, PYTHON, Case


class Outcomes(Case):
    def test_exit_codes_are_the_jobs_and_told(self):
        exporter = self.exporter()
        script = Path(self.dir, "plain")
        script.write_text("no program")
        rows = [(["sh", "-c", "exit 0"], 0), (["sh", "-c", "exit 1"], 1), (["sh", "-c", "exit 42"], 42),
                ([str(script)], 126), ([self.dir], 126), (["no-such-command"], 127), (["/no/such/command"], 127)]
        for number, (command, code) in enumerate(rows, 1):
            done = self.run_job(exporter, *command)
            self.assertEqual(done.returncode, code, command)
            start, end = exporter.wait(2 * number)[-2:]
            self.assertEqual((start["status"], end["exit_code"]), ("start", code))
            self.assertEqual(end["status"], "success" if code == 0 else "failure")
            self.assertEqual(start["run_id"], end["run_id"])
            self.assertLessEqual(start["at"], end["at"])
            self.assertEqual(start["path"], "/api/v1/heartbeat/team/job")
            if code in (126, 127):
                self.assertIn(b"batchslo-run: ", done.stderr)
                self.assertIn(command[0], end["message"])
            else:
                self.assertEqual(done.stderr, b"")

    def test_bad_usage_is_125(self):
        for words in ([], ["--job"], ["--job", "j"], ["--nonsense"], ["--job", "j", "--token", "x", "true"], ["--flush", "true"]):
            done = subprocess.run([BINARY, *words], capture_output=True, env=self.environment(), check=False)
            self.assertEqual(done.returncode, 125, words)
            self.assertTrue(done.stderr.startswith(b"batchslo-run: "), done.stderr)

    def test_help_and_version_go_to_stdout(self):
        for flag, text in (("--help", b"usage: batchslo-run"), ("--version", b"batchslo-run ")):
            done = subprocess.run([BINARY, flag], capture_output=True, env={}, check=True)
            self.assertTrue(done.stdout.startswith(text))

    def test_death_by_signal_is_the_wrappers_too(self):
        exporter = self.exporter()
        for number, sig in enumerate((signal.SIGTERM, signal.SIGKILL, signal.SIGSEGV, signal.SIGINT, signal.SIGUSR1, signal.SIGPIPE), 1):
            done = self.run_job(exporter, "sh", "-c", f"echo last words >&2; kill -{int(sig)} $$")
            self.assertEqual(done.returncode, -sig)
            end = exporter.wait(2 * number)[-1]
            self.assertEqual((end["status"], end["exit_code"]), ("failure", 128 + sig))
            self.assertTrue(end["message"].startswith(f"last words\ndied of signal {int(sig)} ("), end["message"])

    def test_the_tail_of_stderr_is_sent_in_whole_valid_lines(self):
        exporter = self.exporter()
        code = "import os\nfor i in range(3000): os.write(2, b'line %d \\xff\\n' % i)\nos._exit(1)"
        done = self.run_job(exporter, *PYTHON, code)
        lines = exporter.wait(2)[-1]["message"].splitlines()
        self.assertEqual(lines[-1], "line 2999 \ufffd")
        self.assertRegex(lines[0], r"^line \d+ \ufffd$")
        self.assertGreater(len(lines), 500)
        self.assertEqual(len(done.stderr.splitlines()), 3000)

    def test_job_names_are_encoded_and_run_ids_kept(self):
        exporter = self.exporter()
        self.run_job(exporter, "true", job="a b/c?\u20ac", flags=["--run-id", "mine"])
        start, end = exporter.wait(2)
        self.assertEqual(start["path"], "/api/v1/heartbeat/a%20b/c%3F%E2%82%AC")
        self.assertEqual((start["run_id"], end["run_id"]), ("mine", "mine"))

    def test_refusals_warn_and_are_not_spooled(self):
        for status, hint in (("404 Not Found", b"--job"), ("401 Unauthorized", b"token"), ("400 Bad", b"--run-id"), ("302 Found", b"redirect")):
            done = self.run_job(self.exporter(status), "sh", "-c", "exit 3")
            self.assertEqual(done.returncode, 3)
            self.assertIn(hint, done.stderr)
            self.assertEqual(done.stderr.count(b"\n"), 1, done.stderr)
            self.assertEqual(self.spooled(), [])

    def test_without_a_token_or_with_a_bad_url_the_job_runs_and_the_warning_says_what_to_do(self):
        exporter = self.exporter()
        rows = [({"BATCHSLO_TOKEN": ""}, b"BATCHSLO_TOKEN"), ({"BATCHSLO_TOKEN": "a\nb"}, b"no header"),
                ({"BATCHSLO_TOKEN": "", "BATCHSLO_TOKEN_FILE": "/no/file"}, b"/no/file: No such file")]
        for env, hint in rows:
            done = self.run_job(exporter, "sh", "-c", "exit 4", env=self.environment(**env))
            self.assertEqual((done.returncode, hint in done.stderr), (4, True), done.stderr)
        done = subprocess.run([BINARY, "--job", "j", "sh", "-c", "exit 5", self.dir], env=self.environment(BATCHSLO_URL="nowhere"),
                              capture_output=True, check=False)
        self.assertEqual((done.returncode, b"BATCHSLO_URL" in done.stderr), (5, True))
        quiet = self.run_job(exporter, "true", flags=["--quiet"], env=self.environment(BATCHSLO_TOKEN=""))
        self.assertEqual(quiet.stderr, b"")
        self.assertEqual(exporter.events, [])


if __name__ == "__main__":
    unittest.main()
