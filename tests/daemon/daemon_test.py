#!/usr/bin/env python3
"""The real binary with a SQLite table and heartbeats: what it shows, survives and refuses."""
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from case import BACKUP, ENV, PUSH, TOKEN, DaemonTest  # noqa: E402
from harness import Daemon, parse, run  # noqa: E402


class Verdicts(DaemonTest):
    def table(self):
        database = sqlite3.connect(self.path("dwh.db"), isolation_level=None)
        database.execute("create table if not exists items (loaded_at integer)")
        self.addCleanup(database.close)
        return database

    def test_a_table_turns_stale_and_recovers(self):
        database = self.table()
        database.execute("insert into items values (?)", [int(time.time()) - 7200])
        daemon = self.daemon("sources:\n  dwh: {sql: {url: 'sqlite://%s', updated_at: loaded_at}, poll_interval: 1s}\n"
                             "jobs:\n  items: {output: dwh/items, within: 1h}\n" % self.path("dwh.db"))
        # Nothing was seen an hour ago: a table that is old now proves no miss of a job that was unknown then.
        daemon.wait_for(lambda: daemon.value("batchslo_output_age_seconds", job_name="items"))
        self.assertNotEqual(daemon.state("items"), "met")
        database.execute("insert into items values (?)", [int(time.time())])
        daemon.wait_state("items", "met")
        self.assertEqual(daemon.value("batchslo_job_slo_met", job_name="items", objective="within"), 1)
        age = daemon.value("batchslo_job_seconds_since_last_success", job_name="items")
        self.assertTrue(0 <= age < 60, age)

    def test_a_table_that_is_not_there_is_an_error_of_the_source(self):
        self.table()
        daemon = self.daemon("sources:\n  dwh: {sql: {url: 'sqlite://%s', updated_at: loaded_at}, poll_interval: 1s}\n"
                             "jobs:\n  items: {output: dwh/itmes, within: 1h}\n" % self.path("dwh.db"))
        daemon.wait_for(lambda: "itmes" in daemon.request("/api/v1/sources").text)
        self.assertIsNone(daemon.value("batchslo_job_slo_met", job_name="items"))

    def test_what_is_dated_ahead_is_no_success(self):
        database = self.table()
        database.execute("insert into items values (?)", [int(time.time()) + 3600])
        daemon = self.daemon("sources:\n  dwh: {sql: {url: 'sqlite://%s', updated_at: loaded_at}, poll_interval: 1s}\n"
                             "jobs:\n  items: {output: dwh/items, within: 1h}\n" % self.path("dwh.db"))
        daemon.wait_for(lambda: "is to come" in daemon.request("/api/v1/sources").text)
        self.assertNotEqual(daemon.state("items"), "met")
        self.assertIsNone(daemon.value("batchslo_job_last_success_timestamp_seconds", job_name="items"))
        database.execute("update items set loaded_at = ?", [int(time.time())])
        daemon.wait_state("items", "met")

    def test_a_failure_is_told_with_its_last_line(self):
        daemon = self.daemon(BACKUP)
        self.assertEqual(daemon.push("backup", TOKEN, status="start", run_id="a").status, 200)
        message = "Traceback (most recent call last):\n  File \"x.py\", line 3\nValueError: bad value 42"
        self.assertEqual(daemon.push("backup", TOKEN, status="failure", run_id="a", exit_code=1, message=message).status, 200)
        daemon.wait_for(lambda: daemon.value("batchslo_job_consecutive_failures", job_name="backup") == 1)
        info = [l for n, l, _ in parse(daemon.metrics()) if n == "batchslo_job_last_failure_info"]
        self.assertEqual(len(info), 1)
        self.assertEqual(info[0]["error"], "ValueError: bad value *")
        self.assertIn("ValueError: bad value 42", daemon.request("/jobs/backup").text)
        self.assertEqual(daemon.push("backup", TOKEN, status="success", run_id="b").status, 200)
        daemon.wait_state("backup", "met")
        self.assertIsNone(daemon.value("batchslo_job_last_failure_info", job_name="backup"))

    def test_what_curl_sends_without_json_is_taken(self):
        daemon = self.daemon(BACKUP)
        headers = {"Authorization": "Bearer " + TOKEN}
        self.assertEqual(daemon.request("/api/v1/heartbeat/backup?status=start", "POST", b"", headers).status, 200)
        form = {**headers, "Content-Type": "application/x-www-form-urlencoded"}
        self.assertEqual(daemon.request("/api/v1/heartbeat/backup", "POST", b"status=success&exit_code=0", form).status, 200)
        daemon.wait_state("backup", "met")

    def test_a_run_that_is_told_twice_counts_once(self):
        daemon = self.daemon(BACKUP)
        for _ in range(3):
            self.assertEqual(daemon.push("backup", TOKEN, status="success", run_id="one").status, 200)
        daemon.wait_state("backup", "met")
        self.assertEqual(daemon.value("batchslo_job_runs_total", job_name="backup"), 1)


class Door(DaemonTest):
    def test_unknown_jobs_and_wrong_tokens_look_the_same(self):
        daemon = self.daemon(BACKUP)
        wrong = daemon.push("backup", "wrong-token-wrong-token-wrong", status="success")
        unknown = daemon.push("nightly", TOKEN, status="success")
        self.assertEqual((wrong.status, wrong.body), (unknown.status, unknown.body))
        self.assertEqual(wrong.status, 404)

    def test_a_browser_of_another_site_is_refused(self):
        daemon = self.daemon(BACKUP, "--web.enable-lifecycle")
        self.assertEqual(daemon.request("/-/reload", "POST", b"", {"Origin": "https://evil.example"}).status, 403)
        self.assertEqual(daemon.request("/-/reload", "POST", b"", {"Sec-Fetch-Site": "cross-site"}).status, 403)
        self.assertEqual(daemon.request("/-/reload", "POST", b"").status, 200)

    def test_reload_is_off_unless_it_is_enabled(self):
        self.assertEqual(self.daemon(BACKUP).request("/-/reload", "POST", b"").status, 403)

    def test_it_is_healthy_and_soon_ready(self):
        daemon = self.daemon(BACKUP)
        self.assertEqual(daemon.request("/-/healthy").status, 200)
        daemon.wait_for(lambda: daemon.request("/-/ready").status == 200)

    def test_secrets_appear_nowhere(self):
        canary = "canary-4c1f9d7e2b-canary"
        with open(self.path("token"), "w") as out:
            out.write(canary + "\n")
        config = PUSH.replace("{env: HEARTBEAT_TOKEN}", "{file: %s}" % self.path("token")) + "jobs:\n  a: {runs: {source: push}, within: 1h}\n"
        daemon = self.daemon(config, "--log.level=debug", env={"OTHER_SECRET": canary})
        self.assertEqual(daemon.push("a", canary, status="success").status, 200)
        daemon.push("a", canary + "x", status="success")
        daemon.request("/api/v1/heartbeat/a?token=" + canary, "POST", b"", {"Authorization": "Basic " + canary})
        daemon.wait_state("a", "met")
        pages = ["/", "/jobs/a", "/metrics", "/api/v1/jobs", "/api/v1/jobs/a", "/api/v1/sources", "/api/v1/status/config", "/api/v1/status/flags"]
        for text in [daemon.request(page).text for page in pages] + [daemon.log()]:
            self.assertNotIn(canary, text)
        with open(self.path("ledger.db"), "rb") as ledger:
            self.assertNotIn(canary.encode(), ledger.read())

    def test_a_secret_in_a_comment_is_masked_where_the_configuration_is_shown(self):
        daemon = self.daemon("# the old token: canary-4c1f\n" + BACKUP)
        text = daemon.request("/api/v1/status/config").json["data"]["text"]
        self.assertEqual(text, "<secret>\n" + BACKUP)

    def test_hostile_names_break_neither_page_nor_metrics(self):
        names = ['a"b', "a\\b", "</script><script>alert(1)</script>", "x" * 150, "javascript:alert(1)", "{}", "a,b=c", "ünïcödé/日本"]
        config = PUSH + "jobs:\n" + "".join("  %s: {runs: {source: push}, within: 1h}\n" % json.dumps(name, ensure_ascii=False) for name in names)
        daemon = self.daemon(config)
        daemon.wait_for(lambda: len({l["job_name"] for n, l, _ in parse(daemon.metrics()) if n == "batchslo_job_state"}) == len(names))
        samples = [(n, tuple(sorted(l.items()))) for n, l, _ in parse(daemon.metrics())]
        self.assertEqual(len(samples), len(set(samples)))
        page = daemon.request("/").text
        self.assertNotIn("<script", page)
        promtool = shutil.which("promtool")
        if promtool:
            checked = subprocess.run([promtool, "check", "metrics"], input=daemon.metrics(), capture_output=True, text=True)
            self.assertEqual((checked.returncode, checked.stdout, checked.stderr), (0, "", ""))

    def test_a_slow_peer_holds_nobody_up(self):
        daemon = self.daemon(BACKUP)
        port = int(daemon.url.rsplit(":", 1)[1])
        slow = [socket.create_connection(("127.0.0.1", port)) for _ in range(600)]
        for peer in slow:
            peer.sendall(b"GET / HTTP/1.1\r\n")
        try:
            began = time.monotonic()
            self.assertEqual(daemon.request("/-/healthy").status, 200)
            self.assertLess(time.monotonic() - began, 5)
        finally:
            for peer in slow:
                peer.close()


class Survival(DaemonTest):
    def test_no_verdict_is_forgotten_by_a_restart(self):
        daemon = self.daemon(BACKUP)
        daemon.push("backup", TOKEN, status="success", run_id="a")
        daemon.wait_state("backup", "met")
        before = daemon.value("batchslo_job_last_success_timestamp_seconds", job_name="backup")
        self.assertEqual(daemon.stop(), 0)
        daemon.start()
        daemon.wait_state("backup", "met")
        self.assertEqual(daemon.value("batchslo_job_last_success_timestamp_seconds", job_name="backup"), before)
        self.assertEqual(daemon.value("batchslo_job_runs_total", job_name="backup"), 1)

    def test_a_second_daemon_on_one_file_refuses(self):
        daemon = self.daemon(BACKUP)
        second = subprocess.run(daemon.command(), capture_output=True, text=True, env={**os.environ, **ENV}, timeout=30)
        self.assertEqual(second.returncode, 1)
        self.assertIn(str(daemon.process.pid), second.stderr)
        self.assertEqual(daemon.request("/-/healthy").status, 200)

    def test_a_broken_ledger_is_set_aside_and_said(self):
        with open(self.path("ledger.db"), "wb") as out:
            out.write(b"this is no ledger\0" * 1000)
        daemon = self.daemon(BACKUP)
        self.assertIn("was corrupt", daemon.log())
        self.assertIn("was corrupt", daemon.request("/").text)
        self.assertTrue([name for name in os.listdir(self.folder) if name.startswith("ledger.db.corrupt")])
        self.assertEqual(daemon.push("backup", TOKEN, status="success").status, 200)
        daemon.wait_state("backup", "met")

    def test_it_ends_at_once_with_a_hanging_peer(self):
        daemon = self.daemon(BACKUP)
        port = int(daemon.url.rsplit(":", 1)[1])
        with socket.create_connection(("127.0.0.1", port)) as peer:
            peer.sendall(b"GET /metrics HTT")
            self.assertEqual(daemon.stop(signal.SIGINT), 0)


class Reload(DaemonTest):
    BOTH = BACKUP + "  report: {runs: {source: push}, within: 1h}\n"

    def missed(self):
        """A daemon on a ledger of ten hours, in which "report" succeeded once, three hours ago."""
        now = time.time()

        def at(ago):
            return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now - ago))
        facts = [{"fact": "job", "job": "report", "configured": True, "ago": 10 * 3600},
                 {"fact": "run", "job": "report", "run_id": "a", "outcome": "succeeded", "finished_at": at(3 * 3600), "ago": 3 * 3600}]
        facts += [{"fact": "view", "complete": True, "ago": ago} for ago in range(10 * 3600, 0, -30)]
        lines = [json.dumps({"source": "push", "observed_at": at(fact.pop("ago")), **fact}) for fact in facts]
        self.write("facts.jsonl", "\n".join(lines) + "\n")
        code, _, err = run("ledger", "import", "--store=sqlite://" + self.path("ledger.db"), self.path("facts.jsonl"))
        self.assertEqual(code, 0, err)
        daemon = self.daemon(self.BOTH, "--web.enable-lifecycle")
        daemon.wait_state("report", "missed")
        return daemon

    def test_a_removed_job_leaves_no_series(self):
        daemon = self.daemon(self.BOTH, "--web.enable-lifecycle")
        daemon.wait_for(lambda: daemon.state("report"))
        daemon.write(BACKUP)
        self.assertEqual(daemon.request("/-/reload", "PUT").status, 200)
        daemon.wait_for(lambda: not any(l.get("job_name") == "report" for _, l, _ in parse(daemon.metrics())))
        self.assertTrue(daemon.state("backup"))

    def test_a_job_that_comes_back_is_known_again(self):
        daemon = self.daemon(self.BOTH, "--web.enable-lifecycle")
        daemon.push("report", TOKEN, status="success", run_id="a")
        daemon.wait_state("report", "met")
        before = daemon.value("batchslo_job_last_success_timestamp_seconds", job_name="report")
        for config in [BACKUP, self.BOTH]:
            daemon.write(config)
            self.assertEqual(daemon.request("/-/reload", "PUT").status, 200)
        daemon.wait_state("report", "met")
        self.assertEqual(daemon.value("batchslo_job_last_success_timestamp_seconds", job_name="report"), before)
        self.assertEqual(daemon.value("batchslo_job_runs_total", job_name="report"), 1)

    def test_what_nobody_listened_for_is_no_miss(self):
        """While the job is taken out its heartbeats are refused."""
        daemon = self.missed()
        for how in ("reload", "restart"):
            for config, state in [(BACKUP, ""), (self.BOTH, "unknown")]:
                daemon.write(config)
                if how == "reload":
                    self.assertEqual(daemon.request("/-/reload", "PUT").status, 200)
                else:
                    self.assertEqual(daemon.stop(), 0)
                    daemon.start()
                daemon.wait_for(lambda state=state: (daemon.state("report") or "") == state)
        daemon.push("report", TOKEN, status="success", run_id="b")
        daemon.wait_state("report", "met")

    def test_a_miss_goes_with_the_rule_that_proved_it(self):
        """Judged by the new rule as if it had always held: by a reload as by a restart."""
        daemon = self.missed()
        for rule, state in [("within: 26h", "met"), ("within: 2h", "missed"),
                            ('by: "%s", since: 5h' % time.strftime("%H:%M", time.gmtime(time.time() - 3600)), "met")]:
            daemon.write(self.BOTH.replace("source: push}, within: 1h}\n", "source: push}, %s}\n" % rule))
            self.assertEqual(daemon.request("/-/reload", "PUT").status, 200)
            daemon.wait_state("report", state)
            self.assertEqual(daemon.stop(), 0)
            daemon.start()
            daemon.wait_state("report", state)

    def test_a_bad_file_keeps_the_old_and_says_so(self):
        daemon = self.daemon(BACKUP, "--web.enable-lifecycle")
        daemon.push("backup", TOKEN, status="success")
        daemon.wait_state("backup", "met")
        daemon.write(BACKUP.replace("within", "whitin"))
        reply = daemon.request("/-/reload", "POST", b"")
        self.assertEqual(reply.status, 400)
        self.assertIn("did you mean", reply.text)
        daemon.wait_for(lambda: daemon.value("batchslo_config_last_reload_successful") == 0)
        self.assertEqual(daemon.state("backup"), "met")
        self.assertIn("whitin", daemon.request("/").text)
        daemon.write(BACKUP)
        self.assertEqual(daemon.request("/-/reload", "POST", b"").status, 200)
        daemon.wait_for(lambda: daemon.value("batchslo_config_last_reload_successful") == 1)

    def test_an_empty_file_takes_no_job_away(self):
        daemon = self.daemon(BACKUP, "--web.enable-lifecycle")
        daemon.wait_for(lambda: daemon.state("backup"))
        for text in ["", "# a comment\n"]:
            daemon.write(text)
            reply = daemon.request("/-/reload", "POST", b"")
            self.assertEqual(reply.status, 400)
            self.assertIn("the file is empty", reply.text)
            daemon.wait_for(lambda: daemon.value("batchslo_config_last_reload_successful") == 0)
            self.assertTrue(daemon.state("backup"))
        daemon.write("{}")
        self.assertEqual(daemon.request("/-/reload", "POST", b"").status, 200)
        daemon.wait_for(lambda: daemon.state("backup") is None)

    def test_a_pipe_for_a_file_is_refused_and_holds_up_nothing(self):
        daemon = self.daemon(BACKUP, "--web.enable-lifecycle")
        daemon.push("backup", TOKEN, status="success")
        daemon.wait_state("backup", "met")
        os.remove(daemon.config_file)
        os.mkfifo(daemon.config_file)
        reply = daemon.request("/-/reload", "POST", b"")
        self.assertEqual((reply.status, "it is no regular file" in reply.text), (400, True))
        daemon.push("backup", TOKEN, status="failure")
        daemon.wait_for(lambda: daemon.value("batchslo_job_consecutive_failures", job_name="backup") == 1)
        self.assertEqual(daemon.stop(), 0)

    def test_sighup_reloads(self):
        daemon = self.daemon(BACKUP)
        daemon.write(self.BOTH)
        daemon.send(signal.SIGHUP)
        daemon.wait_for(lambda: daemon.state("report"))

    def test_a_storm_of_sighup_ends_with_the_newest_file(self):
        daemon = self.daemon(BACKUP)
        for i in range(50):
            daemon.write(self.BOTH if i % 2 else BACKUP)
            daemon.send(signal.SIGHUP)
        daemon.wait_for(lambda: daemon.state("report"))
        self.assertEqual(daemon.stop(), 0)

    def test_a_swapped_link_is_seen(self):
        """As the kubelet changes a mounted ConfigMap."""
        for name, text in [("v1", BACKUP), ("v2", self.BOTH)]:
            os.mkdir(self.path(name))
            with open(self.path(name + "/config.yml"), "w") as out:
                out.write(text)
        os.symlink("v1", self.path("..data"))
        os.symlink("..data/config.yml", self.path("mounted.yml"))
        daemon = Daemon(None, self.folder, "--config.file=" + self.path("mounted.yml"), "--config.enable-auto-reload",
                        "--config.auto-reload-interval=200ms", "--evaluation.interval=200ms", env=ENV)
        self.addCleanup(daemon.__exit__)
        daemon.wait_for(lambda: daemon.state("backup"))
        os.symlink("v2", self.path("..tmp"))
        os.rename(self.path("..tmp"), self.path("..data"))
        daemon.wait_for(lambda: daemon.state("report"))

    def test_the_file_is_looked_at_however_seldom_jobs_are_judged(self):
        quiet = self.BOTH.replace("}}\n", "}, poll_interval: 1h}\n", 1)
        daemon = self.daemon(quiet.replace("report", "other"), "--config.enable-auto-reload", "--config.auto-reload-interval=100ms", "--evaluation.interval=1h")
        daemon.wait_for(lambda: daemon.state("other"))
        begin = time.monotonic()
        daemon.wait_for(lambda: time.monotonic() > begin + 2, "nothing more comes of the start")
        daemon.write(quiet)
        daemon.wait_for(lambda: daemon.state("report"))


if __name__ == "__main__":
    unittest.main()
