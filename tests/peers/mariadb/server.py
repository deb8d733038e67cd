"""A real MariaDB on 127.0.0.1 and a socket, as an unprivileged user, with TLS by a certificate for `localhost`.

    server = Server().start()
    server.sql("select 1"); server.url("mysql")
"""
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "common"))
from peer import Process, missing  # noqa: E402
from sql_peer import DatabaseServer  # noqa: E402

USER = "mysql"
PASSWORD = "canary'\"\\ password-3c90a4"
# The zone, the modes and the lack of autocommit are what a session of ours must not depend on.
CONFIG = """
[mariadbd]
datadir = {dir}/data
socket = {dir}/socket
pid-file = {dir}/pid
bind-address = 127.0.0.1
port = {port}
skip-name-resolve
ssl-cert = {dir}/server.crt
ssl-key = {dir}/server.key
ssl-ca = {dir}/authority.pem
innodb-buffer-pool-size = 16M
innodb-log-file-size = 8M
innodb-flush-log-at-trx-commit = 0
performance-schema = off
max-connections = 40
max-user-connections = 30
default-time-zone = -05:00
character-set-server = latin1
skip-character-set-client-handshake
sql-mode = ANSI_QUOTES
"""


def programs():
    os.environ["PATH"] += ":/usr/sbin"
    return not missing("mariadbd", "mariadb-install-db", "mariadb", "openssl")


class Server(DatabaseServer):
    def __init__(self):
        super().__init__("mariadb", USER)
        self.config = self.dir / "my.cnf"
        self.config.write_text(CONFIG.format(port=self.port, dir=self.dir))
        self.dir.chmod(0o755)
        self.give_away()
        self.run("mariadb-install-db", "--defaults-file=%s" % self.config, "--auth-root-authentication-method=normal", "--skip-test-db")

    def create_user(self):
        quoted = PASSWORD.replace("\\", "\\\\").replace("'", "\\'")
        self.sql("create user slo@'%%' identified by '%s'; set global autocommit = 0" % quoted)

    def start(self, *options):
        self.process = Process("MariaDB", ["mariadbd", "--defaults-file=%s" % self.config, *options], self.dir / "log", USER)
        self.process.wait_for(self._answers, "MariaDB answers")
        return self

    def _client(self, text, database="mysql"):
        return subprocess.run(["mariadb", "--no-defaults", "--socket", self.dir / "socket", "-u", "root", "-N", "-B", "-r", "--default-character-set=utf8mb4",
                               "--init-command=set names utf8mb4, time_zone='+00:00'", database], input=text, capture_output=True, text=True)

    def _answers(self):
        return self._client("select 1").returncode == 0

    def stop(self):
        self.process.stop()

    def url(self, database, user="slo", host="127.0.0.1", parameters=""):
        return "mysql://%s@%s:%d/%s%s" % (user, host, self.port, database, parameters)

    def socket_url(self, database):
        return "mysql://slo@%s/%s" % (quote(str(self.dir / "socket"), safe=""), database)

    def sql(self, text, database="mysql"):
        done = self._client(text, database)
        if done.returncode != 0:
            raise AssertionError("mariadb: " + done.stderr)
        return done.stdout.strip()

    def version(self):
        return self.sql("select version()").split("-")[0]
