#!/usr/bin/env python3
"""Our cron in Debian's dialect, on random cases: in UTC against croniter, over changes of the clock against a second
implementation of cron(8)'s rules (tests/reference/cron.py), which asks each minute of each day."""
import random
import subprocess
import sys

import programs
from cases import instant
from zones import ODD_ZONES

sys.path.insert(0, str(programs.ROOT / "tests" / "reference"))
import cron as second  # noqa: E402

CRONITER = "6.0.0"
MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
WEEKDAYS = "sun mon tue wed thu fri sat".split()


def item(r, low, high):
    a, b = sorted(r.sample(range(low, high + 1), 2))  # croniter reads 5-5 as all
    return r.choice([str(a), str(a), "%d-%d" % (a, b), "%d-%d/%d" % (a, b, r.choice([1, 2, 3, 7]))])


def field(r, low, high, names=()):
    kind = r.random()
    if kind < 0.35:
        return "*"
    if kind < 0.5:
        return "*/%d" % r.choice([2, 3, 5, 10, 15])
    if names and kind < 0.6:
        return r.choice(names)
    return ",".join(item(r, low, high) for _ in range(r.choice([1, 1, 2, 3])))


def expression(r):
    """Days up to the 28th, so that each has a tick; a star with a step in one day field only beside a star in the other,
    where croniter and Debian read it alike."""
    dom, dow = field(r, 1, 28), field(r, 0, 7, WEEKDAYS)
    if dom.startswith("*/") or dow.startswith("*/"):
        dom, dow = r.choice([(dom, "*"), ("*", dow)])
    return " ".join([field(r, 0, 59), field(r, 0, 23), dom, field(r, 1, 12, MONTHS), dow])


def fixed_or_wild(r):
    """What people write where clocks change: at night, fixed or by the clock."""
    return r.choice(["{m} {h} * * *", "{m} {h} * * *", "{m} {h},5 * * *", "{m} * * * *", "*/30 {h} * * *", "{m} {h}-4 * * *", "@daily", "@hourly",
                     "{m} */2 * * *", "{m} {h} * * 0,6,7"]).format(m=r.choice([0, 15, 30, 59]), h=r.randint(0, 4))


def by_hand(case):
    after, zone, text = case
    schedule, at, found = second.cron(text, zone, "vixie"), after, []
    while len(found) < 5:
        at = schedule.next(at)
        found.append(str(at // 1_000_000))
    return " ".join(found)


def main():
    options = programs.options(__doc__)
    try:
        oracle = programs.croniter(CRONITER)
    except (OSError, subprocess.CalledProcessError) as e:
        print("SKIP croniter: it can't be had here: %s" % e)
        sys.exit(0)
    r = random.Random(options.seed)
    plain = [(instant(r, "UTC"), "UTC", expression(r)) for _ in range(options.cases // 2)]
    zones = [r.choice(ODD_ZONES) for _ in range(options.cases - len(plain))]
    edges = [(instant(r, zone), zone, fixed_or_wild(r)) for zone in zones]
    ours = programs.answers([programs.TICKS, "vixie"], plain + edges)
    theirs = programs.answers(oracle, plain) + [by_hand(case) for case in edges]
    different, known = [], 0
    for case, our, their in zip(plain + edges, ours, theirs):
        if our == their:
            continue
        if by_hand(case) == our:  # croniter loses its way behind a 31st that a month lacks
            known += 1
        else:
            different.append((case, our, their))
    print("%d differences in which the second implementation is with us" % known)
    programs.report("croniter " + CRONITER, len(ours), different)


if __name__ == "__main__":
    main()
