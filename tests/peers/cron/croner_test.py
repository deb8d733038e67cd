#!/usr/bin/env python3
"""Five of our dialects against croner, on random cases in zones with odd rules: five ticks after an instant, or before it.

croner's fixed-time jobs are those of cron(8). With a step in the field of seconds all jobs are its interval jobs: a gap
hides, an overlap repeats, as for Kubernetes and Jenkins; without the second passages, that is EventBridge and Cloud
Scheduler. Where the schedulers read otherwise by their own documents, a row puts the question in croner's words, and the
answer to that must be ours."""
import dataclasses
import itertools
import json
import random
import re
import sys
import zoneinfo
from datetime import datetime, timedelta, timezone
from pathlib import Path

import cases
import eventbridge_test
import programs
from vixie_test import MONTHS, WEEKDAYS, fixed_or_wild
from wall_clock import MACROS, bits
from zones import DAY, EPOCH, FIRST_YEAR, LAST_YEAR, ODD_ZONES, changes, offset

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "dashboards"))
import packages  # noqa: E402

AT_ONCE = 5000   # cases that one node answers
OFTEN = 50_000   # in so many cases each known difference comes, but for NEXT_DAY
HORIZON = {"vixie": 5, "kubernetes": 5, "gcp": 5, "jenkins": 50, "eventbridge": 50}  # years that exporter/core/cron.md names
SIZES = (60, 24, 31, 12, 7)  # of the fields
FIRST, LAST = (int((datetime(year, 1, 1, tzinfo=timezone.utc) - EPOCH).total_seconds()) for year in (FIRST_YEAR, LAST_YEAR + 1))


@dataclasses.dataclass
class Question:
    """What croner is asked: a pattern without seconds, and how it shall be read."""
    text: str
    interval: bool  # all jobs are interval jobs
    options: dict
    twice: bool     # both passages of an overlap count

    def line(self, after, zone, way):
        return json.dumps([after, zone, ("0-0/1 " if self.interval else "") + self.text, self.options, way, self.twice]) + "\n"


def item(r, low, high, names, bare):
    a, b = sorted([r.randint(low, high), r.randint(low, high)])
    kind = r.random()
    if names and kind < 0.3:
        i, j = sorted([r.randrange(len(names)), r.randrange(len(names))])
        return r.choice([names[i], names[i] + "-" + names[j]])
    if kind < 0.5:
        return str(a)
    if kind < 0.7:
        return "%d-%d" % (a, b)
    if kind < 0.9 or not bare:
        return "%s/%d" % (r.choice(["*", "%d-%d" % (a, b)]), r.choice([1, 2, 3, 7, high]))
    return "%d/%d" % (a, r.choice([1, 2, 3, 7]))


def fields(r, dows, names=True, bare=False):
    """`dows`: the highest day of the week. `bare`: a step may follow a number."""
    bounds = [(0, 59, ()), (0, 23, ()), (1, 31, ()), (1, 12, MONTHS if names else ()), (0, dows, WEEKDAYS if names else ())]
    return " ".join("*" if r.random() < 0.4 else ",".join(item(r, *bound, bare) for _ in range(r.choice([1, 1, 1, 2, 3]))) for bound in bounds)


def corrections(zone):
    """When its clock was changed by three hours or more: [(instant, seconds forward)]."""
    return [(t, after - before) for t, before, after in changes(zone) if abs(after - before) >= 3 * 3600]


def instant(r, zones):
    """And its zone; now and then about a great change."""
    if r.random() < 0.05:
        zone = r.choice([zone for zone in zones if corrections(zone)])
        return (r.choice(corrections(zone))[0] + r.randint(-DAY, DAY)) * 1_000_000, zone
    zone = r.choice(zones)
    return cases.instant(r, zone), zone


def by_debian(r):
    """Also what may be refused."""
    return r.choice([fixed_or_wild, cases.expression, lambda r: fields(r, 7)])(r)


def by_kubernetes(r):
    return r.choice(["%d %d * * *" % (r.choice([0, 15, 30, 59]), r.randint(0, 4)), fields(r, 6, bare=True), fields(r, 6, bare=True)])


READINGS = {  # dialect -> (an expression, the question)
    "vixie": (by_debian, lambda text: Question(text, False, {"mode": "5-part", "fixedTimeRule": "no-wildcard"}, True)),
    "gcp": (by_debian, lambda text: Question(text, True, {"mode": "6-part"}, False)),
    "kubernetes": (by_kubernetes, lambda text: Question(text, True, {"mode": "6-part", "sloppyRanges": True}, True)),
    "jenkins": (lambda r: fields(r, 7, names=False), lambda text: Question(text, True, {"mode": "6-part", "domAndDow": True}, True)),
    "eventbridge": (lambda r: "cron(%s)" % eventbridge_test.expression(r),
                    lambda text: Question(text[5:-1], True, {"mode": "7-part", "alternativeWeekdays": True, "sloppyRanges": True}, False)),
}


def never(sign):
    """What our scheduler does not read: croner shall not either."""
    return lambda question, *_: dataclasses.replace(question, text="x") if re.search(sign, question.text) else question


def each_field(question, change):
    """`change` makes new fields of the five."""
    old = question.text.split()
    new = change(old) if len(old) == 5 else old
    return dataclasses.replace(question, text=" ".join(new)) if new != old else question


def both_days(is_star):
    def change(five):
        dom, dow = five[2], five[4]
        return [*five[:4], "+" + dow] if "*" not in (dom, dow) and (is_star(dom) or is_star(dow)) else five
    return lambda question, *_: each_field(question, change)


def short_steps(question, *_):
    """The first value alone is left by the longest step that croner takes, as by any longer one."""
    def shorter(text, size):
        return re.sub(r"/(\d+)", lambda step: "/%d" % min(int(step[1]), size), text)
    return each_field(question, lambda five: list(map(shorter, five, SIZES)))


def written_out(question, *_):
    """The minute and the hour as lists of numbers, if neither begins with a star."""
    def change(five):
        item = r"(\d{1,3}(-\d{1,3}(/0*[1-9]\d*)?)?|\*(/0*[1-9]\d*)?)"
        if any(field.startswith("*") or not re.fullmatch("%s(,%s)*" % (item, item), field) for field in five[:2]):
            return five
        values = [[bits(item, 0, high, ())[0] for item in field.split(",")] for field, high in zip(five, (59, 23))]
        if not all(map(all, values)):  # a range that runs backwards, which nobody takes
            return five
        return [",".join(map(str, sorted(set().union(*field)))) for field in values] + five[2:]
    return each_field(question, change)


def is_near(case, ticks):
    """Whether a correction of the clock lies among the ticks."""
    times = [case[0] // 1_000_000, *map(int, ticks.split())]
    return any(min(times) - DAY < t < max(times) + DAY for t, _ in corrections(case[1]))


def parts_near(case, our, theirs, is_it):
    """Whether such a change, (instant, offset before, after), lies about the first tick that is not the same in both."""
    if our.startswith("refused") or theirs.startswith("refused"):
        return False
    pairs = itertools.zip_longest(our.split(), theirs.split())
    ticks = [int(tick) for tick in next(pair for pair in pairs if pair[0] != pair[1]) if tick is not None]
    return any(min(ticks) - DAY < t < max(ticks) + DAY and is_it(t, before, after) for t, before, after in changes(case[1]))


def corrected(question, case, theirs):
    if theirs.startswith("refused") or not is_near(case, theirs):
        return question
    return dataclasses.replace(question, text=MACROS.get(question.text.strip(), question.text), interval=True, options={"mode": "6-part"})


SUNDAY = "the schedulers read sun as 0 also where it ends a range, croner as 7"
# (dialects, reason, the question in croner's words): who is right by the documents of the scheduler stands in the reason.
ROWS = [
    ("vixie gcp kubernetes", SUNDAY, lambda question, *_: dataclasses.replace(question, text=re.sub("(?i)(sun|0)-sun", "0", question.text))),
    ("vixie gcp", SUNDAY, never("(?i)-sun")),
    ("vixie gcp", "crontab(5) has no ? + # L W, which croner reads", never(r"(?i)[?+#]|(?<![a-z])(L|W|LW)(?![a-z])")),
    ("vixie gcp", "Debian's cron separates fields by blanks and tabs, croner also by the blanks of Unicode", never(r"[^\S \t\v]")),
    ("vixie", "Debian's cron compares macros as they are (entry.c: strcmp), croner in small letters", never("@[A-Z]")),
    ("vixie gcp", "a field that begins with a star, like */2, is one to Debian's cron (entry.c: DOM_STAR): both days must match",
     both_days(lambda field: field.startswith("*"))),
    ("kubernetes", "a star in a list, or by the step 1, is a star to robfig/cron (parser.go: starBit): both days must match",
     both_days(lambda field: bool({"*", "*/1"} & set(field.split(","))))),
    ("vixie", "a list or a range with steps is a fixed time to Debian's cron (entry.c: MIN_STAR, HR_STAR), to croner none", written_out),
    ("vixie gcp kubernetes jenkins", "croner refuses a step longer than the field, the schedulers take it", short_steps),
    ("vixie", "three hours or more are a correction of the clock to cron(8), to croner a change like others", corrected),
]
FAR = "croner goes on for centuries, ours to the end of the years that are searched"
NEXT_DAY = "cron(8) runs a fixed time at the end of its gap also on the next day (cron.c: virtualTime), croner does not"
LONG_OVERLAP = "croner looks three hours far for the other passage of an overlap, and loses those of Vostok's seven"


def within(horizon, case, line):
    """The ticks before the first pause of more than `horizon` years."""
    after, zone, _ = case
    kept, at = [], after // 1_000_000

    def year(t):
        return (EPOCH + timedelta(seconds=t + offset(zone, t))).year
    for tick in map(int, line.split()):
        if abs(year(tick) - year(at)) > horizon:
            break
        kept.append(at := tick)
    return " ".join(map(str, kept))


def in_known_years(line):
    """The ticks for which the offsets of the zones were compared."""
    return " ".join(tick for tick in line.split() if FIRST <= int(tick) < LAST) if re.fullmatch(r"[-\d ]+", line) else line


def is_same(ours, theirs):
    return ours == theirs or (ours.startswith("refused") and theirs.startswith("refused"))


def meant(dialect, case, theirs):
    """The question in croner's words, and the reasons for them."""
    question, why = READINGS[dialect][1](case[2]), []
    for names, reason, put in ROWS:
        if dialect in names.split() and put(question, case, theirs) != question:
            question = put(question, case, theirs)
            why.append(reason)
    return question, why


def judged(tried, ours, croner):
    """How often each known difference came, and what is unknown: [(case, ours, theirs)]."""
    def line(i, question):
        _, way, (after, zone, _) = tried[i]
        return question.line(after, zone, way)

    as_it_stands = croner([line(i, READINGS[dialect][1](case[2])) for i, (dialect, _, case) in enumerate(tried)])
    put = [meant(dialect, case, theirs) for (dialect, _, case), theirs in zip(tried, as_it_stands)]
    again = iter(croner([line(i, question) for i, (question, why) in enumerate(put) if why]))
    counts, unknown = dict.fromkeys([why for _, why, _ in ROWS] + [FAR, NEXT_DAY, LONG_OVERLAP], 0), []
    for (dialect, way, case), our, first, (_, why) in zip(tried, ours, as_it_stands, put):
        theirs = next(again) if why else first
        near = theirs if theirs.startswith("refused") else within(HORIZON[dialect], case, theirs)
        if is_same(our, near):
            known = why if not is_same(first, theirs) else []
            counts[FAR] += near != theirs
        elif parts_near(case, our, theirs, lambda _, before, after: after - before < -3 * 3600):
            known = [LONG_OVERLAP]
        elif dialect == "vixie" and parts_near(case, our, theirs, lambda t, before, after: (t + before) // DAY < (t + after) // DAY):
            known = [NEXT_DAY]
        else:
            known = []
            unknown.append(((case[0], case[1], "%s %s: %s" % (dialect, way, case[2])), our, theirs))
        if len(known) == 1:
            counts[known[0]] += 1
    return counts, unknown


def main():
    options = programs.options(__doc__)
    modules = packages.modules_or_skip("croner", programs.HERE / "croner.json")
    r = random.Random(options.seed)
    zones = ["Antarctica/Vostok"] + ODD_ZONES + r.sample(sorted(zoneinfo.available_timezones() - {"Factory", "localtime"}), 20)
    ends = {zone: [(t, offset(zone, t), offset(zone, t)) for t in (FIRST, LAST)] for zone in zones}
    head = json.dumps({zone: [first] + [c for c in changes(zone) if FIRST < c[0] < LAST] + [last] for zone, (first, last) in ends.items()}) + "\n"

    def croner(lines):
        answers = packages.node(modules, programs.HERE / "croner_main.js", given=head + "".join(lines)).split("\n")[:-1]
        if len(answers) != max(1, len(lines)):
            raise RuntimeError("croner answered %d of %d cases" % (len(answers), len(lines)))
        return list(map(in_known_years, answers))

    told = json.loads(croner([])[0])
    if told["others"]:
        print("left out, for node has other rules for them (tzdata %s): %s" % (told["tzdata"], " ".join(told["others"])))
    zones = [zone for zone in zones if zone not in told["others"]]
    tried, ours = [], []
    for dialect, way in itertools.product(READINGS, ("forth", "back")):
        some = [(*instant(r, zones), READINGS[dialect][0](r)) for _ in range(options.cases // (2 * len(READINGS)))]
        tried += [(dialect, way, case) for case in some]
        ours += map(in_known_years, programs.answers([programs.TICKS, dialect, "", way], some))
    counts, unknown = judged(tried, ours, lambda lines: [answer for i in range(0, len(lines), AT_ONCE) for answer in croner(lines[i:i + AT_ONCE])])
    for why, count in counts.items():
        print("%d known: %s" % (count, why))
    if options.cases >= OFTEN and not unknown and not all(count for why, count in counts.items() if why != NEXT_DAY):
        sys.exit("a known difference never came: mend its row, or remove it")
    programs.report("croner %s" % told["version"], len(tried), unknown)


if __name__ == "__main__":
    main()
