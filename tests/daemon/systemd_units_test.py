#!/usr/bin/env python3
"""The units of config/systemd: systemd takes them, they are closed enough, and the daemon knows their flags."""
import os
import re
import shlex
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from case import DaemonTest  # noqa: E402
from harness import BINARY, run  # noqa: E402

UNITS = Path(__file__).resolve().parents[2] / "config" / "systemd"
NAMES = ["batchslo-exporter.service", "batchslo-exporter.socket"]
MOST_EXPOSED = 2.0


class Units(DaemonTest):
    def analyze(self, *arguments):
        if not shutil.which("systemd-analyze"):
            self.skipTest("systemd-analyze is not there")
        return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, timeout=60)

    def test_systemd_takes_them(self):
        for name in NAMES:
            text = (UNITS / name).read_text().replace("#LoadCredential", "LoadCredential")
            self.write(name, text.replace("ExecStart=batchslo_exporter", "ExecStart=" + os.path.abspath(BINARY)))
        done = self.analyze("verify", "--man=no", *map(self.path, NAMES))
        self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)
        ours = [line for line in done.stderr.splitlines() if "batchslo" in line]
        self.assertEqual(ours, [])

    def test_the_service_is_closed_enough(self):
        done = self.analyze("security", "--offline=true", str(UNITS / NAMES[0]))
        level = re.search(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout)
        self.assertTrue(level, done.stdout + done.stderr)
        self.assertLessEqual(float(level[1]), MOST_EXPOSED, done.stdout)

    def test_the_daemon_knows_the_flags(self):
        said = (UNITS / "batchslo-exporter.default").read_text() + (UNITS / NAMES[0]).read_text()
        arguments = re.findall(r'ARGS="?(--[^"\n]*)"?', said)
        self.assertEqual(len(arguments), 4)
        for flags in arguments:
            good = [flag for flag in shlex.split(flags) if not re.match(r"--(web\.)?config\.file=", flag)]
            self.assertEqual(run(*good, "--config.check", "--config.file=" + self.write("good.yml", "{}"))[0], 0, flags)


if __name__ == "__main__":
    unittest.main()
