#!/usr/bin/env python3
"""The real binary with --web.systemd-socket: sockets are handed over as systemd does it."""
import os
import socket
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from case import BACKUP, ENV, DaemonTest  # noqa: E402
from harness import Daemon  # noqa: E402

# Moves the descriptors to 3, 4 ... and becomes the daemon, so that the process is the one that is named.
LAUNCH = """
import fcntl, os, sys
fds = [fcntl.fcntl(int(fd), fcntl.F_DUPFD, 100) for fd in sys.argv[1].split(",")]
for at, fd in enumerate(fds):
    os.dup2(fd, 3 + at, inheritable=True)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(fds)))
os.execv(sys.argv[2], sys.argv[2:])
"""


class Activated(Daemon):
    def __init__(self, sockets, *arguments, **options):
        self.sockets = sockets
        super().__init__(*arguments, "--web.systemd-socket", start=False, **options)

    def command(self):
        return [sys.executable, "-c", LAUNCH, ",".join(str(s.fileno()) for s in self.sockets), *super().command()]

    def start(self):
        for each in self.sockets:
            os.set_inheritable(each.fileno(), True)
        popen = subprocess.Popen
        subprocess.Popen = lambda *arguments, **options: popen(*arguments, close_fds=False, **options)
        try:
            return super().start()
        finally:
            subprocess.Popen = popen


class SystemdSocket(DaemonTest):
    def activated(self, *sockets):
        daemon = Activated(sockets, BACKUP, self.folder, env=ENV)
        self.addCleanup(daemon.__exit__)
        return daemon

    def listening(self, family=socket.AF_INET, address=("127.0.0.1", 0)):
        listener = socket.socket(family)
        self.addCleanup(listener.close)
        listener.bind(address)
        listener.listen()
        return listener

    def test_it_answers_on_each_socket_that_it_got_and_on_no_other(self):
        first, second = self.listening(), self.listening()
        daemon = self.activated(first, second).start()
        for each in (first, second):
            daemon.url = "http://127.0.0.1:%d" % each.getsockname()[1]
            self.assertEqual(daemon.request("/-/healthy").status, 200)
        self.assertEqual(daemon.log().count("listening on"), 2)
        self.assertIn("listening on 127.0.0.1:%d" % second.getsockname()[1], daemon.log())
        self.assertEqual(daemon.request("/api/v1/status/flags").json["data"]["web.systemd-socket"], "true")

    def test_who_came_while_it_was_away_is_answered(self):
        listener = self.listening()
        with socket.create_connection(listener.getsockname(), timeout=30) as early:
            early.sendall(b"GET /-/healthy HTTP/1.1\r\nHost: h\r\n\r\n")
            daemon = self.activated(listener).start()
            self.assertEqual(early.recv(12), b"HTTP/1.1 200")
        self.assertEqual(daemon.stop(), 0)
        with socket.create_connection(listener.getsockname(), timeout=30) as meanwhile:
            meanwhile.sendall(b"GET /-/healthy HTTP/1.1\r\nHost: h\r\n\r\n")
            daemon.start()
            self.assertEqual(meanwhile.recv(12), b"HTTP/1.1 200")

    def test_a_socket_in_the_file_system_is_one_too(self):
        tcp, unix = self.listening(), self.listening(socket.AF_UNIX, self.path("http.sock"))
        daemon = self.activated(tcp, unix).start()
        self.assertIn("only this machine can reach it", daemon.log())
        with socket.socket(socket.AF_UNIX) as peer:
            peer.settimeout(30)
            peer.connect(self.path("http.sock"))
            peer.sendall(b"GET /-/healthy HTTP/1.1\r\nHost: h\r\n\r\n")
            self.assertEqual(peer.recv(12), b"HTTP/1.1 200")

    def test_without_sockets_or_with_a_wrong_one_it_says_what_to_do(self):
        daemon = self.daemon(BACKUP, "--web.systemd-socket", start=False)
        done = subprocess.run(daemon.command(), capture_output=True, text=True, timeout=30, env=daemon.env)
        self.assertEqual((done.returncode, "wants a socket unit" in done.stderr), (1, True), done.stderr)
        unbound = socket.socket()
        self.addCleanup(unbound.close)
        with self.assertRaises(AssertionError) as fault:
            self.activated(unbound).start()
        self.assertIn("descriptor 3 is no socket that listens", str(fault.exception))


if __name__ == "__main__":
    unittest.main()
