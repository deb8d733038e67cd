#!/usr/bin/env python3
"""scripts/quickstart as a newcomer has it: each state is seen, each repair turns its verdict, nothing stays behind.

The binaries are beside $BATCHSLO_EXPORTER.
"""
import contextlib
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request
from pathlib import Path

TREE = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TREE / "tests" / "daemon"))
from harness import BINARY, parse, wait_for  # noqa: E402

SOON = 120    # seconds in which each state must have been seen
MINUTE = 60   # seconds in which a verdict must turn


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Quickstart:
    def __init__(self, folder, port, *more):
        self.url, self.out = "http://127.0.0.1:%d" % port, Path(folder + ".out")
        words = [TREE / "scripts" / "quickstart", "--bin", Path(BINARY).resolve().parent, "--port", port, "--folder", folder, *more]
        with open(self.out, "wb") as out:
            self.process = subprocess.Popen([str(word) for word in words], stdin=subprocess.DEVNULL, stdout=out, stderr=out)

    def read(self, path):
        with urllib.request.urlopen(self.url + path, timeout=5) as reply:
            return reply.read().decode()

    def states(self):
        return {l["job_name"]: l["state"] for n, l, _ in parse(self.read("/metrics")) if n == "batchslo_job_state"}

    def wait_state(self, job, state, patience):
        began = time.monotonic()
        wait_for(lambda: self.states().get(job) == state, "%s is %s" % (job, state), patience, self.out.read_text)
        print("%s is %s after %.1f s" % (job, state, time.monotonic() - began))

    def hint(self, purpose):
        """The command that the newcomer is told for a purpose."""
        return wait_for(lambda: re.search("^  %s +(.*)$" % purpose, self.out.read_text(), re.M), "a hint to " + purpose, log=self.out.read_text)[1]

    def end(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)


class QuickstartTest(unittest.TestCase):
    def setUp(self):
        parent = tempfile.mkdtemp(prefix="batchslo quickstart ")
        self.addCleanup(shutil.rmtree, parent)
        self.folder, self.port = os.path.join(parent, "q s"), free_port()

    def start(self, *more):
        started = Quickstart(self.folder, self.port, *more)
        self.addCleanup(started.end)
        return started

    def processes(self):
        """Processes that have our folder in their command line: {id: name}."""
        found = {}
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and self.folder.encode() in (entry / "cmdline").read_bytes():
                    found[int(entry.name)] = (entry / "comm").read_text().strip()
            except OSError:  # it has just ended
                pass
        return found

    def test_each_state_is_seen_each_repair_turns_its_verdict_and_nothing_stays(self):
        shown = self.start()
        for job, state in (("shop/orders", "met"), ("shop/prices", "missed"), ("shop/forecast", "missed"), ("shop/revenue", "unknown")):
            shown.wait_state(job, state, SOON)
            self.assertIn("jobs/" + job, shown.read("/?state=" + state))
        self.assertIn("ZeroDivisionError: division by zero", shown.read("/jobs/shop/forecast"))
        self.assertIn("# HELP batchslo_", shown.hint("# HELP") and shown.out.read_text())
        for purpose, job, state in (("stop a job", "shop/orders", "missed"), ("let it go on", "shop/orders", "met"),
                                    ("repair the late table", "shop/prices", "met"), ("repair the failing job", "shop/forecast", "met"),
                                    ("start the dead source", "shop/revenue", "met")):
            subprocess.run(["bash", "-c", shown.hint(purpose)], check=True)
            shown.wait_state(job, state, MINUTE)
        verdicts = subprocess.run(["bash", "-c", shown.hint("see the verdicts here")], capture_output=True, text=True, check=False)
        self.assertEqual((verdicts.returncode, verdicts.stdout.count("met")), (0, 8), verdicts.stdout + verdicts.stderr)
        self.assertEqual(shown.end(), 0, shown.out.read_text())
        self.assertEqual(self.processes(), {})

    def test_it_ends_by_itself_and_begins_afresh(self):
        for _ in range(2):
            shown = self.start("--seconds", "4")
            shown.wait_state("shop/prices", "missed", SOON)
            Path(self.folder, "inbox", "prices.csv").write_text("42\n")
            self.assertEqual(shown.process.wait(60), 0, shown.out.read_text())
            self.assertEqual(self.processes(), {})

    def test_a_taken_port_a_second_one_and_a_foreign_folder_are_refused(self):
        first = self.start()
        first.wait_state("shop/orders", "met", SOON)
        Path(self.folder + "3").mkdir()
        Path(self.folder + "3", "a file").touch()
        rows = [([self.folder + "2", self.port], "give another with --port"), ([self.folder, free_port()], "another one runs"),
                ([self.folder + "3", free_port()], "no quickstart put there")]
        for words, text in rows:
            other = Quickstart(*words)
            self.assertEqual((other.process.wait(60), text in other.out.read_text()), (1, True), other.out.read_text())

    def test_a_killed_one_takes_all_with_it(self):
        shown = self.start()
        shown.wait_state("shop/orders", "met", SOON)
        shown.process.kill()
        # What batchslo-run left to tell the daemon, it tries for two minutes.
        wait_for(lambda: set(self.processes().values()) <= {"batchslo-tell"}, "all processes end")
        wait_for(lambda: not self.end_couriers(), "the last courier ends")

    def end_couriers(self):
        """One may begin while the others are looked for: those that were there."""
        found = self.processes()
        for courier in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(courier, signal.SIGTERM)
        return found

    def test_help_names_each_option_and_a_misspelt_one_is_refused(self):
        words = [str(TREE / "scripts" / "quickstart")]
        text = subprocess.run(words + ["--help"], capture_output=True, text=True, check=True).stdout
        for option in ("--port", "--seconds", "--bin", "--folder"):
            self.assertIn(option, text)
        for wrong in (["--prot"], ["--port"], ["--port", "many", "--bin", "/nowhere"]):
            self.assertEqual(subprocess.run(words + wrong, capture_output=True, check=False).returncode, 2, shlex.join(wrong))


if __name__ == "__main__":
    unittest.main(verbosity=2)
