"""What the tests against real servers share: folders, processes that end by their id, certificates, the last line.

The daemon itself comes from tests/daemon/harness.py.
"""
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "daemon"))
from harness import BINARY, Daemon, parse, run, wait_for  # noqa: E402,F401

signal.signal(signal.SIGTERM, signal.default_int_handler)  # what we started ends with us
PAGES = ["/", "/metrics", "/api/v1/jobs", "/api/v1/sources", "/api/v1/status/config", "/api/v1/status/flags"]


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def as_user(user):
    """What a command begins with to run as `user` where we are root."""
    return ["setpriv", "--reuid", user, "--regid", str(pwd.getpwnam(user).pw_gid), "--clear-groups"] if user and os.geteuid() == 0 else []


class Process:
    """A server: starts with `command`, writes to `log`; as `user` where we are root."""

    def __init__(self, name, command, log, user=None):
        self.name, self.log_file = name, Path(log)
        with open(log, "ab") as out:
            self.process = subprocess.Popen([str(c) for c in [*as_user(user), *command]], stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=self.log_file.parent)

    def log(self):
        return self.log_file.read_text(errors="replace")

    def wait_for(self, condition, what):
        def alive():
            if self.process.poll() is not None:
                raise AssertionError("%s ended with %d:\n%s" % (self.name, self.process.returncode, self.log()[-3000:]))
            return condition()
        return wait_for(alive, what, log=self.log)

    def family(self):
        """Its id and those of its children, the parent first."""
        ids = [self.process.pid]
        for entry in os.listdir("/proc"):
            try:
                if entry.isdigit() and int(Path("/proc", entry, "stat").read_text().rsplit(")", 1)[1].split()[1]) == self.process.pid:
                    ids.append(int(entry))
            except OSError:  # it has just ended
                pass
        return ids

    def signal_family(self, number):
        for pid in self.family():
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def kill(self):
        self.signal_family(signal.SIGSTOP)  # so that none is born meanwhile
        self.signal_family(signal.SIGKILL)
        self.process.wait()

    def stop(self, number=signal.SIGTERM, patience=20):
        if self.process.poll() is not None:
            return
        self.process.send_signal(number)
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.kill()


class Authority:
    """A certificate authority in `folder`: `pem` is its own certificate."""

    def __init__(self, folder, name):
        self.folder, self.name = Path(folder), name
        self.pem = self.folder / (name + ".pem")
        self._openssl("req", "-x509", *self._key(name), "-out", self.pem, "-days", "30", "-subj", "/CN=" + name)

    def issue(self, name, host):
        """A certificate for a DNS name: (certificate, key)."""
        crt, request, extension = (self.folder / (name + end) for end in (".crt", ".csr", ".ext"))
        extension.write_text("subjectAltName=DNS:%s\n" % host)
        self._openssl("req", *self._key(name), "-out", request, "-subj", "/CN=" + host)
        self._openssl("x509", "-req", "-in", request, "-CA", self.pem, "-CAkey", self.folder / (self.name + ".key"), "-CAcreateserial", "-days", "30",
                      "-extfile", extension, "-out", crt)
        return crt, self.folder / (name + ".key")

    def _key(self, name):
        return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", self.folder / (name + ".key")]

    def _openssl(self, *arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


class PeerTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="batchslo-peer-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def daemon(self, config, *flags, env=None):
        daemon = Daemon(config, self.folder, "--evaluation.interval=200ms", *flags, env=env)
        self.addCleanup(daemon.__exit__)
        return daemon

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w") as out:
            out.write(text)
        return path

    def assert_nowhere(self, secret, daemon):
        for text in [daemon.request(page).text for page in PAGES] + [daemon.log()]:
            self.assertNotIn(secret, text)
        with open(os.path.join(self.folder, "ledger.db"), "rb") as ledger:
            self.assertNotIn(secret.encode(), ledger.read())


def missing(*programs):
    """Says what is not there, for a peer that this machine can't have."""
    return [str(program) for program in programs if not shutil.which(str(program))]


def main(name, version):
    """Runs the tests of the calling program; its last line says PEER only when all passed."""
    result = unittest.main(exit=False).result
    if not result.wasSuccessful():
        sys.exit(1)
    print("PEER %s %s tests=%d" % (name, version, result.testsRun))
