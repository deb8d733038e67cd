#!/usr/bin/env python3
"""The real binary: what `adopt` prints is the block that makes a default objective one's own."""
import json
import os
import shutil
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "daemon"))
from harness import run  # noqa: E402

SOURCES = """
defaults: {timezone: Asia/Tokyo}
sources:
  gke: {kubernetes: {}}
"""
DERIVED = SOURCES + """
jobs:
  recommend/train: {runs: {source: gke, cronjob: recommend/train}, grace: 5m}
"""
OWN = SOURCES + """
jobs:
  recommend/train: {runs: {source: gke, cronjob: recommend/train}, within: 26h}
"""
JOB = {"fact": "job", "source": "gke", "scope": "recommend", "job": "recommend/train", "schedule": "0 * * * *", "timezone": "Asia/Tokyo", "observed_at": "2026-03-01T00:00:00Z"}
VIEW = {"fact": "view", "source": "gke", "scope": "recommend", "observed_at": "2026-03-02T00:00:00Z"}


class Adopt(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="batchslo-adopt-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.facts = self.write("facts.jsonl", json.dumps(JOB) + "\n" + json.dumps(VIEW) + "\n")

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w") as out:
            out.write(text)
        return path

    def ask(self, command, config, *flags):
        return run(command, "recommend/train", "--config.file=" + self.write("config.yml", config), "--facts=" + self.facts, "--at=2026-03-02T00:00:00Z", *flags)

    def test_a_derived_objective_is_written_as_it_holds(self):
        code, out, err = self.ask("adopt", DERIVED)
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(out, """\
# every_run is derived: for every run, or a few before it, until the next tick, grace 5m
# The job has a block in the configuration: add these lines to it.
jobs:
  recommend/train:
    every_run: {tolerate: 2}
    grace: "5m"
    # severity: warning  # as it was; without it: that of defaults, critical
""")

    def test_what_it_prints_is_a_configuration_that_judges_alike(self):
        _, out, _ = self.ask("adopt", DERIVED)
        own = SOURCES + out + "    runs: {source: gke, cronjob: recommend/train}\n"
        code, told, err = run("check", "config", "--config.file=" + self.write("own.yml", own))
        self.assertEqual((code, err), (0, ""), told)
        before, after = (json.loads(self.ask("explain", config, "--output=json")[1])["objectives"][0] for config in (DERIVED, own))
        self.assertEqual((before["objective_from"], after["objective_from"]), ("derived", "job"))
        self.assertEqual(before["verdict"], after["verdict"])
        self.assertEqual([window["due_with_grace"] for window in before["windows"]], [window["due_with_grace"] for window in after["windows"]])
        self.assertEqual(after["definition"], {"every_run": {"tolerate": 2}, "grace": "5m", "severity": "critical"})

    def test_what_is_ones_own_already_is_not_to_be_adopted(self):
        code, out, err = self.ask("adopt", OWN)
        self.assertEqual((code, out), (1, ""))
        self.assertEqual(err, 'adopt: all objectives of "recommend/train" are its own already\n')

    def test_a_job_that_is_not_known_is_told_so(self):
        code, _, err = run("adopt", "recommend/trian", "--config.file=" + self.write("config.yml", OWN), "--facts=" + self.facts)
        self.assertEqual(code, 2)
        self.assertIn('adopt: the configuration has no job "recommend/trian"', err)


if __name__ == "__main__":
    unittest.main()
