#!/usr/bin/env python3
"""Our Airflow dialect against croniter and pendulum, which Airflow itself asks: what is refused, and the next five ticks.
KNOWN names where they are allowed to differ, and how that is recognised."""
import random
import re
import subprocess
import sys
import zoneinfo
from datetime import timedelta

import cases
import programs
from zones import DAY, EPOCH, ODD_ZONES, changes, offset, zone

CRONITER, PENDULUM = "6.0.0", "3.1.0"
MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
WEEKDAYS = "sun mon tue wed thu fri sat".split()


def weekday(r):
    kind = r.random()
    if kind < 0.6:
        return cases.field(r, 0, 6, WEEKDAYS)
    if kind < 0.8:
        return "%s#%d" % (r.choice(WEEKDAYS + ["1", "5", "0"]), r.choice([1, 2, 3, 4, 5, 6]))
    if kind < 0.9:
        return "%s-%s#%d" % (r.choice(WEEKDAYS), r.choice(WEEKDAYS), r.randint(1, 5))
    return r.choice(["l5", "L1", "l0", "fri-mon", "sat-tue/2", "5-1", "7", "0-7", "l7", "mon#1,fri#3", "mon,fri#3", "?"])


def expression(r):
    kind = r.random()
    if kind < 0.04:
        return r.choice(list("@hourly @daily @weekly @monthly @quarterly @yearly @midnight @annually @HOURLY @reboot @nightly".split()))
    if kind < 0.25:  # at night, where clocks change
        return r.choice(["{m} {h} * * *", "{m} * * * *", "*/{s} * * * *", "{m} * * * mon", "*/{s} {h} * * *", "{m} {h},{k} * * *", "{m} {h}-{k} * * *", "{m},{n} {h} 1 * *",
                         "{m} * {d} * *", "{m} {h} * * sun"]).format(m=r.choice([0, 15, 30, 59]), n=r.randint(0, 59), h=r.randint(0, 4), k=r.randint(0, 4), s=r.choice([15, 20, 30]), d=r.randint(1, 28))
    fields = [cases.field(r, 0, 59), cases.field(r, 0, 23), r.choice([cases.field(r, 1, 28), cases.field(r, 1, 31), "l", "L,15", "1-l", "1,31", "2,12-30/9"]) if r.random() < 0.5 else "*",
              cases.field(r, 1, 12, MONTHS), weekday(r) if r.random() < 0.5 else "*"]
    if ("#" in fields[4] or "l" in fields[4].lower()) and r.random() < 0.95:
        fields[2] = "*"  # beside a day of the month croniter searches long where they never meet
    if r.random() < 0.12:
        fields.append(cases.field(r, 0, 59))
        if r.random() < 0.3:
            fields.append(r.choice(["*", "2030-2040", "2050", "1999/7", "2020,2100"]))
    return " ".join(fields)


def differing(ours, theirs):
    """The ticks that only one of them has, up to where the shorter answer ends: (ours alone, theirs alone)."""
    a, b = [int(t) for t in ours.split()], [int(t) for t in theirs.split()]
    end = min(a[-1:] + b[-1:], default=0)
    return [t for t in a if t <= end and t not in b], [t for t in b if t <= end and t not in a]


def lost_in_march(case, ours, theirs):
    """croniter goes on from the last listed day of February to the 30th or 31st by counting, and so to the 2nd or 3rd of March."""
    if "refused" in ours + theirs or not re.search(r"^\S+ +\S+ +\S+[-,/]", case[2]):
        return False
    mine, others = differing(ours, theirs)
    local = lambda t: (EPOCH + timedelta(seconds=t)).astimezone(zone(case[1]))
    in_march = lambda t: any(local(at).month == 3 and local(at).day <= 2 for at in (t, t + 3600))  # the first one after a change is moved
    return bool(mine) and not others and all(map(in_march, mine))


def first_of_all(case, ours, theirs):
    """No tick since 1970 lies before ours, and theirs has the same wall clock by an offset of some time before it."""
    after, name, text = case
    if "refused" in ours + theirs or not ours or not theirs or not re.search(r"^\S+ +\*(/1)?(,\*(/1)?)* ", text):
        return False
    mine, other = int(ours.split()[0]), int(theirs.split()[0])
    earlier = [(start * 365 * DAY * 10**6, name, text) for start in range(0, 150, 45) if start * 365 * DAY < after // 10**6]
    is_first = all(not found or found.split()[0] == str(mine) for found in programs.answers([programs.TICKS, "airflow"], earlier))
    earlier_offsets = {before for at, before, _ in changes(name) if at <= max(mine, other)}
    return is_first and mine + offset(name, mine) - other in earlier_offsets and all(t <= max(mine, other) for side in differing(ours, theirs) for t in side)


def weeks_never_meet(case, ours, theirs):
    words = case[2].lower().split()
    return bool(re.search(r"#|\bl\d", case[2].lower())) and words[2] != "*" and "refused" not in ours + theirs and ours.startswith(theirs)


KNOWN = [
    ("the first days of March, where the list has a 30th or 31st that February lacks: croniter jumps over them", lost_in_march),
    ("the first tick since 1970 of a schedule of every hour: Airflow counts it from where it starts", first_of_all),
    ("a day of the month beside weeks that never meet it: croniter raises", weeks_never_meet),
]


def main():
    options = programs.options(__doc__)
    try:
        oracle = [programs.venv("croniter-%s-pendulum-%s" % (CRONITER, PENDULUM), "croniter==" + CRONITER, "pendulum==" + PENDULUM) / "python",
                  programs.HERE / "airflow_main.py"]
    except (OSError, subprocess.CalledProcessError) as e:
        print("SKIP airflow: croniter and pendulum can't be had here: %s" % e)
        sys.exit(0)
    r = random.Random(options.seed)
    zones = ODD_ZONES + r.sample(sorted(zoneinfo.available_timezones() - {"Factory", "localtime"}), 20)
    tried = []
    for _ in range(options.cases):
        name = r.choice(zones)
        tried.append((min(cases.instant(r, name), 3_786_912_000 * 10**6), name, expression(r)))  # up to 2090
    ours = programs.answers([programs.TICKS, "airflow"], tried)
    programs.compare("croniter %s pendulum %s" % (CRONITER, PENDULUM), tried, ours, programs.answers(oracle, tried), KNOWN)


if __name__ == "__main__":
    main()
