#!/usr/bin/env python3
"""The real binary: what `discover` prints is a configuration, as it is and with each job of it taken up."""
import os
import unittest

from servers import EVERYTHING, Cluster, Google, cron_job, kubeconfig
from source_case import SourceCase, run


class Sql(SourceCase):
    def test_tables_with_the_column_that_says_best_when_they_moved(self):
        url = self.database("create table items (n int, created_at text, updated_at text)", 'create table "Daily Items" (day date)', "create table plain (n int)",
                            "create view recent as select updated_at from items")
        out = self.discover("sql", "--url", url)
        self.assertIn(": 3 tables and views with a column that is a time", out.splitlines()[0])
        self.assertIn("sources:\n  sql:\n    {sql: {url: \"%s\"}}\njobs:\n" % url, out)
        self.assertIn("  # updated_at is a text; other times: created_at\n  #items: {outputs: {items: {source: sql, table: items, updated_at: updated_at}}}\n", out.replace("TEXT", "text"))
        self.assertIn('  #"Daily Items": {outputs: {"Daily Items": {source: sql, table: "Daily Items", updated_at: day}}}\n', out)
        self.assertNotIn("plain", out)

    def test_a_source_of_a_file_by_its_name_or_its_kind(self):
        url = self.database("create table items (updated_at text)")
        config = self.write("config.yml", "sources: {app: {sql: {url: '%s'}, poll_interval: 2m}}\njobs: {a: {outputs: {o: {source: app, table: items, updated_at: t}}}}\n" % url)
        for name in ("app", "sql"):
            out = self.discover("--config.file=" + config, name)
            self.assertIn("  app:\n    {sql: {url: \"%s\"}, poll_interval: 2m}\n" % url, out)
            self.assertIn("{source: app, table: items", out)

    def test_thousands_of_tables_are_bounded(self):
        url = self.database(*["create table t%04d (updated_at text)" % i for i in range(1500)])
        out = self.discover("sql", "--url", url)
        self.assertEqual(out.count("outputs:"), 1000)
        self.assertIn("# only the first 1000 of 1500 are shown\n", out)


class Files(SourceCase):
    def test_dates_numbers_and_markers(self):
        for name in ("logs_2026-01-01.csv", "logs_2026-01-02.csv", "in/20260101/part-0001.gz", "in/20260101/part-0002.gz", "in/20260101/_SUCCESS", "in/20260102/part-0001.gz",
                     "year=2026/month=01/x.parquet", "one.txt", ".hidden", "half.tmp", *("many/%s.json" % c for c in "abcde"), "odd/a*b%c[1].txt", "bad{1}.txt"):
            self.write("lake/" + name)
        out = self.discover("files", "--root", self.path("lake"))
        for pattern, more in [("logs_%Y-%m-%d.csv", ""), ("in/%Y%m%d/part-*.gz", ", success_marker: _SUCCESS"), ("year=%Y/month=%m/x.parquet", ""), ("many/*.json", ""),
                              ("odd/a[*]b%%c[[]*].txt", "")]:
            self.assertIn('path: "%s"%s}' % (pattern, more), out)
        self.assertIn("path: one.txt}", out)
        self.assertIn("  # 2 files, the newest of 20", out)
        for absent in ("hidden", "half", "bad"):
            self.assertNotIn(absent, out)

    def test_what_it_prints_matches_what_is_there(self):
        for name in ("logs_2026-01-01.csv", "a/2026/01/02/x-17.csv", "odd/a*b%c[1].txt"):
            self.write("lake/" + name)
        out = self.discover("files", "--root", self.path("lake"))
        taken_up = self.write("all.yml", "".join("  " + line[3:] + "\n" if line.startswith("  #") and line[3] != " " else line + "\n" for line in out.splitlines()))
        code, told, _ = run("check", "sources", "--config.file=" + taken_up)
        self.assertEqual((code, told.count("1 file"), told.count("unknown")), (0, 3, 0), told)


class Kubernetes(SourceCase):
    JOBS = {"billing": [cron_job("billing", "books", "0 3 * * *", timeZone="Europe/Berlin"), cron_job("billing", "often", "*/5 * * * *", suspend=True),
                        cron_job("billing", "told", "@daily", annotations={"batchslo/by": "10:00\n# x"})]}

    def setUp(self):
        super().setUp()
        self.cluster = self.serve(Cluster(EVERYTHING, self.JOBS))
        self.write("kubeconfig", kubeconfig(self.cluster.url))

    def test_cron_jobs_with_their_schedules_and_what_they_are_judged_by(self):
        out = self.discover("kubernetes", "--kubeconfig", self.path("kubeconfig"))
        self.assertIn(": 3 CronJobs at " + self.cluster.url, out.splitlines()[0])
        self.assertIn('  # "0 3 * * *" in Europe/Berlin; no success yet\n  #billing/books: {every_run: {tolerate: 0}}\n', out)
        self.assertIn('  # "*/5 * * * *" in UTC, the controller\'s zone; suspended; no success yet\n  #billing/often: {every_run: {tolerate: 5}}\n', out)
        self.assertIn("batchslo/by: 10:00 # x\n  #billing/told: {}\n", out)

    def test_without_discovery_a_job_names_its_cron_job(self):
        out = self.discover("kubernetes", "--kubeconfig", self.path("kubeconfig"), "--discover", "none", "--namespaces", "billing,search")
        self.assertIn('namespaces: [billing, search], discover: none, kubeconfig: ', out)
        self.assertIn("  #billing/books: {runs: {source: kubernetes, cronjob: billing/books}, every_run: {tolerate: 0}}\n", out)

    def test_a_missing_right_is_told(self):
        self.cluster.may = set()
        code, out, err = self.run_it("discover", "kubernetes", "--kubeconfig", self.path("kubeconfig"))
        self.assertEqual((code, out), (1, ""))
        self.assertIn('403: cronjobs is forbidden: User "reader" cannot list', err)


class BigQuery(SourceCase):
    def test_tables_of_dates_partitions_and_views(self):
        tables = {"ga4.events_202603%02d" % day: {} for day in (1, 2, 3)}
        tables.update({"mart.sales": {"timePartitioning": {"type": "DAY"}}, "mart.items": {}, "mart.report": {"type": "VIEW"}, "mart.n_12345678": {}})
        google = self.serve(Google(tables))
        out = self.discover("bigquery", "--project", "p", "--endpoint", google.url, "--credentials", "file:" + self.write("google.json", google.credentials()))
        self.assertIn(": 7 tables in 2 datasets of project p", out.splitlines()[0])
        self.assertIn('  # 3 tables, one a date, the newest events_20260303\n  #ga4/events: {outputs: {events: {source: bigquery, table: "ga4.events_%Y%m%d"}}}\n', out)
        self.assertIn('table: "mart.sales$%Y%m%d"', out)
        self.assertIn("table: mart.items}", out)
        self.assertIn("table: mart.n_12345678}", out)
        self.assertIn("# Views and external tables of mart don't tell when their data moved, write queries: report\n", out)


class Others(SourceCase):
    def test_heartbeats_know_nothing_and_say_so(self):
        out = self.discover("heartbeat", "--token", "env:HEARTBEAT_TOKEN")
        self.assertIn(": no jobs, for only those send heartbeats that are named here", out.splitlines()[0])
        self.assertIn("    {heartbeat: {token: {env: HEARTBEAT_TOKEN}}}\n", out)
        self.assertIn("#   backup: {runs: {source: heartbeat}, within: 26h}\n", out)

    def test_what_is_refused_is_explained(self):
        for flags, what in [((), "name a kind"), (("sql",), '"url"'), (("sql", "--url", "postgresql://slo@h/x", "--password", "canary"), "file:PATH or env:NAME"),
                            (("sqll",), "discover --config.file=FILE NAME"), (("files", "--root", "relative"), "whole path"), (("sql", "--root", "/x"), "unknown flag --root"),
                            (("--config.file=" + self.write("c.yml", "sources: {a: {files: {root: /x}}, b: {files: {root: /y}}}"), "files"), "a, b")]:
            code, out, err = self.run_it("discover", *flags)
            self.assertEqual((code, out), (2, ""), flags)
            self.assertIn(what, err, flags)
        code, out, err = self.run_it("discover", "files", "--root", "/nowhere/at/all")
        self.assertEqual((code, out), (1, ""))
        self.assertIn("/nowhere/at/all can't be read", err)

    def test_each_kind_has_the_flags_of_its_keys(self):
        code, out, _ = self.run_it("discover", "kubernetes", "--help")
        self.assertEqual(code, 0)
        for flag in ("--kubeconfig", "--namespaces", "--label-selector", "--controller-timezone"):
            self.assertIn(flag, out)
        self.assertIn("--logs VALUE", out)
        self.assertEqual(os.path.basename(self.folder) in out, False)


if __name__ == "__main__":
    unittest.main()
