#!/usr/bin/env python3
"""The real binary under Type=notify: what it tells systemd, which a socket of ours stands for."""
import os
import signal
import socket
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from case import BACKUP, ENV, DaemonTest  # noqa: E402


class SystemdNotify(DaemonTest):
    def listen(self, address=None):
        self.systemd = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.systemd.close)
        self.systemd.settimeout(30)
        self.systemd.bind(address or self.path("notify"))

    def started(self, *flags, address=None, **env):
        self.listen(address.replace("@", "\0", 1) if address else None)
        return self.daemon(BACKUP, *flags, env={**ENV, "NOTIFY_SOCKET": address or self.path("notify"), **env})

    def next(self):
        return dict(line.split("=", 1) for line in self.systemd.recv(4096).decode().splitlines())

    def test_start_reload_and_end_are_told(self):
        daemon = self.started()
        self.assertEqual(self.next(), {"READY": "1"})
        self.assertEqual(daemon.request("/-/healthy").status, 200)
        for config in (BACKUP, "colour: red"):  # a reload that is refused is over, too
            daemon.write(config)
            before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
            daemon.send(signal.SIGHUP)
            told = self.next()
            self.assertEqual(told["RELOADING"], "1")
            self.assertTrue(before <= int(told["MONOTONIC_USEC"]) <= time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000, told)
            self.assertEqual(self.next(), {"READY": "1"})
        self.assertEqual(daemon.stop(), 0)
        self.assertEqual(self.next(), {"STOPPING": "1"})

    def test_a_name_that_is_in_no_folder_is_good_too(self):
        self.started(address="@batchslo-test-%d" % os.getpid())
        self.assertEqual(self.next(), {"READY": "1"})

    def test_signs_of_life_come_in_time_however_seldom_it_judges(self):
        self.started("--evaluation.interval=1h", WATCHDOG_USEC="1000000")
        self.assertEqual(self.next(), {"READY": "1"})
        for _ in range(4):
            self.assertEqual(self.next(), {"WATCHDOG": "1"})

    def test_a_process_that_is_stuck_gives_none(self):
        daemon = self.started(WATCHDOG_USEC="400000")
        self.next(), self.next()
        daemon.send(signal.SIGSTOP)
        self.systemd.settimeout(1)
        with self.assertRaises(TimeoutError):
            for _ in range(100):
                self.next()
        daemon.send(signal.SIGCONT)

    def test_it_starts_where_nobody_listens_and_says_so(self):
        daemon = self.daemon(BACKUP, env={**ENV, "NOTIFY_SOCKET": self.path("nobody")})
        self.assertIn("where nobody listens", daemon.log())


if __name__ == "__main__":
    unittest.main()
