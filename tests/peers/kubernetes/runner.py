"""Runs stories on one control plane. Most wait for cron's minutes: they run side by side, each with a daemon of its own;
those that disturb the API server itself come last."""
import concurrent.futures
import shutil
import subprocess
import sys
import time
import unittest

from story import HERE, K, Case
from control_plane import ControlPlane
from peer import main


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


class SideBySide(unittest.TestCase):
    stories = []

    @classmethod
    def setUpClass(cls):
        cls.pool = concurrent.futures.ThreadPoolExecutor(len(cls.stories))
        cls.told = {story: cls.pool.submit(tell, cls(methodName="run"), story) for story in cls.stories}

    @classmethod
    def tearDownClass(cls):
        cls.pool.shutdown()


class TheApiServer(unittest.TestCase):  # after SideBySide, by its name
    pass


def add_tests(side_by_side, disturbing):
    SideBySide.stories = side_by_side
    for story in side_by_side:
        setattr(SideBySide, "test_" + story.__name__, lambda self, story=story: self.told[story].result())
    for number, story in enumerate(disturbing):  # in this order: controllers take minutes to come back to a server that was away
        setattr(TheApiServer, "test_%d_%s" % (number, story.__name__), lambda self, story=story: tell(self, story))


def lacks(*to_build):
    """What this machine has not; what is to be built is, if need be."""
    programs = [program for program in ("openssl", "unshare") if not shutil.which(program)]
    if programs:
        return programs
    for what in to_build:
        built = subprocess.run([str(HERE / "build"), what], capture_output=True, text=True)
        if built.returncode != 0:
            return built.stderr.strip().splitlines()[-1:] or ["the build of %s failed" % what]
    return []


def run(version, side_by_side, disturbing):
    """The calling program's test cases are SideBySide and TheApiServer."""
    missing = lacks(version)
    if missing:
        print("SKIP kubernetes v%s: %s" % (version, ", ".join(missing)))
        sys.exit(0)
    add_tests(side_by_side, disturbing)
    with ControlPlane(version) as K.plane:
        main("kubernetes", K.version())
