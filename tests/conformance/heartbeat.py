"""The row of heartbeats: hostile pushes. Each comes again and again while its fault is there, and none may be taken."""
import json
import os
import re
import socket
import threading
import urllib.parse

import door
from door import HTML, RETRY_AFTER
from faults import RIGHT
from names import NAMES
from rows import Cannot, Case, Row

TOKEN = "canary-heartbeat-2b6c1f90"
OURS = "we are the server"
WHY = {"NUL in a name": "among the awkward ones", **dict.fromkeys(["refused", "400", "403", "409", "429", "500", "503", "204", "503, Retry-After seconds", "redirect", "page 2 fails", "empty list", "unknown zone", "deleted and recreated",
                        "clock ahead", "clock behind", "no date", *("429, Retry-After " + form for form in RETRY_AFTER)], OURS),
       "repeats our secrets": "what a job tells of itself is shown", "dated ahead": "nothing has happened before it is told: tests/sources/heartbeat_test.cc"}
JSON = "application/json"


def request(job, body=b"", kind=JSON, token=TOKEN, headers=(), length=None):
    head = ["POST /api/v1/heartbeat/%s HTTP/1.1" % urllib.parse.quote(job, safe=""), "Host: a", "Authorization: Bearer " + token, "Content-Type: " + kind,
            "Content-Length: %d" % (len(body) if length is None else length), "Connection: close", *headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def told(job, **fields):
    return request(job, json.dumps(fields).encode())


def hostile(job):
    """By the name of the fault: what is sent, or how."""
    return {
        "closes": b"", "reset": request(job, b"{", length=100), "truncated": request(job, b'{"status":"succ', length=500), "hangs": None, "drips": None,
        "empty": request(job, b"", token="wrong"), "endless": request(job, b" " * (1 << 20), length=10 << 30), "announces a GiB": request(job, b" " * (1 << 20), length=1 << 30), "gzip bomb": request(job, door._bomb(), headers=["Content-Encoding: gzip"]),
        "broken gzip": request(job, b"\x1f\x8b\x08\x00" + b"x" * 500, headers=["Content-Encoding: gzip"]),
        "401": told(job, status="success").replace(TOKEN.encode(), b"canary-heartbeat-2b6c1f9"), "404": told(job + "-not", status="success"),
        "HTML with 200": request(job, HTML, "text/html"), "{}": request(job, b'{"":""}'), "[]": request(job, b"[]"), "null": request(job, b"null"), "a number": request(job, b"42"),
        "cut in the JSON": request(job, b'{"status":"succ'), "nested": request(job, b'{"status":' + b"[" * 500_000), "wrong types": request(job, b'{"status":true,"exit_code":"zero"}'),
        "nulls": request(job, b'{"status":null}'), "lists for leaves": request(job, b'{"status":["success"]}'), "invalid UTF-8": request(job, b'{"status":"\xff\xfe"}'),
        "unknown enum values": told(job, status="finished"), "50,000 objects": request(job, json.dumps({"k%d" % i: i for i in range(50_000)}).encode()),
    }


def failures(job):
    """Honest ones, in awkward words."""
    return [told(job, status="failure", run_id="run %d" % i, message=name, exit_code=1) for i, name in enumerate(NAMES)]


class Attack:
    """Sends to the daemon until it is ended; `taken`: what was answered with success."""

    def __init__(self, row, requests, may_be_taken):
        self.row, self.requests, self.may_be_taken, self.taken, self.ended = row, requests, may_be_taken, [], threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def begin(self):
        self.thread.start()

    def end(self):
        self.ended.set()
        self.thread.join()

    def _run(self):
        while not self.ended.wait(0.2):
            for each in self.requests:
                try:
                    self._send(each)
                except OSError:  # the daemon has had enough of it
                    pass

    def _send(self, data):
        with socket.create_connection(("127.0.0.1", self.row.port), timeout=3) as peer:
            if data is None:
                return self._drip(peer)
            peer.sendall(data)
            peer.shutdown(socket.SHUT_WR)
            answer = peer.recv(4096)
            if re.match(rb"HTTP/1.1 2", answer) and not self.may_be_taken:
                self.taken.append(data[:200])

    def _drip(self, peer):
        for byte in told("dead", status="success"):
            if self.ended.wait(0.3):
                return
            peer.sendall(bytes([byte]))


class Heartbeat(Row):
    kind, env = "heartbeat", {"HEARTBEAT_TOKEN": TOKEN}

    def open(self, folder):
        self.daemon, self.port, self.attacks = None, None, []

    def meet(self, daemon):
        self.daemon, self.port = daemon, int(daemon.url.rsplit(":", 1)[1])
        for name in self.names():
            daemon.push("done-" + name, TOKEN, status="success", run_id="once")

    def names(self):
        return ["s%d" % i for i in range(len(self.attacks))]

    def tick(self):
        """While the daemon starts anew nobody listens."""
        for name in self.names() if self.daemon else []:
            try:
                self.daemon.push("alive-" + name, TOKEN, status="success")
            except OSError:
                return

    def case(self, door, fault, folder):
        if fault in WHY:
            return Cannot(WHY[fault])
        dead = "dead-" + os.path.basename(folder)
        words = fault in ("awkward names", "awkward words")
        sent = [] if fault is None else failures(dead) if words else [hostile(dead)[fault]]
        attack = Attack(self, sent, words)
        if fault == "awkward names":
            attack = Attack(self, [told(name[:8000], status="success") for name in NAMES], False)
        self.attacks.append(attack)
        return Case(attack.begin, attack.end, holds=RIGHT)

    def source(self, case, folder):
        return "heartbeat: {token: {env: HEARTBEAT_TOKEN}}"

    def job(self, role, source):
        return "runs: {source: %s}" % source

    def expects(self, role):
        """A miss is proven two minutes late, for that long batchslo-run tries again."""
        return "unknown" if role == "dead" else super().expects(role)

    def secrets(self):
        return [TOKEN]

    def problems(self):
        return ["taken: %r" % data for attack in self.attacks for data in attack.taken]
