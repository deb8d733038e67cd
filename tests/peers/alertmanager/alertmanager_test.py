#!/usr/bin/env python3
"""The real daemon, a real Prometheus with our rules and a real Alertmanager with our routes: what arrives in Slack, and what does not."""
import os
import sqlite3
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "common")]
from peer import PeerTest, main, missing  # noqa: E402
from servers import Chain  # noqa: E402

TOKEN = "a-token-that-nobody-guesses-6f3a"
SOURCES = """sources:
  push: {heartbeat: {token: {env: HEARTBEAT_TOKEN}}, poll_interval: 1s}
  dwh: {sql: {url: 'sqlite://%s', updated_at: loaded_at}, poll_interval: 1s}
jobs:
"""


class AlertmanagerTest(PeerTest):
    def chain(self, jobs, tables):
        """The daemon over tables that moved two hours ago, and all behind it."""
        self.database = sqlite3.connect(self.folder + "/dwh.db", isolation_level=None)
        self.addCleanup(self.database.close)
        for table in tables:
            self.database.execute("create table \"%s\" (loaded_at integer)" % table)
            self.move(table, time.time() - 7200)
        daemon = self.daemon(SOURCES % (self.folder + "/dwh.db") + jobs, "--web.external-url=https://slo.example/", env={"HEARTBEAT_TOKEN": TOKEN})
        chain = Chain(daemon.url[7:])
        self.addCleanup(chain.remove)
        self.addCleanup(lambda: self.assertEqual(chain.slack.faults, []))
        return daemon, chain, chain.slack

    def move(self, table, when):
        self.database.execute("insert into \"%s\" values (?)" % table, [int(when)])

    def test_a_miss_pages_once_with_what_people_need_and_resolves(self):
        jobs = ("  mart/items: {output: dwh/items, runs: {source: push}, success: outputs, within: 1h, team: data, consumer: the 11:00 import, runbook_url: 'https://wiki.example/a?b=1&c=2'}\n"
                "  mart/users: {output: dwh/users, within: 1h, severity: warning}\n"
                "  mart/fine: {runs: {source: push}, within: 1h}\n")
        daemon, chain, slack = self.chain(jobs, ["items", "users"])
        daemon.push("mart/items", TOKEN, status="failure", run_id="a", exit_code=1, message="Traceback\nValueError: no <rows> & none")
        daemon.push("mart/fine", TOKEN, status="success", run_id="b")
        daemon.push("mart/fine", TOKEN, status="failure", run_id="c", exit_code=2)
        page = chain.wait_for(lambda: slack.of("#fatal", "^Late: mart/items"), "it pages")[0]
        self.assertEqual((page["title"], page["title_link"], page["color"]), ("Late: mart/items (data)", "https://slo.example/jobs/mart/items", "danger"))
        text = page["text"].splitlines()
        self.assertRegex(text[0], r"^mart/items is 1h \d+m late: it was due \d{4}-\d\d-\d\d \d\d:\d\d UTC for the 11:00 import\.$")
        self.assertEqual(text[1], "*Why:* Its newest run failed: exit code 1: ValueError: no &lt;rows&gt; &amp; none")
        self.assertRegex(text[2], r"^\*Last success:\* \d{4}-\d\d-\d\d \d\d:\d\d UTC, 2h \d+m ago$")
        self.assertTrue(text[3].startswith("*What to do:* <https://wiki.example/a?b=1&amp;c=2|Runbook> · <https://slo.example/jobs/mart/items|Page of the job> · <%s/#/silences/new?filter=" % chain.url), text[3])
        chain.wait_for(lambda: slack.of("#error", "^Late: mart/users"), "a warning is context")
        chain.wait_for(lambda: slack.of("#error", "^Run Failed: mart/fine"), "a failed run is context")
        chain.wait_for(lambda: slack.posts, "the watchdog comes")
        self.assertEqual({path for path, _ in slack.posts}, {"/ping/batchslo"})
        self.move("items", time.time())
        over = chain.wait_for(lambda: slack.of("#fatal", "^Resolved: Late: mart/items"), "it is over")
        self.assertRegex(over[0]["text"], r"^mart/items: over, after [\dms]+\.")
        self.assertEqual([one["title"] for to, one in slack.sent if to == "#fatal"], ["Late: mart/items (data)", "Resolved: Late: mart/items (data)"])

    def test_killing_the_exporter_is_one_page_and_resolves_none(self):
        daemon, chain, slack = self.chain("  mart/items: {output: dwh/items, within: 1h}\n", ["items"])
        chain.wait_for(lambda: slack.of("#fatal", "^Late: mart/items"), "it pages")
        daemon.stop(9)
        chain.wait_for(lambda: slack.of("#fatal", "^Exporter Down: slo"), "the exporter's own page")
        at = time.monotonic()
        chain.wait_for(lambda: time.monotonic() > at + 10, "what would be resolved")
        self.assertEqual([one["title"] for to, one in slack.sent if to == "#fatal" and "Resolved" in one["title"]], [])
        self.assertEqual(len(chain.alerts(alertname="BatchSLOLate")), 1)

    def test_a_job_that_needs_a_missed_one_pages_only_once_that_is_met(self):
        jobs = "  import: {output: dwh/import, within: 1h}\n  train: {output: dwh/train, within: 1h, needs: [import]}\n"
        _, chain, slack = self.chain(jobs, ["import", "train"])
        chain.wait_for(lambda: slack.of("#fatal", "^Late: import"), "the upstream pages")
        told = chain.wait_for(lambda: slack.of("#error", "^Blocked: train"), "it is told that the job is blocked")[0]
        self.assertIn("train needs import, which is missed.", told["text"])
        self.assertEqual(chain.alerts(job_name="train", alertname="BatchSLOLate")[0]["status"]["state"], "suppressed")
        self.assertEqual([one["title"] for to, one in slack.sent if to == "#fatal"], ["Late: import"])
        self.move("import", time.time())
        chain.wait_for(lambda: slack.of("#fatal", "^Late: train"), "now there is something to be done for the job")

    def test_forty_jobs_are_one_message(self):
        names = ["table_%02d" % i for i in range(40)]
        jobs = "".join("  '%s <&> %s': {output: dwh/%s, within: 1h, team: t%d, consumer: '%s'}\n" % (name, "x" * 150, name, i % 3, "&" * 150) for i, name in enumerate(names))
        _, chain, slack = self.chain(jobs, names)
        page = chain.wait_for(lambda: slack.of("#fatal", "^Late: 40 at once"), "all of them are told")[0]
        self.assertIn("table_00 &lt;&amp;&gt; x", page["text"])
        self.assertLessEqual(len(slack.of("#fatal", "^Late")), 2, "some may have come before the others")

    def test_a_source_that_is_down_is_one_page_and_inhibits_what_follows_from_it(self):
        daemon, chain, slack = self.chain("".join("  job%d: {output: dwh/t%d, within: 4h}\n" % (i, i) for i in range(5)), ["t%d" % i for i in range(5)])
        daemon.wait_state("job0", "met")
        chain.wait_for(lambda: slack.posts, "all is well, and alerts arrive")
        os.rename(self.folder + "/dwh.db", self.folder + "/away")
        page = chain.wait_for(lambda: slack.of("#fatal", "^Source Down: dwh"), "the source's page")[0]
        self.assertIn("Jobs that can't be judged: 5, critical among them: 5.", page["text"])
        labels = {"job": "slo", "job_name": "job1", "severity": "warning"}
        chain.ask("/api/v2/alerts", [{"labels": {"alertname": "BatchSLOUnproven", **labels}}, {"labels": {"alertname": "BatchSLOUnproven", **labels, "job_name": "of another source"}}])
        told = chain.wait_for(lambda: slack.of("#error", "^Unproven"), "what does not follow from it is told")
        self.assertIn("of another source", told[0]["title"])
        self.assertEqual(chain.alerts(job_name="job1", alertname="BatchSLOUnproven")[0]["status"]["state"], "suppressed")
        self.assertEqual([one["title"] for to, one in slack.sent if to == "#fatal"], ["Source Down: dwh"])


if __name__ == "__main__":
    absent = missing("prometheus", "prometheus-alertmanager", "amtool")
    if absent:
        print("SKIP alertmanager: %s is not installed (scripts/install --tests)" % " and ".join(absent))
        sys.exit(0)
    probe = Chain("127.0.0.1:1")
    version = probe.version()
    probe.remove()
    main("alertmanager", version)
