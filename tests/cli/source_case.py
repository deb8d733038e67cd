"""A folder, and the two commands that ask sources: `check sources` and `discover`."""
import os
import shutil
import sqlite3
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "daemon"))
from harness import run  # noqa: E402

CLEAN = {"GOOGLE_APPLICATION_CREDENTIALS": "", "GCE_METADATA_HOST": "127.0.0.1:1", "DB_PASSWORD": "canary-db-5f", "HEARTBEAT_TOKEN": "canary-token-0123456789"}
CANARIES = "canary"  # all secrets of these tests hold it


class SourceCase(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="batchslo-sources-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text=""):
        Path(self.path(name)).parent.mkdir(parents=True, exist_ok=True)
        Path(self.path(name)).write_text(text)
        return self.path(name)

    def database(self, *statements):
        connection = sqlite3.connect(self.path("app.db"))
        for statement in statements:
            connection.execute(statement)
        connection.commit()
        connection.close()
        return "sqlite://" + self.path("app.db")

    def serve(self, server):
        self.addCleanup(server.close)
        return server

    def run_it(self, *arguments):
        code, out, err = run(*arguments, env={**CLEAN, "CLOUDSDK_CONFIG": self.folder})
        self.assertNotIn(CANARIES, out + err)
        return code, out, err

    def check(self, config, *flags):
        return self.run_it("check", "sources", "--config.file=" + self.write("config.yml", config), *flags)

    def discover(self, *flags):
        """What it prints, which is a configuration; also with every job of it taken up."""
        code, out, err = self.run_it("discover", *flags)
        self.assertEqual((code, err), (0, ""))
        taken_up = "\n".join("  " + line[3:] if line.startswith("  #") and not line.startswith("  # ") else line for line in out.splitlines()) + "\n"
        for text in (out, taken_up):
            code, said, faults = run("check", "config", self.write("discovered.yml", text))
            self.assertEqual(code, 0, said + faults + text)
        return out
