"""What the tests on MariaDB share: the server, a database for each test, the daemon with one source `db`."""
import itertools
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "common"))
from peer import PeerTest  # noqa: E402
from server import PASSWORD  # noqa: E402

NAMES = ("batch%d" % i for i in itertools.count())
OURS = "from information_schema.processlist where user = 'slo'"


class MariadbTest(PeerTest):
    server = None  # all share one

    def setUp(self):
        super().setUp()
        if not self.server.running():
            self.server.start()
        self.database = next(NAMES)
        self.server.sql("create database %s; grant select on %s.* to slo@'%%'" % (self.database, self.database))
        self.password = self.write("password", PASSWORD + "\n")

    def sql(self, text):
        return self.server.sql("set autocommit = 1;\n" + text, self.database)

    def start(self, jobs, url=None, source="", timeout="1s", others="", **options):
        """The daemon with a source `db`, the first; `source` adds to its options, `others` are further sources."""
        url = url or self.server.url(self.database)
        return self.daemon("sources:\n  db:\n    sql: {url: '%s', password: {file: %s}, updated_at: loaded_at%s}\n    poll_interval: 200ms\n    timeout: %s\n%sjobs:\n%s"
                           % (url, self.password, source, timeout, others, jobs), **options)

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
        self.sql("create table items (loaded_at timestamp(6))")
        self.load(age)

    def load(self, age="0 second"):
        self.sql("insert into items values (now(6) - interval %s)" % age)

    def updated(self, daemon, job):
        return daemon.wait_for(lambda: daemon.value("batchslo_output_updated_timestamp_seconds", job_name=job), "%s has a time" % job)
