"""What a calendar excuses, by the clock of its zone."""
from datetime import datetime, timedelta, timezone

from cron import deadline, gap_end, zone
from instants import duration, from_datetime, parse, to_datetime

WEEKDAYS = "sun mon tue wed thu fri sat".split()


def weekdays_of(text):
    found = set()
    for item in text.split(","):
        first, _, last = item.partition("-")
        found.update(range(WEEKDAYS.index(first), WEEKDAYS.index(last or first) + 1))
    return found


def clock_of(text):
    hour, minute = text.split(":")
    return timedelta(hours=int(hour), minutes=int(minute))


def passages(naive, z):
    """The first and the last instant of a time on the wall; both the end of the gap that it lies in."""
    folds = [from_datetime(naive.replace(tzinfo=z, fold=f).astimezone(timezone.utc)) for f in (0, 1)]
    if to_datetime(folds[0]).astimezone(z).replace(tzinfo=None) != naive:
        return gap_end(naive, z), gap_end(naive, z)
    return min(folds), max(folds)


class Calendar:
    def __init__(self, body, zone_name):
        name = body.get("timezone", zone_name)
        self.z = zone(name)
        self.weekdays = weekdays_of(body["weekdays"]) if "weekdays" in body else set(range(7))
        self.hours = [tuple(map(clock_of, one.split("-"))) for one in body["hours"].split(",")] if "hours" in body else None
        dates = lambda key: {str(d)[:10] for d in (body.get(key) or {}).get("dates", [])}
        self.holidays, self.half_days = dates("holidays"), dates("half_days")
        self.until = clock_of(body["half_days"]["until"]) if self.half_days else None
        self.once, self.again = [], []
        for one in (body.get("maintenance") or {}).values():
            if "cron" in one:
                self.again.append((deadline(one["cron"], name), duration(one["for"])))
            else:
                self.once.append((self.moment(one["from"])[0], self.moment(one["to"])[1]))

    def moment(self, text):
        if "T" in text and text[-1] == "Z":
            return parse(text), parse(text)
        return passages(datetime.fromisoformat(text), self.z)

    def maintenance(self, start, end):
        """[(from, to)] that reach into [start, end], cut off there; they may overlap."""
        found = list(self.once)
        for crons, length in self.again:
            for c in crons:
                tick = c.prev(end + 1)
                while tick is not None and tick + length >= start:
                    found.append((tick, tick + length))
                    tick = c.prev(tick)
        return [(max(a, start), min(b, end)) for a, b in found if a <= end and b >= start]

    def idle(self, start, end):
        """How much of [start, end] is maintenance."""
        total, reached = 0, start
        for a, b in sorted(self.maintenance(start, end)):
            total += max(0, b - max(a, reached))
            reached = max(reached, b)
        return total

    def excuses(self, t):
        if self.maintenance(t, t):
            return True
        local = to_datetime(t).astimezone(self.z).replace(tzinfo=None)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        day, clock = midnight.date().isoformat(), local - midnight
        if day in self.holidays or (midnight.weekday() + 1) % 7 not in self.weekdays:
            return True
        if day in self.half_days and (clock > self.until or t > passages(midnight + self.until, self.z)[0]):
            return True
        return self.hours is not None and not any(a <= clock <= b for a, b in self.hours)
