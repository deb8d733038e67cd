#!/usr/bin/env python3
"""The runbooks of the alerts, served by the daemon: where the links of alerts lead."""
import os
import pathlib
import re
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from case import DaemonTest  # noqa: E402

NAMES = sorted(file.stem for file in (pathlib.Path(__file__).resolve().parents[2] / "alerts/runbooks").glob("*.md"))


class Runbooks(DaemonTest):
    def test_each_is_served_and_listed(self):
        daemon = self.daemon("jobs: {}\n")
        listed = daemon.request("/runbooks")
        self.assertEqual(re.findall(r'href="\./runbooks/(\w+)"', listed.text), NAMES)
        for name in NAMES:
            reply = daemon.request("/runbooks/" + name)
            self.assertEqual(reply.status, 200, name)
            self.assertEqual(re.findall("<h2>(.*)</h2>", reply.text), ["Meaning", "Impact", "Diagnosis", "Mitigation"], name)
            self.assertNotIn("```", reply.text, name)
            self.assertIn("default-src 'none'", reply.headers["Content-Security-Policy"])

    def test_a_link_in_small_letters_works_and_another_name_is_none(self):
        daemon = self.daemon("jobs: {}\n")
        self.assertIn("<h1>BatchSLOLate</h1>", daemon.request("/runbooks/batchslolate").text)
        for path in ("/runbooks/Nothing", "/runbooks/..%2f..%2fetc%2fpasswd", "/runbooks/BatchSLOLate.md"):
            self.assertEqual(daemon.request(path).status, 404, path)

    def test_links_of_alerts_lead_here_below_a_prefix_too(self):
        daemon = self.daemon("jobs: {}\n", "--web.external-url=https://slo.example/tools/slo/")
        base = re.search(r'batchslo_web_info\{external_url="([^"]*)"\} 1', daemon.request("/tools/slo/metrics").text)[1]
        self.assertEqual(base, "https://slo.example/tools/slo")
        self.assertEqual(daemon.request("/tools/slo/runbooks/BatchSLOLate").status, 200)


if __name__ == "__main__":
    unittest.main()
