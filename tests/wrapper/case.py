"""What the tests of the real batchslo-run share. The binary is $BATCHSLO_RUN."""
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

from exporter import TOKEN, Exporter

signal.signal(signal.SIGINT, signal.default_int_handler)  # what a shell starts in the background ignores it, and so would jobs
BINARY = os.path.abspath(os.environ.get("BATCHSLO_RUN", "build/dev/bin/batchslo-run"))
PYTHON = [sys.executable, "-S", "-E", "-c"]

# What is orphaned comes to us, so that nothing of it stays behind, whatever process 1 does.
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER


def processes_with(text):
    """Processes whose command line has `text` in it: pid -> name."""
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            if text.encode() in (entry / "cmdline").read_bytes():
                found[int(entry.name)] = (entry / "comm").read_text().strip()
        except OSError:
            pass
    return found


def wait_until(condition, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("not in time")
        time.sleep(0.01)


class Case(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="batchslo-run-test-")
        self.spool = Path(self.dir, "spool")
        self.addCleanup(self.clean)
        self.servers = []

    def clean(self):
        for server in self.servers:
            server.close()
        for pid in processes_with(self.dir):
            os.kill(pid, signal.SIGTERM)  # they carry this test's own directory in their command line
        wait_until(lambda: not processes_with(self.dir), 15)
        shutil.rmtree(self.dir)
        for server in self.servers:
            self.assertEqual(server.faults, [])

    def exporter(self, *args, **more):
        self.servers.append(Exporter(*args, **more))
        return self.servers[-1]

    def words(self, exporter, *command, flags=(), job="team/job"):
        url = exporter if isinstance(exporter, str) else exporter.url
        return [BINARY, "--job", job, "--url", url, "--spool-dir", str(self.spool), *flags, "--", *command]

    @staticmethod
    def environment(**more):
        return {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "BATCHSLO_TOKEN": TOKEN, **more}

    def run_job(self, exporter, *command, flags=(), job="team/job", env=None, **more):
        more.setdefault("capture_output", True)
        if not more["capture_output"]:
            del more["capture_output"]
        return subprocess.run(self.words(exporter, *command, flags=flags, job=job), env=env or self.environment(), timeout=60, check=False, **more)

    def spooled(self):
        return sorted(p.name for p in self.spool.glob("*.event")) if self.spool.exists() else []

    def stop_couriers(self):
        for pid, name in processes_with(str(self.spool)).items():
            if name == "batchslo-tell":
                os.kill(pid, signal.SIGTERM)
        wait_until(lambda: not processes_with(str(self.spool)))
