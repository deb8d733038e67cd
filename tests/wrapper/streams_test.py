"""What the job gets is what the caller gave: streams, environment, limits."""
import json
import os
import resource
import signal
import subprocess
import unittest
from pathlib import Path

from case import PYTHON, Case, processes_with
from exporter import TOKEN


class Transparency(Case):
    def test_streams_pass_byte_for_byte(self):
        exporter = self.exporter()
        data = os.urandom(10 << 20) + b"\0\0end"
        done = self.run_job(exporter, "cat", input=data)
        self.assertTrue(done.stdout == data)
        done = self.run_job(exporter, "sh", "-c", "cat >&2", input=data)
        self.assertTrue(done.stderr == data)
        self.assertEqual(done.returncode, 0)

    def test_stdin_and_stdout_are_the_very_same_files(self):
        source, sink = Path(self.dir, "in"), Path(self.dir, "out")
        source.write_bytes(b"x")
        with source.open("rb") as stdin, sink.open("wb") as stdout:
            self.run_job(self.exporter(), *PYTHON, "import os; print([(os.fstat(f).st_dev, os.fstat(f).st_ino) for f in (0, 1)])",
                         stdin=stdin, stdout=stdout, stderr=subprocess.DEVNULL, capture_output=False)
        self.assertEqual(sink.read_text().strip(), str([(os.stat(p).st_dev, os.stat(p).st_ino) for p in (source, sink)]))

    def test_closed_streams_stay_closed(self):
        code = ("import os, sys\nopen_fds = []\nfor fd in range(64):\n  try: os.fstat(fd); open_fds.append(fd)\n  except OSError: pass\n"
                "f = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT)\nos.write(f, repr(open_fds).encode())")
        for closed in ([0], [1], [2], [0, 1], [0, 1, 2]):
            exporter, seen = self.exporter(), []
            for words in (["wrapped"], ["direct"]):
                out = str(Path(self.dir, words[0]))
                command = [*PYTHON, code, out]
                subprocess.run(self.words(exporter, *command) if words == ["wrapped"] else command, env=self.environment(), check=True,
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               preexec_fn=lambda fds=closed: [os.close(fd) for fd in fds])
                seen.append(Path(out).read_text())
            self.assertEqual(*seen)
            self.assertEqual([e["status"] for e in exporter.wait(2)], ["start", "success"])

    def test_mask_dispositions_limits_and_directory_are_inherited(self):
        def prepare():
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2, signal.SIGTERM])
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_CORE, (4096, 8192))
            os.umask(0o027)
            os.chdir(self.dir)
        command = ["sh", "-c", "grep -E 'Sig(Blk|Ign|Cgt)|ShdPnd|Umask' /proc/self/status; ulimit -c; pwd; exit 9"]
        exporter = self.exporter()
        direct = subprocess.run(command, capture_output=True, env=self.environment(), preexec_fn=prepare, check=False)
        wrapped = self.run_job(exporter, *command, preexec_fn=prepare)
        self.assertEqual(direct.stdout, wrapped.stdout)
        self.assertEqual(wrapped.returncode, 9)

    def test_the_token_is_not_in_the_jobs_environment_or_any_command_line(self):
        code = "import os, json; print(json.dumps(dict(os.environ)))"
        words = self.words(self.exporter(), *PYTHON, code + "; input()", flags=["--run-id", "r1"])
        job = subprocess.Popen(words, env=self.environment(EXTRA="kept"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        env = json.loads(job.stdout.readline())
        self.assertEqual((env["BATCHSLO_JOB"], env["BATCHSLO_RUN_ID"], env["EXTRA"]), ("team/job", "r1", "kept"))
        self.assertNotIn(TOKEN, json.dumps(env))
        self.assertTrue(processes_with(self.dir))
        self.assertEqual(processes_with(TOKEN), {})
        job.communicate("\n", timeout=30)

    def test_a_token_file_serves_as_well(self):
        path = Path(self.dir, "token")
        path.write_text(TOKEN + "\n")
        exporter = self.exporter()
        self.run_job(exporter, "true", flags=["--token-file", "token"], env=self.environment(BATCHSLO_TOKEN="wrong"), cwd=self.dir)
        exporter.wait(2)

    def test_a_closed_stderr_reader_reaches_the_job(self):
        read, write = os.pipe()
        os.close(read)
        done = self.run_job(self.exporter(), "sh", "-c", "while echo x; do :; done >&2", stdout=subprocess.DEVNULL, stderr=write, capture_output=False,
                            restore_signals=True)
        os.close(write)
        self.assertIn(done.returncode, (-signal.SIGPIPE, 0, 1, 2))

    def test_lines_of_several_writers_stay_whole(self):
        code = ("import os\nfor w in range(8):\n  if os.fork() == 0:\n    for i in range(500): os.write(2, b'%d' % w * 1000 + b'\\n')\n"
                "    os._exit(0)\nfor w in range(8): os.wait()")
        done = self.run_job(self.exporter(), *PYTHON, code)
        lines = done.stderr.splitlines()
        self.assertEqual(len(lines), 4000)
        self.assertEqual({line for line in lines}, {b"%d" % w * 1000 for w in range(8)})


if __name__ == "__main__":
    unittest.main()
