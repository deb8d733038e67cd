#!/usr/bin/env python3
"""The real binary against a Google whose questions and answers are checked by Google's own descriptions, and whose token
server verifies what it is given with PyJWT.
"""
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "common"))
import packages  # noqa: E402

if __name__ == "__main__":
    packages.tester()

from case import SourceTest  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: E402
from fake import EMAIL, SECRETS, Google, milliseconds, microseconds, refusal, rows  # noqa: E402
from peer import main, run  # noqa: E402


class GoogleTest(SourceTest):
    def tearDown(self):
        self.assertEqual(self.google.problems, [])
        super().tearDown()

    def table(self, name, ago=0.0, **more):
        self.google.tables[name] = {"lastModifiedTime": milliseconds(time.time() - ago), "numRows": "42", "numBytes": "7", **more}

    def move(self, name, ago=0.0, partition=None, count=42, written=True):
        """The table changes; with `written` its data do."""
        table = name.split(".")[1]
        with self.google.lock:
            self.table(name, ago)
            if written:
                self.google.partitions = [one for one in self.google.partitions if one[:2] != (table, partition)] + [(table, partition, count, time.time() - ago)]

    def start(self, jobs, credentials=None, env=None, more=""):
        return super().start(jobs, self.google.url, credentials, env, more)


class Credentials(GoogleTest):
    JOBS = "  a: {output: dwh/d.items, within: 1h}\n"

    def setUp(self):
        super().setUp()
        self.move("d.items")

    def assert_no_secret(self, daemon):
        pem = self.google.key_file()["private_key"].splitlines()[3]
        for secret in [pem, "ya29.canary", "eyJ", *SECRETS.values()]:
            self.assert_nowhere(secret, daemon)

    def test_a_service_accounts_assertion_is_verified_by_another_library(self):
        daemon = self.start(self.JOBS)
        daemon.wait_state("a", "met")
        self.assertEqual(self.google.assertions[0]["iss"], EMAIL)
        self.assertEqual(len(self.google.assertions), 1, "one token for all requests")
        self.assert_no_secret(daemon)

    def test_a_key_that_google_does_not_know_is_told_and_not_shown(self):
        """The server repeats the assertion in its answer."""
        daemon = self.start(self.JOBS, self.google.key_file(rsa.generate_private_key(public_exponent=65537, key_size=2048)))
        self.wait_error(daemon, "Google gives the service account %s no token: status 400 invalid_grant; was the key deleted" % EMAIL)
        self.assertEqual(daemon.state("a"), "pending")
        self.assertGreater(daemon.value("batchslo_source_poll_failures_total", source="dwh", reason="auth"), 0)
        self.assertEqual(self.google.log, [])
        self.assert_no_secret(daemon)

    def test_a_token_is_renewed_before_it_ends(self):
        self.google.lifetime = 3
        daemon = self.start(self.JOBS)
        daemon.wait_for(lambda: len(self.google.assertions) >= 4)
        self.assertEqual(self.google.ended, 0)
        self.assertFalse(daemon.value("batchslo_source_poll_failures_total", source="dwh"))

    def test_a_revoked_token_is_replaced_within_the_poll(self):
        daemon = self.start(self.JOBS)
        daemon.wait_state("a", "met")
        with self.google.lock:
            self.google.tokens = dict.fromkeys(self.google.tokens, 0)
        daemon.wait_for(lambda: len(self.google.assertions) == 2)
        self.assertEqual(self.google.ended, 1)
        self.assertFalse(daemon.value("batchslo_source_poll_failures_total", source="dwh"))

    def test_what_is_on_this_machine_is_asked_by_no_proxy(self):
        """The metadata server, and here BigQuery too."""
        daemon = self.start(self.JOBS, False, env={"GCE_METADATA_HOST": self.google.host, "http_proxy": "http://127.0.0.1:1", "no_proxy": "", "CLOUDSDK_CONFIG": self.folder})
        daemon.wait_state("a", "met")
        self.assertEqual(len(self.google.tokens), 1)

    def test_a_pods_identity(self):
        daemon = self.start(self.JOBS, False, env={"GCE_METADATA_HOST": self.google.host})
        daemon.wait_state("a", "met")
        self.assert_no_secret(daemon)

    def test_a_user_of_gcloud(self):
        self.write("application_default_credentials.json", json.dumps(self.google.user_file()))
        daemon = self.start(self.JOBS, False)
        daemon.wait_state("a", "met")
        self.assert_no_secret(daemon)

    def test_federation_by_a_file_and_by_a_url(self):
        subject = self.write("subject", SECRETS["subject_token"] + "\n")
        by_url = {"url": self.google.url + "/subject", "format": {"type": "json", "subject_token_field_name": "token"}}
        for source in ({"file": subject}, by_url):
            with self.subTest(source):
                daemon = self.start(self.JOBS, self.google.federation_file(source))
                daemon.wait_state("a", "met")
                self.assert_no_secret(daemon)
                daemon.stop()

    def test_without_any_it_says_what_to_do(self):
        daemon = self.start(self.JOBS, False)
        self.wait_error(daemon, "no Google credentials: name a file under \"credentials\" or in GOOGLE_APPLICATION_CREDENTIALS")


class Tables(GoogleTest):
    def test_a_table_is_met_while_it_is_fresh_then_missed_then_met(self):
        self.move("d.items")
        daemon = self.start("  a: {output: dwh/d.items, within: 3s, rows: '>= 40'}\n")
        daemon.wait_state("a", "met")
        self.assertEqual(daemon.value("batchslo_output_rows", job_name="a"), 42)
        daemon.wait_state("a", "missed")
        self.move("d.items")
        daemon.wait_state("a", "met")

    def test_a_change_of_the_schema_is_no_success(self):
        self.move("d.items", ago=3600)
        daemon = self.start("  a: {output: dwh/d.items, within: 30m}\n")
        daemon.wait_state("a", "missed")
        self.move("d.items", written=False)
        asked = len(self.google.queries)
        daemon.wait_for(lambda: len(self.google.queries) >= asked + 4, "it was asked about")
        self.assertEqual(daemon.state("a"), "missed")
        self.move("d.items")
        daemon.wait_state("a", "met")

    def test_many_tables_and_partitions_are_one_query(self):
        today = time.strftime("%Y%m%d", time.gmtime())
        for n in range(20):
            self.move("d.t%d" % n)
        self.move("d.parts", partition=today, count=5)
        self.move("d.parts", partition="20200101", count=9)
        jobs = "".join("  t%d: {output: dwh/d.t%d, within: 1h}\n" % (n, n) for n in range(20))
        daemon = self.start(jobs + "  p: {outputs: {o: {source: dwh, table: d.parts$%Y%m%d}}, within: 1h, rows: '>= 5'}\n")
        for job in ("t0", "t19", "p"):
            daemon.wait_state(job, "met")
        self.assertEqual(daemon.value("batchslo_output_rows", job_name="p"), 5)
        self.assertEqual(sum(not query.get("dryRun") for query in self.google.queries), 1)
        daemon.wait_for(lambda: daemon.value("batchslo_bigquery_billed_bytes_total", source="dwh") == 10485760)
        self.assertEqual(self.google.queries[0]["location"], "EU")

    def test_of_the_tables_of_dates_the_newest_counts(self):
        yesterday = time.strftime("%Y%m%d", time.gmtime(time.time() - 86400))
        self.move("d.events_" + yesterday)
        self.move("d.events_20200101")
        daemon = self.start("  a: {outputs: {o: {source: dwh, table: d.events_%Y%m%d}}, within: 1h}\n")
        daemon.wait_state("a", "met")
        self.assertIn("bigquery.tables.get events_" + yesterday, self.google.log)
        self.assertNotIn("bigquery.tables.get events_20200101", self.google.log)

    def test_streamed_rows_count_when_they_come(self):
        self.move("d.items", ago=3600)
        daemon = self.start("  a: {output: dwh/d.items, within: 30m}\n")
        daemon.wait_state("a", "missed")
        with self.google.lock:
            self.google.tables["d.items"]["streamingBuffer"] = {"estimatedRows": "3", "estimatedBytes": "9", "oldestEntryTime": milliseconds(time.time())}
        daemon.wait_state("a", "met")
        self.assertEqual(daemon.value("batchslo_output_rows", job_name="a"), 45)

    def test_a_table_that_is_not_there_is_missed_and_a_dataset_that_is_not_there_unknown(self):
        daemon = self.start("  a: {output: dwh/d.items, within: 2s}\n")
        daemon.wait_state("a", "missed")
        self.google.failures = [refusal(404, "notFound", "Not found: Dataset p:d")] * 1000
        self.wait_error(daemon, "Not found: Dataset p:d; are its project, its name and the location right?")
        self.assertEqual(daemon.state("a"), "missed", "it was proven")

    def test_what_has_no_time_of_its_data_is_told_and_never_met(self):
        for kind in ("VIEW", "EXTERNAL"):
            self.table("d." + kind.lower(), type=kind)
        self.move("d.items")
        daemon = self.start("  view: {output: dwh/d.view, within: 1s}\n  external: {output: dwh/d.external, within: 1s}\n  items: {output: dwh/d.items, within: 1h}\n")
        daemon.wait_state("items", "met")
        told = daemon.wait_for(lambda: {s["scope"].split("/")[0]: s["error"] for s in self.report(daemon)["scopes"]})
        self.assertIn("is a view, whose time is that of its definition", told["view"])
        self.assertIn("lies outside of BigQuery", told["external"])
        for job in ("view", "external"):
            self.assertIsNone(daemon.value("batchslo_job_slo_met", job_name=job))

    def test_a_right_that_is_missing_is_named_and_darkens_only_its_own_job(self):
        self.move("d.items")
        daemon = self.start("  a: {output: dwh/d.items, within: 1h}\n  z: {output: dwh/d.none, within: 1h}\n")
        daemon.wait_state("a", "met")
        denied = refusal(403, "accessDenied", "Access Denied: Table p:d.items: Permission bigquery.tables.get denied on table p:d.items (or it may not exist).")

        def refused():  # once a poll: the first table is refused, the second is not
            self.google.failures = self.google.failures or [denied]
            return [s["error"] for s in self.report(daemon)["scopes"] if not s["up"]]
        told = daemon.wait_for(refused)
        self.assertIn("grant roles/bigquery.metadataViewer on the dataset", told[0])

    def test_when_the_quota_is_used_up_it_is_left_alone(self):
        self.move("d.items")
        daemon = self.start("  a: {output: dwh/d.items, within: 1h}\n")
        daemon.wait_state("a", "met")
        self.google.failures = [refusal(403, "rateLimitExceeded", "Exceeded rate limits: too many api requests per user per method for this user_method.")]
        self.wait_error(daemon, "it is asked again in 30 s")
        asked, polls = len(self.google.log), daemon.value("batchslo_source_polls_total", source="dwh")
        daemon.wait_for(lambda: daemon.value("batchslo_source_polls_total", source="dwh") > polls + 3)
        self.assertEqual(len(self.google.log), asked)
        self.assertGreater(daemon.value("batchslo_source_poll_failures_total", source="dwh", reason="quota"), 0)


class Queries(GoogleTest):
    JOBS = "  a: {outputs: {o: {source: dwh, query: 'SELECT max(t) AS updated_at, count(*) AS rows, COUNTIF(x IS NULL) AS null_x FROM d.v', checks: {not_null: [x]}}}, within: 1h, rows: '>= 1'}\n"

    def answer(self, nulls):
        self.google.answer = rows({"updated_at": "TIMESTAMP", "rows": "INTEGER", "null_x": "INTEGER"}, [[microseconds(time.time()), "42", str(nulls)]])

    def test_a_view_by_a_query_with_checks(self):
        self.answer(0)
        daemon = self.start(self.JOBS)
        daemon.wait_state("a", "met")
        first = self.google.queries[0]
        self.assertTrue(first["dryRun"])
        self.assertEqual((first["useLegacySql"], first["maximumBytesBilled"]), (False, "100000000"))
        self.assertEqual(daemon.value("batchslo_output_rows", job_name="a"), 42)
        self.answer(3)
        daemon.wait_state("a", "missed")
        daemon.wait_for(lambda: daemon.value("batchslo_bigquery_billed_bytes_total", source="dwh"))

    def test_one_that_would_cost_too_much_is_not_run(self):
        self.answer(0)
        self.google.dry_bytes = "2000000000"
        daemon = self.start(self.JOBS, more=", maximum_bytes_billed: 1000000000")
        self.wait_error(daemon, "it would read 2000 MB, more than maximum_bytes_billed allows (1000 MB)")
        self.assertTrue(all(query.get("dryRun") for query in self.google.queries))
        self.assertGreater(daemon.value("batchslo_bigquery_queries_total", source="dwh", result="refused"), 0)
        self.assertEqual(daemon.value("batchslo_bigquery_billed_bytes_total", source="dwh"), 0)


class FirstHour(GoogleTest):
    def config(self):
        return self.write("check.yml", "sources: {dwh: {bigquery: {project: p, endpoint: '%s', credentials: {file: %s}}}}\njobs: {a: {output: dwh/d.items, within: 1h}}\n"
                          % (self.google.url, self.write("google.json", json.dumps(self.google.key_file()))))

    def test_check_sources_asks_what_google_would_take_and_runs_nothing(self):
        self.move("d.items")
        config = self.config()
        self.assertEqual(run("check", "sources", "--config.file=" + config)[0], 0)
        self.assertEqual(self.google.log, ["bigquery.tables.get items", "bigquery.jobs.query"])
        self.assertTrue(self.google.queries[0]["dryRun"])
        for message, remedy in (("bigquery.tables.get denied on table", "GRANT `roles/bigquery.metadataViewer` ON SCHEMA `p`.d TO \"serviceAccount:%s\"" % EMAIL),
                                (None, "gcloud projects add-iam-policy-binding p --member serviceAccount:%s --role roles/bigquery.jobUser" % EMAIL)):
            self.google.failures = [refusal(403, "accessDenied", "Access Denied: Permission " + message)] if message else []
            self.google.refuses_queries = not message
            code, out, err = run("check", "sources", "--config.file=" + config)
            self.assertEqual((code, err), (1, ""))
            self.assertIn(remedy, out)
            self.assertNotIn("canary", out)

    def test_discover_lists_what_google_would_list(self):
        for name in ("ga4.events_20260301", "ga4.events_20260302", "d.items"):
            self.table(name)
        self.table("d.sales", timePartitioning={"type": "DAY"})
        code, out, err = run("discover", "--config.file=" + self.config(), "dwh")
        self.assertEqual((code, err), (0, ""))
        for part in ('table: "ga4.events_%Y%m%d"', "table: d.items}", 'table: "d.sales$%Y%m%d"', ": 4 tables in 2 datasets of project p"):
            self.assertIn(part, out)
        self.assertEqual(run("check", "config", self.write("found.yml", out))[0], 0)


if __name__ == "__main__":
    main("google-discovery", Google().bigquery.revision)
