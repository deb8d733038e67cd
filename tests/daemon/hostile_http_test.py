#!/usr/bin/env python3
"""Hundreds of hostile requests on one real daemon: each gets the answer that its row says, and after each the daemon is
well. At the end it has lost nothing, grown little, and its page is one that promtool takes."""
import os
import re
import socket
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from case import BACKUP, PUSH, TOKEN, DaemonTest  # noqa: E402
from harness import BINARY, parse  # noqa: E402
from hostile_requests import CASES  # noqa: E402

MOST_GROWTH = 40 << 20  # bytes of memory
SANITIZED = "asan" in BINARY or "tsan" in BINARY  # they keep what was freed
STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")


def statuses(reply):
    """Of the replies in a stream of bytes; their lengths say where the next one begins."""
    found = []
    while reply:
        match = STATUS.match(reply)
        if not match:
            raise AssertionError("no reply begins with %r" % reply[:80])
        found.append(int(match[1]))
        head, _, rest = reply.partition(b"\r\n\r\n")
        length = re.search(rb"\r\nContent-Length: (\d+)", head)
        if b"\r\nTransfer-Encoding: chunked" in head:
            rest = rest[rest.index(b"0\r\n\r\n") + 5:] if b"0\r\n\r\n" in rest else b""
        elif length:
            rest = rest[int(length[1]):] if not rest.startswith(b"HTTP/1.1 ") else rest  # HEAD has none
        elif found[-1] != 100:
            rest = b""
        reply = rest
    return found


class HostileHttpTest(DaemonTest):
    def exchange(self, data):
        """All that comes back until the daemon ends the connection, which it must do within its 5 s."""
        host, port = self.server.url.split("//")[1].split(":")
        reply = b""
        with socket.create_connection((host, int(port)), timeout=15) as peer:
            try:
                peer.sendall(data)
                peer.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # it had seen enough
            try:
                while piece := peer.recv(1 << 16):
                    reply += piece
            except ConnectionResetError:
                pass
        return reply

    def memory(self):
        with open("/proc/%d/status" % self.server.process.pid) as status:
            return int(re.search(r"VmRSS:\s+(\d+)", status.read())[1]) << 10

    def test_each_gets_its_answer_and_harms_nothing(self):
        self.assertGreaterEqual(len(CASES), 300)
        self.assertEqual(len({name for name, _, _ in CASES}), len(CASES))
        self.server = self.daemon(BACKUP)
        stored = self.server.push("backup", TOKEN, status="success", run_id="before")
        self.assertEqual(stored.status, 200)
        self.exchange(CASES[0][1])
        before, began = self.memory(), time.monotonic()
        for name, data, expected in CASES:
            with self.subTest(name):
                self.check(data, expected)
        print("   %d requests in %.0f s, %d KiB more" % (len(CASES), time.monotonic() - began, (self.memory() - before) >> 10), file=sys.stderr)
        if not SANITIZED:
            self.assertLess(self.memory() - before, MOST_GROWTH)
        self.check_the_end()

    def test_bodies_that_nobody_wanted_take_no_memory(self):
        self.server = self.daemon(BACKUP)
        host, port = self.server.url.split("//")[1].split(":")
        before, body = self.memory(), b"x" * (64 << 10)
        for _ in range(500):
            peer = socket.create_connection((host, int(port)), timeout=15)
            self.addCleanup(peer.close)
            peer.sendall(b"POST /nothing HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            self.assertTrue(peer.recv(100).startswith(b"HTTP/1.1 404 "))
        print("   500 connections that sent 64 KiB: %d KiB more" % ((self.memory() - before) >> 10), file=sys.stderr)
        if not SANITIZED:
            self.assertLess(self.memory() - before, 128 << 20)

    def test_however_many_ask_for_all_jobs_the_others_are_answered(self):
        self.server = self.daemon(PUSH + "jobs:\n" + "".join("  job-%d: {runs: {source: push}, within: 1h}\n" % i for i in range(2000)))
        self.assertEqual(self.server.push("job-0", TOKEN, status="success").status, 200)
        host, port = self.server.url.split("//")[1].split(":")
        for _ in range(400):
            peer = socket.create_connection((host, int(port)), timeout=15)
            self.addCleanup(peer.close)
            peer.sendall(b"GET /api/v1/jobs HTTP/1.1\r\nHost: h\r\nAccept-Encoding: gzip\r\n\r\n")
        slowest = 0
        for _ in range(5):
            for ask in (lambda: self.server.request("/-/healthy"), lambda: self.server.request("/metrics"), lambda: self.server.push_once("job-0", TOKEN, status="success")):
                began = time.monotonic()
                self.assertEqual(ask().status, 200)
                slowest = max(slowest, time.monotonic() - began)
        print("   the slowest reply took %.1f s" % slowest, file=sys.stderr)
        self.assertLess(slowest, 2)

    def check(self, data, expected):
        reply = self.exchange(data)
        self.assertEqual(statuses(reply), expected)
        for line in reply.split(b"\r\n\r\n")[0].split(b"\r\n"):
            self.assertFalse(line.lower().startswith(b"x-evil"))
        self.assertNotIn(b"<script>", reply)
        self.assertEqual(self.server.request("/-/healthy").status, 200)
        self.assertIsNone(self.server.process.poll())

    def check_the_end(self):
        page = self.server.metrics()
        done = subprocess.run(["promtool", "check", "metrics"], input=page, capture_output=True, text=True)
        self.assertNotIn("error", done.stderr.lower(), done.stderr[-2000:])
        self.assertGreater(len(parse(page)), 50)
        self.assertEqual(self.server.request("/api/v1/jobs/backup").status, 200)
        self.server.wait_state("backup", "met")
        log = self.server.log()
        self.assertFalse([c for c in log if (c < " " and c != "\n") or "\x7f" <= c < "\xa0"])
        for line in log.splitlines():
            self.assertRegex(line, r'^ts=\S+Z level=\w+ msg=".*"$')
        self.assertNotIn(TOKEN, log)
        self.assertEqual(self.server.stop(), 0)


if __name__ == "__main__":
    unittest.main()
