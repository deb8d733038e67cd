"""What the tests of the real binary share: a folder, daemons that end, a heartbeat source and one job."""
import os
import shutil
import tempfile
import unittest

from harness import Daemon

TOKEN = "a-token-that-nobody-guesses-6f3a"
ENV = {"HEARTBEAT_TOKEN": TOKEN}
PUSH = "sources:\n  push: {heartbeat: {token: {env: HEARTBEAT_TOKEN}}}\n"
BACKUP = PUSH + "jobs:\n  backup: {runs: {source: push}, within: 1h}\n"


class DaemonTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="batchslo-test-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def daemon(self, config, *flags, **options):
        daemon = Daemon(config, self.folder, *flags, env=options.pop("env", ENV), **options)
        self.addCleanup(daemon.__exit__)
        return daemon

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), "w") as out:
            out.write(text)
        return self.path(name)
