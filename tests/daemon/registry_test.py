#!/usr/bin/env python3
"""Registries that members edit, by the real binary: a table is served, edited, broken and taken away."""
import http.server
import os
import signal
import sys
import threading
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from case import ENV, PUSH, DaemonTest  # noqa: E402
from harness import run  # noqa: E402

SECRET = "a-token-of-the-wiki-42"
CSV = "text/csv"


class Sheet:
    """Answers every request with `reply`: (status, headers, body)."""

    def __init__(self):
        self.reply, self.seen = (200, {"Content-Type": CSV}, ""), []
        sheet = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                sheet.seen.append(self.headers)
                status, headers, body = sheet.reply
                etag = headers.get("ETag")
                if etag and self.headers.get("If-None-Match") == etag:
                    status, body = 304, ""
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body.encode())))
                self.end_headers()
                try:
                    self.wfile.write(body.encode())
                except OSError:  # it was too much
                    pass

            def log_message(self, *_):
                pass
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d/jobs.csv" % self.server.server_port
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def say(self, body, status=200, **headers):
        self.reply = (status, {"Content-Type": CSV, **headers}, body)

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class RegistryTest(DaemonTest):
    def sheet(self, body):
        sheet = Sheet()
        sheet.say(body)
        self.addCleanup(sheet.close)
        return sheet

    def daemon(self, config, *flags, **options):
        return super().daemon(config, "--evaluation.interval=200ms", *flags, **options)

    def config(self, sheet, more=""):
        return PUSH + "registries: {team: {csv: {url: '%s'%s}, poll_interval: 200ms, timeout: 5s}}\njobs:\n  backup: {runs: {source: push}}\n" % (sheet.url, more)

    def state(self, daemon):
        return daemon.request("/api/v1/registries").json["data"][0]

    def objectives(self, daemon, job):
        reply = daemon.request("/api/v1/jobs/" + job)
        return [(o["kind"], o["objective_from"], o["severity"]) for o in reply.json["data"]["objectives"]] if reply.status == 200 else None

    def wait_objectives(self, daemon, job, wanted):
        daemon.wait_for(lambda: self.objectives(daemon, job) == wanted, "%s has %s" % (job, wanted))


class OfAnAddress(RegistryTest):
    def test_an_edit_counts_without_a_restart(self):
        sheet = self.sheet("team,job,within\ndata,backup,1h\n")
        daemon = self.daemon(self.config(sheet))
        self.wait_objectives(daemon, "backup", [("within", "registry", "critical")])
        self.assertEqual(daemon.value("batchslo_jobs", source="push", objective_from="registry"), 1)
        self.assertEqual(daemon.value("batchslo_registry_up", registry="team"), 1)
        self.assertEqual(daemon.value("batchslo_registry_rows", registry="team"), 1)
        sheet.say("team,job,by,severity\ndata,backup,10:00,warning\n")
        self.wait_objectives(daemon, "backup", [("by", "registry", "warning")])
        sheet.say("team,job\n")
        self.wait_objectives(daemon, "backup", [("every_run", "derived", "warning")])

    def test_the_last_good_copy_survives_an_outage_and_a_restart(self):
        sheet = self.sheet("job,within\nbackup,1h\nonly/here,2h\n")
        daemon = self.daemon(self.config(sheet))
        self.wait_objectives(daemon, "only/here", [("within", "registry", "critical")])
        sheet.say("", 500)
        daemon.wait_for(lambda: daemon.value("batchslo_registry_up", registry="team") == 0)
        self.assertEqual(self.objectives(daemon, "backup"), [("within", "registry", "critical")])
        daemon.stop()
        sheet.close()
        daemon.start()
        self.assertEqual(self.objectives(daemon, "backup"), [("within", "registry", "critical")])
        self.assertEqual(self.objectives(daemon, "only/here"), [("within", "registry", "critical")])
        daemon.wait_for(lambda: daemon.value("batchslo_registry_up", registry="team") == 0)
        self.assertGreater(daemon.value("batchslo_registry_last_success_timestamp_seconds", registry="team"), 1.7e9)
        self.assertEqual(daemon.value("batchslo_registry_rows", registry="team"), 2)
        self.assertIn("no connection", self.state(daemon)["error"])

    def test_what_is_no_table_is_an_error_and_takes_nothing_away(self):
        sheet = self.sheet("job,within\nbackup,1h\n")
        daemon = self.daemon(self.config(sheet))
        self.wait_objectives(daemon, "backup", [("within", "registry", "critical")])
        rows = [("<!doctype html><title>Sign in</title>", {"Content-Type": "text/html"}, "answers with a page and no CSV; is it one to sign in?"),
                ("", {}, "it is empty"), ("name,within\nbackup,2h\n", {}, "no column is named"), ("job,within\nbackup,\"2h\n", {}, "row 2: a quote begins here"),
                ("job,within\nbackup,2h\n" + "x" * (17 << 20), {}, "larger than 16 MiB")]
        for body, headers, told in rows:
            with self.subTest(told):
                sheet.say(body, **headers)
                daemon.wait_for(lambda told=told: told in (self.state(daemon)["error"] or ""), told)
                self.assertEqual(self.objectives(daemon, "backup"), [("within", "registry", "critical")])
        self.assertIn("larger than 16 MiB", daemon.request("/").text)
        sheet.say("job,within\nbackup,3h\n")
        daemon.wait_for(lambda: self.state(daemon)["error"] is None)

    def test_a_wrong_row_is_told_with_its_place_and_hurts_no_other(self):
        sheet = self.sheet("job,within,by,owner\nbackup,1h,,me\nother,,25:00,you\n<b>,soon,,\nbackup,2h,,\nlost,3h,,\n")
        daemon = self.daemon(self.config(sheet))
        self.wait_objectives(daemon, "backup", [("within", "registry", "critical")])
        self.assertEqual(daemon.value("batchslo_registry_rows_invalid", registry="team"), 3)
        state = self.state(daemon)
        self.assertEqual([(f["row"], f["column"], f["job"]) for f in state["faults"]], [(3, "by", "other"), (4, "within", "<b>"), (5, "job", "backup")])
        self.assertEqual([r["message"] for r in state["remarks"]], ['the column "owner" is not read'])
        self.assertEqual(state["unknown_jobs"], [{"row": 6, "job": "lost"}])
        self.assertEqual(daemon.value("batchslo_jobs", source="", objective_from="registry"), 1)
        page = daemon.request("/").text
        for told in ("row 3, by of other: &#34;25:00&#34; is no time of day", "row 4, within of &lt;b&gt;: ", "row 6: no source knows lost"):
            self.assertIn(told, page.replace("&quot;", "&#34;"))

    def test_what_the_job_block_says_comes_before_the_row(self):
        sheet = self.sheet("job,within,team\nbackup,1h,data\n")
        daemon = self.daemon(self.config(sheet).replace("{source: push}}", "{source: push}, max_runtime: 3h}"))
        daemon.wait_for(lambda: self.state(daemon)["rows"] == 1)
        self.assertEqual(self.objectives(daemon, "backup"), [("max_runtime", "job", "critical")])
        self.assertEqual(daemon.request("/api/v1/jobs/backup").json["data"]["team"], "data")
        self.assertEqual([(r["row"], r["column"]) for r in self.state(daemon)["remarks"]], [(2, "within")])

    def test_what_has_not_changed_is_asked_for_conditionally(self):
        sheet = self.sheet("")
        sheet.say("job,within\nbackup,1h\n", ETag='"7"')
        daemon = self.daemon(self.config(sheet, ", bearer_token: {env: WIKI_TOKEN}"), env={**ENV, "WIKI_TOKEN": SECRET})
        daemon.wait_for(lambda: len(sheet.seen) > 2)
        self.assertEqual(sheet.seen[0]["Authorization"], "Bearer " + SECRET)
        self.assertEqual((sheet.seen[0]["If-None-Match"], sheet.seen[2]["If-None-Match"]), (None, '"7"'))
        self.assertEqual(daemon.value("batchslo_registry_up", registry="team"), 1)
        told = daemon.log() + daemon.request("/").text + daemon.request("/api/v1/registries").text + daemon.request("/api/v1/status/config").text + daemon.metrics()
        self.assertNotIn(SECRET, told)

    def test_it_may_not_send_us_to_this_machine(self):
        sheet = self.sheet("job,within\nbackup,1h\n")
        sheet.say("", 302, Location="https://localhost.example/x")
        daemon = self.daemon(self.config(sheet))
        daemon.wait_for(lambda: "sends us on to localhost.example, which is not one of redirect_hosts" in (self.state(daemon)["error"] or ""))
        sheet.say("", 302, Location="http://169.254.169.254/latest/meta-data")
        daemon.wait_for(lambda: "sends us on to 169.254.169.254, and not by https" in (self.state(daemon)["error"] or ""))


class OfAFile(RegistryTest):
    CONFIG = PUSH + "registries: {ours: {csv: {file: jobs.csv}, poll_interval: 200ms}}\njobs:\n  backup: {runs: {source: push}}\n"

    def test_it_is_there_from_the_first_judging_and_read_again(self):
        self.write("jobs.csv", "job,within\nbackup,1h\n")
        daemon = self.daemon(self.CONFIG)
        self.assertEqual(self.objectives(daemon, "backup"), [("within", "registry", "critical")])
        self.write("next.csv", "job,within,severity\nbackup,1h,info\n")
        os.replace(self.path("next.csv"), self.path("jobs.csv"))
        self.wait_objectives(daemon, "backup", [("within", "registry", "info")])
        os.remove(self.path("jobs.csv"))
        daemon.wait_for(lambda: daemon.value("batchslo_registry_up", registry="ours") == 0)
        self.assertEqual(self.objectives(daemon, "backup"), [("within", "registry", "info")])

    def test_a_reload_starts_and_ends_registries(self):
        self.write("jobs.csv", "job,within\nbackup,1h\n")
        daemon = self.daemon(PUSH + "jobs:\n  backup: {runs: {source: push}}\n")
        self.assertEqual(daemon.request("/api/v1/registries").json["data"], [])
        daemon.write(self.CONFIG)
        daemon.send(signal.SIGHUP)
        self.wait_objectives(daemon, "backup", [("within", "registry", "critical")])
        daemon.write(PUSH + "jobs:\n  backup: {runs: {source: push}}\n")
        daemon.send(signal.SIGHUP)
        self.wait_objectives(daemon, "backup", [("every_run", "derived", "warning")])
        self.assertEqual(daemon.request("/api/v1/registries").json["data"], [])

    def test_a_gibibyte_is_not_read(self):
        with open(self.path("jobs.csv"), "w") as out:
            out.truncate(1 << 30)
        daemon = self.daemon(self.CONFIG)
        self.assertIn("is larger than 16 MiB", daemon.request("/api/v1/registries").json["data"][0]["error"])

    def test_status_once_and_replay_take_its_rows(self):
        self.write("jobs.csv", "job,within\nbackup,1h\n")
        config = self.write("config.yml", self.CONFIG)
        code, out, err = run("status", "--once", "--config.file=" + config, "backup", env=ENV)
        self.assertIn("within", out, err)
        facts = self.write("facts.jsonl", "")
        code, out, err = run("replay", "--config.file=" + config, "--facts=" + facts, "--at=2026-03-01T00:00:00Z", "--output=json")
        self.assertEqual((code, err), (0, ""))
        self.assertIn('"kind":"within"', out)


if __name__ == "__main__":
    unittest.main()
