#!/usr/bin/env python3
"""Our Jenkins dialect against those parts of it that can be had: Java's MD5 and random numbers, which its H is made of, and
croniter with days AND-ed, in UTC, for the schedules that then stand there.

Jenkins itself, or its hudson.scheduler, is in no registry. What H asks for, and the order, stand here and are ours; so does the rule
where clocks change. The vectors that Jenkins' own CronTabTest has are rows of tests/core/cron_dialects_test.cc."""
import random
import re
import shutil
import subprocess
import sys

import cases
import programs

CRONITER = "6.0.0"
BOUNDS = [(0, 59, 59), (0, 23, 23), (1, 28, 28), (1, 12, 12), (0, 7, 6)]  # low, high, the highest that H draws
MACROS = {"@yearly": "H H H H *", "@annually": "H H H H *", "@monthly": "H H H * *", "@weekly": "H H * * H", "@daily": "H H * * *",
          "@midnight": "H H(0-2) * * *", "@hourly": "H * * * *"}
ITEM = re.compile(r"H(?:\((\d+)-(\d+)\))?(?:/(\d+))?")


def item(r, low, high, top):
    kind = r.random()
    a, b = sorted(r.sample(range(low, high + 1), 2))
    if kind < 0.35:
        return "H"
    if kind < 0.5:
        return "H/%d" % r.randint(1, top - low + 1)
    if kind < 0.75:
        return "H(%d-%d)" % (a, b) + ("/%d" % r.randint(1, b - a + 1) if r.random() < 0.5 else "")
    if kind < 0.85:
        return "%d-%d" % (a, b) + ("/%d" % r.randint(1, 9) if r.random() < 0.5 else "")
    return str(a) if kind < 0.97 else "*/%d" % r.randint(1, 9)


def line(r):
    if r.random() < 0.1:
        return r.choice(list(MACROS))
    return " ".join("*" if r.random() < 0.4 else ",".join(item(r, *bounds) for _ in range(r.choice([1, 1, 1, 2]))) for bounds in BOUNDS)


def draws(text):
    """What H draws from, in the order in which it is read: [(the lowest, how many, the end and the step of a series)]."""
    found = []
    for field, (low, _, top) in zip(MACROS.get(text, text).split(), BOUNDS):
        for from_, to, step in ITEM.findall(field):
            first, last, step = int(from_ or low), int(to or top), int(step or 1)
            found.append((first, step if step > 1 else last - first + 1, last, step))
    return found


def plain(text, drawn):
    """The line with numbers in the place of each H."""
    asked, numbers = iter(draws(text)), iter(drawn)

    def chosen(_):
        first, _, last, step = next(asked)
        value = first + next(numbers)
        return str(value) if step == 1 or value == last else "%d-%d/%d" % (value, last, step)

    return ITEM.sub(chosen, MACROS.get(text, text))


def java(tried):
    """[(name, line)] -> the lines without H, by Java."""
    asked = "".join("%s\t%s\n" % (name, " ".join(str(size) for _, size, _, _ in draws(text))) for name, text in tried)
    done = subprocess.run(["java", programs.HERE / "Draws.java"], input=asked.encode(), stdout=subprocess.PIPE, check=True)
    return [plain(text, map(int, drawn.split())) for (_, text), drawn in zip(tried, done.stdout.decode().split("\n"))]


def main():
    options = programs.options(__doc__)
    if not shutil.which("java"):
        print("SKIP jenkins: there is no java here")
        sys.exit(0)
    version = subprocess.run(["java", "-version"], capture_output=True, text=True).stderr.split('"')[1]
    r = random.Random(options.seed)
    names = ["".join(r.choice("abcXYZ019/-_. ü名") for _ in range(r.randint(1, 30))) for _ in range(40)]
    named = [(r.choice(names), line(r)) for _ in range(options.cases)]
    tried = [(cases.instant(r, "UTC"), "UTC", text) for _, text in named]
    ours = [None] * len(tried)
    for name in names:
        of_name = [i for i, (one, _) in enumerate(named) if one == name]
        for i, ticks in zip(of_name, programs.answers([programs.TICKS, "jenkins", name], [tried[i] for i in of_name])):
            ours[i] = ticks
    asked = [(after, zone, text) for (after, zone, _), text in zip(tried, java(named))]
    theirs = programs.answers(programs.croniter(CRONITER) + ["and"], asked)
    programs.compare("java %s croniter %s" % (version, CRONITER), tried, ours, theirs, [])


if __name__ == "__main__":
    main()
