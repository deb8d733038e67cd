#!/usr/bin/env python3
"""`explain` of a running daemon: as of now, of the past, and of what is not there."""
import datetime
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from case import BACKUP, ENV, TOKEN, DaemonTest  # noqa: E402
from harness import run  # noqa: E402


def explain(daemon, *arguments):
    return run("explain", "--url=" + daemon.url, *arguments, env=ENV)


class Explain(DaemonTest):
    def test_a_daemon_says_why(self):
        daemon = self.daemon(BACKUP)
        code, out, err = explain(daemon, "backup")
        self.assertEqual((code, err), (0, ""))
        self.assertRegex(out, r"^backup: PENDING within ")
        before = datetime.datetime.now(datetime.timezone.utc).isoformat()
        daemon.push("backup", TOKEN, status="success", run_id="night")
        daemon.wait_state("backup", "met")
        self.assertRegex(explain(daemon, "backup")[1], r"(?s)^backup: MET within .*run night.*What would change it:.*night .*succeeded")
        told = json.loads(explain(daemon, "backup", "--output=json", "--at=" + before)[1])
        self.assertEqual((told["state"], told["runs"]), ("pending", []))
        self.assertEqual(daemon.request("/api/v1/explain/backup").status, 200)

    def test_what_is_not_there_is_said(self):
        daemon = self.daemon(BACKUP)
        self.assertEqual(explain(daemon, "none"), (2, "", 'explain: no job is named "none"\n'))
        self.assertEqual(explain(daemon, "backup", "--at=noon")[0], 2)


if __name__ == "__main__":
    unittest.main()
