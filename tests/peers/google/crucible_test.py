#!/usr/bin/env python3
"""The real binary on Crucible, an emulator that refuses what it does not know: legacy SQL above all.

It knows no dry run, no jobTimeoutMs and no lastModifiedTime: the front answers the first and takes the second away.
"""
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import packages  # noqa: E402

if __name__ == "__main__":
    packages.tester()

from case import SourceTest  # noqa: E402
from peer import main  # noqa: E402
from servers import Front, call, crucible, version_of  # noqa: E402


def without_the_unknown(method, path, body):
    if method != "POST":
        return None
    body.pop("jobTimeoutMs", None)
    return (200, {"jobComplete": True, "totalBytesProcessed": "0"}) if body.get("dryRun") else None


class Crucible(SourceTest):
    QUERY = "  a: {outputs: {o: {source: dwh, query: 'SELECT max(ts) AS updated_at, count(*) AS `rows`, count(*) - count(v) AS null_v FROM d.items', checks: {not_null: [v]}}}, within: 1h, rows: '>= 2'}\n"

    def setUp(self):
        super().setUp()
        self.server = crucible(self.folder)
        self.addCleanup(self.server.stop)
        self.front = Front(self.server.url, without_the_unknown)
        self.addCleanup(self.front.close)
        self.server.sql("CREATE TABLE d.items AS SELECT CURRENT_TIMESTAMP() AS ts, 1 AS v UNION ALL SELECT CURRENT_TIMESTAMP(), 2")

    def test_it_refuses_legacy_sql(self):
        status, answer = call(self.server.url + "/bigquery/v2/projects/p/queries", {"query": "SELECT 1"})
        self.assertEqual(status, 400)
        self.assertIn("legacy SQL", answer["error"]["message"])

    def test_a_query_is_one_that_it_takes(self):
        daemon = self.start(self.QUERY, self.front.url)
        daemon.wait_state("a", "met")
        self.assertEqual(daemon.value("batchslo_output_rows", job_name="a"), 2)
        self.server.sql("INSERT INTO d.items SELECT CURRENT_TIMESTAMP(), NULL")
        daemon.wait_state("a", "missed")

    def test_a_table_without_a_time_is_unknown_and_told(self):
        daemon = self.start("  a: {output: dwh/d.items, within: 1s}\n", self.front.url)
        self.wait_error(daemon, "does not say when it was modified")
        self.assertIsNone(daemon.value("batchslo_job_slo_met", job_name="a"))

    def test_a_column_that_is_not_there_is_told(self):
        daemon = self.start("  a: {outputs: {o: {source: dwh, query: SELECT nothing AS updated_at FROM d.items}}, within: 1h}\n", self.front.url)
        self.wait_error(daemon, "the query of a/o: BigQuery answers 400")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as first:
        found = crucible(first)
        if not found:
            print("SKIP crucible: its packages can't be installed")
            sys.exit(0)
        found.stop()
    main("crucible", version_of("crucible-0.1.0a2", "crucible-emulator"))
