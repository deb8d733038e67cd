#!/usr/bin/env python3
"""Calendars in the real binary: the sample, judged over a month; files that change; what is shown."""
import json
import os
import signal
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from case import ENV, PUSH, TOKEN, DaemonTest  # noqa: E402
from harness import run  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SAMPLE = os.path.join(ROOT, "config", "examples", "calendars.yml")
MAINTAINED = "calendars: {c: {maintenance: {move: {from: 2020-01-01 00:00, to: 2090-01-01 00:00}}}}\n" + PUSH + \
    "jobs:\n  backup: {runs: {source: push}, within: 1s, calendar: c}\n"
FROM_A_FILE = "calendars: {c: {holidays: {file: days.txt}}}\n" + PUSH + "jobs:\n  backup: {runs: {source: push}, within: 1h, calendar: c}\n"


class OfTheSample(DaemonTest):
    def judge(self, job, success, ats):
        """What is said of a job that succeeded then, and was watched all the time: [verdict or (verdict, excuse)]."""
        facts = [{"fact": "run", "source": "push", "job": job, "run_id": "r", "outcome": "succeeded", "finished_at": success, "observed_at": success}]
        start, days = success[:8], range(int(success[8:10]), 32)
        facts += [{"fact": "view", "source": "push", "observed_at": "%s%02dT%02d:%02d:00Z" % (start, d, h, m)} for d in days for h in range(24) for m in range(0, 60)]
        with open(self.path("facts.jsonl"), "w") as out:
            out.writelines(json.dumps(fact) + "\n" for fact in facts)
        code, out, err = run("replay", "--config.file=" + SAMPLE, "--facts=" + self.path("facts.jsonl"), "--job=" + job, "--output=json", *("--at=" + at for at in ats))
        self.assertEqual((code, err), (0, ""))
        return [(row["verdict"], row["excused"]) for row in json.loads(out)]

    def test_the_last_business_day_of_the_month(self):
        self.assertEqual(self.judge("books/close", "2026-07-01T00:00:00Z", ["2026-07-30T10:00:00Z", "2026-07-31T09:00:00Z", "2026-07-31T09:03:00Z"]),
                         [("met", "holiday not the last business day of the month")] * 2 + [("missed", None)])

    def test_before_a_holiday_it_is_the_day_before(self):
        self.assertEqual(self.judge("books/close", "2026-12-28T00:00:00Z", ["2026-12-29T10:00:00Z", "2026-12-30T09:03:00Z", "2026-12-31T09:03:00Z"]),
                         [("met", "holiday not the last business day of the month"), ("missed", None), ("missed", "holiday Last day of the year")])

    def test_once_a_quarter(self):
        self.assertEqual(self.judge("tax/report", "2026-07-02T00:00:00Z", ["2026-07-15T03:03:00Z"]), [("met", None)])
        self.assertEqual(self.judge("tax/report", "2026-07-01T02:59:00Z", ["2026-07-15T03:00:00Z", "2026-07-15T03:03:00Z", "2026-07-31T00:00:00Z"]),
                         [("met", None), ("missed", None), ("missed", None)])  # late, for the quarter before

    def test_in_office_hours_only(self):
        self.assertEqual(self.judge("prices/refresh", "2026-03-05T08:58:00Z", ["2026-03-05T09:00:30Z", "2026-03-05T12:00:00Z", "2026-03-05T23:58:00Z", "2026-03-06T00:04:00Z"]),
                         [("met", None), ("met", "outside of hours"), ("met", "outside of hours"), ("missed", None)])
        self.assertEqual(self.judge("prices/refresh", "2026-03-06T02:58:00Z", ["2026-03-06T03:50:00Z", "2026-03-06T04:09:00Z"]),
                         [("met", "maintenance network"), ("missed", None)])

    def test_in_maintenance_that_comes_again_each_tuesday(self):
        self.assertEqual(self.judge("prices/refresh", "2026-03-09T08:58:00Z", ["2026-03-10T00:29:00Z", "2026-03-10T00:39:00Z"]),
                         [("met", "maintenance database"), ("missed", None)])

    def test_on_the_days_of_a_fiscal_calendar(self):
        self.assertEqual(self.judge("ledger/post", "2026-01-01T00:00:00Z", ["2026-01-01T02:00:00Z", "2026-01-04T20:00:00Z", "2026-01-05T01:03:00Z"]),
                         [("met", None), ("met", "Sunday"), ("missed", None)])

    def test_on_a_half_day_until_its_hour(self):
        self.assertEqual(self.judge("ledger/post", "2026-12-28T20:00:00Z", ["2026-12-29T01:03:00Z", "2026-12-30T01:03:00Z"]), [("met", None), ("missed", None)])

    def test_twice_a_day(self):
        self.assertEqual(self.judge("stock/sync", "2026-03-07T05:00:00Z", ["2026-03-07T08:03:00Z", "2026-03-07T23:03:00Z"]), [("met", None), ("missed", None)])

    def test_check_config_says_what_is_excused_next(self):
        code, out, err = run("check", "config", SAMPLE)
        self.assertEqual((code, err), (0, ""))
        self.assertRegex(out, r"calendar\s+zone\s+excuses next from\s+until\s+why")
        self.assertRegex(out, r"month-end\s+Asia/Tokyo\s+\S+Z\s+\S+Z\s+holiday ")
        told = json.loads(run("check", "config", "--output=json", SAMPLE)[1])["excused"]
        self.assertEqual({row["calendar"] for row in told}, {"fiscal", "month-end", "office"})

    def test_check_config_says_when_all_of_a_calendar_is_over(self):
        config = self.write("config.yml", FROM_A_FILE)
        self.write("days.txt", "2001-01-01 Old\n")
        self.assertRegex(run("check", "config", config)[1], r"c\s+UTC\s+-\s+-\s+it excuses nothing that is to come")
        told = json.loads(run("check", "config", "--output=json", config)[1])["excused"]
        self.assertEqual([(row["calendar"], row["from"], row["why"]) for row in told], [("c", None, None)])


class OfADaemon(DaemonTest):
    def test_what_is_excused_is_shown_with_its_reason(self):
        daemon = self.daemon(MAINTAINED)
        daemon.push("backup", TOKEN, status="success")
        objective = daemon.wait_for(lambda: (lambda one: one["excused"] and one)(json.loads(daemon.request("/api/v1/jobs/backup").text)["data"]["objectives"][0]))
        self.assertEqual((objective["calendar"], objective["excused"]["why"], objective["next_excused"]["why"]), ("c", "maintenance move", "maintenance move"))
        page = daemon.request("/jobs/backup").text
        self.assertIn("excused: maintenance move", page)
        self.assertIn("calendar c excuses until 2090-01-01", page)
        out = run("status", "--url=" + daemon.url, "backup", env=ENV)[1]
        self.assertIn("within pending (excused: maintenance move)", out)
        self.assertIn("within is excused from 2020-01-01T00:00:00Z to 2090-01-01T00:00:00.000001Z: maintenance move", out)

    def next_excuse(self, daemon):
        told = json.loads(daemon.request("/api/v1/jobs/backup").text)["data"]["objectives"][0]["next_excused"]
        return told and told["why"]

    def test_a_file_that_changes_counts_after_a_reload(self):
        self.write("days.txt", "2098-01-01 Old\n")
        daemon = self.daemon(FROM_A_FILE)
        self.assertEqual(self.next_excuse(daemon), "holiday Old")
        self.write("days.txt", "2098-01-01 New\n")
        daemon.send(signal.SIGHUP)
        daemon.wait_for(lambda: self.next_excuse(daemon) == "holiday New")
        self.write("days.txt", "tomorrow\n")
        daemon.send(signal.SIGHUP)
        daemon.wait_for(lambda: daemon.value("batchslo_config_last_reload_successful") == 0)
        self.assertEqual(self.next_excuse(daemon), "holiday New")
        self.assertIn("line 1: &quot;tomorrow&quot; is no date", daemon.request("/").text.replace("&#34;", "&quot;"))

    def test_a_file_that_changes_is_seen_by_the_auto_reload(self):
        self.write("days.txt", "2098-01-01 Old\n")
        daemon = self.daemon(FROM_A_FILE, "--config.enable-auto-reload", "--config.auto-reload-interval=200ms")
        self.assertEqual(self.next_excuse(daemon), "holiday Old")
        self.write("next.txt", "2098-01-01 New\n")
        os.replace(self.path("next.txt"), self.path("days.txt"))
        daemon.wait_for(lambda: self.next_excuse(daemon) == "holiday New")
        os.remove(self.path("days.txt"))
        daemon.wait_for(lambda: daemon.value("batchslo_config_last_reload_successful") == 0)
        self.write("days.txt", "2098-01-01 Back\n")
        daemon.wait_for(lambda: self.next_excuse(daemon) == "holiday Back")

    def test_a_missing_file_is_told_at_its_place(self):
        code, _, err = run("check", "config", self.write("config.yml", FROM_A_FILE))
        self.assertEqual(code, 2)
        self.assertIn("config.yml:1:34: error: the file " + self.path("days.txt") + " can't be read: No such file or directory", err)


if __name__ == "__main__":
    unittest.main()
