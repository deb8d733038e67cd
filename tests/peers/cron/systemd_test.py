#!/usr/bin/env python3
"""Our OnCalendar against systemd-analyze, on random cases: what is refused, and the next five ticks.

systemd-analyze takes one instant and many calendars, so the cases come in groups that share an instant; the zone stands
at the end of each calendar. KNOWN names where it is allowed to differ, and how that is recognised."""
import bisect
import random
import re
import shutil
import subprocess
import sys
import zoneinfo
from datetime import datetime, timedelta

import cases
import programs
from zones import EPOCH, ODD_ZONES, changes, zone

GROUP = 50
WEEKDAYS = "Mon Tue Wed Thu Fri Sat Sun".split()
LONG = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
SHORTHANDS = "minutely hourly daily weekly monthly quarterly semiannually semi-annually biannually bi-annually annually yearly anniversary nightly".split()


def component(r, low, high):
    kind, a = r.random(), r.randint(low, high)
    if kind < 0.02:
        return r.choice(["x", "", "-1", "+1", "99", "60", "0", "1.5", "*/2", "1..", "..3", "5/0", "3..1"])
    if kind < 0.5:
        return r.choice(["%d", "%02d"]) % a
    if kind < 0.7:
        b = r.randint(low, high)
        return "%d..%d" % (min(a, b), max(a, b)) if r.random() < 0.97 else "%d..%d" % (a, b)
    if kind < 0.85:
        return "%d/%d" % (a, r.choice([1, 2, 3, 5, 10, 15]))
    return "%d..%d/%d" % (low, a, r.choice([1, 2, 3, 7]))


def listed(r, low, high, wild=0.4):
    return "*" if r.random() < wild else ",".join(component(r, low, high) for _ in range(r.choice([1, 1, 1, 2, 3])))


def weekdays(r):
    one = lambda: (lambda i: r.choice([WEEKDAYS[i], WEEKDAYS[i].lower(), LONG[i], WEEKDAYS[i].upper()]))(r.randint(0, 6))
    parts = []
    for _ in range(r.choice([1, 1, 2])):
        a, b = sorted(r.sample(range(7), 2))
        parts.append(r.choice([one(), WEEKDAYS[a] + r.choice(["..", "..", "-"]) + WEEKDAYS[b]]))
    return ",".join(parts) + r.choice([""] * 20 + [",", "..", "x"])


def date(r):
    day = r.choice(["-", "-", "~"])
    text = listed(r, 1, 12, 0.7) + day + listed(r, 1, 31 if day == "-" else r.choice([7, 28, 31]), 0.4)
    return text if r.random() < 0.3 else r.choice(["*", "*", "*", "*", "2010..2160/1", "20..60", "2025", "1995/3"]) + "-" + text


def clock(r):
    text = listed(r, 0, 23) + ":" + listed(r, 0, 59)
    return text if r.random() < 0.6 else text + ":" + listed(r, 0, 59, 0.1)


def calendar(r):
    kind = r.random()
    if kind < 0.08:
        return r.choice([str, str, str.upper])(r.choice(SHORTHANDS))
    if kind < 0.3:  # at night, where clocks change
        return "%s:%s" % (r.choice(["*", "0..4", "1,2,3", "2", "0/2", "1", "0"]), r.choice(["00", "30", "0/15", "15,45", "59", "*"]))
    parts = [weekdays(r)] if r.random() < 0.35 else []
    if r.random() < 0.6 or not parts:
        parts.append(date(r))
    if r.random() < 0.8:
        parts.append(clock(r))
    return r.choice([" "] * 15 + ["  "]).join(parts) + r.choice([""] * 60 + [" ", " x", " 10"])


def answers(group):
    """The answers to (after, zone, calendar) of one instant, as ticks_main.cc gives them."""
    after = EPOCH + timedelta(microseconds=group[0][0])
    base = after.strftime("%Y-%m-%d %H:%M:%S.%f UTC")
    texts = ["%s %s" % (text, zone) if text else zone for _, zone, text in group]
    done = subprocess.run(["systemd-analyze", "calendar", "--iterations=5", "--base-time=" + base, "--", *texts],
                          capture_output=True, env={"TZ": "UTC", "LC_ALL": "C", "PATH": "/usr/bin:/bin"}, text=True)
    refused = re.findall(r"Failed to parse calendar (?:specification|expression) '(.*)': ", done.stderr)
    lost = re.findall(r"Failed to determine next elapse for '(.*)': ", done.stderr)
    blocks = re.split(r"(?m)^Normalized form: .*", done.stdout)[1:]
    if len(blocks) + len(refused) + len(lost) != len(group):
        raise RuntimeError("systemd-analyze answered %d of %d calendars:\n%s" % (len(blocks) + len(refused) + len(lost), len(group), done.stderr[:2000]))
    found = []
    for text in texts:
        if text in refused or text in lost:
            found.append("refused" if text in refused else "lost")
            continue
        times = re.findall(r"(?:elapse|Iter\. #\d+): \w+ (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC", blocks.pop(0))
        found.append(" ".join(str(int(datetime.strptime(t + "+0000", "%Y-%m-%d %H:%M:%S%z").timestamp())) for t in times))
    return found


def near_change(case, ours, theirs, days):
    """The changes of the clock that lie where the answers begin to differ."""
    if "refused" in ours + theirs or theirs == "lost":
        return []
    a, b = [int(t) for t in ours.split()], [int(t) for t in theirs.split()]
    same = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
    begin = a[same - 1] if same else case[0] // 1_000_000
    end = max([begin] + [t[same] for t in (a, b) if len(t) > same])
    all_ = changes(case[1])
    return all_[bisect.bisect_left(all_, (begin - days * 86400,)):bisect.bisect_right(all_, (end + 3600, 10**9))]


def second_passage(case, ours, theirs):
    begin = -(-case[0] // 10**6)
    return any(after < before and 0 <= begin - at < before - after for at, before, after in near_change(case, ours, theirs, 2))


def runs_over(case, ours, theirs):
    a, b = ours.split(), theirs.split()
    if not a or not b or not (a + b)[0].isdigit() or not b[0].isdigit():
        return False
    return bool(re.search(r"(?<![.\d])\d+/\d", case[2])) and all(t in a for t in b if int(t) <= int(a[-1]))


def is_summer(name, t):
    return bool((EPOCH + timedelta(seconds=t)).astimezone(zone(name)).dst())


def rest_of_day(case, ours, theirs):
    """A gap that summer time does not follow: from a time in it mktime may go back, which systemd takes for the end of the day; of more,
    or of all, where the gap begins at midnight."""
    if "refused" in ours + theirs or theirs == "lost":
        return False
    a, b = [int(t) for t in ours.split()], [int(t) for t in theirs.split()]
    missing = [t for t in a if not b or (t < b[-1] and t not in b)]
    gaps = [(at, before, after) for at, before, after in near_change(case, ours, theirs, 3) if after > before and (is_summer(case[1], at - 1) or not is_summer(case[1], at))]
    same_day = lambda t, at, after: (t + after) // 86400 == (at + after) // 86400
    is_lost = lambda t: any(t >= at and ((at + before) % 86400 == 0 or (b and same_day(t, at, after))) for at, before, after in gaps)
    return bool(missing) and all(t in a for t in b if t <= a[-1]) and all(map(is_lost, missing))


def other_passage(case, ours, theirs):
    """One tick comes in the second passage of an overlap: mktime chooses by the offset that it was last asked for."""
    if "refused" in ours + theirs or theirs == "lost":
        return False
    a, b = [int(t) for t in ours.split()], [int(t) for t in theirs.split()]
    moved = [(x, y) for x, y in zip(a, b) if x != y]
    overlaps = [(at, before - after) for at, before, after in near_change(case, ours, theirs, 1) if after < before]
    return len(a) == len(b) and len(moved) == 1 and any(y - x == size and at <= y < at + size for x, y in moved for at, size in overlaps)


KNOWN = [
    ("a step without an end, like 1/10, runs over the end of its field and skips what comes then", runs_over),
    ("fractions of a second are refused by us", lambda case, ours, theirs: "fractions of a second" in ours and theirs != "refused"),
    ("its search takes too many steps and gives up", lambda case, ours, theirs: theirs == "lost"),
    ("a time in a gap that summer time does not follow, as in Dublin: what is left of that day is lost, at midnight more", rest_of_day),
    ("a time of an overlap comes in its second passage", other_passage),
    ("begun within the second passage of an overlap, it goes on there", second_passage),
]


def main():
    options = programs.options(__doc__)
    version = subprocess.run(["systemd-analyze", "--version"], capture_output=True, text=True).stdout.split()[1:2] if shutil.which("systemd-analyze") else []
    if not version:
        print("SKIP systemd: there is no systemd-analyze here")
        sys.exit(0)
    r = random.Random(options.seed)
    zones = ODD_ZONES + r.sample(sorted(zoneinfo.available_timezones() - {"Factory", "localtime"}), 20)
    tried, theirs = [], []
    while len(tried) < options.cases:
        near = r.choice(zones)
        after = min(max(cases.instant(r, near), 315_532_800 * 10**6), 4_070_908_800 * 10**6)  # 1980 to 2099
        group = [(after, near if r.random() < 0.5 else r.choice(zones), calendar(r)) for _ in range(GROUP)]
        tried += group
        theirs += answers(group)
    ours = programs.answers([programs.TICKS, "systemd"], [(after, "UTC", "%s %s" % (text, zone) if text else zone) for after, zone, text in tried])
    programs.compare("systemd " + version[0], tried, ours, theirs, KNOWN)


if __name__ == "__main__":
    main()
