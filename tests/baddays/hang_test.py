#!/usr/bin/env python3
"""The real binary while sources of each kind hang: the others are asked on time, pages and verdicts come, and it ends when it is told to."""
import ctypes
import json
import os
import socket
import sqlite3
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "daemon"))
from case import PUSH, TOKEN, DaemonTest  # noqa: E402
from harness import parse  # noqa: E402

INTERVAL = 1.0
WATCHED = 12  # polls of each source that goes on


class Hang(DaemonTest):
    def silent(self):
        """The port of a server that takes connections and never says a word."""
        listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.addCleanup(listener.close)
        return listener.getsockname()[1]

    def deaf_directory(self):
        """Who opens it waits for a permission that does not come. None: this user can't make one."""
        os.makedirs(self.path("data/deaf"))
        libc = ctypes.CDLL(None, use_errno=True)
        notify = libc.fanotify_init(0x5, 0)  # permissions, closed in children
        if notify < 0:
            return None
        self.addCleanup(os.close, notify)
        self.assertEqual(libc.fanotify_mark(notify, 1, ctypes.c_uint64(0x40010000), -100, self.path("data/deaf").encode()), 0)
        return self.path("data")

    def locked_database(self):
        locked = sqlite3.connect(self.path("locked.db"), isolation_level=None)
        self.addCleanup(locked.close)
        locked.execute("create table items (loaded_at integer)")
        locked.execute("begin exclusive")
        return self.path("locked.db")

    def kubeconfig(self):
        return self.write("kubeconfig", json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "a", "users": [{"name": "a", "user": {"token": "t"}}],
            "clusters": [{"name": "a", "cluster": {"server": "http://127.0.0.1:%d" % self.silent()}}], "contexts": [{"name": "a", "context": {"cluster": "a", "user": "a"}}]}))

    def google_key(self):
        """Credentials whose token has to be asked for."""
        return self.write("google.json", json.dumps({"type": "authorized_user", "client_id": "a", "client_secret": "b", "refresh_token": "c", "token_uri": "http://127.0.0.1:%d/token" % self.silent()}))

    def hanging(self):
        """{name: (source, job)} of a source of each kind that hangs."""
        sources = {
            "warehouse": ("bigquery: {project: p, endpoint: 'http://127.0.0.1:%d', credentials: {file: %s}}" % (self.silent(), self.google_key()), "output: warehouse/d.t"),
            "cluster": ("kubernetes: {kubeconfig: %s}" % self.kubeconfig(), None),
            "postgres": ("sql: {url: 'postgresql://u@127.0.0.1:%d/d?sslmode=disable', updated_at: x}" % self.silent(), "output: postgres/t"),
            "mysql": ("sql: {url: 'mysql://u@127.0.0.1:%d/d', updated_at: x}" % self.silent(), "output: mysql/t"),
            "locked": ("sql: {url: 'sqlite://%s', updated_at: loaded_at}" % self.locked_database(), "output: locked/items"),
        }
        root = self.deaf_directory()
        if root:
            sources["nfs"] = ("files: {root: %s}" % root, "output: 'nfs/deaf/*'")
        return sources

    def going(self):
        fine = sqlite3.connect(self.path("fine.db"), isolation_level=None)
        self.addCleanup(fine.close)
        fine.execute("create table items (loaded_at integer)")
        fine.execute("insert into items values (?)", [int(time.time())])
        os.makedirs(self.path("out"))
        self.write("out/a.csv", "1\n")
        return {"fine": ("sql: {url: 'sqlite://%s', updated_at: loaded_at}" % self.path("fine.db"), "output: fine/items"),
                "disk": ("files: {root: %s}" % self.folder, "output: 'disk/out/*'")}

    def config(self, sources):
        lines = [PUSH.replace("}}\n", "}, poll_interval: 1s}\n").rstrip()]
        for name, (source, _) in sources.items():
            lines.append("  %s: {%s%s}" % (name, source, "" if name == "cluster" else ", poll_interval: 1s, timeout: 5s"))
        lines.append("jobs:\n  backup: {runs: {source: push}, within: 1h}")
        lines += ["  %s: {%s, within: 1h}" % (name, job) for name, (_, job) in sources.items() if job]
        return "\n".join(lines) + "\n"

    def test_a_hung_source_delays_no_other(self):
        hanging, going = self.hanging(), self.going()
        daemon = self.daemon(self.config({**hanging, **going}), "--evaluation.interval=200ms", env={"ASAN_OPTIONS": "detect_leaks=0", "HEARTBEAT_TOKEN": TOKEN})
        self.assertEqual(daemon.push("backup", TOKEN, run_id="a").status, 200)
        names = [*going, "push"]
        for job in [*going, "backup"]:
            daemon.wait_state(job, "met")
        # All of them hang by now: what they were asked first has not been answered.
        seen, slowest = {name: [] for name in names}, 0.0

        def enough():
            nonlocal slowest
            began = time.monotonic()
            samples = parse(daemon.metrics())
            slowest = max(slowest, time.monotonic() - began)
            for name in names:
                at = next(v for n, l, v in samples if n == "batchslo_source_last_poll_success_timestamp_seconds" and l["source"] == name)
                if not seen[name] or seen[name][-1] != at:
                    seen[name].append(at)
            return all(len(times) > WATCHED for times in seen.values())
        daemon.wait_for(enough, "all that do not hang are asked")
        late = {name: max(b - a - INTERVAL for a, b in zip(times, times[1:])) for name, times in seen.items()}
        print("HANG hung=%s worst delay of the others=%.3f s, slowest scrape=%.3f s" % (",".join(hanging), max(late.values()), slowest))
        self.assertLess(max(late.values()), 1.0, late)
        self.assertLess(slowest, 1.0)
        for name in hanging:
            self.assertEqual(daemon.value("batchslo_source_up", source=name), 0, name)
            self.assertNotIn(daemon.state(name), ("met", "missed"))
        began = time.monotonic()
        self.assertEqual(daemon.stop(), 0)
        self.assertLess(time.monotonic() - began, 5)


if __name__ == "__main__":
    unittest.main()
