#!/usr/bin/env python3
"""Our Airflow dialect against croniter and pendulum, which Airflow itself asks: what is refused, and the next five ticks.
KNOWN names where they are allowed to differ, and how that is recognised."""
import random
import re
import subprocess
import sys
import zoneinfo

import cases
import programs
from zones import ODD_ZONES

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
    fields = [cases.field(r, 0, 59), cases.field(r, 0, 23), r.choice([cases.field(r, 1, 28), cases.field(r, 1, 31), "l", "L,15", "1-l"]) if r.random() < 0.5 else "*",
              cases.field(r, 1, 12, MONTHS), weekday(r) if r.random() < 0.5 else "*"]
    if ("#" in fields[4] or "l" in fields[4].lower()) and r.random() < 0.95:
        fields[2] = "*"  # beside a day of the month croniter searches long where they never meet
    if r.random() < 0.12:
        fields.append(cases.field(r, 0, 59))
        if r.random() < 0.3:
            fields.append(r.choice(["*", "2030-2040", "2050", "1999/7", "2020,2100"]))
    return " ".join(fields)


def long_months(case, ours, theirs):
    """Days that some months lack, in a list: croniter counts on from the last of the list into the next month."""
    day = case[2].split()[2] if len(case[2].split()) > 2 else "*"
    return "refused" not in ours and any(w in day.lower() for w in ("29", "30", "31", "-", "/", ",", "l"))


KNOWN = [
    ("a day of the list that the month lacks: croniter jumps over the first days of the next", long_months),
    ("fewer than five ticks are left within fifty years: croniter raises", lambda case, ours, theirs: "refused" not in ours and len(ours.split()) < 5 and "BadDate" in theirs),
    ("the first tick of all of a schedule of every hour (years are told): Airflow counts it from where it starts", lambda case, ours, theirs: len(case[2].split()) == 7 and case[2].split()[1] == "*" and "refused" not in ours + theirs),
    ("a day of the month beside weeks that never meet it: croniter raises", lambda case, ours, theirs: "BadDate" in theirs and re.search(r"#|\bl\d", case[2].lower()) and case[2].split()[2] != "*"),
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
