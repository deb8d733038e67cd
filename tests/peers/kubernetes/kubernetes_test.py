#!/usr/bin/env python3
"""The real binary on a real Kubernetes control plane. Most stories wait for cron's minutes: they run side by side, each
with a daemon of its own; those that disturb the API server itself come last."""
import concurrent.futures
import os
import shutil
import subprocess
import sys
import time
import unittest

from story import HERE, K, Case
import access
import faults
import outcomes
from control_plane import ControlPlane
from peer import main

SIDE_BY_SIDE = outcomes.STORIES + access.STORIES + faults.STORIES


def tell(test, story):
    case = Case(story.__name__[:40].rstrip("_"))
    began = time.monotonic()
    with case.ends:
        try:
            said = story(test, case)
        except BaseException:
            said = "FAILED"
            raise
        finally:
            took = time.monotonic() - began
            print("  %-75s %4.0f s  %s" % (story.__name__.replace("_", " "), took, said or ""), flush=True)


class Kubernetes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.pool = concurrent.futures.ThreadPoolExecutor(len(SIDE_BY_SIDE))
        cls.told = {story: cls.pool.submit(tell, cls(methodName="run"), story) for story in SIDE_BY_SIDE}

    @classmethod
    def tearDownClass(cls):
        cls.pool.shutdown()


class TheApiServer(unittest.TestCase):  # after Kubernetes, by its name
    pass


def add_tests():
    for story in SIDE_BY_SIDE:
        setattr(Kubernetes, "test_" + story.__name__, lambda self, story=story: self.told[story].result())
    for story in faults.DISTURBING:
        setattr(TheApiServer, "test_" + story.__name__, lambda self, story=story: tell(self, story))


def lacks():
    """What this machine has not; the control plane is built if need be."""
    programs = [program for program in ("openssl", "unshare") if not shutil.which(program)]
    if programs or os.environ.get("BATCHSLO_KUBERNETES_BIN"):
        return programs
    built = subprocess.run([str(HERE / "build")], capture_output=True, text=True)
    return [] if built.returncode == 0 else built.stderr.strip().splitlines()[-1:] or ["its build failed"]


if __name__ == "__main__":
    missing = lacks()
    if missing:
        print("SKIP kubernetes: " + ", ".join(missing))
        sys.exit(0)
    add_tests()
    with ControlPlane() as K.plane:
        main("kubernetes", K.version())
