"""The row of files: what goes wrong with directories."""
import os
import shutil
import time

from door import RETRY_AFTER
from faults import RIGHT, SAFE
from names import BYTES, NAMES
from rows import Cannot, Case, Row

NO_HTTP, NOT_OPENED, ROOT = "files have no server", "no file is ever opened", "root may read everything"
HTTP_ONLY = ["refused", "closes", "reset", "drips", "400", "401", "409", "429", "500", "503", "204", "503, Retry-After seconds", "HTML with 200", "page 2 fails", "unknown zone",
             "clock ahead", "clock behind", "no date", "awkward words", "repeats our secrets", "unknown enum values", "NUL in a name", "[]", "{}", "null", "a number", *("429, Retry-After " + form for form in RETRY_AFTER)]
CONTENT = ["truncated", "endless", "announces a GiB", "gzip bomb", "broken gzip", "cut in the JSON", "nested", "nulls", "lists for leaves", "invalid UTF-8"]


class Lake:
    """One directory with the outputs of the three jobs. A fault may stop what writes to it."""

    def __init__(self, folder):
        self.root, self.writes = os.path.join(folder, "lake"), True
        for name, age in (("alive", 0), ("done", 0), ("dead", 7200)):
            os.makedirs(os.path.join(self.root, name))
            self.touch(name, time.time() - age)

    def path(self, *parts):
        return os.path.join(self.root, *parts)

    def touch(self, name, at=None):
        file = self.path(name, "part")
        with open(file, "w") as out:
            out.write("x")
        if at is not None:
            os.utime(file, (at, at))

    def move(self, old, new):
        os.rename(self.path(old), self.path(new))

    def come_back(self):
        """What was away has just moved: else it would be true that it had not for long."""
        self.touch("away")
        self.move("away", "alive")

    def root_comes_back(self):
        with open(os.path.join(self.root + "-away", "alive", "part"), "w") as out:
            out.write("x")
        os.rename(self.root + "-away", self.root)

    def made_anew(self):
        os.mkdir(self.path("away"))
        self.come_back()

    def unlink(self):
        self.touch("alive")
        os.remove(self.path("alive", "round"))


class Files(Row):
    kind = "files"

    def open(self, folder):
        self.lakes = []

    def tick(self):
        for lake in self.lakes:
            if lake.writes:
                lake.touch("alive")

    def case(self, door, fault, folder):
        why = {**dict.fromkeys(HTTP_ONLY, NO_HTTP), **dict.fromkeys(CONTENT, NOT_OPENED), "hangs": "tests/daemon/files_test.py has a directory that hangs"}
        if fault in why:
            return Cannot(why[fault])
        if fault == "403" and os.geteuid() == 0:
            return Cannot(ROOT)
        lake = Lake(folder)
        put, mend, more = self.ways(lake)[fault]
        case = Case(put if more.pop("writes", False) else self.stopped(lake, put), self.going(lake, mend), **more)
        case.lake = lake
        self.lakes.append(lake)
        return case

    @staticmethod
    def stopped(lake, put):
        def stop_and_put():
            lake.writes = not put
            if put:
                put()
        return stop_and_put

    @staticmethod
    def going(lake, mend):
        def mend_and_go():
            mend()
            lake.writes = True
        return mend_and_go

    def ways(self, lake):
        """By the name of the fault: what makes it, what mends it, what its case says besides."""
        nothing = lambda: None  # noqa: E731
        root = lake.root
        return {
            None: (None, nothing, {}),
            "404": (lambda: lake.move("alive", "away"), lake.come_back, {}),
            "403": (lambda: os.chmod(lake.path("alive"), 0), lambda: os.chmod(lake.path("alive"), 0o755), {}),
            "empty": (lambda: os.rename(root, root + "-away"), lake.root_comes_back, {}),
            "wrong types": (lambda: self.replaced_by_a_file(lake), lambda: self.directory_again(lake), {}),
            "empty list": (lambda: os.remove(lake.path("alive", "part")), nothing, {"may": {"alive": {"missed"}}}),
            "redirect": (lambda: self.link(lake), lake.unlink, {}),
            "dated ahead": (lambda: lake.touch("alive", time.time() + 86400), nothing, {}),
            "deleted and recreated": (lambda: shutil.rmtree(lake.path("alive")), lake.made_anew, {}),
            "50,000 objects": (lambda: self.fill(lake, [b"old-%d" % i for i in range(50_000)]), nothing, {"holds": SAFE, "writes": True}),
            "awkward names": (lambda: self.fill(lake, [*(name.encode("utf-8", "surrogateescape") for name in NAMES), *BYTES]), nothing, {"holds": RIGHT, "writes": True}),
        }

    @staticmethod
    def replaced_by_a_file(lake):
        lake.move("alive", "away")
        with open(lake.path("alive"), "w") as out:
            out.write("no directory")

    @staticmethod
    def directory_again(lake):
        os.remove(lake.path("alive"))
        lake.come_back()

    @staticmethod
    def link(lake):
        """Only links that lead nowhere, and round."""
        os.remove(lake.path("alive", "part"))
        os.symlink("nowhere", lake.path("alive", "dangling"))
        os.symlink("round", lake.path("alive", "round"))

    @staticmethod
    def fill(lake, names):
        """Old files beside the one that is written on."""
        folder = lake.path("alive").encode()
        for name in names:
            if len(name) < 256 and not {b"/"[0], 0} & set(name) and name != b".":
                file = os.path.join(folder, name)
                os.close(os.open(file, os.O_CREAT | os.O_WRONLY))
                os.utime(file, (0, 86400))

    def source(self, case, folder):
        return "files: {root: '%s'}, poll_interval: 1s, timeout: 10s" % case.lake.root

    def job(self, role, source):
        return "output: '%s/%s/*'" % (source, role)
