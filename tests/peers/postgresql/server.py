"""A real PostgreSQL on 127.0.0.1, as an unprivileged user, with TLS by a certificate for `localhost`.

    server = Server().start()
    server.sql("select 1"); server.url("postgres")
"""
import glob
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "common"))
from peer import Authority, Process, free_port, missing, wait_for  # noqa: E402

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


class Server:
    def __init__(self):
        self.bin = programs()
        self.dir = Path(tempfile.mkdtemp(prefix="batchslo-postgresql-"))
        self.port = free_port()
        self.process = None
        self.authority = Authority(self.dir, "authority")
        self.authority.issue("server", "localhost")
        if os.geteuid() == 0:
            for path in [self.dir, *self.dir.iterdir()]:
                shutil.chown(path, USER, USER)
        self._run(self.bin + "/initdb", "-D", self.dir / "data", "-U", USER, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
        with open(self.dir / "data" / "postgresql.conf", "a") as out:
            out.write(CONFIG.format(port=self.port, dir=self.dir))
        (self.dir / "data" / "pg_hba.conf").write_text(DOOR)

    def _run(self, *command):
        as_user = ["setpriv", "--reuid", USER, "--regid", str(pwd.getpwnam(USER).pw_gid), "--clear-groups"] if os.geteuid() == 0 else []
        subprocess.run([*as_user, *map(str, command)], check=True, capture_output=True, cwd=self.dir)

    def start(self):
        self.process = Process("PostgreSQL", [self.bin + "/postgres", "-D", self.dir / "data"], self.dir / "log", USER)
        self.process.wait_for(self._answers, "PostgreSQL answers")
        return self

    def _answers(self):
        return subprocess.run([self.bin + "/pg_isready", "-q", "-h", str(self.dir), "-p", str(self.port)]).returncode == 0

    def running(self):
        return self.process is not None and self.process.process.poll() is None

    def stop(self):
        self.process.stop(signal.SIGINT)  # at once, also with clients

    def remove(self):
        if self.running():
            self.process.kill()
        shutil.rmtree(self.dir, ignore_errors=True)

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
