"""Cron by brute force: for each local day, every matching wall-clock minute becomes its instants.

Dialects: kubernetes (gap skipped, overlap twice), vixie (fixed times: once, after a gap at its end;
wildcards: real minutes), ours (gap -> first valid instant after it; overlap -> first occurrence for
fixed hours, both for a wildcard hour).
"""
import bisect
import re
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

from instants import DAY, HOUR, MINUTE, SECOND, UNITS, from_datetime, to_datetime

MONTHS = dict(zip("jan feb mar apr may jun jul aug sep oct nov dec".split(), range(1, 13)))
DAYS = dict(zip("sun mon tue wed thu fri sat".split(), range(7)))
MACROS = {"@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *",
          "@weekly": "0 0 * * 0", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *"}
RANGES = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 6)]
HORIZON_DAYS = 5 * 366


def parse_field(text, low, high, names, dialect):
    """-> (set of values, star)."""
    values, star = set(), False
    for item in text.split(","):
        if item == "" and dialect == "kubernetes":
            continue
        m = re.fullmatch(r"(\*|\?|[0-9a-z]+)(?:-([0-9a-z]+))?(?:/(\d+))?", item.lower())
        if not m:
            raise ValueError("bad item " + item)
        first, last, step = m.groups()
        step_n = int(step) if step else 1
        if step_n == 0:
            raise ValueError("step 0")
        number = lambda w: names[w] if w in names else int(w)
        if first in "*?":
            if first == "?" and dialect == "vixie":
                raise ValueError("? is not known")
            a, b = low, high
            # robfig: the star bit only if `*`/`?` and step <= 1; vixie: the text starts with `*`
            if dialect == "vixie" or step_n == 1:
                star = True
        else:
            a = number(first)
            b = number(last) if last else a
            if step and not last:
                if dialect == "vixie":
                    raise ValueError("N/step is not known")
                b = high
        if a > b or a < low or b > high:
            raise ValueError("out of range: " + item)
        values.update(range(a, b + 1, step_n))
    if dialect == "vixie":
        star = text.startswith("*")
    return values, star


@lru_cache(maxsize=None)
def zone(name):
    return ZoneInfo(name)


def gap_end(naive, z):
    """The first instant after the gap in which the wall-clock time `naive` lies."""
    before = from_datetime(naive.replace(tzinfo=z, fold=1).astimezone(timezone.utc))
    after = from_datetime(naive.replace(tzinfo=z, fold=0).astimezone(timezone.utc))
    offset = lambda us: to_datetime(us).astimezone(z).utcoffset()
    new = offset(after)
    while after - before > 1:
        middle = (before + after) // 2
        if offset(middle) == new:
            after = middle
        else:
            before = middle
    return after


class Cron:
    """`ticks_of_day`, `prev`, `next` over one expression in one zone."""

    def __init__(self, text, zone_name, dialect, anchor=0):
        self.text, self.zone_name, self.dialect, self.anchor = text, zone_name, dialect, anchor
        if dialect == "argo":
            self.dialect = dialect = "kubernetes"
        if dialect not in ("kubernetes", "vixie", "ours"):
            raise ValueError("dialect " + dialect)
        self.z = zone(zone_name)
        self.every = None
        self.days = {}
        text = text.strip()
        if text.startswith("@every "):
            if dialect != "kubernetes":
                raise ValueError("@every is not known")
            self.every = self.go_duration(text[7:].strip())
            return
        expression = MACROS.get(text, text)
        fields = expression.split()
        if len(fields) != 5 or expression.startswith("@"):
            raise ValueError("five fields wanted: " + text)
        ranges = list(RANGES)
        if dialect != "kubernetes":
            ranges[4] = (0, 7)                       # vixie: 0 or 7 is Sunday
        names = [{}, {}, {}, MONTHS, DAYS]
        parsed = [parse_field(f, r[0], r[1], n, dialect) for f, r, n in zip(fields, ranges, names)]
        (self.minutes, _), (self.hours, _), (self.doms, self.dom_star), (self.months, _), (dows, self.dow_star) = parsed
        self.dows = {d % 7 for d in dows}
        # vixie: jobs with `*` in hour or minute, and @hourly, are wildcards; ours: a wildcard hour
        if dialect == "vixie":
            self.wild = fields[0].startswith("*") or fields[1].startswith("*")
        else:
            self.wild = fields[1].startswith("*") or fields[1].startswith("?")

    @staticmethod
    def go_duration(text):
        parts = re.findall(r"(\d+)(h|m|s|ms)", text)
        if not parts or "".join(n + u for n, u in parts) != text:
            raise ValueError("bad @every")
        us = sum(int(n) * UNITS[u] for n, u in parts)
        return max(SECOND, us // SECOND * SECOND)

    def day_matches(self, d):
        if d.month not in self.months:
            return False
        dom, dow = d.day in self.doms, (d.weekday() + 1) % 7 in self.dows
        # match day = (domStar||dowStar) ? dom&&dow : dom||dow
        return (dom and dow) if (self.dom_star or self.dow_star) else (dom or dow)

    def instants(self, naive):
        first = naive.replace(tzinfo=self.z, fold=0)
        second = naive.replace(tzinfo=self.z, fold=1)
        u0 = from_datetime(first.astimezone(timezone.utc))
        if first.utcoffset() == second.utcoffset():
            return [u0]
        u1 = from_datetime(second.astimezone(timezone.utc))
        back = to_datetime(u0).astimezone(self.z).replace(tzinfo=None)
        # cron(8): a change of three hours or more is a correction of the clock
        correction = self.dialect == "vixie" and abs(first.utcoffset() - second.utcoffset()) >= timedelta(hours=3)
        if back != naive:                            # a gap
            if correction or self.dialect == "kubernetes" or (self.dialect == "vixie" and self.wild):
                return []
            return [gap_end(naive, self.z)]
        if correction or self.dialect == "kubernetes" or self.wild:  # an overlap
            return [u0, u1]
        return [u0]

    def ticks_of_day(self, d):
        if d not in self.days:
            found = set()
            if self.day_matches(d):
                for h in self.hours:
                    for m in self.minutes:
                        found.update(self.instants(datetime(d.year, d.month, d.day, h, m)))
            self.days[d] = sorted(found)
        return self.days[d]

    def local_day(self, us):
        return to_datetime(us).astimezone(self.z).date()

    def prev(self, t):
        """The newest tick strictly before t."""
        if self.every:
            return t - 1 - (t - 1 - self.anchor) % self.every
        day = self.local_day(t) + timedelta(days=1)
        for _ in range(HORIZON_DAYS):
            ticks = [x for x in self.ticks_of_day(day) if x < t]
            if ticks:
                # a gap may push a tick of the day before behind this day's first: look there too
                more = [x for x in self.ticks_of_day(day - timedelta(days=1)) if x < t]
                return max(ticks + more)
            day -= timedelta(days=1)
        return None

    def next(self, t):
        """The oldest tick strictly after t."""
        if self.every:
            return t + self.every - (t - self.anchor) % self.every
        day = self.local_day(t) - timedelta(days=1)
        for _ in range(HORIZON_DAYS):
            ticks = [x for x in self.ticks_of_day(day) if x > t]
            if ticks:
                more = [x for x in self.ticks_of_day(day + timedelta(days=1)) if x > t]
                return min(ticks + more)
            day += timedelta(days=1)
        return None


@lru_cache(maxsize=None)
def cron(text, zone_name, dialect, anchor=0):
    return Cron(text, zone_name, dialect, anchor)


def deadline(text, zone_name):
    """`by` takes "HH:MM[,HH:MM] [days]" or a five-field cron -> list of crons in our own dialect."""
    m = re.fullmatch(r"\s*(\d{1,2}:\d\d(?:\s*,\s*\d{1,2}:\d\d)*)(?:\s+(\S+))?\s*", text)
    if not m:
        return [cron(text, zone_name, "ours")]
    days = m.group(2) or "*"
    clocks = [c.strip().split(":") for c in m.group(1).split(",")]
    return [cron("%d %d * * %s" % (int(mm), int(hh), days), zone_name, "ours") for hh, mm in clocks]


@lru_cache(maxsize=None)
def shortest_gap(text, dialect):
    """The period of a schedule: its shortest gap, by the fields alone (in UTC, so no DST)."""
    c = Cron(text, "UTC", dialect)
    if c.every:
        return c.every
    t = from_datetime(datetime(2024, 1, 1, tzinfo=timezone.utc)) - 1
    best, last, end = None, None, t + 400 * DAY
    for _ in range(3000):
        t = c.next(t)
        if t is None:
            break
        if last is not None and (best is None or t - last < best):
            best = t - last
        last = t
        if t > end:
            break
    return best


class Ticks:
    """The ticks of a job: each by the schedule and zone that held when it fell
    (the `job` fact before it, else the first).  parts: [(from, Cron or None)], oldest first."""

    def __init__(self, parts):
        self.parts = parts

    def spans(self):
        """(after, upto, cron): cron rules the ticks in (after, upto]."""
        for i, (start, c) in enumerate(self.parts):
            after = None if i == 0 else start
            upto = self.parts[i + 1][0] if i + 1 < len(self.parts) else None
            yield after, upto, c

    def prev(self, t):
        best = None
        for after, upto, c in self.spans():
            if c is None:
                continue
            x = c.prev(t if upto is None else min(t, upto + 1))
            if x is not None and (after is None or x > after) and (best is None or x > best):
                best = x
        return best

    def next(self, t):
        best = None
        for after, upto, c in self.spans():
            if c is None:
                continue
            x = c.next(t if after is None else max(t, after))
            if x is not None and (upto is None or x <= upto) and (best is None or x < best):
                best = x
        return best

    def at_or_before(self, t):
        return self.prev(t + 1)
