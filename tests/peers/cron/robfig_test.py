#!/usr/bin/env python3
"""Our cron against robfig/cron, the library of Kubernetes, on random cases: what is refused, and the next five ticks."""
import random
import subprocess
import sys
import zoneinfo

import cases
import programs
import wall_clock
from zones import ODD_ZONES


def main():
    options = programs.options(__doc__)
    try:
        oracle = programs.robfig()
    except (OSError, subprocess.CalledProcessError) as e:
        print("SKIP robfig-cron: it can't be built here: %s" % e)
        sys.exit(0)
    r = random.Random(options.seed)
    zones = ODD_ZONES + r.sample(sorted(zoneinfo.available_timezones() - {"Factory", "localtime"}), 20)
    tried = []
    for _ in range(options.cases):
        name = r.choice(zones)
        tried.append((cases.instant(r, name), name, cases.expression(r)))
    different, known, refused = [], 0, 0
    for case, ours, theirs in zip(tried, programs.answers([programs.TICKS], tried), programs.answers(oracle, tried)):
        if ours.startswith("refused") and theirs.startswith("refused"):
            refused += 1
        elif ours != theirs and wall_clock.is_known(case, ours, theirs):
            known += 1
        elif ours != theirs:
            different.append((case, ours, theirs))
    print("%d refused by both, %d known differences of robfig's walk (wall_clock.py)" % (refused, known))
    programs.report("robfig-cron v3.0.1", len(tried), different)


if __name__ == "__main__":
    main()
