#!/usr/bin/env python3
"""Every source under every fault: no false verdict, no broken page, no source held up by another, no secret shown."""
import os
import shutil
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "conformance"), str(TESTS / "daemon"), str(TESTS / "peers" / "google"), str(TESTS / "peers" / "postgresql")]
import packages  # noqa: E402

if __name__ == "__main__":
    packages.enter()  # for the row of BigQuery, which is left out where that can't be

from checks import Watcher, faults_of_pages, resident  # noqa: E402
from faults import DARK, DOWN, FAULTS, RIGHT  # noqa: E402
from harness import Daemon, parse, wait_for  # noqa: E402
from rows import WITHIN, Cannot  # noqa: E402
from sources import ROWS  # noqa: E402

ROLES = {"alive": "%ds" % WITHIN, "done": "1h", "dead": "%ds" % WITHIN}
RHYTHM, JITTER = 0.5, 1.0  # seconds: of the source beside
STOOD_STILL = WITHIN - 3  # seconds: where nothing succeeded in the healthy world for longer, its misses may be true
MOST_MEMORY = 100 << 20  # that all faults at once may add
HEALTHY = "healthy"
PATIENCE = 90


class Instance:
    """One source of the daemon, with one fault; its three jobs."""

    def __init__(self, row, name, door, fault, case, folder):
        self.name, self.fault, self.case = name, fault, case
        self.label = " ".join(filter(None, [door, fault.name if fault else HEALTHY]))
        case.holds = self.holds = case.holds or (fault.holds if fault else RIGHT)
        self.row, self.text = row, "  %s: {%s}\n" % (name, row.source(case, folder))

    def job(self, role):
        return "%s-%s" % (role, self.name)

    def jobs(self):
        return "".join("  %s: {%s, within: %s}\n" % (self.job(role), self.row.job(role, self.name), within) for role, within in ROLES.items())

    def truth(self):
        return {self.job(role): self.row.expects(role) for role in ROLES}

    def may_be(self, role):
        """The states that are not false while the fault is there. What was proven before it may stand; nothing new is proven but the truth.
        "alive" is unknown wherever a reply took longer than it may go without a success: not false, and no question of what is right."""
        if self.holds == RIGHT and role != "alive":
            return {self.row.expects(role)}
        return {self.row.expects(role), "unknown"} | self.case.may.get(role, set())


class Story:
    """One daemon with one source of a kind for each fault, all at once: healthy, broken, mended, started anew."""

    def __init__(self, test, row, folder):
        self.test, self.row, self.folder, self.cannot, self.instances = test, row, folder, [], []
        for door in row.doors:
            for fault in [None, *FAULTS]:
                self.add(door, fault)
        self.beside = os.path.join(folder, "beside")
        os.mkdir(self.beside)
        config = "sources:\n  beside: {files: {root: '%s'}, poll_interval: %dms}\n%sjobs:\n  beside: {output: beside/*, within: %ds}\n%s" % (
            self.beside, RHYTHM * 1000, "".join(one.text for one in self.instances), WITHIN, "".join(one.jobs() for one in self.instances))
        self.ended, self.largest_pause = threading.Event(), 0.0
        self.ticker = threading.Thread(target=self._tick, daemon=True)
        self.ticker.start()
        self.daemon = Daemon(config, folder, "--evaluation.interval=200ms", env=row.env)
        row.meet(self.daemon)

    def add(self, door, fault):
        name = "s%d" % len(self.instances)
        folder = os.path.join(self.folder, name)
        os.mkdir(folder)
        case = self.row.case(door, fault.name if fault else None, folder)
        if isinstance(case, Cannot):
            shutil.rmtree(folder)
            self.cannot.append((" ".join(filter(None, [door, fault.name])), case.why))
        else:
            self.instances.append(Instance(self.row, name, door, fault, case, folder))

    def _tick(self):
        last = time.monotonic()
        while not self.ended.wait(1):
            Path(self.beside, "file").write_text("x")
            self.row.tick()  # what it tells in whole seconds may be a second older
            self.largest_pause, last = max(self.largest_pause, time.monotonic() - last), time.monotonic()

    def close(self):
        self.ended.set()
        self.ticker.join()
        self.daemon.__exit__()

    # ---- what the daemon says ----

    def states(self):
        return {l["job_name"]: l["state"] for n, l, _ in parse(self.daemon.metrics()) if n == "batchslo_job_state"}

    def successes(self):
        return {l["job_name"]: value for n, l, value in parse(self.daemon.metrics()) if n == "batchslo_job_last_success_timestamp_seconds"}

    def reports(self):
        return {source["source"]: source for source in self.daemon.request("/api/v1/sources").json["data"]}

    def wait_truth(self, instances, what):
        def wrong(one, states, reports, successes):
            return ["%s: %s is %s, not %s (%s)" % (one.label, job, states.get(job), true, self.error_of(one, reports)[:300]) for job, true in one.truth().items() if states.get(job) != true]
        self.wait_each(instances, wrong, what)

    def wait_each(self, instances, wrong, what):
        """Until each of them was right once: on a busy machine not all are at the same moment. What may never be is seen by the `Watcher`."""
        left = {one: [] for one in instances}

        def none():
            looks = (self.states(), self.reports(), self.successes())
            for one in list(left):
                left[one] = wrong(one, *looks)
                if not left[one]:
                    del left[one]
            return not left
        try:
            wait_for(none, what, PATIENCE)
        except AssertionError:
            self.test.fail("not within %d s: %s:\n%s" % (PATIENCE, what, "\n".join(text for texts in left.values() for text in texts)))

    # ---- the story ----

    def run(self):
        self.wait_truth(self.instances, "the truth before")
        wait_for(lambda: self.states().get("beside") == "met", "the source beside is met", PATIENCE)
        before = resident(self.daemon)
        with Watcher(self.daemon, "beside") as watcher:
            self.break_all()
        grown = watcher.resident - before
        self.test.assertGreater(watcher.polls[-1][1], watcher.polls[0][1] + WITHIN / RHYTHM / 2, "polls of the source beside")
        said = {one.name: self.error_of(one, self.reports()) for one in self.instances}
        self.check_pages()
        began = time.monotonic()
        for one in self.instances:
            one.case.mend()
        back = [one for one in self.instances if not (one.fault and one.fault.leaves_alone)]
        with Watcher(self.daemon, "beside") as mended:
            self.wait_truth(back, "the truth afterwards")
        seconds = time.monotonic() - began
        for seen in (watcher, mended):
            self.check_seen(seen)
        self.daemon.stop()
        self.daemon.start()
        self.wait_truth(self.instances, "the truth after a start")
        self.check_pages()
        self.test.assertEqual(self.row.problems(), [])
        self.test.assertLess(grown, MOST_MEMORY + sum(one.case.memory for one in self.instances))
        self.tell(said, grown, seconds, watcher)

    def break_all(self):
        for one in self.instances:
            one.case.put()
        self.began, until = time.time(), time.monotonic() + WITHIN + 3
        self.wait_each(self.instances, self.not_yet, "what must hold under the faults")
        while time.monotonic() < until:  # what is safe at once may be false later
            time.sleep(0.1)

    def error_of(self, one, reports):
        report = reports[one.name]
        return report["error"] or next((scope["error"] for scope in report["scopes"] if scope["error"]), "")

    def not_yet(self, one, states, reports, successes):
        alive, error, report = states.get(one.job("alive")), self.error_of(one, reports), reports[one.name]
        if one.holds in (DOWN, DARK) and alive != "unknown":
            return ["%s: alive is %s, not unknown (%s)" % (one.label, alive, error)]
        if one.holds == DOWN and not (error and len(error) < 1000 and not (report["up"] and report["complete"])):
            return ["%s: no error: %s" % (one.label, report)]
        if one.holds == RIGHT and (error or alive != "met" or successes.get(one.job("alive"), 0) < self.began + 1):
            return ["%s: alive is %s, its success of %.0f s after the fault is seen, error: %s" % (one.label, alive, successes.get(one.job("alive"), 0) - self.began, error)]
        return []

    def check_seen(self, watcher):
        false = ["%s: %s was %s" % (one.label, one.job(role), ", ".join(sorted(watcher.states[one.job(role)] - one.may_be(role))))
                 for one in self.instances for role in ROLES if watcher.states[one.job(role)] - one.may_be(role)]
        false += ["the source beside: %s" % state for state in watcher.states["beside"] - {"met"}]
        if false and self.largest_pause > STOOD_STILL:
            self.test.skipTest("this machine stood still for %.1f s: nothing is shown by its verdicts; try again" % self.largest_pause)
        self.test.assertEqual(false, [])
        self.test.assertEqual(watcher.faults, [])
        self.test.assertLess(watcher.latest_pause() - RHYTHM, JITTER + watcher.late, "a source beside was held up")

    def check_pages(self):
        jobs = [one.job("alive") for one in self.instances]
        self.test.assertEqual(faults_of_pages(self.daemon, self.row.secrets(), jobs), [])

    def tell(self, said, grown, seconds, watcher):
        for one in self.instances if "-v" in sys.argv else []:
            print("  %-40s %-5s %s" % (one.label, one.holds, " ".join(said[one.name].split())[:110]))
        for why in sorted({why for _, why in self.cannot}) if "-v" in sys.argv else []:
            print("  without, for %s: %s" % (why, "; ".join(label for label, its in self.cannot if its == why)))
        print("CONFORMANCE %s sources=%d without=%d back=%.0fs memory=+%dMiB jitter=%.2fs late=%.2fs scrape=%.2fs" % (
            self.row.kind, len(self.instances), len(self.cannot), seconds, grown >> 20, watcher.latest_pause() - RHYTHM, watcher.late, watcher.slowest), flush=True)


class Conformance(unittest.TestCase):
    maxDiff = None

    def conforms(self, row):
        why = row.skip()
        if why:
            print("CONFORMANCE %s SKIP %s" % (row.kind, why))
            self.skipTest(why)
        folder = tempfile.mkdtemp(prefix="batchslo-conformance-")
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        row.open(folder)
        self.addCleanup(row.close)
        story = Story(self, row, folder)
        try:
            story.run()
        finally:
            story.close()


for each in ROWS:
    setattr(Conformance, "test_" + each.kind, lambda self, row=each: self.conforms(row()))


if __name__ == "__main__":
    unittest.main()
