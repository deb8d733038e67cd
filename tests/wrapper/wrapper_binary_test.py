"""The real batchslo-run against real servers, pipes, signals and terminals.

usage: BATCHSLO_RUN_BINARY=path/to/batchslo-run python3 wrapper_binary_test.py
"""
import ctypes
import fcntl
import json
import os
import pty
import re
import resource
import shutil
import signal
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

BINARY = os.path.abspath(os.environ["BATCHSLO_RUN_BINARY"])
TOKEN = "canary-0123456789abcdef0123456789"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
PYTHON = [sys.executable, "-S", "-E", "-c"]


class Exporter:
    """A server that takes heartbeats and finds fault with every request that is not exactly right."""

    def __init__(self, reply="200 OK", tls=None, listening=True):
        self.reply, self.tls = reply, tls  # reply: a status line's end, or a function of (connection, number of request)
        self.events, self.faults, self.connections = [], [], []
        self.changed = threading.Condition()
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        if listening:
            self.listen()

    def listen(self):
        self.socket.listen(512)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        number = 0
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.connections.append(connection)
            number += 1
            threading.Thread(target=self.serve, args=(connection, number), daemon=True).start()

    def serve(self, connection, number):
        connection.settimeout(30)
        try:
            if self.tls:
                connection = self.tls.wrap_socket(connection, server_side=True)
            event = self.read(connection)
            if callable(self.reply):
                status = self.reply(connection, number)
            else:
                status = self.reply
            if status and status.startswith("200"):
                with self.changed:
                    self.events.append(event)
                    self.changed.notify_all()
            if status:
                connection.sendall(f"HTTP/1.1 {status}\r\nContent-Length: 2\r\n\r\n{{}}".encode())
        except (OSError, ssl.SSLError):
            pass
        except Exception as fault:  # noqa: BLE001
            self.faults.append(repr(fault))
        finally:
            connection.close()

    def read(self, connection):
        data = b""
        while b"\r\n\r\n" not in data:
            got = connection.recv(65536)
            if not got:
                raise OSError("cut")
            data += got
        head, body = data.split(b"\r\n\r\n", 1)
        lines = head.decode("ascii").split("\r\n")
        method, path, version = lines[0].split(" ")
        headers = dict(line.split(": ", 1) for line in lines[1:])
        assert (method, version) == ("POST", "HTTP/1.1"), lines[0]
        assert len(headers) == len(lines) - 1 == 6, lines
        assert headers["Host"] == self.url.split("//")[1] or headers["Host"].startswith("localhost:"), headers
        assert headers["Authorization"] == "Bearer " + TOKEN, headers
        assert headers["Content-Type"] == "application/json" and headers["Connection"] == "close", headers
        assert re.fullmatch(r"/api/v1/heartbeat/([A-Za-z0-9._~/-]|%[0-9A-F]{2})+", path), path
        while len(body) < int(headers["Content-Length"]):
            body += connection.recv(65536)
        assert len(body) == int(headers["Content-Length"]), "more than announced"
        event = json.loads(body.decode("utf-8"))
        keys = {"start": [], "success": ["exit_code"], "failure": ["exit_code", "message"]}[event["status"]]
        assert set(event) - {"status", "run_id", "at"} <= set(keys), event
        assert TIME.fullmatch(event["at"]) and 0 < len(event["run_id"]) <= 200, event
        assert len(event.get("message", "").encode()) <= 8192
        return dict(event, path=path)

    def wait(self, count, seconds=60):
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.events) >= count, seconds), (self.events, self.faults)
            return list(self.events)

    def close(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        for one in [self.socket, *self.connections]:
            one.close()


def processes_with(text):
    """Processes whose command line has `text` in it: pid -> name."""
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            if text.encode() in (entry / "cmdline").read_bytes():
                found[int(entry.name)] = (entry / "comm").read_text().strip()
        except OSError:
            pass
    return found


def wait_until(condition, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("not in time")
        time.sleep(0.01)


class Case(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="batchslo-run-test-")
        self.spool = Path(self.dir, "spool")
        self.addCleanup(self.clean)
        self.servers = []

    def clean(self):
        for server in self.servers:
            server.close()
        for pid in processes_with(self.dir):
            os.kill(pid, signal.SIGTERM)  # they carry this test's own directory in their command line
        wait_until(lambda: not processes_with(self.dir), 15)
        shutil.rmtree(self.dir)
        for server in self.servers:
            self.assertEqual(server.faults, [])

    def exporter(self, *args, **more):
        self.servers.append(Exporter(*args, **more))
        return self.servers[-1]

    def words(self, exporter, *command, flags=(), job="team/job"):
        url = exporter if isinstance(exporter, str) else exporter.url
        return [BINARY, "--job", job, "--url", url, "--spool-dir", str(self.spool), *flags, "--", *command]

    @staticmethod
    def environment(**more):
        return {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "BATCHSLO_TOKEN": TOKEN, **more}

    def run_job(self, exporter, *command, flags=(), job="team/job", env=None, **more):
        more.setdefault("capture_output", True)
        if not more["capture_output"]:
            del more["capture_output"]
        return subprocess.run(self.words(exporter, *command, flags=flags, job=job), env=env or self.environment(), timeout=60, check=False, **more)

    def spooled(self):
        return sorted(p.name for p in self.spool.glob("*.event")) if self.spool.exists() else []

    def stop_couriers(self):
        for pid, name in processes_with(str(self.spool)).items():
            if name == "batchslo-tell":
                os.kill(pid, signal.SIGTERM)
        wait_until(lambda: not processes_with(str(self.spool)))


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

    def test_signals_are_passed_on(self):
        names = ["TERM", "INT", "HUP", "QUIT", "USR1", "USR2", "ALRM", "WINCH", "CONT", "TSTP", "IO", "RTMIN"]
        code = ("import os, signal, sys\n"
                "on_signal = lambda s, f: os.write(1, signal.Signals(s).name.encode() + b'\\n')\n"
                "for n in sys.argv[1:]: signal.signal(getattr(signal, 'SIG' + n), on_signal)\n"
                "os.write(1, b'ready\\n')\nwhile sys.stdin.readline(): pass")
        job = subprocess.Popen(self.words(self.exporter(), *PYTHON, code, *names), env=self.environment(), stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertEqual(job.stdout.readline(), "ready\n")
        for name in names:
            job.send_signal(getattr(signal, "SIG" + name))
            self.assertEqual(job.stdout.readline(), f"SIG{name}\n")
        self.assertEqual(job.communicate(timeout=30), ("", ""))
        self.assertEqual(job.returncode, 0)

    def test_an_alarm_of_the_caller_still_ends_the_job(self):
        done = self.run_job(self.exporter(), "sleep", "60", preexec_fn=lambda: signal.setitimer(signal.ITIMER_REAL, 0.2))
        self.assertEqual(done.returncode, -signal.SIGALRM)

    def test_the_job_survives_a_killed_wrapper_with_its_streams(self):
        code = "import sys; print('ready', flush=True); sys.stdin.readline(); print('late', file=sys.stderr, flush=True); print('alive')"
        job = subprocess.Popen(self.words(self.exporter(), *PYTHON, code), env=self.environment(), stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        job.stdout.readline()
        job.kill()
        job.wait()
        self.assertEqual(job.communicate("go\n", timeout=30), ("alive\n", "late\n"))

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


class Terminals(Case):
    def in_terminal(self, code, *more):
        """Runs Python `code` as the leader of a terminal's session; gives the pid and the terminal."""
        pid, terminal = pty.fork()
        if pid == 0:
            try:
                os.execve(sys.executable, [*PYTHON, code, *more], self.environment())
            finally:
                os._exit(99)
        self.addCleanup(os.close, terminal)
        return pid, terminal

    @staticmethod
    def read_until(terminal, text):
        seen = ""
        while text not in seen:
            try:
                got = os.read(terminal, 4096).decode()
            except OSError:
                got = ""
            assert got, seen
            seen += got
        return seen

    def test_ctrl_c_comes_once_and_stderr_stays_a_terminal(self):
        job = ("import os, signal\ncount = [0]\n"
               "def on_int(*a): count[0] += 1; os.write(1, b'got\\n')\n"
               "def on_usr1(*a): os.write(1, b'total %d %d\\n' % (count[0], os.isatty(2))); os._exit(7)\n"
               "signal.signal(signal.SIGINT, on_int); signal.signal(signal.SIGUSR1, on_usr1); print('ready', flush=True)\n"
               "while True: signal.pause()")
        code = "import os, sys; os.execv(sys.argv[1], sys.argv[1:])"
        pid, terminal = self.in_terminal(code, *self.words(self.exporter(), *PYTHON, job))
        self.read_until(terminal, "ready")
        os.write(terminal, b"\x03")
        self.read_until(terminal, "got")
        os.kill(pid, signal.SIGUSR1)  # the wrapper takes pending signals in order of number: INT is behind it
        self.assertIn("total 1 1", self.read_until(terminal, "total 1 1"))
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 7)

    def test_ctrl_z_stops_the_wrapper_with_the_job(self):
        shell = ("import os, signal, sys\nsignal.signal(signal.SIGTTOU, signal.SIG_IGN)\npid = os.fork()\n"
                 "if pid == 0:\n  os.setpgid(0, 0); os.tcsetpgrp(0, os.getpid()); signal.signal(signal.SIGTTOU, signal.SIG_DFL)\n"
                 "  os.execv(sys.argv[1], sys.argv[1:])\n"
                 "s = os.waitpid(pid, os.WUNTRACED)[1]\nos.tcsetpgrp(0, os.getpgrp())\n"
                 "print('stopped', os.WIFSTOPPED(s) and os.WSTOPSIG(s), flush=True)\nos.tcsetpgrp(0, pid)\nos.killpg(pid, signal.SIGCONT)\n"
                 "s = os.waitpid(pid, 0)[1]\nos.tcsetpgrp(0, os.getpgrp())\nprint('ended', os.waitstatus_to_exitcode(s), flush=True)")
        job = "print('ready', flush=True); input(); print('went on', flush=True); raise SystemExit(6)"
        pid, terminal = self.in_terminal(shell, *self.words(self.exporter(), *PYTHON, job))
        self.read_until(terminal, "ready")
        os.write(terminal, b"\x1a")
        self.read_until(terminal, f"stopped {int(signal.SIGTSTP)}")
        os.write(terminal, b"\n")
        seen = self.read_until(terminal, "ended")
        self.assertIn("went on", seen)
        self.read_until(terminal, "6") if "ended 6" not in seen else None
        os.waitpid(pid, 0)


def drip(connection, _):
    connection.settimeout(5)
    connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    while True:
        connection.sendall(b"x")
        time.sleep(0.05)


def endless(connection, _):
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"X: " + b"y" * 65536 + b"\r\n")


def black_hole(connection, _):
    while connection.recv(4096):
        pass


class Delay(Case):
    def added(self, exporter, spooled=None):
        """Seconds that the wrapper adds to a job that ends at once: the median of a few."""
        def once(words):
            began = time.monotonic()
            subprocess.run(words, env=self.environment(), capture_output=True, check=True)
            return time.monotonic() - began
        for _ in range(3):
            with_us = statistics.median(once(self.words(exporter, "true")) for _ in range(3))
            added = with_us - statistics.median(once(["true"]) for _ in range(3))
            if added < 1:
                break
        if spooled is not None:
            self.assertEqual(bool(self.spooled()), spooled)
        return added

    def test_less_than_a_second_is_added(self):
        rows = {"present": (self.exporter(), False), "refused": (self.exporter(listening=False), True),
                "black hole": (self.exporter(black_hole), True), "drip": (self.exporter(drip), True), "endless head": (self.exporter(endless), True),
                "503": (self.exporter("503 Busy\r\nRetry-After: 60"), True), "garbage": (self.exporter(lambda c, _: c.sendall(b"SSH-2.0\r\n")), True),
                "cut": (self.exporter(lambda c, _: None), True), "TLS to plain": (self.exporter(black_hole).url.replace("http:", "https:"), True),
                "404": (self.exporter("404 Not Found"), False)}
        for name, (exporter, spooled) in rows.items():
            with self.subTest(name):
                self.assertLess(self.added(exporter, spooled), 1)
            self.stop_couriers()
            shutil.rmtree(self.spool, ignore_errors=True)

    def test_an_endless_body_is_not_read(self):
        def body(connection, _):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n")
            while True:
                connection.sendall(b"z" * 65536)
        self.assertLess(self.added(self.exporter(body), False), 1)

    def test_a_full_backlog_adds_less_than_a_second(self):
        server = socket.socket()
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        clients = []
        for _ in range(4):
            clients.append(socket.socket())
            clients[-1].setblocking(False)
            clients[-1].connect_ex(server.getsockname())
        self.assertLess(self.added(f"http://127.0.0.1:{server.getsockname()[1]}", True), 1)
        for one in [server, *clients]:
            one.close()

    @unittest.skipUnless(os.geteuid() == 0 and subprocess.run(["unshare", "-mn", "true"], capture_output=True, check=False).returncode == 0,
                         "needs namespaces of its own")
    def test_a_hanging_resolver_adds_less_than_a_second(self):
        conf = Path(self.dir, "resolv.conf")
        conf.write_text("nameserver 127.0.0.1\noptions timeout:30\n")
        code = ("import socket, subprocess, sys, time\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('127.0.0.1', 53))\n"
                "b = time.monotonic(); r = subprocess.run(sys.argv[1:], capture_output=True); print(r.returncode, time.monotonic() - b)\n"
                "print(len(s.recv(4096)) > 0)")
        words = self.words("http://exporter.invalid:1", "sh", "-c", "exit 8")
        setup = f"ip link set lo up && mount --bind {conf} /etc/resolv.conf && exec \"$@\""
        done = subprocess.run(["unshare", "-mn", "sh", "-c", setup, "sh", *PYTHON, code, *words], env=self.environment(),
                              capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        code, seconds, asked = done.stdout.split()
        self.assertEqual((code, asked), ("8", "True"))
        self.assertLess(float(seconds), 1)
        self.assertEqual(len(self.spooled()), 2)

    def test_the_start_ping_does_not_delay_the_job(self):
        began = time.monotonic()
        job = subprocess.Popen(self.words(self.exporter(black_hole), *PYTHON, "print('ready', flush=True); input()"), env=self.environment(),
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        job.stdout.readline()
        self.assertLess(time.monotonic() - began, 0.5)
        job.communicate(b"\n", timeout=30)

    def test_nothing_left_behind_holds_the_callers_files(self):
        read, write = os.pipe()
        began = time.monotonic()
        job = subprocess.Popen(self.words(self.exporter(listening=False), "echo", "hello"), env=self.environment(), stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, pass_fds=[write])
        os.close(write)
        out, err = job.communicate(timeout=60)  # until the end of both, as cron does
        self.assertEqual(os.read(read, 1), b"")
        self.assertLess(time.monotonic() - began, 5)
        os.close(read)
        self.assertEqual(out, b"hello\n")
        self.assertIn(b"spooled in", err)
        left = processes_with(self.dir)
        self.assertEqual(set(left.values()), {"batchslo-tell"})
        for pid in left:
            self.assertEqual({os.readlink(f"/proc/{pid}/fd/{n}") for n in range(3)}, {"/dev/null"})
            self.assertEqual(os.readlink(f"/proc/{pid}/cwd"), "/")
            self.assertEqual(os.getsid(pid), pid)

    def test_a_lock_of_the_caller_is_free_when_the_wrapper_ends(self):
        lock = Path(self.dir, "lock")
        subprocess.run(["flock", "-n", str(lock), *self.words(self.exporter(listening=False), "true")], env=self.environment(),
                       capture_output=True, check=True)
        self.assertTrue(processes_with(self.dir))
        with lock.open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def test_a_grandchild_may_keep_stderr(self):
        fifo = str(Path(self.dir, "fifo"))
        os.mkfifo(fifo)
        exporter = self.exporter()
        began = time.monotonic()
        job = subprocess.Popen(self.words(exporter, "sh", "-c", f"echo early >&2; (read x < {fifo}; echo late >&2; echo wrote $? >&2) & exit 1"),
                               env=self.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.assertEqual(job.wait(timeout=30), 1)
        self.assertLess(time.monotonic() - began, 5)
        self.assertEqual(exporter.wait(2)[-1]["message"], "early\n")
        Path(fifo).write_text("go\n")
        self.assertEqual(job.stderr.read(), b"early\nlate\nwrote 0\n")
        job.stderr.close()


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
        if os.geteuid() != 0:
            self.skipTest("needs another user")
        shutil.copy(BINARY, Path(self.dir, "batchslo-run"))
        os.chmod(self.dir, 0o755)
        words = self.words(self.exporter(), "sh", "-c", "exit 3")
        words[0] = str(Path(self.dir, "batchslo-run"))

        def prepare():
            resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
            os.setgroups([])
            os.setgid(64123)
            os.setuid(64123)
        done = subprocess.run(words, env=self.environment(), capture_output=True, preexec_fn=prepare, check=False)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn(b"takes the place", done.stderr)


class Tls(Case):
    @classmethod
    def setUpClass(cls):
        cls.certs = tempfile.mkdtemp(prefix="batchslo-run-tls-")
        cls.addClassCleanup(shutil.rmtree, cls.certs)
        cls.ca, cls.other_ca = cls.authority("ca"), cls.authority("other")
        cls.good, cls.elsewhere = cls.certificate("good", "DNS:localhost,IP:127.0.0.1"), cls.certificate("elsewhere", "DNS:elsewhere.example")

    @classmethod
    def openssl(cls, *words):
        subprocess.run(["openssl", *words], check=True, capture_output=True, cwd=cls.certs)

    @classmethod
    def authority(cls, name):
        cls.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", name + ".key", "-out", name + ".pem",
                    "-subj", "/CN=" + name, "-days", "2", "-addext", "keyUsage=keyCertSign")
        return str(Path(cls.certs, name + ".pem"))

    @classmethod
    def certificate(cls, name, names):
        Path(cls.certs, name + ".ext").write_text("subjectAltName=" + names)
        cls.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", name + ".key", "-out", name + ".csr", "-subj", "/CN=x")
        cls.openssl("x509", "-req", "-in", name + ".csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-out", name + ".pem",
                    "-extfile", name + ".ext")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(Path(cls.certs, name + ".pem"), Path(cls.certs, name + ".key"))
        return context

    def test_a_proven_server_gets_the_events(self):
        exporter = self.exporter(tls=self.good)
        for number, host in enumerate(("127.0.0.1", "localhost"), 1):
            done = self.run_job(f"https://{host}:{exporter.port}", "true", flags=["--ca-file", self.ca])
            self.assertEqual((done.returncode, done.stderr), (0, b""))
            exporter.wait(2 * number)
        done = self.run_job(exporter, "true", env=self.environment(SSL_CERT_FILE=self.ca))
        self.assertEqual(done.stderr, b"")
        exporter.wait(6)

    def test_another_gets_nothing(self):
        rows = [(self.good, self.other_ca, b"certificate"), (self.elsewhere, self.ca, b"mismatch"), (self.good, None, b"certificate"),
                (self.good, "/no/such.pem", b"/no/such.pem")]
        for tls, ca, hint in rows:
            exporter = self.exporter(tls=tls)
            done = self.run_job(exporter, "true", flags=["--ca-file", ca] if ca else [])
            self.assertEqual(done.returncode, 0)
            self.assertIn(hint, done.stderr)
            self.assertEqual((exporter.events, bool(self.spooled())), ([], True))


if __name__ == "__main__":
    # What is orphaned comes to us, so that nothing of it stays behind, whatever process 1 does.
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
    unittest.main(verbosity=2)
