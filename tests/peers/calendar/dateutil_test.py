#!/usr/bin/env python3
"""RRULE, as python-dateutil reads it: a thousand random rules give the same days.

What differs by intent: the event's own day always belongs to it, whether its rule has it or not. In the week of the start dateutil
counts the positions of BYSETPOS from the start on, and not in the whole week: WEEKLY does without them here.
"""
import datetime
import os
import random
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "common"))
from peer import BINARY, main  # noqa: E402

try:
    import dateutil
    from dateutil.rrule import rrulestr
except ImportError:
    print("SKIP python-dateutil: it is not installed (python3-dateutil)")
    sys.exit(0)

DAYS = Path(os.environ.get("BATCHSLO_DAYS") or Path(BINARY).with_name("days"))
WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
CASES = 1000
datetime.MAXYEAR = 2040  # where dateutil ends, too: else it looks for a 30th of February until the year 9999


def some(r, values, most=3):
    return ",".join(map(str, r.sample(values, r.randint(1, most))))


def random_rule(r):
    frequency = r.choice(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"])
    parts = ["FREQ=" + frequency]
    if r.random() < 0.4:
        parts.append("INTERVAL=%d" % r.choice([1, 2, 3, 4, 5, 7, 13]))
    if r.random() < 0.35:
        parts.append("BYMONTH=" + some(r, range(1, 13)))
    if frequency != "WEEKLY" and r.random() < 0.35:
        parts.append("BYMONTHDAY=" + some(r, [1, 2, 13, 15, 28, 29, 30, 31, -1, -2, -28, -31]))
    if r.random() < 0.5:
        days = WEEKDAYS
        if frequency in ("MONTHLY", "YEARLY") and r.random() < 0.6:
            days = [str(n) + d for n in (1, 2, 4, 5, -1, -2, -5) for d in WEEKDAYS]
        parts.append("BYDAY=" + some(r, days, 5))
    if len(parts) > 2 and frequency != "WEEKLY" and "BY" in "".join(parts) and r.random() < 0.3:
        parts.append("BYSETPOS=" + some(r, [1, 2, 3, -1, -2, -3]))
    if r.random() < 0.3:
        parts.append("WKST=" + r.choice(WEEKDAYS))
    if r.random() < 0.3:
        parts.append("COUNT=%d" % r.choice([1, 2, 5, 40]))
    elif r.random() < 0.4:
        parts.append("UNTIL=%04d%02d%02d" % (r.randint(2024, 2035), r.randint(1, 12), r.randint(1, 28)))
    return ";".join(parts)


def by_dateutil(start, rule):
    found = {start, *(day for day in rrulestr(rule, dtstart=start) if day.year < 2040)}
    return " ".join(day.strftime("%Y-%m-%d") for day in sorted(found))


class Rules(unittest.TestCase):
    def test_each_gives_the_same_days(self):
        r = random.Random(20260301)
        cases = []
        for _ in range(CASES):
            start = datetime.datetime(2023, 1, 1) + datetime.timedelta(days=r.choice([r.randrange(1500), 58, 423, 30, 364]))
            cases.append((start, random_rule(r)))
        lines = "".join("%s %s\n" % (start.strftime("%Y%m%d"), rule) for start, rule in cases)
        ours = subprocess.run([DAYS], input=lines, capture_output=True, text=True, check=True, timeout=600).stdout.splitlines()
        self.assertEqual(len(ours), len(cases))
        for (start, rule), days in zip(cases, ours):
            with self.subTest(start=start.date().isoformat(), rule=rule):
                self.assertEqual(days, by_dateutil(start, rule))


if __name__ == "__main__":
    main("python-dateutil", dateutil.__version__)
