#!/usr/bin/env python3
"""The whole chain, of real programs: Kubernetes and its controllers, the daemon, Prometheus with our rules, Alertmanager with
our routes, and what arrives in Slack. One story, in the order of its day."""
import re
import signal
import sys
import time
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / folder) for folder in ("common", "alertmanager", "kubernetes")]
from control_plane import ControlPlane  # noqa: E402
from peer import PeerTest, free_port, main, missing  # noqa: E402
from runner import lacks  # noqa: E402
from servers import Chain  # noqa: E402
from story import K, NEVER, next_deadline, sleep_until  # noqa: E402

VERSION = "1.36.3"
GRACE = 5  # seconds
# Seconds from the end of the grace to the message: one poll interval, after which a silent watch is begun anew; ten in which what
# had gathered comes; an evaluation, a scrape and a rule a second each at the most; `for` 2 s here, group_wait 3 s; and eight
# more, for a machine that does all of this at once.
PROMPT = 30 + 10 + 1 + 1 + 1 + 2 + 3 + 8
SOURCES = "sources:\n  k8s: {kubernetes: {kubeconfig: %s, namespaces: [reports], discover: cronjobs, logs: on_failure}}\njobs:\n"
LATE = "  reports/items: {by: '%s', grace: %ds, team: data, consumer: the morning import, severity: critical}\n"
DARK = "  reports/dark: {by: '%s', since: 1m, grace: %ds, severity: critical}\n"
TITLES = ["Late: reports/items (data)", "Resolved: Late: reports/items (data)"]


class ChainTest(PeerTest):
    def setUp(self):
        super().setUp()
        K.namespace("reports")
        K.cronjob("reports", "items", outcome="fail")
        K.cronjob("reports", "tolerated", outcome="fail", annotations={"every-run": "{tolerate: 20}", "severity": "critical"})
        K.cronjob("reports", "dark", schedule=NEVER)
        self.sources = SOURCES % K.write_kubeconfig(self.folder + "/kubeconfig", "admin-token")

    def begin(self, jobs):
        port = free_port()
        daemon = self.daemon(self.sources + jobs, "--web.listen-address=127.0.0.1:%d" % port, "--web.external-url=http://127.0.0.1:%d/" % port)
        chain = Chain(daemon.url[7:])
        self.addCleanup(chain.remove)
        return daemon, chain, chain.slack

    def pages(self, slack):
        return [one["title"] for to, one in slack.sent if to == "#fatal"]

    def assert_links_work(self, attachment):
        links = re.findall(r"<(http[^|>]+)\|", attachment["text"]) + [attachment["title_link"]]
        self.assertGreaterEqual(len(links), 4, attachment["text"])
        for link in links:
            with urllib.request.urlopen(link.replace("&amp;", "&"), timeout=10) as reply:
                self.assertEqual(reply.status, 200, link)
        return urllib.request.urlopen(attachment["title_link"], timeout=10).read().decode()

    def test_a_day(self):
        due, clock = next_deadline(75)
        daemon, chain, slack = self.begin(LATE % (clock, GRACE))
        self.late_is_one_page_with_its_cause(daemon, chain, slack, due)
        self.a_late_success_ends_it(chain, slack)
        self.assertTrue([one for one in slack.of("#error", "^Run Failed") if "reports/tolerated" in one["title"] + one["text"]], "a failed run is context")
        self.a_server_that_is_away_is_told_and_not_its_jobs(daemon, chain, slack)
        self.a_killed_exporter_is_told(daemon, chain, slack)
        self.assertFalse([title for title in self.pages(slack) if "tolerated" in title])
        self.assertEqual(slack.faults, [])

    def late_is_one_page_with_its_cause(self, daemon, chain, slack, due):
        sleep_until(due)
        page = chain.wait_for(lambda: slack.of("#fatal", "Late"), "it pages")[0]
        took = time.time() - due - GRACE
        self.assertLess(took, PROMPT)
        print("paged %.0f s after the end of its grace: %s\n%s" % (took, page["title"], page["text"]))
        self.assertEqual(page["title"], TITLES[0])
        self.assertIn("for the morning import", page["text"].splitlines()[0])
        self.assertRegex(page["text"].splitlines()[1], r"^\*Why:\* Its newest run failed.*ValueError: no rows in part \*")
        shown = self.assert_links_work(page)
        self.assertIn("Traceback (most recent call last)", shown)
        self.assertNotIn("planted-token", shown)

    def a_late_success_ends_it(self, chain, slack):
        K.patch("reports", "items", {"spec": {"jobTemplate": {"spec": {"template": {"metadata": {"labels": {"sim/outcome": None}}}}}}})
        chain.wait_for(lambda: slack.of("#fatal", "Resolved"), "it is over")
        self.assertEqual(self.pages(slack), TITLES)

    def a_server_that_is_away_is_told_and_not_its_jobs(self, daemon, chain, slack):
        due, clock = next_deadline(25)
        daemon.write(self.sources + DARK % (clock, GRACE))
        daemon.send(signal.SIGHUP)
        daemon.wait_for(lambda: daemon.value("batchslo_job_slo_info", job_name="reports/dark", kind="by") == 1, "its deadline is there")
        sleep_until(due - 15)
        K.stop("api", signal.SIGKILL)
        chain.wait_for(lambda: slack.of("#fatal", "^Source Down: k8s"), "the source's page")
        sleep_until(due + GRACE + 20)  # nothing can be proven now
        self.assertEqual(daemon.state("reports/dark"), "unknown")
        self.assertEqual(self.pages(slack), TITLES + ["Source Down: k8s"])
        K.start_api()
        chain.wait_for(lambda: slack.of("#fatal", "^Resolved: Source Down: k8s"), "the source is back")

    def a_killed_exporter_is_told(self, daemon, chain, slack):
        daemon.stop(signal.SIGKILL)
        chain.wait_for(lambda: slack.of("#fatal", "^Exporter Down: slo"), "the exporter's own page")


if __name__ == "__main__":
    absent = missing("prometheus", "prometheus-alertmanager") or lacks(VERSION)
    if absent:
        print("SKIP chain: it wants %s" % ", ".join(absent))
        sys.exit(0)
    with ControlPlane(VERSION) as K.plane:
        main("chain", "kubernetes-" + K.version())
