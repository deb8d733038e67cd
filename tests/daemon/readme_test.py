#!/usr/bin/env python3
"""The curl lines of the documents as they are printed, but for the port: each is taken by the real daemon."""
import os
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from case import BACKUP, TOKEN, DaemonTest  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
PRINTED = "http://127.0.0.1:10510"


def curl_lines():
    documents = [ROOT / "README.md", *sorted((ROOT / "config").rglob("*.md")), *sorted((ROOT / "exporter").rglob("*.md"))]
    return [line for document in documents for line in document.read_text().splitlines() if PRINTED in line and "curl " in line]


class CurlLines(DaemonTest):
    def setUp(self):
        super().setUp()
        self.write("auth", "Authorization: Bearer %s\n" % TOKEN)
        self.served = self.daemon(BACKUP)

    def do(self, line):
        done = subprocess.run(["sh", "-c", line.replace(PRINTED, self.served.url)], cwd=self.folder, capture_output=True, text=True, timeout=60)
        self.assertEqual((done.returncode, done.stderr), (0, ""), line)
        return done.stdout

    def one(self, word):
        found = [line for line in curl_lines() if word in line]
        self.assertEqual(len(found), 1, word)
        return found[0]

    def test_a_failure_is_told_however_long_its_log_is(self):
        line = self.one("status=failure")
        failures = 0
        for log in ["", "ünknown host\n", "100% of a+b & c=d\n" * 600_000 + "ValueError: bad value 42\n"]:
            self.write("error.log", log)
            self.do(line)
            failures += 1
            self.served.wait_for(lambda failures=failures: self.served.value("batchslo_job_consecutive_failures", job_name="backup") == failures)
        self.assertIn("ValueError: bad value 42", self.served.request("/jobs/backup").text)
        self.assertIn("100% of a+b &amp; c=d", self.served.request("/jobs/backup").text)

    def test_a_success_is_told_and_seen(self):
        self.do(self.one("status=success"))
        self.served.wait_state("backup", "met")
        self.assertIn('batchslo_job_slo_met{job_name="backup"', self.do(self.one("/metrics")))

    def test_there_is_no_other_line(self):
        self.assertEqual(len(curl_lines()), 3)


if __name__ == "__main__":
    unittest.main()
