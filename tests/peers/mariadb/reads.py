"""What it reads: times of each type and zone, rows, NULLs, names."""
import json
import signal
import time

from case import MariadbTest
from sql_peer import FreshnessOnEach


class Reads(FreshnessOnEach, MariadbTest):
    def test_rows_and_nulls_come_from_the_statement_that_asks_the_time(self):
        self.sql("create table items (loaded_at timestamp, amount int); insert into items values (now(), 1), (now(), null), (now(), 3)")
        daemon = self.start("  a: {outputs: {items: {source: db, table: items, checks: {rows: '>= 3', not_null: [amount]}}}, within: 1h}\n")
        daemon.wait_for(lambda: daemon.value("batchslo_output_rows", job_name="a") == 3)
        self.assertEqual(daemon.value("batchslo_output_check_passed", job_name="a", check="rows"), 1)
        self.assertEqual(daemon.value("batchslo_output_check_passed", job_name="a", check="not_null.amount"), 0)
        daemon.wait_for(lambda: daemon.value("batchslo_job_slo_met", job_name="a", objective="checks") == 0)
        self.sql("update items set amount = 2 where amount is null")
        daemon.wait_state("a", "met")
        self.assertEqual(daemon.value("batchslo_job_slo_met", job_name="a", objective="checks"), 1)

    def test_a_free_query_gives_time_rows_and_nulls(self):
        self.sql("create table items (t timestamp(6), amount int, kind text); insert into items values ('2026-03-01 09:00:00.25', 1, 'x'), (now(), null, 'y')")
        query = "SELECT max(t) AS updated_at, count(*) AS `rows`, count(*) - count(amount) AS `null.amount` FROM items WHERE kind = '%s'"
        output = "  %s: {outputs: {o: {source: db, query: %s, timezone: Asia/Tokyo, checks: {rows: '>= 1', not_null: [amount]}}}, within: 1h}\n"
        daemon = self.start("".join(output % (kind, json.dumps(query % kind)) for kind in "xy"))
        self.assertEqual(self.updated(daemon, "x"), 1772355600.25)
        self.assertEqual(daemon.value("batchslo_output_rows", job_name="x"), 1)
        daemon.wait_for(lambda: daemon.value("batchslo_output_check_passed", job_name="x", check="not_null.amount") == 1)
        daemon.wait_for(lambda: daemon.value("batchslo_output_check_passed", job_name="y", check="not_null.amount") == 0)

    def test_times_of_every_type_are_the_same_instant(self):
        """2026-03-01 00:00 in Tokyo, and a quarter of a second; the server itself is set to another zone."""
        kinds = {"ts": ("timestamp", "'2026-02-28 15:00:00'", 0), "ts6": ("timestamp(6)", "'2026-02-28 15:00:00.25'", .25),
                 "dt": ("datetime", "'2026-03-01 00:00:00'", 0), "dt6": ("datetime(6)", "'2026-03-01 00:00:00.25'", .25), "day": ("date", "'2026-03-01'", 0),
                 "unix": ("bigint", "1772290800", 0), "unsigned_unix": ("bigint unsigned", "1772290800", 0), "fraction": ("decimal(20,6)", "1772290800.25", .25)}
        self.sql("".join("create table %s (loaded_at %s null); insert into %s values (%s), (null); " % (name, kind, name, value) for name, (kind, value, _) in kinds.items()))
        daemon = self.start("".join("  %s: {outputs: {o: {source: db, table: %s, timezone: Asia/Tokyo}}, within: 1h}\n" % (k, k) for k in kinds))
        self.assertEqual({kind: self.updated(daemon, kind) for kind in kinds}, {kind: 1772290800 + part for kind, (_, _, part) in kinds.items()})

    def test_a_query_keeps_the_zone_of_its_times(self):
        self.sql("create table items (ts timestamp, dt datetime); insert into items values ('2026-02-28 15:00:00', '2026-03-01 00:00:00')")
        queries = {"ts": "max(ts)", "coalesced": "coalesce(max(ts), max(ts))", "dt": "max(dt)", "unix": "unix_timestamp(max(ts))"}
        daemon = self.start("".join("  %s: {outputs: {o: {source: db, query: 'SELECT %s AS updated_at FROM items', timezone: Asia/Tokyo}}, within: 1h}\n" % entry
                                    for entry in queries.items()))
        self.assertEqual({name: self.updated(daemon, name) for name in queries}, {name: 1772290800 for name in queries})

    def test_zero_dates_are_no_time_and_no_error(self):
        self.sql("set sql_mode = ''; create table zero (loaded_at datetime not null); insert into zero values ('0000-00-00'), ('0000-00-00');"
                 "create table mixed (loaded_at timestamp not null default 0); insert into mixed values (0), ('2026-03-01 09:00:00')")
        daemon = self.start("  zero: {output: db/zero, within: 1h, rows: '>= 0'}\n  mixed: {output: db/mixed, within: 1h}\n")
        self.assertEqual(self.updated(daemon, "mixed"), 1772355600)
        daemon.wait_for(lambda: daemon.value("batchslo_output_rows", job_name="zero") == 2)
        self.assertIsNone(daemon.value("batchslo_output_updated_timestamp_seconds", job_name="zero"))
        self.assertEqual(daemon.value("batchslo_source_complete", source="db"), 1)

    def test_numbers_are_not_cut(self):
        query = "SELECT now() AS updated_at, 9223372036854775807 AS `rows`, CAST(5000000000 AS UNSIGNED) AS `null.x`"
        daemon = self.start("  a: {outputs: {o: {source: db, query: '%s', checks: {rows: '> 0', not_null: [x]}}}, within: 1h}\n" % query)
        daemon.wait_for(lambda: daemon.value("batchslo_output_rows", job_name="a") == 2 ** 63)

    def test_the_servers_clock_is_ours_whatever_its_zone(self):
        self.items()
        daemon = self.start("  a: {output: db/items, within: 1h}\n")
        skew = daemon.wait_for(lambda: daemon.value("batchslo_source_clock_skew_seconds", source="db"))
        self.assertLess(abs(skew), 5)

    def test_names_are_quoted(self):
        table, column = "Daily `Items` \"x\" 'y' \\ ;-- # Ünï", "Loaded `at` \"q\" \\ %s ?"
        name = table.replace("`", "``")
        self.sql("create table `%s` (`%s` timestamp, `a.b` int); insert into `%s` values (now(), null)" % (name, column.replace("`", "``"), name))
        output = "  %s: {outputs: {o: {source: db, table: %s, updated_at: %s, checks: {not_null: ['a.b']}}}, within: 1h}\n"
        daemon = self.start(output % ("a", json.dumps(table), json.dumps(column)) + output % ("b", json.dumps(self.database + "." + table), json.dumps(column)))
        for job in "ab":
            self.updated(daemon, job)
            daemon.wait_for(lambda: daemon.value("batchslo_output_check_passed", job_name=job, check="not_null.a.b") == 0)

    def test_a_socket_serves_as_well(self):
        self.items()
        daemon = self.start("  a: {output: db/items, within: 1h}\n", self.server.socket_url(self.database))
        daemon.wait_state("a", "met")

    def test_an_idle_connection_outlives_the_servers_patience(self):
        self.items()
        self.server.sql("set global wait_timeout = 1")
        self.addCleanup(self.server.sql, "set global wait_timeout = 28800")
        daemon = self.start("  a: {output: db/items, within: 1h}\n")
        daemon.wait_state("a", "met")
        self.assertEqual(self.server.sql("select distinct variable_value from information_schema.global_variables where variable_name = 'WAIT_TIMEOUT'"), "1")
        daemon.process.send_signal(signal.SIGSTOP)
        time.sleep(2.5)  # the server would have hung up
        daemon.process.send_signal(signal.SIGCONT)
        self.load()
        polls = daemon.value("batchslo_source_polls_total", source="db")
        daemon.wait_for(lambda: daemon.value("batchslo_source_polls_total", source="db") > polls)
        self.assertFalse(daemon.value("batchslo_source_poll_failures_total", source="db", reason="connect"))
