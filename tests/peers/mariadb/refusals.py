"""What it refuses, of a query and of a server's answer, and what it says then."""
import json

from case import MariadbTest
from server import PASSWORD


class Refusals(MariadbTest):
    def test_a_query_that_writes_is_refused_and_changes_nothing(self):
        self.sql("create table items (n int); create sequence ids; grant all on %s.* to slo@'%%';\ndelimiter //\n"
                 "create function leave_trace() returns int modifies sql data begin insert into items values (1); return 1; end//\n" % self.database)
        queries = {"call": "SELECT now() AS updated_at, leave_trace() AS `rows`", "sequence": "SELECT now() AS updated_at, nextval(ids) AS `rows`",
                   "delete": "DELETE FROM items RETURNING now() AS updated_at"}
        daemon = self.start("".join("  %s: {outputs: {o: {source: db, query: '%s'}}, within: 1h}\n" % entry for entry in queries.items()))
        error = self.wait_error(daemon)
        self.assertTrue("READ ONLY" in error or "syntax" in error, error)
        for name in queries:
            self.assertIsNone(daemon.value("batchslo_output_updated_timestamp_seconds", job_name=name), daemon.log())
        self.assertEqual(self.sql("select count(*) from items; select next_not_cached_value from ids"), "0\n1")

    def test_permission_denied_darkens_only_its_own_job(self):
        self.server.sql("revoke select on %s.* from slo@'%%'" % self.database)
        self.sql("create table secret (loaded_at timestamp); insert into secret values (now())")
        self.items()
        self.sql("grant select on items to slo@'%'")
        daemon = self.darkens_only_its_own_job("SELECT command denied to user 'slo'", "grant SELECT")
        self.sql("grant select (loaded_at) on secret to slo@'%'")
        daemon.wait_state("b", "met")

    def test_a_table_that_does_not_exist_is_named(self):
        daemon = self.start("  a: {outputs: {o: {source: db, table: %s.itmes}}, within: 1h, rows: '>= 0'}\n" % self.database)
        self.wait_error(daemon, "itmes", "doesn't exist")
        self.assertIsNone(daemon.value("batchslo_output_rows", job_name="a"))

    def test_a_table_that_is_dropped_is_unknown_and_not_empty(self):
        self.items()
        daemon = self.start("  a: {outputs: {o: {source: db, table: items}}, within: 3s, rows: '>= 0'}\n")
        daemon.wait_state("a", "met")
        self.load()
        self.sql("drop table items")
        self.wait_error(daemon, "items' doesn't exist")
        daemon.wait_state("a", "unknown")
        self.assertNotEqual(daemon.value("batchslo_output_rows", job_name="a"), 0)
        self.items()
        daemon.wait_state("a", "met")

    def test_texts_are_no_times(self):
        self.sql("create table items (loaded_at varchar(40)); insert into items values ('2026-03-01 09:00:00')")
        daemon = self.start("  a: {output: db/items, within: 1h}\n")
        self.wait_error(daemon, "the column loaded_at of items is a text", "STR_TO_DATE")
        daemon.stop()
        daemon = self.start("  a: {outputs: {o: {source: db, query: 'SELECT max(loaded_at) AS updated_at FROM items'}}, within: 1h}\n")
        self.wait_error(daemon, "gives a text as updated_at", "CAST(")
        daemon.stop()
        daemon = self.start("  a: {outputs: {o: {source: db, query: \"SELECT max(STR_TO_DATE(loaded_at, '%Y-%m-%d %T')) AS updated_at FROM items\"}}, within: 1h}\n")
        self.assertEqual(self.updated(daemon, "a"), 1772355600)

    def test_a_number_that_is_no_time_is_refused(self):
        self.sql("create table items (loaded_at bigint unsigned); insert into items values (18446744073709551615)")
        self.wait_error(self.start("  a: {output: db/items, within: 1h}\n"), "\"18446744073709551615\" is no time")

    def test_errors_show_no_piece_of_a_query(self):
        queries = {"a": "SELECT ''canary-1'' AS x, nonsense( AS updated_at", "b": "SELECT NOW() AS updated_at, canary_2(''canary-3'') AS `rows`",
                   "c": "SELECT NOW() AS updated_at, REGEXP_REPLACE(''x'', ''(canary-4'', ''y'') AS `rows`"}
        daemon = self.start("".join("  %s: {outputs: {o: {source: db, query: '%s'}}, within: 1h}\n" % entry for entry in queries.items()))
        self.wait_error(daemon)
        for text in (daemon.log(), json.dumps(self.report(daemon))):
            for number in "134":
                self.assertNotIn("canary-" + number, text)

    def test_a_wrong_password_is_clear_and_not_shown(self):
        self.items()
        self.password = self.write("password", "canary-wrong-55aa\n")
        daemon = self.start("  a: {output: db/items, within: 1h}\n  b: {outputs: {o: {source: db, table: items}}, within: 1h}\n")
        self.wait_error(daemon, "Access denied for user 'slo'")
        self.assertGreater(daemon.value("batchslo_source_poll_failures_total", source="db", reason="auth"), 0)
        self.assert_nowhere("canary-wrong-55aa", daemon)
        self.write("password", PASSWORD)
        daemon.wait_state("a", "met")
        daemon.wait_state("b", "met")
        self.assert_nowhere(PASSWORD, daemon)
