#!/usr/bin/env python3
"""`status` of the real binary: of a daemon, and once without any."""
import json
import os
import socket
import sqlite3
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from case import BACKUP, ENV, TOKEN, DaemonTest  # noqa: E402
from harness import run  # noqa: E402


def status(*arguments, **options):
    return run("status", *arguments, env=ENV, **options)


def states(out):
    return {job["job"]: job["state"] for job in json.loads(out)["jobs"]}


class OfADaemon(DaemonTest):
    def test_it_prints_the_jobs_worst_first_and_the_sources(self):
        daemon = self.daemon(BACKUP + "  old: {runs: {source: push}, every_run: {}}\n  fresh: {runs: {source: push}, within: 1h}\n")
        daemon.push("backup", TOKEN, status="success")
        daemon.push("fresh", TOKEN, status="failure", exit_code=3, message="disk full")
        daemon.wait_state("backup", "met")
        daemon.wait_for(lambda: daemon.value("batchslo_job_failed_runs_total", job_name="fresh") == 1)
        code, out, err = status("--url=" + daemon.url)
        self.assertEqual((code, err), (2, ""))
        lines = out.splitlines()
        self.assertRegex(lines[0], r"^STATE\s+JOB\s+LAST SUCCESS\s+DUE\s+OBJECTIVES\s+LAST ERROR$")
        self.assertRegex(lines[1], r"^unknown\s+old\s+never\s")
        self.assertRegex(lines[2], r"^pending\s+fresh\s+never\s+in \d+ min\s+within pending\s+exit code 3: disk full$")
        self.assertRegex(lines[3], r"^met\s+backup\s+\d+ s ago\s+in \d+ min\s+within met\s+-$")
        self.assertRegex(lines[-1], r"^push\s+heartbeat\s+up\s+\d+ s ago\s+-$")

    def test_of_one_job_it_prints_what_its_newest_failure_said(self):
        daemon = self.daemon(BACKUP + "redact: ['cust-[0-9]+']\n")
        log = "noise\nTraceback (most recent call last):\n  File \"/app/job.py\", line 3, in load\n    x\nValueError: \x1b[31mno rows for cust-17, token=abc123\n"
        daemon.push("backup", TOKEN, status="failure", run_id="a", exit_code=1, message=log)
        daemon.wait_for(lambda: daemon.value("batchslo_job_failed_runs_total", job_name="backup") == 1)
        code, out, err = status("--url=" + daemon.url, "backup")
        self.assertEqual(err, "")
        self.assertIn("exit code 1: ValueError: no rows for <redacted>, token=<redacted>", out)
        self.assertRegex(out, r"\nrun a failed, \S+Z, in load at /app/job.py:3\n  noise\n  Traceback \(most recent call last\):\n")
        self.assertIn("\n  ValueError: no rows for <redacted>, token=<redacted>\n", out)
        for face in (daemon.request("/jobs/backup").text, daemon.request("/api/v1/jobs/backup").text, daemon.metrics(), out):
            self.assertNotIn("cust-17", face)
            self.assertNotIn("abc123", face)
        self.assertEqual(status("--url=" + daemon.url, "none")[0::2], (2, "status: there is no job none here\n"))

    def test_filters_choose_jobs_and_the_exit_code(self):
        daemon = self.daemon(BACKUP + "  old: {runs: {source: push}, every_run: {}, team: data}\n")
        daemon.push("backup", TOKEN, status="success")
        daemon.wait_state("backup", "met")
        for arguments, code, jobs in [([], 2, {"backup": "met", "old": "unknown"}), (["--team=data"], 2, {"old": "unknown"}), (["--state=met"], 0, {"backup": "met"}), (["--state=gone"], 0, {})]:
            got, out, _ = status("--url=" + daemon.url, "--output=json", *arguments)
            self.assertEqual((got, states(out)), (code, jobs), arguments)

    def test_a_daemon_that_is_not_there_is_no_good_news(self):
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            code, out, err = status("--url=http://127.0.0.1:%d" % nobody.getsockname()[1])
        self.assertEqual((code, out), (2, ""))
        self.assertIn("is the daemon running?", err)


class Once(DaemonTest):
    CONFIG = "sources:\n  dwh: {sql: {url: 'sqlite://%s', updated_at: loaded_at}}\njobs:\n  items: {output: dwh/items, within: 1h, team: data}\n"

    def table(self, age):
        database = sqlite3.connect(self.path("dwh.db"), isolation_level=None)
        self.addCleanup(database.close)
        database.execute("create table if not exists items (loaded_at integer)")
        database.execute("insert into items values (?)", [int(time.time()) - age])
        return self.write("config.yml", self.CONFIG % self.path("dwh.db"))

    def once(self, config, *arguments, **options):
        return status("--once", "--config.file=" + config, "--output=json", *arguments, **options)

    def test_it_asks_and_judges_without_a_daemon(self):
        config = self.table(age=60)
        code, out, err = self.once(config)
        self.assertEqual((code, err, states(out)), (0, "", {"items": "met"}))
        code, out, _ = status("--once", "--config.file=" + config)
        self.assertEqual(code, 0)
        self.assertRegex(out, r"(?m)^met\s+items\s+60 s|^met\s+items\s+1 min ago")
        self.assertRegex(out, r"(?m)^dwh\s+sql\s+up\s")

    def test_it_leaves_nothing_behind(self):
        config = self.table(age=60)
        before = sorted(os.listdir(self.folder))
        self.once(config)
        self.assertEqual(sorted(os.listdir(self.folder)), before)

    def test_what_is_missed_is_exit_1(self):
        self.table(age=60)
        daemon = self.daemon((self.CONFIG % self.path("dwh.db")).replace("1h", "2s").replace("loaded_at}", "loaded_at}, poll_interval: 300ms"))
        daemon.wait_state("items", "missed")
        self.assertEqual(status("--url=" + daemon.url)[0], 1)
        self.assertEqual(daemon.stop(), 0)
        code, out, _ = self.once(daemon.config_file, "--store=" + daemon.store)
        self.assertEqual((code, states(out)), (1, {"items": "missed"}))

    def test_a_source_that_is_down_is_unknown_and_says_why(self):
        config = self.write("config.yml", self.CONFIG % self.path("nowhere.db"))
        code, out, _ = self.once(config)
        self.assertNotIn(states(out)["items"], ("met", "missed"))
        self.assertTrue(json.loads(out)["sources"][0]["error"])

    def test_a_cluster_that_can_not_be_asked_is_not_all_well(self):
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            kubeconfig = self.write("kubeconfig", json.dumps({
                "apiVersion": "v1", "kind": "Config", "current-context": "a", "users": [{"name": "a", "user": {"token": "t"}}],
                "clusters": [{"name": "a", "cluster": {"server": "http://127.0.0.1:%d" % nobody.getsockname()[1]}}], "contexts": [{"name": "a", "context": {"cluster": "a", "user": "a"}}]}))
            began = time.monotonic()
            code, out, _ = status("--once", "--kubeconfig=" + kubeconfig, "--timeout=1s", "--output=json")
        self.assertEqual((code, states(out)), (2, {}))
        self.assertLess(time.monotonic() - began, 5)
        self.assertTrue(json.loads(out)["sources"][0]["error"])

    def test_a_source_that_hangs_costs_the_timeout_and_no_more(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            config = self.write("config.yml", "sources:\n  db: {sql: {url: 'postgresql://slo@127.0.0.1:%d/x', updated_at: t}}\njobs:\n  items: {output: db/items, within: 1h}\n" % silent.getsockname()[1])
            began = time.monotonic()
            code, out, _ = self.once(config, "--timeout=1s")
        self.assertLess(time.monotonic() - began, 6)
        self.assertFalse(json.loads(out)["sources"][0]["up"])
        self.assertNotIn(states(out)["items"], ("met", "missed"))

    def test_heartbeats_come_from_a_ledger_and_their_silence_proves_nothing(self):
        daemon = self.daemon(BACKUP + "  quick: {runs: {source: push}, within: 1s}\n")
        daemon.wait_for(lambda: daemon.push("backup", TOKEN, status="success").status == 200)  # 503 until its source is there
        daemon.wait_state("backup", "met")
        self.assertEqual(daemon.stop(), 0)
        code, out, _ = self.once(daemon.config_file, "--store=" + daemon.store)
        self.assertEqual(states(out)["backup"], "met")
        self.assertNotEqual(states(out)["quick"], "missed")
        code, out, _ = self.once(daemon.config_file)
        self.assertNotIn(states(out)["backup"], ("met", "missed"))
        self.assertIn("--store", json.loads(out)["sources"][0]["error"])

    def test_a_ledger_that_is_not_there_is_said(self):
        code, out, err = self.once(self.table(age=60), "--store=sqlite://" + self.path("nowhere.db"))
        self.assertEqual((code, out), (2, ""))
        self.assertIn("nowhere.db", err)


if __name__ == "__main__":
    unittest.main()
