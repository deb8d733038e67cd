#!/usr/bin/env python3
"""The real binary: what `explain` prints by facts and by a ledger, and that what it names does change the verdict."""
import json
import os
import shutil
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "daemon"))
from harness import run  # noqa: E402

CONFIG = """
sources:
  gke: {kubernetes: {}}
  dwh: {sql: {url: "postgresql://slo@db/prod", password: {file: /nowhere/secret}}}
jobs:
  recommend/train:
    runs: {source: gke, cronjob: recommend/train}
    outputs: {mart.items: {source: dwh, table: mart.items, updated_at: at}}
    by: "10:00"
    timezone: Europe/Berlin
"""
JOB = {"fact": "job", "source": "gke", "scope": "recommend", "job": "recommend/train", "schedule": "0 8 * * *", "timezone": "Europe/Berlin", "observed_at": "2026-03-01T00:00:00Z"}
VIEW = {"fact": "view", "source": "gke", "scope": "recommend", "observed_at": "2026-03-05T09:01:00Z", "since": "2026-03-01T00:00:00Z"}
RUN = {"fact": "run", "source": "gke", "job": "recommend/train", "run_id": "train-4", "scheduled_at": "2026-03-04T07:00:00Z", "started_at": "2026-03-04T07:00:04Z",
       "finished_at": "2026-03-04T08:40:55Z", "outcome": "succeeded", "trigger": "scheduled", "observed_at": "2026-03-04T08:41:00Z"}
MOVE = {"fact": "observation", "source": "dwh", "job": "recommend/train", "output": "mart.items", "updated_at": "2026-03-04T08:40:00Z", "rows": 120044, "observed_at": "2026-03-05T09:01:00Z"}
FIRST_MOVE = dict(MOVE, observed_at="2026-03-04T08:42:00Z")
DOWN = {"fact": "down", "source": "gke", "observed_at": "2026-03-05T09:30:00Z", "reason": "forbidden"}
AT = "2026-03-05T09:02:00Z"
GOLDEN = Path(__file__).resolve().parents[1] / "testdata/explain"  # UPDATE_GOLDEN=1 writes them anew


class Explain(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="batchslo-explain-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.config = self.write("config.yml", CONFIG)
        self.tell([JOB, VIEW, RUN, FIRST_MOVE, MOVE])

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w") as out:
            out.write(text)
        return path

    def tell(self, facts):
        self.told = facts
        self.facts = self.write("facts.jsonl", "".join(json.dumps(fact) + "\n" for fact in facts))

    def explain(self, *flags):
        code, out, err = run("explain", "recommend/train", "--config.file=" + self.config, *flags)
        self.assertEqual((code, err), (0, ""))
        return out

    def as_json(self, *flags):
        return json.loads(self.explain("--facts=" + self.facts, "--output=json", *flags))

    def verdict(self, facts, at):
        self.write("more.jsonl", "".join(json.dumps(fact) + "\n" for fact in facts))
        code, out, err = run("replay", "--config.file=" + self.config, "--facts=" + os.path.join(self.folder, "more.jsonl"), "--at=" + at, "--output=json")
        self.assertEqual((code, err), (0, ""))
        row = json.loads(out)[0]
        return row["verdict"], row["late"]

    def test_it_is_written_for_somebody_who_was_paged(self):
        lives = {"missed": (self.told, AT), "unknown": ([JOB, RUN, FIRST_MOVE, DOWN], "2026-03-05T09:31:00Z"), "met": (self.told, "2026-03-05T07:30:00Z"),
                 "clocks": ([JOB, RUN], "2026-03-29T09:00:00Z")}
        for name, (facts, at) in lives.items():
            self.tell(facts)
            text, file = self.explain("--facts=" + self.facts, "--at=" + at), GOLDEN / (name + ".txt")
            if os.environ.get("UPDATE_GOLDEN"):
                file.parent.mkdir(exist_ok=True)
                file.write_text(text)
            self.assertEqual(text, file.read_text(), name)
            self.assertLessEqual(max(map(len, text.splitlines())), 110)

    def test_what_it_names_changes_what_replay_says(self):
        for at, before in ((AT, "missed"), ("2026-03-05T08:59:00Z", "met"), ("2026-03-06T20:00:00Z", "missed")):
            told = self.as_json("--at=" + at)["objectives"][0]
            self.assertEqual(told["verdict"], before, at)
            self.assertTrue(told["would_change"] or told["by_itself"], at)
            for turn in told["would_change"]:
                self.assertEqual(self.verdict(self.told + turn["facts"], turn["at"]), (turn["verdict"], turn["late"]), turn["what"])
                self.assertNotEqual(turn["verdict"], before)
            if told["by_itself"]:
                self.assertEqual(self.verdict(self.told, told["by_itself"]["at"])[0], told["by_itself"]["verdict"])

    def test_only_what_was_observed_until_then_counts(self):
        for at, state in (("2026-03-04T08:41:59Z", "unknown"), ("2026-03-04T08:42:00Z", "met"), (AT, "missed")):
            self.assertEqual(self.as_json("--at=" + at)["state"], state, at)

    def test_a_source_that_was_down_is_named(self):
        self.tell([JOB, RUN, MOVE, DOWN])
        told = self.as_json("--at=2026-03-05T09:31:00Z")
        self.assertIn("gke can't be asked: forbidden", told["notes"])

    def test_a_ledger_tells_the_same_as_its_facts(self):
        store = "--store=sqlite://" + os.path.join(self.folder, "ledger.db")
        self.assertEqual(run("ledger", "import", store, self.facts)[0], 0)
        self.assertEqual(self.explain(store, "--at=" + AT), self.explain("--facts=" + self.facts, "--at=" + AT))

    def test_what_can_not_be_is_refused(self):
        facts = "--facts=" + self.facts
        config = "--config.file=" + self.config
        for flags, what in [((config, facts, "--at=noon"), "--at"), ((config,), "--facts=FILE or --store"), ((facts,), "--config.file"), ((config, "--facts=none"), "none"),
                            (("--url=http://127.0.0.1:9",), "is the daemon running?"), ((config, facts, "--output=yaml"), "yaml")]:
            code, out, err = run("explain", "recommend/train", *flags)
            self.assertEqual((code, out), (2, ""), flags)
            self.assertIn(what, err)
        code, out, err = run("explain", "nobody", config, facts, "--at=" + AT)
        self.assertEqual((code, out), (2, ""))
        self.assertIn('no job "nobody"', err)


if __name__ == "__main__":
    unittest.main()
