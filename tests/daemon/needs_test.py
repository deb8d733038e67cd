#!/usr/bin/env python3
"""A job that needs another one, in the real binary: what is shown while that one is missed, over a reload and a restart."""
import os
import signal
import sqlite3
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from case import PUSH, TOKEN, DaemonTest  # noqa: E402

JOBS = """  dwh: {sql: {url: 'sqlite://%s/dwh.db', updated_at: loaded_at}, poll_interval: 300ms}
jobs:
  import: {output: dwh/items, within: %s}
  etl/train: {runs: {source: push}, within: 1h, needs: [import]}
"""


class Needs(DaemonTest):
    def config(self, within):
        return PUSH + JOBS % (self.folder, within)

    def blocked_by(self, daemon):
        return daemon.request("/api/v1/jobs/etl/train").json["data"]["blocked_by"]

    def test_it_is_blocked_while_the_other_is_missed(self):
        with sqlite3.connect(self.path("dwh.db")) as database:
            database.execute("create table items (loaded_at integer)")
            database.execute("insert into items values (?)", [int(time.time())])
        database.close()
        daemon = self.daemon(self.config("1s"), "--evaluation.interval=200ms")
        daemon.push("etl/train", TOKEN, status="success", run_id="t")
        daemon.wait_state("import", "missed")
        daemon.wait_for(lambda: self.blocked_by(daemon) == ["import"])
        self.assertEqual(daemon.value("batchslo_job_blocked", job_name="etl/train", upstream="import"), 1)
        self.assertEqual(daemon.state("etl/train"), "met")
        page = daemon.request("/jobs/etl/train").text
        self.assertIn('<dt>Needs</dt><dd><a href="../../jobs/import">import</a><div>blocked by <a href="../../jobs/import">import</a>, which is missed</div></dd>', page)
        self.assertIn("blocked by", daemon.request("/").text)

        daemon.write(self.config("1h"))  # it is met now
        daemon.send(signal.SIGHUP)
        daemon.wait_for(lambda: self.blocked_by(daemon) == [])
        self.assertIsNone(daemon.value("batchslo_job_blocked", job_name="etl/train"))

        daemon.stop()
        daemon.write(self.config("1s"))
        daemon.start()
        daemon.wait_for(lambda: self.blocked_by(daemon) == ["import"])


if __name__ == "__main__":
    unittest.main()
