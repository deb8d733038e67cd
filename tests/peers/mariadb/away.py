"""What it does when the server is slow, silent, or gone."""
import signal
import socket
import time

from case import OURS, MariadbTest
from peer import wait_for
from sql_peer import AwayOnEach


class Slow(MariadbTest):
    SLOW = "SELECT now() AS updated_at, sleep(%d) AS `rows`"

    def running(self):
        return self.sql("select count(*) %s and info like '%%sleep(%%'" % OURS)

    def test_a_slow_statement_is_ended_and_harms_only_its_own_job(self):
        """At its share of the timeout, by KILL QUERY; the server's own timeout would come later."""
        self.items()
        daemon = self.start("  a: {output: db/items, within: 1h}\n  slow: {outputs: {o: {source: db, query: '%s'}}, within: 1h}\n"
                            "  z: {outputs: {o: {source: db, table: items}}, within: 1h}\n" % (self.SLOW % 60), timeout="3s")
        for job in "az":
            daemon.wait_state(job, "met")
        scopes = daemon.wait_for(lambda: {s["scope"]: s for s in self.report(daemon)["scopes"]}, "a poll is over")
        self.assertEqual({name: scope["up"] for name, scope in scopes.items()}, {"a/items": True, "slow/o": False, "z/o": True})
        self.assertTrue(scopes["slow/o"]["error"].endswith("Query execution was interrupted"), scopes["slow/o"]["error"])
        self.assertIsNone(daemon.value("batchslo_job_slo_met", job_name="slow"))
        self.assertFalse(daemon.value("batchslo_source_poll_failures_total", source="db", reason="connect"))
        daemon.stop()
        wait_for(lambda: self.running() == "0", "none runs on")

    def test_a_statement_that_is_under_way_when_we_end_does_not_run_on(self):
        """It computes: then the server does not notice that we are gone."""
        query = "SELECT now() AS updated_at, sleep(0) + benchmark(100000000000, sha1(1)) AS `rows`"
        daemon = self.start("  slow: {outputs: {o: {source: db, query: '%s'}}, within: 1h}\n" % query, timeout="60s")
        wait_for(lambda: self.running() == "1", "it runs")
        began = time.monotonic()
        self.assertEqual(daemon.stop(patience=5), 0)
        wait_for(lambda: self.running() == "0", "it runs no more")
        self.assertLess(time.monotonic() - began, 6)

    def test_the_server_has_the_timeout_too(self):
        """The daemon freezes, as if it had lost its network, so that it kills nothing."""
        daemon = self.start("  slow: {outputs: {o: {source: db, query: '%s'}}, within: 1h}\n" % (self.SLOW % 62), timeout="2s")
        wait_for(lambda: self.running() == "1", "it runs")
        daemon.process.send_signal(signal.SIGSTOP)
        self.addCleanup(daemon.process.send_signal, signal.SIGCONT)
        wait_for(lambda: self.running() == "0", "the server ends it")


class Away(AwayOnEach, MariadbTest):
    REFUSED = "is it up"

    def test_a_server_that_goes_in_the_middle_of_a_statement_is_told(self):
        query = "SELECT now() AS updated_at, sleep(20) AS `rows`"
        daemon = self.start("  slow: {outputs: {o: {source: db, query: '%s'}}, within: 1h}\n" % query, timeout="30s")
        wait_for(lambda: self.sql("select count(*) %s and info like '%%sleep(%%'" % OURS) == "1", "it runs")
        self.server.process.kill()
        self.wait_error(daemon)
        self.assertGreater(daemon.value("batchslo_source_poll_failures_total", source="db", reason="connect"), 0)

    def test_a_connection_that_is_ended_is_made_again(self):
        self.items()
        daemon = self.start(self.AWAY)
        daemon.wait_state("fresh", "met")
        for number in self.sql("select id " + OURS).split():
            self.server.sql("kill %s" % number)
        self.load()
        daemon.wait_for(lambda: daemon.value("batchslo_output_rows", job_name="fresh") == 2)
        self.wait_up(daemon)

    def test_too_many_connections_is_told_and_passes(self):
        self.items()
        self.server.sql("set global max_user_connections = -1")
        self.addCleanup(self.server.sql, "set global max_user_connections = 30")
        daemon = self.start(self.AWAY)
        self.wait_error(daemon, "max_user_connections")
        self.assertIsNone(daemon.value("batchslo_job_slo_met", job_name="stale"))
        self.server.sql("set global max_user_connections = 30")
        self.load()
        daemon.wait_state("fresh", "met")

    def test_a_frozen_server_holds_no_scrape_up_and_is_asked_again_later(self):
        self.items()
        daemon = self.start(self.AWAY)
        daemon.wait_state("fresh", "met")
        self.frozen()
        self.wait_error(daemon, "timeout")
        began = time.monotonic()
        self.assertEqual(daemon.request("/metrics").status, 200)
        self.assertLess(time.monotonic() - began, 0.5)
        daemon.wait_state("stale", "unknown")
        self.server.process.signal_family(signal.SIGCONT)
        daemon.wait_state("stale", "missed")
        self.load()
        daemon.wait_state("stale", "met", patience=10)

    def test_a_frozen_server_holds_no_other_source_up(self):
        self.items()
        daemon = self.start("  a: {output: db/items, within: 1h}\n  b: {output: here/password, within: 1h}\n", timeout="20s",
                            others="  here: {files: {root: %s}, poll_interval: 200ms}\n" % self.folder)
        daemon.wait_state("a", "met")
        self.frozen()
        polls = daemon.value("batchslo_source_polls_total", source="here")
        daemon.wait_for(lambda: daemon.value("batchslo_source_polls_total", source="here") > polls + 5, "the other goes on")
        self.assertIsNone(self.report(daemon)["error"])  # of db: its poll is not over yet

    def test_we_end_in_time_while_a_frozen_server_does_not_answer(self):
        self.items()
        daemon = self.start(self.AWAY, timeout="20s")
        daemon.wait_state("fresh", "met")
        self.frozen()
        self.under_way(daemon)
        self.assertEqual(daemon.stop(patience=5), 0)

    def test_we_end_in_time_however_many_never_answer(self):
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen(16)
            url = "mysql://slo@127.0.0.1:%d/x" % silent.getsockname()[1]
            daemon = self.start(self.AWAY, url, timeout="20s", others="".join("  other%d: {sql: {url: '%s'}, timeout: 20s}\n" % (i, url) for i in range(11)))
            peers = [silent.accept()[0] for _ in range(12)]
            began = time.monotonic()
            self.assertEqual(daemon.stop(patience=5), 0)
            self.assertLess(time.monotonic() - began, 2)
            for peer in peers:
                peer.close()
