"""What the tests on MariaDB share: a database for each test."""
import itertools
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "common"))
from server import PASSWORD  # noqa: E402
from sql_peer import SqlTest  # noqa: E402

NAMES = ("batch%d" % i for i in itertools.count())
OURS = "from information_schema.processlist where user = 'slo'"


class MariadbTest(SqlTest):
    INSTANT = "timestamp(6)"
    AGO = "now(6) - interval %s"

    def setUp(self):
        super().setUp()
        if not self.server.running():
            self.server.start()
        self.database = next(NAMES)
        self.server.sql("create database %s; grant select on %s.* to slo@'%%'" % (self.database, self.database))
        self.password = self.write("password", PASSWORD + "\n")

    def sql(self, text):
        return super().sql("set autocommit = 1;\n" + text)
