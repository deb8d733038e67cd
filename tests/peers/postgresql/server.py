"""A real PostgreSQL on 127.0.0.1, as an unprivileged user, with TLS by a certificate for `localhost`.

    server = Server().start()
    server.sql("select 1"); server.url("postgres")
"""
import glob
import signal
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "common"))
from peer import Process, missing, wait_for  # noqa: E402
from sql_peer import DatabaseServer  # noqa: E402

USER = "postgres"
PASSWORD = "canary-password-8d21e7"
CONFIG = """
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = '{dir}'
ssl = on
ssl_cert_file = '{dir}/server.crt'
ssl_key_file = '{dir}/server.key'
fsync = off
shared_buffers = 16MB
max_connections = 40
timezone = 'America/New_York'
datestyle = 'SQL, DMY'
"""
DOOR = "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n"


def programs():
    """The folder of the newest server's programs, or none."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: int(path.split("/")[-2]))
    return found[-1] if found and not missing(found[-1] + "/initdb", "psql", "openssl") else None


class Server(DatabaseServer):
    def __init__(self):
        self.bin = programs()
        super().__init__("postgresql", USER)
        self.give_away()
        self.run(self.bin + "/initdb", "-D", self.dir / "data", "-U", USER, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
        with open(self.dir / "data" / "postgresql.conf", "a") as out:
            out.write(CONFIG.format(port=self.port, dir=self.dir))
        (self.dir / "data" / "pg_hba.conf").write_text(DOOR)

    def start(self):
        self.process = Process("PostgreSQL", [self.bin + "/postgres", "-D", self.dir / "data"], self.dir / "log", USER)
        self.process.wait_for(self._answers, "PostgreSQL answers")
        return self

    def _answers(self):
        return subprocess.run([self.bin + "/pg_isready", "-q", "-h", str(self.dir), "-p", str(self.port)]).returncode == 0

    def stop(self):
        self.process.stop(signal.SIGINT)  # at once, also with clients

    def url(self, database, user="slo", host="127.0.0.1", parameters=""):
        return "postgresql://%s@%s:%d/%s%s" % (user, host, self.port, database, parameters)

    def sql(self, text, database="postgres"):
        done = subprocess.run(["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", str(self.dir), "-p", str(self.port), "-U", USER, "-d", database],
                              input=text, capture_output=True, text=True)
        if done.returncode != 0:
            raise AssertionError("psql: " + done.stderr)
        return done.stdout.strip()

    def reload(self, setting, value):
        """Changes a setting without a restart, and waits until new connections have it."""
        self.sql("alter system set %s = '%s'" % (setting, value))
        self.sql("select pg_reload_conf()")
        wait_for(lambda: self.sql("show " + setting) == value, "%s = %s" % (setting, value))

    def version(self):
        return self.sql("show server_version").split()[0]
