"""The row of sql on SQLite: what goes wrong with a database file."""
import os
import sqlite3
import time

from door import HTML, RETRY_AFTER
from faults import SAFE
from names import NAMES
from rows import Cannot, Case, Row

NO_HTTP, NO_SERVER = "a file has no HTTP", "a file has no server"
WHY = {**dict.fromkeys(["closes", "reset", "drips", "400", "401", "409", "429", "500", "503", "204", "503, Retry-After seconds", "redirect", "page 2 fails",
                        *("429, Retry-After " + form for form in RETRY_AFTER)], NO_SERVER),
       **dict.fromkeys(["gzip bomb", "broken gzip", "[]", "{}", "null", "a number", "cut in the JSON", "nested", "lists for leaves", "endless", "announces a GiB", "unknown enum values"], NO_HTTP),
       **dict.fromkeys(["clock ahead", "clock behind", "no date"], "its clock is ours"), "403": "root may read everything", "unknown zone": "SQLite has no zones",
       **dict.fromkeys(["awkward names", "NUL in a name"], "the names of its tables are the configuration's"), "repeats our secrets": "it is told none"}

MOVE = "update %s set loaded_at = cast(strftime('%%s', 'now') as integer)"


class Base:
    """One database with the tables of the three jobs. A fault may stop what writes to it."""

    def __init__(self, folder):
        self.file, self.writes, self.held = os.path.join(folder, "dwh.db"), True, None
        self.make(self.file)

    @staticmethod
    def make(file):
        with sqlite3.connect(file) as made:
            for name, age in (("alive", 0), ("done", 0), ("dead", 7200)):
                made.execute("create table %s (loaded_at)" % name)
                made.execute("insert into %s values (?)" % name, [int(time.time()) - age])
        made.close()

    def run(self, *statements, file=None):
        made = sqlite3.connect(file or self.file, timeout=5, isolation_level=None)
        try:
            for statement in statements:
                made.execute(*statement)
        finally:
            made.close()

    def tick(self):
        if self.writes:
            self.run((MOVE % "alive",))

    def write(self, data):
        with open(self.file, "wb") as out:
            out.write(data)

    def anew(self):
        self.make(self.file + ".new")
        os.replace(self.file + ".new", self.file)

    def hold(self):
        self.held = sqlite3.connect(self.file, isolation_level=None, check_same_thread=False)
        self.held.execute("begin exclusive")

    def release(self):
        self.held.execute(MOVE % "alive")
        self.held.commit()
        self.held.close()

    def replace(self):
        self.anew()
        self.writes = True


class Sqlite(Row):
    kind = "sqlite"

    def open(self, folder):
        self.bases = []

    def tick(self):
        for base in self.bases:
            base.tick()

    def case(self, door, fault, folder):
        if fault in WHY:
            return Cannot(WHY[fault])
        base = Base(folder)
        put, mend, more = self.ways(base)[fault]

        def stop_and_put():
            base.writes = False
            put()

        def mend_and_go():
            mend()
            base.writes = True
        case = Case(stop_and_put if fault else lambda: None, mend_and_go if fault else lambda: None, **more)
        case.base = base
        self.bases.append(base)
        return case

    @staticmethod
    def ways(base):
        """By the name of the fault: what makes it, what mends it, what its case says besides. What comes back has just moved:
        else it would be true that it had not for long."""
        def nothing():
            pass

        def set_to(value):
            return lambda: base.run(("update alive set loaded_at = ?", [value]))
        away = base.file + ".away"

        def come_back():
            base.run((MOVE % "alive",), file=away)
            os.rename(away, base.file)
        return {
            None: (nothing, nothing, {}),
            "refused": (lambda: os.rename(base.file, away), come_back, {}),
            "hangs": (base.hold, base.release, {}),
            "404": (lambda: base.run(("alter table alive rename to away",)), lambda: base.run((MOVE % "away",), ("alter table away rename to alive",)), {}),
            "HTML with 200": (lambda: base.write(HTML), base.anew, {}),
            "empty": (lambda: base.write(b""), base.anew, {}),
            "truncated": (lambda: os.truncate(base.file, os.path.getsize(base.file) // 2), base.anew, {}),
            "invalid UTF-8": (lambda: base.write(b"SQLite format 3\0" + b"\xff\xfe\xc0\x80" * 2000), base.anew, {}),
            "wrong types": (set_to("no time"), nothing, {}),
            "nulls": (set_to(None), nothing, {"holds": SAFE, "may": {"alive": {"missed"}}}),
            "empty list": (lambda: base.run(("delete from alive",)), lambda: base.run(("insert into alive values (0)",)), {"may": {"alive": {"missed"}}}),
            "dated ahead": (set_to(int(time.time()) + 86400), nothing, {}),
            "deleted and recreated": (base.replace, nothing, {}),
            "50,000 objects": (lambda: fill(base), nothing, {}),
            "awkward words": (set_to(" ".join(NAMES)), nothing, {}),
        }

    def source(self, case, folder):
        return "sql: {url: 'sqlite://%s', updated_at: loaded_at}, poll_interval: 1s, timeout: 3s" % case.base.file

    def job(self, role, source):
        return "output: %s/%s" % (source, role)


def fill(base):
    """Old rows beside the one that is written on."""
    made = sqlite3.connect(base.file)
    with made:
        made.executemany("insert into alive values (?)", ((i,) for i in range(50_000)))
    made.close()
    base.writes = True
