#!/usr/bin/env python3
"""What `check registries` and `check config` say of the rows of registries."""
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "daemon"))
from case import ENV, PUSH, DaemonTest  # noqa: E402
from harness import run  # noqa: E402

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
CONFIG = PUSH + "registries: {ours: {csv: {file: jobs.csv}}, gone: {csv: {file: gone.csv}}}\njobs:\n  backup: {runs: {source: push}, team: mine}\n"
ROWS = "job,within,team,notes\nbackup,1h,data,x\nodd\x1b[31m,1h,,\nwrong,soon,,\nlost,2h,,\n"


class CheckRegistries(DaemonTest):
    def check(self, *arguments, rows=ROWS):
        self.write("jobs.csv", rows)
        return run("check", *arguments, "--config.file=" + self.write("config.yml", CONFIG), env=ENV)

    def test_rows_are_told_with_their_places(self):
        code, out, err = self.check("registries", "--timeout=5s")
        self.assertEqual((code, err), (1, ""))
        self.assertIn("ours (csv): 2 rows, 2 left out\n", out)
        self.assertIn('  FAILED   row 4, within of wrong: "within" wants a duration', out)
        self.assertIn('  note     row 1: the column "notes" is not read\n', out)
        self.assertIn('  note     row 2, team of backup: the job\'s block says "mine", which comes before "data"\n', out)
        self.assertIn("  unknown  row 5: no source knows lost\n", out)
        self.assertIn("gone (csv): can't be read\n  FAILED   the file " + self.path("gone.csv"), out)
        self.assertNotIn("\x1b", out)

    def test_as_json(self):
        code, out, err = self.check("registries", "--timeout=5s", "--output=json")
        told = json.loads(out)
        self.assertEqual((code, told["good"], [r["registry"] for r in told["registries"]]), (1, False, ["ours", "gone"]))
        self.assertEqual([(f["row"], f["column"]) for f in told["registries"][0]["faults"]], [(3, "job"), (4, "within")])

    def test_all_good_is_exit_code_zero(self):
        self.write("gone.csv", "job\n")
        code, out, err = self.check("registries", "--timeout=5s", rows="job,within\nbackup,1h\n")
        self.assertEqual((code, out, err), (0, "ours (csv): 1 row, all good\ngone (csv): 0 rows, all good\n", ""))

    def test_without_one_there_is_nothing_to_check(self):
        code, _, err = run("check", "registries", "--config.file=" + self.write("config.yml", PUSH), env=ENV)
        self.assertEqual((code, err), (2, "check registries: the configuration names none\n"))

    def test_check_config_warns_of_files(self):
        code, out, err = self.check("config")
        self.assertEqual(code, 0, err)
        self.assertIn(self.path("jobs.csv") + ': warning: row 4, within of wrong: "within" wants a duration', err)
        self.assertIn('config.yml: warning: registry "gone": the file ' + self.path("gone.csv") + " can't be read", err)
        self.assertIn("good: 1 source, 1 job", out)
        code, out, _ = self.check("config", "--output=github")
        self.assertIn("::warning file=%s,line=4,col=1::row 4, within of wrong" % self.path("jobs.csv"), out)
        faults = json.loads(self.check("config", "--output=json")[1])["faults"]
        self.assertEqual({(f["file"], f["line"], f["level"]) for f in faults if f["line"] == 4}, {(self.path("jobs.csv"), 4, "warning")})

    def test_the_sample_is_good(self):
        code, out, err = run("check", "config", os.path.join(ROOT, "config", "examples", "registry.yml"))
        self.assertEqual(code, 0)
        told = [line.partition(": warning: ")[2] for line in err.splitlines()]
        self.assertEqual(told, ['row 1: the column "Notes" is not read', "row 2, by of recommend/train: the job's block says \"09:30 mon-fri\", which comes before \"10:00 mon-fri\""])


if __name__ == "__main__":
    unittest.main()
