"""Whatever the exporter does, the job loses less than a second."""
import fcntl
import os
import shutil
import socket
import statistics
import subprocess
import time
import unittest
from pathlib import Path

from case import PYTHON, Case, processes_with


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
                "404": (self.exporter("404 Not Found"), False),
                "404 of a proxy": (self.exporter(lambda c, _: c.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\n\r\ndefault backend")), True)}
        for name, (exporter, spooled) in rows.items():
            with self.subTest(name):
                self.assertLess(self.added(exporter, spooled), 1)
            self.stop_couriers()
            shutil.rmtree(self.spool, ignore_errors=True)

    def test_an_endless_body_is_not_read(self):
        def body(connection, _):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n")
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


if __name__ == "__main__":
    unittest.main()
