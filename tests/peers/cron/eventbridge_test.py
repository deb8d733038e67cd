#!/usr/bin/env python3
"""Our EventBridge dialect against aws-cron-parser, on random cases in UTC: the next five ticks, and the way back from the
last. What AWS refuses the parser does not know: only what AWS takes is asked."""
import random
import sys
from datetime import datetime, timezone
from pathlib import Path

import cases
import programs

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "dashboards"))
import packages  # noqa: E402

MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()
WEEKDAYS = "SUN MON TUE WED THU FRI SAT".split()


def item(r, low, high):
    """The parser does not sort what it reads, so lists are written in order."""
    a, b = sorted(r.sample(range(low, high + 1), 2))
    return r.choice([str(a), "%d-%d" % (a, b), ",".join(map(str, sorted(r.sample(range(low, high + 1), 3))))])


def field(r, low, high, names=(), wild=0.4):
    kind = r.random()
    if kind < wild:
        return "*"
    if kind < wild + 0.15:
        return "%s/%d" % (r.choice(["*", str(r.randint(low, high))]), r.choice([2, 3, 5, 10, 15][:1 + (high - low) // 12]))
    if names and kind < wild + 0.25:
        a, b = sorted(r.sample(range(len(names)), 2))
        return r.choice([names[a], names[a] + "-" + names[b]])
    return item(r, low, high)


def expression(r):
    if r.random() < 0.5:
        dom, dow = r.choice([field(r, 1, 31), field(r, 1, 28), "L", "%dW" % r.randint(1, 28)]), "?"
    else:
        dom, dow = "?", r.choice([field(r, 1, 7, WEEKDAYS), field(r, 1, 7, WEEKDAYS), "%dL" % r.randint(1, 7), "%d#%d" % (r.randint(1, 7), r.randint(1, 5))])
    year = r.choice(["*", "*", "*", "1970-2199", "2000-2190/2", "1970/3"])
    return " ".join([field(r, 0, 59), field(r, 0, 23), dom, field(r, 1, 12, MONTHS, 0.6), dow, year])


def rolls_over(case, ours, theirs):
    """Their extra ticks come within three days after the end of a month."""
    a, b = [set(map(int, text.split())) if "refused" not in text else set() for text in (ours, theirs)]
    return bool(b) and {t for t in a if t <= max(b)} <= b and all(datetime.fromtimestamp(t, timezone.utc).day <= 3 for t in b - a)


KNOWN = [
    ("a day that the month lacks, reached by a step or a list, rolls over into the next month", rolls_over),
    ("it gives up after ten rounds of its search", lambda case, ours, theirs: "iter > 10" in theirs),
]


def main():
    options = programs.options(__doc__)
    modules = packages.modules_or_skip("aws-cron-parser", programs.HERE / "eventbridge.json")
    r = random.Random(options.seed)
    tried = [(min(cases.instant(r, "UTC"), 4_733_510_400 * 10**6), "UTC", "cron(%s)" % expression(r)) for _ in range(options.cases)]
    given = "".join("%d\t%s\n" % (after, text[5:-1]) for after, _, text in tried)
    theirs = packages.node(modules, programs.HERE / "eventbridge_main.js", given=given).split("\n")[:-1]
    programs.compare("aws-cron-parser 1.1.12", tried, programs.answers([programs.TICKS, "eventbridge"], tried), theirs, KNOWN)


if __name__ == "__main__":
    main()
