#!/usr/bin/env python3
"""The real binary at the command line: what `replay` and `cron` print, refuse and explain."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "daemon"))
from harness import BINARY, run  # noqa: E402

CONFIG = """
sources:
  gke: {kubernetes: {}}
  dwh: {sql: {url: "postgresql://slo@db/prod", password: {file: /nowhere/secret}}}
jobs:
  recommend/train:
    outputs: {mart.recommend_items: {source: dwh, table: mart.recommend_items, updated_at: at}}
    by: "10:00"
    timezone: Asia/Tokyo
  recommend/other:
    runs: {source: gke, cronjob: recommend/other}
    within: 30m
    max_runtime: 2h
"""
JOB = '{"fact":"job","source":"gke","scope":"recommend","job":"recommend/train","schedule":"0 8 * * *","timezone":"Asia/Tokyo","dialect":"kubernetes","paused":false,"observed_at":"2026-03-01T00:00:00Z"}'
VIEW = '{"fact":"view","source":"gke","scope":"recommend","observed_at":"2026-03-02T00:59:00Z","complete":true,"since":"2026-03-01T00:00:00Z"}'
RUN = '{"fact":"run","source":"gke","job":"recommend/train","run_id":"train-29","scheduled_at":"2026-03-01T23:00:00Z","started_at":"2026-03-01T23:00:04Z","finished_at":"2026-03-02T00:41:10Z","outcome":"succeeded","trigger":"scheduled","observed_at":"2026-03-02T00:41:30Z"}'
MOVE = '{"fact":"observation","source":"dwh","job":"recommend/train","output":"mart.recommend_items","updated_at":"2026-03-02T00:40:55Z","rows":120044,"bytes":88123456,"values":{"null_ratio":0.0},"observed_at":"2026-03-02T00:41:30Z"}'
LAST = '{"fact":"last_success","source":"gke","job":"recommend/train","value":"2026-03-02T00:41:10Z","observed_at":"2026-03-02T00:41:30Z"}'
GONE = '{"fact":"gone","source":"gke","job":"recommend/train","observed_at":"2026-03-05T00:00:00Z"}'
DOWN = '{"fact":"down","source":"gke","observed_at":"2026-03-02T01:00:00Z","reason":"timeout"}'
LIFE = [JOB, VIEW, RUN, MOVE, LAST, GONE, DOWN]
AT = "2026-03-02T01:05:00Z"


class Replay(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="batchslo-cli-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.write("config.yml", CONFIG)
        self.write("facts.jsonl", "\n".join(LIFE) + "\n")

    def write(self, name, text):
        with open(os.path.join(self.folder, name), "w") as out:
            out.write(text)

    def replay(self, *flags, facts="facts.jsonl", config="config.yml"):
        path = lambda name: os.path.join(self.folder, name)
        return run("replay", "--config.file=" + path(config), "--facts=" + path(facts), *flags)

    def rows(self, *flags):
        code, out, err = self.replay("--output=json", *flags)
        self.assertEqual((code, err), (0, ""))
        return json.loads(out)

    def refusal(self, *flags, **files):
        code, out, err = self.replay(*flags, **files)
        self.assertEqual((code, out), (2, ""))
        return err

    def test_the_example_of_the_manual(self):
        row = self.rows("--at=" + AT, "--job=recommend/train")[0]
        self.assertTrue(row.pop("why"))
        self.assertEqual(row, {
            "at": AT, "job": "recommend/train", "objective": "by", "kind": "by", "verdict": "met", "late": False,
            "window": {"opens": "2026-03-01T23:00:00Z", "due": "2026-03-02T01:00:00Z"},
            "evidence": "run train-29 and mart.recommend_items", "last_success": "2026-03-02T00:41:10Z",
            "margin_seconds": 1130, "excused": None, "state": "met"})

    def test_rows_come_by_the_given_instants_then_by_the_configuration(self):
        found = [(r["at"], r["job"], r["objective"]) for r in self.rows("--at=2026-03-02T10:05:00+09:00", "--at=2026-03-01T12:00:00Z")]
        names = [("recommend/train", "by"), ("recommend/other", "within"), ("recommend/other", "max_runtime")]
        self.assertEqual(found, [(at,) + name for at in (AT, "2026-03-01T12:00:00Z") for name in names])

    def test_a_row_of_instants_has_both_ends(self):
        found = self.rows("--every=12h", "--from=2026-03-01T12:00:00Z", "--to=2026-03-02T12:00:00Z", "--job=recommend/other")
        self.assertEqual([r["at"] for r in found if r["kind"] == "within"], ["2026-03-01T12:00:00Z", "2026-03-02T00:00:00Z", "2026-03-02T12:00:00Z"])

    def test_the_order_and_repetition_of_facts_do_not_matter(self):
        expected = self.rows("--at=" + AT)
        self.write("facts.jsonl", "\n".join(list(reversed(LIFE)) + LIFE) + "\n")
        self.assertEqual(self.rows("--at=" + AT), expected)

    def test_only_facts_observed_up_to_the_instant_count(self):
        train = lambda at: self.rows("--at=" + at, "--job=recommend/train")[0]
        self.assertEqual(train("2026-03-02T00:41:29.999999Z")["verdict"], "pending")
        self.assertEqual(train("2026-03-02T00:41:30Z")["verdict"], "met")
        self.assertEqual(train("2026-03-04T23:59:59Z")["state"], "unknown")  # nothing was seen for two days
        self.assertEqual(train("2026-03-05T00:00:00Z")["state"], "gone")

    def test_a_paused_jobs_rows_are_all_paused_and_empty(self):
        paused = JOB.replace('"paused":false', '"paused":true').replace("03-01T00", "03-02T02")
        self.write("facts.jsonl", "\n".join(LIFE + [paused]) + "\n")
        for row in self.rows("--at=2026-03-02T03:00:00Z", "--job=recommend/train"):
            self.assertEqual((row["verdict"], row["window"], row["evidence"], row["margin_seconds"], row["state"]),
                             ("paused", None, None, None, "paused"))

    def test_the_table_says_it_to_a_person(self):
        code, out, err = self.replay("--at=" + AT)
        self.assertEqual((code, err), (0, ""))
        header, train, *rest = out.splitlines()
        self.assertEqual(header.split(), ["AT", "JOB", "OBJECTIVE", "VERDICT", "WINDOW", "EVIDENCE", "MARGIN", "STATE"])
        self.assertRegex(train, "recommend/train +by +met +2026-03-01T23:00:00Z to 2026-03-02T01:00:00Z +run train-29 and mart.recommend_items +18m50s +met")
        self.assertEqual(len(rest), 2)

    def test_facts_about_what_is_not_configured_are_noted(self):
        foreign = [RUN.replace("recommend/train", "who/knows"), DOWN.replace("gke", "elsewhere")]
        self.write("facts.jsonl", "\n".join(LIFE + foreign) + "\n")
        code, _, err = self.replay("--at=2026-03-01T00:00:00Z")
        self.assertEqual((code, err), (0, "note: 2 facts are about jobs or sources that are not configured\n"))

    def test_bad_facts_are_all_told_by_line(self):
        lines = [("", "an empty line"), ("not json", "no JSON"), ("[]", "JSON object"), ('{"fact":"nope"}', 'unknown fact "nope"'),
                 (VIEW.replace('"complete"', '"compete"'), 'unknown key "compete"'), (VIEW.replace("true", '"yes"'), '"complete"'),
                 (VIEW.replace("00:59:00Z", "00:59:00"), "no instant"), (RUN.replace("succeeded", "great"), 'can\'t be "great"'),
                 (MOVE.replace("120044", "1.5"), '"rows"'), (LAST.replace('"source":"gke",', ""), '"source" is missing'),
                 (GONE.replace("{", '{"fact":"gone",'), "duplicate")]
        self.write("bad.jsonl", "\n".join(line for line, _ in lines) + "\n")
        told = self.refusal("--at=" + AT, facts="bad.jsonl")
        for number, (_, what) in enumerate(lines, 1):
            self.assertRegex(told, r"(?m)^\S*bad\.jsonl:%d: .*%s" % (number, what))

    def test_a_bad_configuration_is_told_by_line_and_column(self):
        self.write("bad.yml", CONFIG.replace("within: 30m", "witin: 30m"))
        self.assertRegex(self.refusal("--at=" + AT, config="bad.yml"), r"bad\.yml:\d+:\d+: .*witin[\s\S]*did you mean")

    def test_wrong_flags_say_what_to_write(self):
        span = ("--from=2026-03-01T12:00:00Z", "--to=2026-03-02T12:00:00Z")
        for flags, what in [((), "--at=T"), (("--at=noon",), "2026-03-01T09:00:00Z"), (("--every=5m",), "--from=A --to=B"),
                            (("--every=0",) + span, "a duration"), (("--every=often",) + span, "a duration"),
                            (("--every=5m", "--from=2026-03-02T12:00:00Z", "--to=2026-03-01T12:00:00Z"), "earlier"),
                            (("--every=1ms",) + span, "a million"), (("--at=" + AT, "--job=x"), 'no job "x"'),
                            (("--at=" + AT, "--output=yaml"), "yaml"), (("--at=" + AT, "--colour"), "--colour")]:
            self.assertIn(what, self.refusal(*flags), flags)
        for missing in ({"facts": "none.jsonl"}, {"config": "none.yml"}):
            self.assertIn("none", self.refusal("--at=" + AT, **missing))


BERLIN = "--timezone=Europe/Berlin"


class Cron(unittest.TestCase):
    def ticks(self, *flags):
        code, out, err = run("cron", *flags, "--output=json")
        self.assertEqual((code, err), (0, ""))
        return json.loads(out)

    def table(self, *flags):
        code, out, err = run("cron", *flags)
        self.assertEqual((code, err), (0, ""))
        return [line.rstrip() for line in out.splitlines()]

    def test_ticks_are_strictly_after_or_before(self):
        at = "--from=2026-03-02T10:00:00Z"
        self.assertEqual(self.ticks("0 10 * * *", at, "--count=2"), ["2026-03-03T10:00:00Z", "2026-03-04T10:00:00Z"])
        self.assertEqual(self.ticks("0 10 * * *", at, "--count=2", "--reverse"), ["2026-03-01T10:00:00Z", "2026-02-28T10:00:00Z"])
        self.assertEqual(len(self.ticks("0 10 * * *")), 10)
        self.assertEqual(self.ticks("0 10 * * *", "--count=0"), [])

    def test_the_autumn_overlap_is_noted(self):
        self.assertEqual(self.table("30 2 * * *", BERLIN, "--from=2026-10-24T12:00:00Z", "--count=3"), [
            "LOCAL (Europe/Berlin)      UTC                   NOTE",
            "2026-10-25T02:30:00+02:00  2026-10-25T00:30:00Z  first of two (clocks go back)",
            "2026-10-25T02:30:00+01:00  2026-10-25T01:30:00Z  second of two (clocks go back)",
            "2026-10-26T02:30:00+01:00  2026-10-26T01:30:00Z"])

    def test_the_spring_gap_is_noted_by_what_the_dialect_does(self):
        spring = ("30 2 * * *", BERLIN, "--from=2026-03-28T12:00:00Z", "--count=1")
        self.assertEqual(self.table(*spring)[1],
                         "2026-03-30T02:30:00+02:00  2026-03-30T00:30:00Z  after one that was skipped on 2026-03-29 (clocks go forward)")
        self.assertEqual(self.table(*spring, "--dialect=vixie")[1],
                         "2026-03-29T03:00:00+02:00  2026-03-29T01:00:00Z  right after the gap (clocks go forward)")

    def test_dialects(self):
        sunday = ("0 0 * * 7", "--from=2026-03-02T00:00:00Z", "--count=1")
        self.assertEqual(self.ticks(*sunday, "--dialect=vixie"), ["2026-03-08T00:00:00Z"])
        self.assertEqual(self.ticks("0 0 * * 0", *sunday[1:], "--dialect=argo"), ["2026-03-08T00:00:00Z"])
        since = ("--from=2024-01-01T00:00:00Z", "--count=1")
        for expression, flags, tick in [("H H * * *", ("--dialect=jenkins", "--hash-name=folder/nightly-build"), "2024-01-01T13:15:00Z"),
                                        ("0 0 * * fri#2", ("--dialect=airflow",), "2024-01-12T00:00:00Z"),
                                        ("cron(0 9 LW * ? *)", ("--dialect=eventbridge",), "2024-01-31T09:00:00Z"),
                                        ("0 9 * * SUN", ("--dialect=gcp",), "2024-01-07T09:00:00Z"),
                                        ("Mon *-05~07/1 10:00 Asia/Tokyo", ("--dialect=systemd",), "2024-05-27T01:00:00Z")]:
            self.assertEqual(self.ticks(expression, *since, *flags), [tick], expression)
        code, _, err = run("cron", "H 3 * * *", "--dialect=jenkins")
        self.assertEqual(code, 2)
        self.assertIn("job's full name", err)

    def test_what_is_refused_is_explained(self):
        for expression, what in [("@reboot", "names no time"), ("H 3 * * *", "jenkins"), ("0 0 L * *", "other dialects"),
                                 ("0 0 * * 1#2", "other dialects"), ("0 0 15W * *", "other dialects"), ("* * * * * *", "got 6"),
                                 ("0 0 * * 7", "0 for Sunday, not 7"), ("61 * * * *", "0 to 59"), ("0 24 * * *", "0 to 23"),
                                 ("10-5 * * * *", "backwards"), ("", "empty"), ("@nightly", "unknown macro"),
                                 ("TZ=UTC 0 0 * * *", "timeZone")]:
            code, out, err = run("cron", expression)
            self.assertEqual((code, out), (2, ""), expression)
            self.assertIn(what, err)

    @unittest.skipUnless(os.geteuid() == 0 and subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode == 0,
                         "needs a namespace of its own")
    def test_a_machine_without_zones_is_told_what_to_install(self):
        def without(folder, zone):
            words = ["unshare", "-m", "sh", "-c", "mount -t tmpfs none %s && exec \"$@\"" % folder, "sh", os.path.abspath(BINARY), "cron", "--count=1", "--timezone=" + zone, "0 3 * * *"]
            done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
            return done.returncode, done.stderr
        for folder in ("/usr/share", "/usr/share/zoneinfo"):
            self.assertEqual(without(folder, "Europe/Berlin"), (2, 'cron: time zone "Europe/Berlin": this machine has no time zone database; install tzdata\n'))
            self.assertEqual(without(folder, "UTC"), (0, ""))

    def test_wrong_flags_say_what_to_write(self):
        for flags, what in [(("--timezone=europe/berlin",), 'did you mean "Europe/Berlin"'), (("--from=yesterday",), "2026-03-01T09:00:00Z"),
                            (("--count=-1",), "--count"), (("--dialect=cron",), "vixie, kubernetes, argo, jenkins"), (("--hash=x",), "unknown flag --hash")]:
            code, out, err = run("cron", "0 0 * * *", *flags)
            self.assertEqual((code, out), (2, ""), flags)
            self.assertIn(what, err)
        self.assertEqual(run("cron")[0], 2)

    def test_notes_go_to_stderr(self):
        code, out, err = run("cron", "0 0 31 2 *", "--output=json")
        self.assertEqual((code, out, err), (0, "[]\n", "note: it has no tick within the years that are searched, five for those of cron, fifty for the others\n"))
        code, out, err = run("cron", "@every 90m", "--from=2026-03-02T00:10:00Z", "--count=1", "--output=json")
        self.assertEqual((code, json.loads(out)), (0, ["2026-03-02T01:40:00Z"]))
        self.assertIn("counted from 2026-03-02T00:10:00Z", err)


if __name__ == "__main__":
    unittest.main()
