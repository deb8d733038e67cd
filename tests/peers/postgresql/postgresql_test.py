#!/usr/bin/env python3
"""The real binary on a real PostgreSQL: what it reads, what it refuses, and what it does when the server is away."""
import itertools
import json
import signal
import socket
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "common")]
from peer import Authority, main, wait_for  # noqa: E402
from server import PASSWORD, Server, programs  # noqa: E402
from sql_peer import AwayOnEach, FirstHourOnEach, FreshnessOnEach, SqlTest  # noqa: E402

NAMES = ("batch%d" % i for i in itertools.count())


class PostgresqlTest(SqlTest):
    INSTANT = "timestamptz"
    AGO = "now() - interval '%s'"

    def setUp(self):
        super().setUp()
        if not self.server.running():
            self.server.start()
        self.database = next(NAMES)
        self.server.sql("create database " + self.database)
        self.sql("alter default privileges grant select on tables to slo")
        self.password = self.write("password", PASSWORD + "\n")


def setUpModule():
    PostgresqlTest.server = Server().start()
    PostgresqlTest.server.sql("create role slo login password '%s'" % PASSWORD)


def tearDownModule():
    PostgresqlTest.server.remove()


class Reads(FreshnessOnEach, PostgresqlTest):
    def test_rows_and_nulls_come_from_the_statement_that_asks_the_time(self):
        self.sql("create table items (loaded_at timestamptz, amount int); insert into items values (now(), 1), (now(), null), (now(), 3)")
        daemon = self.start("  a: {outputs: {items: {source: db, table: items, checks: {rows: '>= 3', not_null: [amount]}}}, within: 1h}\n")
        daemon.wait_for(lambda: daemon.value("batchslo_output_rows", job_name="a") == 3)
        self.assertEqual(daemon.value("batchslo_output_check_passed", job_name="a", check="rows"), 1)
        self.assertEqual(daemon.value("batchslo_output_check_passed", job_name="a", check="not_null.amount"), 0)
        daemon.wait_for(lambda: daemon.value("batchslo_job_slo_met", job_name="a", objective="checks") == 0)
        self.sql("update items set amount = 2 where amount is null")
        daemon.wait_state("a", "met")
        self.assertEqual(daemon.value("batchslo_job_slo_met", job_name="a", objective="checks"), 1)
        selects = self.sql("select string_agg(distinct query, '|') from pg_stat_activity where application_name = 'batchslo_exporter'")
        for part in ("max(", "count(*)", "count(t.\"amount\")"):
            self.assertIn(part, selects)
        self.assertNotIn("|", selects)

    def test_a_free_query_gives_time_rows_and_nulls(self):
        self.sql("create table items (t timestamptz, amount int, kind text); insert into items values ('2026-03-01 09:00:00.25+00', 1, 'x'), (now(), null, 'y')")
        query = "SELECT max(t) AS updated_at, count(*) AS rows, count(*) - count(amount) AS \"null.amount\" FROM items WHERE kind = '%s'"
        output = "  %s: {outputs: {o: {source: db, query: %s, checks: {rows: '>= 1', not_null: [amount]}}}, within: 1h}\n"
        daemon = self.start("".join(output % (kind, json.dumps(query % kind)) for kind in "xy"))
        self.assertEqual(self.updated(daemon, "x"), 1772355600.25)
        self.assertEqual(daemon.value("batchslo_output_rows", job_name="x"), 1)
        daemon.wait_for(lambda: daemon.value("batchslo_output_check_passed", job_name="x", check="not_null.amount") == 1)
        daemon.wait_for(lambda: daemon.value("batchslo_output_check_passed", job_name="y", check="not_null.amount") == 0)

    def test_times_of_every_type_are_the_same_instant(self):
        """2026-03-01 00:00 in Tokyo; the server itself is set to another zone and another style of dates."""
        self.sql("create table tz (loaded_at timestamptz); insert into tz values ('2026-03-01 00:00:00+09');"
                 "create table ts (loaded_at timestamp); insert into ts values ('2026-03-01 00:00:00');"
                 "create table day (loaded_at date); insert into day values ('2026-03-01');"
                 "create table unix (loaded_at bigint); insert into unix values (1772290800)")
        kinds = ("tz", "ts", "day", "unix")
        daemon = self.start("".join("  %s: {outputs: {o: {source: db, table: %s, timezone: Asia/Tokyo}}, within: 1h}\n" % (k, k) for k in kinds))
        self.assertEqual({kind: self.updated(daemon, kind) for kind in kinds}, {kind: 1772290800 for kind in kinds})

    def test_schemas_and_quoted_names(self):
        self.sql('create schema "Sales"; grant usage on schema "Sales" to slo; create table "Sales"."Daily ""Items""" ("Loaded At" timestamptz);'
                 'insert into "Sales"."Daily ""Items""" values (now()); create schema mart; grant usage on schema mart to slo;'
                 "create table mart.items (loaded_at timestamptz); insert into mart.items values (now())")
        daemon = self.start("  a: {outputs: {o: {source: db, table: 'Sales.Daily \"Items\"', updated_at: Loaded At}}, within: 1h}\n"
                            "  b: {output: db/mart.items, within: 1h}\n")
        daemon.wait_state("a", "met")
        daemon.wait_state("b", "met")


class Refusals(PostgresqlTest):
    def test_a_slow_statement_is_cancelled_and_harms_only_its_own_job(self):
        self.items()
        daemon = self.start("  a: {output: db/items, within: 1h}\n"
                            "  slow: {outputs: {o: {source: db, query: 'SELECT now() AS updated_at, pg_sleep(60)'}}, within: 1h}\n")
        daemon.wait_state("a", "met")
        daemon.wait_for(lambda: any(not s["up"] and "statement" in s["error"] for s in self.report(daemon)["scopes"]), "the slow one is told")
        self.assertEqual([s["up"] for s in self.report(daemon)["scopes"] if s["scope"] == "a/items"], [True])
        self.assertIsNone(daemon.value("batchslo_job_slo_met", job_name="slow"))
        daemon.stop()
        wait_for(lambda: self.sql("select count(*) from pg_stat_activity where query like '%pg_sleep(60)%' and pid <> pg_backend_pid()") == "0", "none runs on")

    def test_a_query_that_writes_is_refused_and_changes_nothing(self):
        self.sql("create table items (n int); create sequence ids; grant all on items, ids to slo;"
                 "create function leave_trace() returns timestamptz language plpgsql as $$ begin insert into items values (1); return now(); end $$;")
        queries = {"call": "SELECT leave_trace() AS updated_at", "sequence": "SELECT now() AS updated_at, nextval(''ids'') AS rows",
                   "with": "WITH x AS (INSERT INTO items VALUES (2) RETURNING n) SELECT now() AS updated_at FROM x", "delete": "DELETE FROM items RETURNING now() AS updated_at"}
        daemon = self.start("".join("  %s: {outputs: {o: {source: db, query: '%s'}}, within: 1h}\n" % entry for entry in queries.items()))
        error = self.wait_error(daemon)
        self.assertTrue("read-only" in error or "syntax" in error or "top level" in error, error)
        log = daemon.log()
        for name in queries:
            self.assertIsNone(daemon.value("batchslo_output_updated_timestamp_seconds", job_name=name), log)
        self.assertEqual(self.sql("select (select count(*) from items) || ' ' || (select is_called from ids)"), "0 false")

    def test_a_function_that_writes_is_told_to_be_in_a_read_only_transaction(self):
        self.sql("create table items (n int); grant all on items to slo;"
                 "create function leave_trace() returns timestamptz language plpgsql as $$ begin insert into items values (1); return now(); end $$;")
        daemon = self.start("  a: {outputs: {o: {source: db, query: 'SELECT leave_trace() AS updated_at'}}, within: 1h}\n")
        self.wait_error(daemon, "read-only transaction")
        self.assertEqual(self.sql("select count(*) from items"), "0")

    def test_what_a_function_remarks_is_not_in_our_log(self):
        self.sql("CREATE FUNCTION chatty() RETURNS timestamptz LANGUAGE plpgsql STABLE AS $$BEGIN RAISE WARNING 'chatter \x1b[31m'; RETURN now(); END$$")
        daemon = self.start("  a: {outputs: {t: {source: db, query: 'SELECT chatty() AS updated_at'}}, within: 1h}\n")
        daemon.wait_state("a", "met")
        self.assertNotIn("chatter", daemon.log())

    def test_permission_denied_darkens_only_its_own_job(self):
        self.items()
        self.sql("create table secret (loaded_at timestamptz); revoke all on secret from slo; insert into secret values (now())")
        daemon = self.darkens_only_its_own_job("permission denied for table secret", "grant SELECT")
        self.sql("grant select on secret to slo")
        daemon.wait_state("b", "met")

    def test_a_table_that_does_not_exist_is_named(self):
        daemon = self.start("  a: {output: db/mart.itmes, within: 1h}\n")
        self.wait_error(daemon, "mart.itmes", "does not exist")

    def test_a_wrong_password_is_clear_and_not_shown(self):
        self.items()
        self.password = self.write("password", "canary-wrong-55aa\n")
        daemon = self.start("  a: {output: db/items, within: 1h}\n  b: {outputs: {o: {source: db, table: items}}, within: 1h}\n")
        self.wait_error(daemon, "password authentication failed for user \"slo\"")
        self.assertGreater(daemon.value("batchslo_source_poll_failures_total", source="db", reason="auth"), 0)
        self.assert_nowhere("canary-wrong-55aa", daemon)
        self.write("password", PASSWORD)
        daemon.wait_state("a", "met")
        daemon.wait_state("b", "met")
        self.assert_nowhere(PASSWORD, daemon)


class FirstHour(FirstHourOnEach, PostgresqlTest):
    def schema(self):
        return "mart"

    def setUp(self):
        super().setUp()
        self.sql("create schema mart; grant usage on schema mart to slo")
        self.sql("alter role postgres in database %s set search_path to mart" % self.database)

    def nothing_granted(self):
        self.sql("revoke all on items from slo; revoke all on schema mart from slo")

    def test_a_poll_is_one_statement_a_table(self):
        self.sql("create table items (loaded_at timestamptz); create table others (loaded_at timestamptz)")
        self.server.reload("log_statement", "all")
        self.addCleanup(self.server.reload, "log_statement", "none")
        began = len(self.server.process.log())
        daemon = self.start("  a: {output: db/mart.items, within: 1h}\n  b: {output: db/mart.others, within: 1h}\n")
        polls = daemon.wait_for(lambda: (daemon.value("batchslo_source_polls_total", source="db") or 0) >= 5 and daemon.value("batchslo_source_polls_total", source="db"))
        daemon.stop()
        asked = self.server.process.log()[began:].count("SELECT CAST(max(")
        self.assertLessEqual(abs(asked - 2 * polls), 4, "%d in %d polls" % (asked, polls))  # one poll may end after we looked, another be under way


class Tls(PostgresqlTest):
    def connections(self):
        return self.sql("select count(*) from pg_stat_activity where application_name = 'batchslo_exporter'")

    def test_a_certificate_of_our_own_authority_is_trusted(self):
        daemon = self.verified(self.server.authority, "localhost")
        daemon.wait_state("a", "met")
        tls = "select ssl || ' ' || version from pg_stat_ssl join pg_stat_activity using (pid) where application_name = 'batchslo_exporter'"
        self.assertTrue(self.sql(tls).startswith("true TLSv1."))
        self.assert_nowhere(PASSWORD, daemon)

    def test_a_certificate_of_another_authority_is_refused(self):
        daemon = self.verified(Authority(self.folder, "stranger"), "localhost")
        self.wait_error(daemon, "certificate verify failed")
        self.assertEqual(self.connections(), "0")
        self.assert_nowhere(PASSWORD, daemon)

    def test_a_certificate_for_another_host_is_refused(self):
        daemon = self.verified(self.server.authority, "127.0.0.1")
        self.wait_error(daemon, "does not match host name")
        self.assertEqual(self.connections(), "0")
        self.assert_nowhere(PASSWORD, daemon)

    def test_a_host_that_is_not_local_is_verified_without_being_asked(self):
        """2130706433 is 127.0.0.1, but nothing that looks local."""
        daemon = self.verified(self.server.authority, "2130706433", "")
        self.wait_error(daemon, "does not match host name")

    def test_a_server_without_tls_is_refused(self):
        self.server.reload("ssl", "off")
        self.addCleanup(self.server.reload, "ssl", "on")
        daemon = self.verified(self.server.authority, "localhost")
        self.wait_error(daemon, "does not support SSL")
        self.assertEqual(self.connections(), "0")


class Away(AwayOnEach, PostgresqlTest):
    BROKEN = ("onnect",)
    REFUSED = "onnect"

    def test_a_connection_that_is_ended_is_made_again(self):
        self.items()
        daemon = self.start(self.AWAY)
        daemon.wait_state("fresh", "met")
        self.sql("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'batchslo_exporter'")
        self.load()
        daemon.wait_for(lambda: daemon.value("batchslo_output_rows", job_name="fresh") == 2)
        self.wait_up(daemon)

    def scrape(self, daemon):
        """The median of many, in seconds."""
        taken = []
        for _ in range(31):
            began = time.monotonic()
            self.assertEqual(daemon.request("/metrics").status, 200)
            taken.append(time.monotonic() - began)
        return sorted(taken)[15]

    def as_fast_as(self, before, daemon):
        """A scrape that waited for a source would take a second and more."""
        self.assertLess(self.scrape(daemon), 3 * before + 0.1)

    def ends_in_time(self, daemon):
        began = time.monotonic()
        self.assertEqual(daemon.stop(patience=5), 0)
        return time.monotonic() - began

    def test_too_many_connections_is_told_and_passes(self):
        self.items()
        self.server.sql("alter role slo connection limit 0")
        self.addCleanup(self.server.sql, "alter role slo connection limit -1")
        daemon = self.start(self.AWAY)
        self.wait_error(daemon, "too many connections for role")
        self.assertIsNone(daemon.value("batchslo_job_slo_met", job_name="stale"))
        self.server.sql("alter role slo connection limit -1")
        self.load()
        daemon.wait_state("fresh", "met")

    def test_a_frozen_server_holds_no_scrape_up_and_is_asked_again_later(self):
        self.items()
        daemon = self.start(self.AWAY)
        daemon.wait_state("fresh", "met")
        before = self.scrape(daemon)
        self.frozen()
        self.wait_error(daemon, "timeout")
        self.as_fast_as(before, daemon)
        daemon.wait_state("stale", "unknown")
        self.server.process.signal_family(signal.SIGCONT)
        daemon.wait_state("stale", "missed")
        self.load()
        daemon.wait_state("stale", "met", patience=10)

    def test_we_end_in_time_while_a_frozen_server_does_not_answer(self):
        self.items()
        daemon = self.start(self.AWAY, timeout="20s")
        daemon.wait_state("fresh", "met")
        before = self.scrape(daemon)
        self.frozen()
        self.under_way(daemon)
        self.as_fast_as(before, daemon)
        self.ends_in_time(daemon)

    def test_we_end_in_time_while_a_listener_never_answers(self):
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen(8)
            daemon = self.start(self.AWAY, "postgresql://slo@127.0.0.1:%d/x" % silent.getsockname()[1], timeout="20s")
            peer, _ = silent.accept()
            with peer:
                self.assertLess(self.scrape(daemon), 1)
                self.ends_in_time(daemon)


if __name__ == "__main__":
    if not programs():
        print("SKIP postgresql PostgreSQL, psql or openssl is not installed (scripts/install --tests)")
        sys.exit(0)
    probe = Server().start()
    probe_version = probe.version()
    probe.remove()
    main("postgresql", probe_version)
