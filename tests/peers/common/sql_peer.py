"""What the tests on real database servers share: the server's folder, the daemon with a source `db`, and what holds on each."""
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from peer import Authority, PeerTest, as_user, free_port, run


class DatabaseServer:
    """On 127.0.0.1, in a folder of its own, as an unprivileged user, with TLS by a certificate for `localhost`."""

    def __init__(self, name, user):
        self.user = user
        self.dir = Path(tempfile.mkdtemp(prefix="batchslo-%s-" % name))
        self.port = free_port()
        self.process = None
        self.authority = Authority(self.dir, "authority")
        self.authority.issue("server", "localhost")

    def give_away(self):
        """All that is in the folder, to the user."""
        if os.geteuid() == 0:
            for path in [self.dir, *self.dir.iterdir()]:
                shutil.chown(path, self.user, self.user)

    def run(self, *command):
        subprocess.run([*as_user(self.user), *map(str, command)], check=True, capture_output=True, cwd=self.dir)

    def running(self):
        return self.process is not None and self.process.process.poll() is None

    def remove(self):
        if self.running():
            self.process.kill()
        shutil.rmtree(self.dir, ignore_errors=True)


class SqlTest(PeerTest):
    """A subclass gives each test a database, and says `INSTANT`, the type of a time, and `AGO`, a time before now."""
    server = None  # all share one
    AWAY = "  stale: {output: db/items, within: 3s}\n  fresh: {outputs: {o: {source: db, table: items}}, within: 1h, rows: '>= 1'}\n"

    def sql(self, text):
        return self.server.sql(text, self.database)

    def start(self, jobs, url=None, source="", timeout="1s", others="", **options):
        """The daemon with a source `db`, the first; `source` adds to its options, `others` are further sources."""
        url = url or self.server.url(self.database)
        return self.daemon("sources:\n  db:\n    sql: {url: '%s', password: {file: %s}, updated_at: loaded_at%s}\n    poll_interval: 200ms\n    timeout: %s\n%sjobs:\n%s"
                           % (url, self.password, source, timeout, others, jobs), **options)

    def verified(self, authority, host, parameters="?sslmode=verify-full"):
        """The daemon with a table of that server, which it verifies."""
        self.items()
        url = self.server.url(self.database, host=host, parameters=parameters)
        return self.start("  a: {output: db/items, within: 1h}\n", url, ", sslrootcert: %s" % authority.pem)

    def report(self, daemon):
        return daemon.request("/api/v1/sources").json["data"][0]

    def wait_up(self, daemon):
        daemon.wait_for(lambda: daemon.value("batchslo_source_up", source="db") == 1, "the source is up")

    def wait_error(self, daemon, *parts):
        """The source is down, and says so in these words."""
        daemon.wait_for(lambda: self.report(daemon)["error"], "the source tells an error")
        error = self.report(daemon)["error"]
        for part in parts:
            self.assertIn(part, error)
        self.assertEqual(daemon.value("batchslo_source_up", source="db"), 0)
        return error

    def items(self, age="0 second"):
        self.sql("create table items (loaded_at %s)" % self.INSTANT)
        self.load(age)

    def load(self, age="0 second"):
        self.sql("insert into items values (%s)" % (self.AGO % age))

    def updated(self, daemon, job):
        return daemon.wait_for(lambda: daemon.value("batchslo_output_updated_timestamp_seconds", job_name=job), "%s has a time" % job)

    def darkens_only_its_own_job(self, *words):
        """Of the tables `items` and `secret` the second may not be read. The daemon, with a job `a` and a job `b`."""
        daemon = self.start("  a: {output: db/items, within: 1h}\n  b: {output: db/secret, within: 1h}\n")
        daemon.wait_state("a", "met")
        daemon.wait_for(lambda: daemon.value("batchslo_source_scopes_dark", source="db") == 1)
        dark = [s for s in self.report(daemon)["scopes"] if not s["up"]]
        self.assertEqual([s["scope"] for s in dark], ["b/secret"])
        for word in words:
            self.assertIn(word, dark[0]["error"])
        self.assertIsNone(daemon.value("batchslo_job_slo_met", job_name="b"))
        return daemon

    def frozen(self):
        self.server.process.signal_family(signal.SIGSTOP)
        self.addCleanup(self.server.process.signal_family, signal.SIGCONT)

    def under_way(self, daemon):
        """A poll of a frozen server is, and does not end."""
        polls = daemon.wait_for(lambda: daemon.value("batchslo_source_polls_total", source="db"))
        time.sleep(0.7)  # longer than an interval
        self.assertLessEqual(daemon.value("batchslo_source_polls_total", source="db"), polls + 1)


class FreshnessOnEach:
    def test_a_table_turns_stale_and_recovers(self):
        """Where sessions begin with autocommit off, an open snapshot would never see the later row."""
        self.items()
        daemon = self.start("  a: {output: db/items, within: 3s}\n")
        daemon.wait_state("a", "met")
        success = daemon.value("batchslo_job_last_success_timestamp_seconds", job_name="a")
        daemon.wait_state("a", "missed")
        self.assertLess(time.time() - success - 3, 5)
        self.assertGreater(time.time() - success, 3)
        self.assertEqual(daemon.value("batchslo_job_slo_met", job_name="a"), 0)
        self.load()
        daemon.wait_state("a", "met", patience=5)
        self.assertEqual(daemon.value("batchslo_job_slo_met", job_name="a"), 1)

    def test_an_empty_table_has_no_time_and_is_no_error(self):
        self.sql("create table items (loaded_at %s)" % self.INSTANT)
        daemon = self.start("  a: {output: db/items, within: 1h, rows: '>= 0'}\n")
        daemon.wait_for(lambda: daemon.value("batchslo_output_rows", job_name="a") == 0)
        self.assertIsNone(daemon.value("batchslo_output_age_seconds", job_name="a"))
        self.assertEqual(daemon.value("batchslo_source_complete", source="db"), 1)


class AwayOnEach:
    """`BROKEN`: words of the first error, which may be of the connection that broke; `REFUSED`: a word of those after it."""
    BROKEN = ()

    def test_a_stopped_server_is_a_source_that_is_down_and_no_empty_table(self):
        self.items()
        daemon = self.start(self.AWAY)
        daemon.wait_state("fresh", "met")
        self.load()
        daemon.wait_for(lambda: daemon.value("batchslo_output_rows", job_name="fresh") == 2)
        self.server.stop()
        self.wait_error(daemon, "127.0.0.1", *self.BROKEN)
        daemon.wait_for(lambda: self.REFUSED in self.report(daemon)["error"], "the next one is refused")
        daemon.wait_state("stale", "unknown")
        self.assertIsNone(daemon.value("batchslo_job_slo_met", job_name="stale"))
        self.assertEqual(daemon.state("fresh"), "met")
        self.assertEqual(daemon.value("batchslo_output_rows", job_name="fresh"), 2)

    def test_a_killed_server_comes_back_without_a_restart_of_ours(self):
        """Over a due instant: unknown, then the truth."""
        self.items()
        daemon = self.start(self.AWAY)
        daemon.wait_state("stale", "met")
        self.load()
        self.server.process.kill()
        daemon.wait_state("stale", "unknown")
        daemon.wait_for(lambda: daemon.value("batchslo_source_up", source="db") == 0, "the source is down")
        self.server.start()
        daemon.wait_state("stale", "missed")
        self.wait_up(daemon)
        self.load()
        daemon.wait_state("stale", "met", patience=5)
        self.assertGreater(daemon.value("batchslo_source_poll_failures_total", source="db", reason="connect"), 0)


class FirstHourOnEach:
    """`nothing_granted` takes all rights from our user; `SCHEMA`: of the test's tables."""

    def command(self, *arguments):
        code, out, err = run(*arguments)
        self.assertNotIn("canary", out + err)
        return code, out, err

    def test_what_check_sources_prints_mends_what_it_found(self):
        self.sql("create table items (loaded_at %s, amount int)" % self.INSTANT)
        self.nothing_granted()
        config = self.write("check.yml", "sources: {db: {sql: {url: '%s', password: {file: %s}}}}\njobs: {a: {outputs: {o: {source: db, table: %s.items, updated_at: loaded_at, "
                            "checks: {not_null: [amount]}}}, within: 1h}}\n" % (self.server.url(self.database), self.password, self.schema()))
        check = ("check", "sources", "--config.file=" + config)
        code, out, _ = self.command(*check)
        self.assertEqual((code, out.count("FAILED")), (1, 1), out)
        self.assertIn("ok       open a session that can only read\n", out)
        grants = [line.strip() for line in out.splitlines() if line.strip().startswith("GRANT")]
        self.assertIn("amount", grants[-1])
        self.sql("\n".join(grants))
        code, out, _ = self.command(*check)
        self.assertEqual((code, out.count("FAILED") + out.count("unknown")), (0, 0), out)
        self.sql("drop table items")
        self.assertRegex(self.command(*check)[1], "items.* (does not|doesn't) exist")
        self.write("password", "canary-wrong\n")
        self.assertEqual(self.command(*check)[0], 1)

    def test_what_discover_prints_is_a_configuration(self):
        self.sql("create table items (n int, created_at {0}, updated_at {0}); create table plain (n int); create table day (d date)".format(self.INSTANT))
        code, out, err = self.command("discover", "sql", "--url", self.server.url(self.database), "--password", "file:" + self.password)
        self.assertEqual((code, err), (0, ""))
        self.assertIn("table: %s.items, updated_at: updated_at}" % self.schema(), out)
        self.assertIn("table: %s.day, updated_at: d}" % self.schema(), out)
        self.assertNotIn("plain", out)
        taken_up = "\n".join("  " + line[3:] if line.startswith("  #") and not line.startswith("  # ") else line for line in out.splitlines())
        self.assertEqual(self.command("check", "config", self.write("all.yml", taken_up + "\n"))[0], 0)
        self.assertEqual(self.command("check", "sources", "--config.file=" + self.write("all.yml", taken_up + "\n"))[0], 0)
