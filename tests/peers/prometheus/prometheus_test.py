#!/usr/bin/env python3
"""A real Prometheus scrapes the real daemon: in both formats it stores what the page says, over restarts and stuck sources."""
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "common")]
from peer import Authority, PeerTest, main, missing, parse  # noqa: E402
from server import Door, Prometheus  # noqa: E402

TOKEN = "a-token-that-nobody-guesses-6f3a"
CONFIG = """sources:
  push: {heartbeat: {token: {env: HEARTBEAT_TOKEN}}, poll_interval: 1s}
  dwh: {sql: {url: 'sqlite://%s', updated_at: loaded_at}, poll_interval: 1s}
jobs:
  backup: {runs: {source: push}, within: 1h, team: platform, consumer: restore drill}
  report: {runs: {source: push}, within: 1h}
  items: {output: dwh/items, within: 1h}
"""
SILENT = "  silent: {sql: {url: 'postgresql://slo@127.0.0.1:%d/x', updated_at: loaded_at}, poll_interval: 1s, timeout: 5s}\n"
# The password is "secret".
NAMES = "  client_allowed_sans: [prometheus.example]\n"
WEB = """tls_server_config:
  cert_file: server.crt
  key_file: server.key
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: theirs.pem
""" + NAMES + """basic_auth_users: {prometheus: $2b$04$BB6Vmu4US10/t15nt/FoneUcb/NQoOucNqpeQWlzUMHvXtk0IDQxO}
"""
SCRAPE = """  scheme: https
  tls_config: {ca_file: %(folder)s/ours.pem, server_name: slo.example, cert_file: %(folder)s/client.crt, key_file: %(folder)s/client.key}
  basic_auth: {username: prometheus, password: secret}
"""
TEXT = ("text/plain; version=0.0.4; charset=utf-8", "gzip")
OPEN = ("application/openmetrics-text; version=1.0.0; charset=utf-8", "gzip")


class PrometheusTest(PeerTest):
    def setUp(self):
        super().setUp()
        self.database = sqlite3.connect(self.folder + "/dwh.db", isolation_level=None)
        self.addCleanup(self.database.close)
        self.database.execute("create table items (loaded_at integer)")
        self.database.execute("insert into items values (?)", [int(time.time()) - 60])
        self.text, self.open = Door("text/plain;version=0.0.4"), Door()
        self.addCleanup(self.text.close)
        self.addCleanup(self.open.close)

    def watch(self, config):
        """The daemon with a backup that succeeded and a report that failed, scraped in both formats."""
        daemon = self.daemon(config, env={"HEARTBEAT_TOKEN": TOKEN})
        self.pass_on(daemon)
        daemon.push("backup", TOKEN, status="success", run_id="a")
        daemon.push("report", TOKEN, status="failure", run_id="b", exit_code=3, message="disk \"full\"\\")
        daemon.wait_state("backup", "met")
        daemon.wait_state("items", "met")
        prometheus = Prometheus({"text": self.text.port, "open": self.open.port})
        self.addCleanup(prometheus.remove)
        prometheus.wait_for(lambda: len(prometheus.query('batchslo_job_slo_met{job_name="items"}')) == 2, "both are scraped")
        return daemon, prometheus

    def pass_on(self, daemon):
        self.text.url = self.open.url = daemon.url

    def test_both_formats_are_taken_and_say_what_the_page_says(self):
        daemon, prometheus = self.watch(CONFIG % (self.folder + "/dwh.db"))
        self.assertEqual((self.text.types, self.open.types), ({TEXT}, {OPEN}))
        self.assertEqual([v for _, v in prometheus.query('up{job=~"text|open"}')], [1, 1])
        steady = ["batchslo_job_slo_met", "batchslo_job_slo_unknown", "batchslo_job_last_success_timestamp_seconds", "batchslo_job_runs_total", "batchslo_job_failed_runs_total",
                  "batchslo_job_state", "batchslo_job_last_failure_info", "batchslo_job_info", "batchslo_output_updated_timestamp_seconds"]
        page = [(n, l, v) for n, l, v in parse(daemon.metrics()) if n in steady]
        self.assertEqual({n for n, _, _ in page}, set(steady))
        for job in ("text", "open"):
            stored = [(m.pop("__name__"), {k: w for k, w in m.items() if k not in ("job", "instance")}, v)
                      for m, v in prometheus.query('{__name__=~"%s", job="%s"}' % ("|".join(steady), job))]
            # An empty label is no label to Prometheus.
            expected = [(n, {k: w for k, w in l.items() if w}, v) for n, l, v in page]
            key = repr
            self.assertEqual(sorted(map(self.sorted_labels, stored), key=key), sorted(map(self.sorted_labels, expected), key=key))

    @staticmethod
    def sorted_labels(sample):
        name, labels, value = sample
        return name, sorted(labels.items()), value

    def test_ages_are_those_of_the_scrape(self):
        _, prometheus = self.watch(CONFIG % (self.folder + "/dwh.db"))
        age = 'batchslo_job_seconds_since_last_success{job="%s"} - (timestamp(batchslo_job_seconds_since_last_success) - batchslo_job_last_success_timestamp_seconds)'
        for job in ("text", "open"):
            for labels, difference in prometheus.query(age % job):
                self.assertLess(abs(difference), 0.9, labels)

    def test_a_series_is_one_and_infos_join(self):
        _, prometheus = self.watch(CONFIG % (self.folder + "/dwh.db"))
        joined = prometheus.query('batchslo_job_slo_met * on (job, job_name, objective) group_left (severity) batchslo_job_slo_info * on (job, job_name) group_left (team) batchslo_job_info')
        self.assertEqual({(l["job_name"], l["job"], l["severity"], l.get("team")) for l, _ in joined},
                         {(name, job, "critical", team) for name, team in [("backup", "platform"), ("items", None)] for job in ("text", "open")})
        for reason in ("duplicate_timestamp", "out_of_order", "out_of_bounds"):
            self.assertEqual(prometheus.own("prometheus_target_scrapes_sample_%s_total" % reason), 0, reason)
        self.assertNotIn("level=error", prometheus.process.log())

    def test_the_page_has_no_lint(self):
        daemon, _ = self.watch(CONFIG % (self.folder + "/dwh.db"))
        checked = subprocess.run(["promtool", "check", "metrics"], input=daemon.metrics(), capture_output=True, text=True)
        self.assertEqual((checked.returncode, checked.stdout, checked.stderr), (0, "", ""))

    def test_series_go_on_after_kill_9(self):
        daemon, prometheus = self.watch(CONFIG % (self.folder + "/dwh.db"))
        before = prometheus.query('{__name__=~"batchslo_job_(last_success_timestamp_seconds|runs_total|failed_runs_total|slo_met|first_seen_timestamp_seconds)"}')
        daemon.stop(signal.SIGKILL)
        prometheus.wait_for(lambda: prometheus.value('up{job="text"}') == 0, "it is gone")
        daemon.start()
        self.pass_on(daemon)
        prometheus.wait_for(lambda: prometheus.value('min(up{job=~"text|open"})') == 1, "it is back")
        prometheus.wait_for(lambda: len(prometheus.query("batchslo_job_slo_met")) == 4, "the verdicts are back")
        after = prometheus.query('{__name__=~"batchslo_job_(last_success_timestamp_seconds|runs_total|failed_runs_total|slo_met|first_seen_timestamp_seconds)"}')
        self.assertEqual(sorted(before, key=repr), sorted(after, key=repr))
        self.assertEqual(prometheus.value("max(resets(batchslo_job_runs_total[5m]))"), 0)
        self.assertEqual(prometheus.value("count(count_over_time(batchslo_job_runs_total[5m]))"), len([1 for m, _ in after if m["__name__"] == "batchslo_job_runs_total"]))

    def test_it_comes_in_by_tls_a_certificate_and_a_password(self):
        ours, theirs = Authority(self.folder, "ours"), Authority(self.folder, "theirs")
        ours.issue("server", "slo.example")
        theirs.issue("client", "prometheus.example")
        daemon = self.daemon(CONFIG % (self.folder + "/dwh.db"), "--web.config.file=" + self.write("web.yml", WEB), env={"HEARTBEAT_TOKEN": TOKEN})
        port = int(daemon.url.rsplit(":", 1)[1])
        # promtool of Debian 12 does not know the names of clients yet.
        self.assertEqual(subprocess.run(["promtool", "check", "web-config", self.write("older.yml", WEB.replace(NAMES, ""))], capture_output=True).returncode, 0)
        prometheus = Prometheus({"guarded": port}, SCRAPE % {"folder": self.folder})
        self.addCleanup(prometheus.remove)
        prometheus.wait_for(lambda: prometheus.value('batchslo_job_slo_met{job_name="items"}') == 1, "it is scraped")
        self.write("web.yml", WEB.replace("prometheus.example", "other.example"))
        daemon.send(signal.SIGHUP)
        prometheus.wait_for(lambda: prometheus.value("up") == 0, "its name is not allowed any more")
        self.write("web.yml", WEB)
        daemon.send(signal.SIGHUP)
        prometheus.wait_for(lambda: prometheus.value("up") == 1, "it is allowed again")

    def test_scrapes_stay_fast_while_sources_and_the_ledger_are_stuck(self):
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen(8)
            config = CONFIG.replace("jobs:", SILENT % silent.getsockname()[1] + "jobs:") + "  orders: {output: silent/orders, within: 1h}\n"
            daemon, prometheus = self.watch(config % (self.folder + "/dwh.db"))
            self.database.execute("begin exclusive")
            ledger = sqlite3.connect(self.folder + "/ledger.db", isolation_level=None)
            self.addCleanup(ledger.close)
            ledger.execute("begin immediate")
            stuck = prometheus.value("max(timestamp(up))")
            prometheus.wait_for(lambda: prometheus.value("max(timestamp(up))") > stuck + 5, "five more scrapes")
            self.assertEqual(prometheus.value('min(min_over_time(up{job=~"text|open"}[5s]))'), 1)
            self.assertLess(prometheus.value('max(max_over_time(scrape_duration_seconds{job=~"text|open"}[5s]))'), 0.5)
            self.assertEqual(prometheus.value('max(batchslo_job_slo_met{job_name="backup"})'), 1)
            ledger.execute("rollback")
            self.database.execute("rollback")
            self.assertEqual(daemon.stop(), 0)


if __name__ == "__main__":
    absent = missing("prometheus", "promtool")
    if absent:
        print("SKIP prometheus: %s is not installed (scripts/install --tests)" % " and ".join(absent))
        sys.exit(0)
    probe = Prometheus({})
    version = probe.version()
    probe.remove()
    main("prometheus", version)
