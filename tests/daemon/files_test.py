#!/usr/bin/env python3
"""The real binary with files: met, stale, back again; a directory that vanishes, hangs, or has no marker yet."""
import ctypes
import os
import shutil
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from case import DaemonTest  # noqa: E402

STALE = 4  # seconds


class Files(DaemonTest):
    def setUp(self):
        super().setUp()
        os.makedirs(self.path("data/out"))

    def touch(self, name, age=0):
        path = self.path("data/" + name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as out:
            out.write("x")
        os.utime(path, (time.time() - age,) * 2)

    def start(self, jobs, root="data"):
        return self.daemon("sources:\n  lake: {files: {root: '%s'}, poll_interval: 1s}\njobs:\n%s" % (self.path(root), jobs))

    def error(self, daemon):
        """What is said of the only output."""
        return daemon.request("/api/v1/sources").text

    def test_files_turn_stale_and_recover(self):
        self.touch("out/a.csv")
        daemon = self.start("  a: {output: 'lake/out/*.csv', within: %ds}\n" % STALE)
        daemon.wait_state("a", "met")
        self.assertEqual(daemon.value("batchslo_output_rows", job_name="a"), 1)
        self.assertEqual(daemon.value("batchslo_output_size_bytes", job_name="a"), 1)
        daemon.wait_state("a", "missed")
        self.touch("out/b.csv")
        daemon.wait_state("a", "met")
        self.assertEqual(daemon.value("batchslo_output_rows", job_name="a"), 2)

    def test_a_directory_that_vanishes_makes_unknown_and_not_missed(self):
        self.touch("out/a.csv")
        daemon = self.start("  a: {output: 'lake/out/*.csv', within: %ds}\n" % STALE)
        daemon.wait_state("a", "met")
        shutil.rmtree(self.path("data/out"))
        states = set()

        def unknown():
            states.add(daemon.state("a"))
            return daemon.state("a") == "unknown"
        daemon.wait_for(unknown)
        self.assertNotIn("missed", states)
        self.assertEqual(daemon.value("batchslo_source_up", source="lake"), 0)
        self.assertIn("out is not there", self.error(daemon))
        self.assertIsNone(daemon.value("batchslo_job_slo_met", job_name="a", objective="within"))
        self.touch("out/a.csv")
        daemon.wait_state("a", "met")

    def test_no_files_is_a_miss(self):
        daemon = self.start("  a: {output: 'lake/out/*.csv', within: %ds}\n" % STALE)
        daemon.wait_state("a", "missed")
        self.assertEqual(daemon.value("batchslo_source_up", source="lake"), 1)
        self.assertIsNone(daemon.value("batchslo_output_age_seconds", job_name="a"))

    def test_a_directory_without_its_marker_is_not_there_yet(self):
        today = time.strftime("%Y%m%d", time.gmtime())
        self.touch("out/20200101/_SUCCESS", 3000)
        self.touch("out/%s/part-0" % today)
        daemon = self.start("  a:\n    outputs: {o: {source: lake, path: out/%Y%m%d/part-*, success_marker: _SUCCESS, checks: {rows: '> 0'}}}\n    within: 30m\n")
        daemon.wait_for(lambda: daemon.value("batchslo_output_age_seconds", job_name="a"))
        self.assertGreaterEqual(daemon.value("batchslo_output_age_seconds", job_name="a"), 3000)
        self.assertNotEqual(daemon.state("a"), "met")
        self.touch("out/%s/_SUCCESS" % today)
        daemon.wait_state("a", "met")
        self.assertEqual(daemon.value("batchslo_output_rows", job_name="a"), 1)

    def test_a_directory_that_does_not_answer_holds_up_nothing(self):
        os.makedirs(self.path("data/deaf"))
        libc = ctypes.CDLL(None, use_errno=True)
        notify = libc.fanotify_init(0x5, 0)  # permissions, closed in children
        if notify < 0:
            self.skipTest("this user can't make such a directory")
        self.addCleanup(os.close, notify)
        # Who opens it waits for a permission that does not come.
        self.assertEqual(libc.fanotify_mark(notify, 1, ctypes.c_uint64(0x40010000), -100, self.path("data/deaf").encode()), 0)
        self.touch("out/a.csv")
        daemon = self.daemon("sources:\n  dead: {files: {root: '%s'}, poll_interval: 1s, timeout: 1s}\n  lake: {files: {root: '%s'}, poll_interval: 1s}\njobs:\n"
                             "  a: {output: 'lake/out/*', within: 1h}\n  b: {output: 'dead/deaf/*', within: 1h}\n" % (self.path("data"), self.path("data")),
                             # At its end the leak checker waits for the thread that hangs.
                             env={"ASAN_OPTIONS": "detect_leaks=0"})
        daemon.wait_state("a", "met")
        daemon.wait_for(lambda: "still hangs" in self.error(daemon))
        self.assertNotEqual(daemon.state("b"), "missed")
        self.touch("out/b.csv")
        daemon.wait_for(lambda: daemon.value("batchslo_output_rows", job_name="a") == 2)
        began = time.monotonic()
        self.assertEqual(daemon.stop(), 0)
        self.assertLess(time.monotonic() - began, 5)


if __name__ == "__main__":
    unittest.main(verbosity=2)
