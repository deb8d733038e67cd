#!/usr/bin/env python3
"""The real binary on local-bigquery: tables, tables of dates, views and queries of an emulator that others wrote.

It does not move lastModifiedTime when rows come, and has no times of partitions: tables are asked by metadata_only here.
"""
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import packages  # noqa: E402

if __name__ == "__main__":
    packages.tester()

from case import SourceTest  # noqa: E402
from peer import main  # noqa: E402
from servers import Front, local_bigquery, version_of  # noqa: E402


class LocalBigQuery(SourceTest):
    def setUp(self):
        super().setUp()
        self.server = local_bigquery(self.folder)
        self.addCleanup(self.server.stop)

    def test_a_table_by_its_metadata(self):
        self.server.sql("CREATE TABLE d.items (n INT64)")
        self.server.sql("INSERT INTO d.items VALUES (1), (2)")
        daemon = self.start("  a: {output: dwh/d.items, within: 1h, rows: '>= 2'}\n  z: {output: dwh/d.none, within: 2s}\n", self.server.url, more=", metadata_only: true")
        daemon.wait_state("a", "met")
        self.assertEqual(daemon.value("batchslo_output_rows", job_name="a"), 2)
        daemon.wait_state("z", "missed")

    def test_of_the_tables_of_dates_the_newest(self):
        newest = time.strftime("%Y%m%d", time.gmtime(time.time() - 2 * 86400))
        for date, rows in (("20200101", 1), (newest, 2), ("20991231", 3)):
            self.server.sql("CREATE TABLE d.events_%s (n INT64)" % date)
            self.server.sql("INSERT INTO d.events_%s SELECT * FROM UNNEST(GENERATE_ARRAY(1, %d))" % (date, rows))
        daemon = self.start("  a: {outputs: {o: {source: dwh, table: d.events_%Y%m%d}}, within: 1h}\n", self.server.url, more=", metadata_only: true")
        daemon.wait_state("a", "met")
        self.assertEqual(daemon.value("batchslo_output_rows", job_name="a"), 2)

    def test_a_view_is_told_and_a_query_over_it_answers(self):
        self.server.sql("CREATE TABLE d.items (at TIMESTAMP, day DATE, x INT64)")
        self.server.sql("INSERT INTO d.items VALUES (CURRENT_TIMESTAMP(), CURRENT_DATE(), 1), (TIMESTAMP '2024-05-01 00:00:00+00', DATE '2024-05-01', NULL)")
        self.server.sql("CREATE VIEW d.v AS SELECT * FROM d.items")
        query = "SELECT max(at) AS updated_at, count(*) AS `rows`, COUNTIF(x IS NULL) AS null_x FROM `p.d.v`"
        daemon = self.start("  a: {outputs: {o: {source: dwh, query: '%s', checks: {not_null: [x]}}}, within: 1h, rows: '>= 2'}\n"
                            "  b: {outputs: {o: {source: dwh, query: 'SELECT max(day) AS updated_at FROM d.v'}}, within: 2d}\n"
                            "  c: {output: dwh/d.v, within: 1h}\n" % query, self.server.url)
        daemon.wait_state("b", "met")
        daemon.wait_state("a", "missed")  # a NULL
        self.assertEqual(daemon.value("batchslo_output_rows", job_name="a"), 2)
        self.server.sql("DELETE FROM d.items WHERE x IS NULL")
        self.server.sql("INSERT INTO d.items VALUES (CURRENT_TIMESTAMP(), CURRENT_DATE(), 2)")
        daemon.wait_state("a", "met")
        self.assertIn("is a view", next(s["error"] for s in self.report(daemon)["scopes"] if s["scope"].startswith("c/")))

    def test_a_query_that_is_wrong_is_told(self):
        daemon = self.start("  a: {outputs: {o: {source: dwh, query: 'SELECT nothing AS updated_at FROM d.none'}}, within: 1h}\n", self.server.url)
        self.wait_error(daemon, "the query of a/o: BigQuery answers 4")
        self.assertIsNone(daemon.value("batchslo_job_slo_met", job_name="a"))

    def test_a_query_that_takes_long_is_waited_for(self):
        """The front takes the patience out of the question, so that the answer is a job's name."""
        def hurry(method, path, body):
            if method == "POST":
                body.update(timeoutMs=0)
        front = Front(self.server.url, hurry)
        self.addCleanup(front.close)
        query = "SELECT CURRENT_TIMESTAMP() AS updated_at, SUM(a * b) AS `rows` FROM UNNEST(GENERATE_ARRAY(1, 3000)) a, UNNEST(GENERATE_ARRAY(1, 3000)) b"
        daemon = self.start("  a: {outputs: {o: {source: dwh, query: '%s'}}, within: 1h}\n" % query, front.url)
        daemon.wait_state("a", "met")
        self.assertIn("/queries/", " ".join(path for method, path, *_ in front.asked if method == "GET"))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as first:
        server = local_bigquery(first)
        if not server:
            print("SKIP local-bigquery: it wants Python 3.13 and its packages")
            sys.exit(0)
        server.stop()
    main("local-bigquery", version_of("local-bigquery-0.3.2", "local-bigquery"))
