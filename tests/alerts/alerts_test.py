#!/usr/bin/env python3
"""The rules, runbooks and routes in alerts/: what the tools of Prometheus say of them, and what the metrics page does."""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parent))
import life  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
ALERTS = ROOT / "alerts"
RULES = sorted((ALERTS / "rules").glob("*.yml"))
GOLDEN = ROOT / "tests/testdata/alerts"
ANNOTATIONS = {"summary", "description", "runbook_url", "dashboard_url"}
OF_TARGETS = {"job", "namespace", "cluster", "instance"}
DAYS, COUNT, EVERY = (int(n) for n in os.environ.get("ALERTS_LIFE", "3x300x240").split("x"))


def rules():
    return [rule for file in RULES for group in yaml.safe_load(file.read_text())["groups"] for rule in group["rules"]]


def alerts():
    return {rule["alert"]: rule for rule in rules() if "alert" in rule}


def families():
    """{name: labels} of the page, as tests/testdata/metrics.txt has it."""
    found = {}
    for name, labels in re.findall(r"(?m)^(\w+) \w+ \{(.*)\}$", (ROOT / "tests/testdata/metrics.txt").read_text()):
        found.setdefault(name, set()).update(filter(None, labels.split(",")))
    return found


def do(*command):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


class Rules(unittest.TestCase):
    def check(self, *command):
        code, said = do(*command)
        self.assertEqual(code, 0, said)

    def test_they_have_no_lint(self):
        self.check("promtool", "check", "rules", "--lint=all", "--lint-fatal", *RULES)

    def test_each_fires_and_is_silent_as_its_test_says(self):
        self.check("promtool", "test", "rules", *sorted((ALERTS / "tests").glob("*_test.yml")))

    def test_each_alert_is_tested(self):
        told = "".join(file.read_text() for file in (ALERTS / "tests").glob("*_test.yml"))
        self.assertEqual([name for name in alerts() if name not in told], [])

    def test_healthy_jobs_and_our_own_outage(self):
        folder = Path(tempfile.mkdtemp(prefix="batchslo-alerts-"))
        self.addCleanup(shutil.rmtree, folder)
        for name, text in (("outage", life.outage(ALERTS / "rules", 300)), ("life", life.healthy(ALERTS / "rules", DAYS, COUNT, EVERY))):
            (folder / name).write_text(text)
            self.check("promtool", "test", "rules", folder / name)

    def test_every_name_and_label_is_on_the_page(self):
        known = families()
        recorded = {rule["record"] for rule in rules() if "record" in rule}
        every_label = set().union(*known.values()) | OF_TARGETS | {"severity", "upstream_severity"}
        for rule in rules():
            for text in [rule["expr"], *rule.get("annotations", {}).values()]:
                for name, _, selectors in re.findall(r"\b(batchslo[_:]\w+(?::\w+)*)(\{([^}]*)\})?", re.sub(r'"[^"{}]*/[^"{}]*"|batchslo_exporter', "", text)):
                    self.assertTrue(name in known or name in recorded, "%s in %s" % (name, rule))
                    if name in known:
                        self.assertEqual(set(re.findall(r"(\w+)\s*(?:=|!=|=~|!~)", selectors)) - known[name] - OF_TARGETS, set(), "%s in %s" % (name, text))
                for labels in re.findall(r"\b(?:by|without|on|ignoring|group_left)\s*\(([^()]*)\)", text):
                    self.assertEqual(set(re.findall(r"\w+", labels)) - every_label, set(), text)

    def test_no_rule_looks_at_a_calendar_or_at_one_scrape_job(self):
        for rule in rules():
            self.assertNotRegex(rule["expr"], r"\b(hour|minute|month|day_of_\w+|days_in_month)\s*\(")
            self.assertNotRegex(rule["expr"], r'[{,]\s*(job|instance|pod|namespace)\s*[=!]')

    def test_labels_of_targets_are_taken_by_a_list(self):
        for rule in rules():
            self.assertNotRegex(rule["expr"], r"\bwithout\s*\([^()]*\)\s*\(\s*(\w+\()*batchslo_", rule)

    def test_each_alert_says_what_people_need(self):
        for name, rule in alerts().items():
            said = rule["annotations"]
            self.assertEqual(ANNOTATIONS - set(said), set(), name)
            self.assertRegex(said["summary"], r"^[A-Z][^{}]*\.$", name)
            self.assertIn("/runbooks/" + name, said["runbook_url"])
            self.assertEqual(set(rule.get("labels", {})) - {"severity"}, set(), "what changes would be another alert")
            self.assertTrue(name.startswith("BatchSLO"), name)

    def test_texts_of_failures_are_in_no_expression(self):
        for rule in rules():
            self.assertNotIn("batchslo_job_last_failure_info", rule["expr"])

    def test_only_what_was_written_as_critical_or_blinds_us_pages(self):
        critical = {name for name, rule in alerts().items() if rule.get("labels", {}).get("severity") == "critical"}
        self.assertEqual(critical, {"BatchSLOExporterDown", "BatchSLOExporterAbsent", "BatchSLOEvaluationStuck", "BatchSLOLedgerDown"})
        by_job = {name for name, rule in alerts().items() if "severity" not in rule.get("labels", {})}
        self.assertEqual(by_job, {"BatchSLOLate", "BatchSLOStuck", "BatchSLONotStarted", "BatchSLOCheckFailed", "BatchSLOPausedTooLong", "BatchSLOSourceDown", "BatchSLOGone"})


class Runbooks(unittest.TestCase):
    def test_each_alert_has_one_and_none_is_left_over(self):
        self.assertEqual({file.stem for file in (ALERTS / "runbooks").glob("*.md")}, set(alerts()))

    def test_each_has_its_four_parts(self):
        for file in (ALERTS / "runbooks").glob("*.md"):
            text = file.read_text()
            self.assertEqual(re.findall(r"(?m)^#+ .*$", text), ["# " + file.stem, "## Meaning", "## Impact", "## Diagnosis", "## Mitigation"], file.name)

    def test_each_metric_that_it_names_is_on_the_page(self):
        for file in (ALERTS / "runbooks").glob("*.md"):
            named = set(re.findall(r"\bbatchslo_\w*[a-z]\b", file.read_text())) - {"batchslo_exporter"}
            self.assertEqual(named - set(families()), set(), file.name)


class Alertmanager(unittest.TestCase):
    CONFIG = ALERTS / "alertmanager/alertmanager.yml"

    def test_its_configuration_has_no_fault(self):
        code, said = do("amtool", "check-config", self.CONFIG)
        self.assertEqual(code, 0, said)

    def test_routes(self):
        rows = [("page", "alertname=BatchSLOLate job_name=a severity=critical team=data"),
                ("page", "alertname=BatchSLOLate job_name=a severity=critical team=reports"),
                ("page", "alertname=BatchSLOSourceDown source=gke severity=critical"),
                ("context", "alertname=BatchSLOLate job_name=a severity=warning"),
                ("context", "alertname=BatchSLOLate job_name=a"),
                ("context", "alertname=BatchSLORunFailed job_name=a severity=info"),
                ("context", "alertname=BatchSLOUnproven job_name=a severity=warning"),
                ("context", "alertname=BatchSLOBlocked job_name=a upstream=b upstream_severity=critical severity=warning"),
                ("context", "alertname=BatchSLOAtRisk job_name=a objective=by severity=warning"),
                ("nobody", "alertname=BatchSLOJobBlind job_name=a source=gke severity=none"),
                ("watchdog", "alertname=BatchSLOWatchdog severity=none")]
        for receiver, labels in rows:
            code, said = do("amtool", "config", "routes", "test", "--config.file", self.CONFIG, *labels.split())
            self.assertEqual((code, said.split("\n")[0]), (0, receiver), labels)

    def render(self, part, data):
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(data, file)
            file.flush()
            code, said = do("amtool", "template", "render", "--template.glob", ALERTS / "alertmanager/batchslo.tmpl", "--template.data", file.name,
                            "--template.text", '{{ template "batchslo.%s" . }}' % part)
        self.assertEqual(code, 0, said)
        return said.removesuffix("\n")

    def test_what_slack_shows(self):
        """UPDATE_GOLDEN=1 in the environment writes the texts anew, for a review of the difference."""
        for name, data in sorted(MESSAGES.items()):
            shown = "".join("%s: %s\n" % (part, self.render(part, data)) for part in ("title", "title_link", "color", "text"))
            file = GOLDEN / (name + ".txt")
            if os.environ.get("UPDATE_GOLDEN"):
                file.parent.mkdir(exist_ok=True)
                file.write_text(shown)
            self.assertEqual(shown, file.read_text())

    def test_it_is_never_longer_than_slack_takes(self):
        for length, count in ((65536, 1), (2000, 2), (2000, 40)):
            evils = ["&" * length, "<!channel> " * (length // 11), "ü" * length, "\n" * length, "`*_~|<>&" * (length // 8), "https://x.example/" + "&a" * 120, "https://x.example/" + "a" * length, ""]
            for evil in evils:
                for status in ("firing", "resolved"):
                    data = message([alert(status, **{name: evil for name in ("job_name", "team", "source")}, annotations=dict.fromkeys(NAMES, evil))] * count, evil)
                    title, _, text = self.render('title" . }}\f{{ template "batchslo.text', data).partition("\f")
                    self.assertLessEqual(len(title), 300, evil[:20])
                    self.assertLessEqual(len(text), 4000, evil[:20])
                    self.assertNotRegex(title + text, r"&(?!amp;|lt;|gt;)|<(?!https?://)", evil[:20])
                    if count == 1:
                        self.assertLessEqual(text.count("\n"), 4)


NAMES = ("summary", "description", "why", "last_success", "page_url", "dashboard_url", "runbook_url")


def alert(status="firing", annotations=None, **labels):
    job = labels.setdefault("job_name", "mart/items")
    said = {"summary": "A batch job has not succeeded in time.",
            "description": "%s is 1h 10m late: it was due 2026-11-27 10:00 UTC for the 11:00 import of ads." % job,
            "why": "Its newest run failed (3 in a row): exit code 1: ValueError: no rows in *",
            "last_success": "2026-11-26 09:58 UTC, 1d 1h 12m ago",
            "page_url": "https://slo.example/jobs/" + job, "dashboard_url": "https://airflow.example/dags/items?a=1&b=2", "runbook_url": "https://slo.example/runbooks/BatchSLOLate"}
    return {"status": status, "labels": {"alertname": "BatchSLOLate", "job": "slo", "objective": "by", "kind": "by", "severity": "critical", "team": "data", **labels},
            "annotations": {**said, **(annotations or {})}, "startsAt": "2026-11-27T10:10:00Z", "endsAt": "2026-11-27T11:22:31Z" if status == "resolved" else "0001-01-01T00:00:00Z"}


def common(maps):
    return {k: v for k, v in maps[0].items() if all(m.get(k) == v for m in maps)}


def message(sent, url="https://alerts.example"):
    firing = any(one["status"] == "firing" for one in sent)
    return {"receiver": "page", "status": "firing" if firing else "resolved", "externalURL": url, "groupLabels": {"alertname": "BatchSLOLate"},
            "commonLabels": common([one["labels"] for one in sent]), "commonAnnotations": common([one["annotations"] for one in sent]), "alerts": sent}


def of_source():
    one = alert(severity="critical", annotations={
        "description": "gke can't be asked since 2026-11-27 09:31 UTC. Jobs that can't be judged: 40, critical among them: 3. A miss meanwhile is not told.", "why": "Polls fail: timeout.",
        "dashboard_url": "https://slo.example/", "runbook_url": "https://slo.example/runbooks/BatchSLOSourceDown"})
    one["labels"] = {"alertname": "BatchSLOSourceDown", "job": "slo", "source": "gke", "severity": "critical"}
    for name in ("last_success", "page_url"):
        del one["annotations"][name]
    return one


MESSAGES = {
    "one": message([alert()]),
    "one-resolved": message([alert("resolved")]),
    "two-of-three": message([alert(job_name="a"), alert(job_name="b"), alert("resolved", job_name="c")]),
    "forty": message([alert(job_name="mart/table-%02d" % i, team="team-%d" % (i % 3), annotations={"runbook_url": "https://wiki.example/%d" % i}) for i in range(40)]),
    "forty-resolved": message([alert("resolved", job_name="mart/table-%02d" % i) for i in range(40)]),
    "source": message([of_source()]),
    "no-links": message([alert(annotations={"page_url": "the page of batchslo_exporter, /jobs/x", "dashboard_url": "the page of batchslo_exporter, /jobs/x", "runbook_url": "alerts/runbooks/BatchSLOLate.md"})]),
    "hostile": message([alert(job_name="<!channel> & \"<b>\"\n```" + "x" * 300, team="a&b", annotations={"why": "</script>\n\n\n<@U1> `rm -rf`" + "&" * 500, "page_url": "javascript:alert(1)", "runbook_url": "https://x|y>z"})]),
}


if __name__ == "__main__":
    unittest.main()
