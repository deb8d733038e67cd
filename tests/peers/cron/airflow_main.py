"""Airflow's ticks by croniter and pendulum; the same lines as main.go. A tick of Airflow is made from the one before it:
croniter goes on along the wall clock; a schedule of every hour then moves by as much elapsed time, any other takes the
time of day that it finds, the second where there are two, moved by the change where there is none."""
import bisect
import functools
import sys
from datetime import datetime, timedelta, timezone

import pendulum
from croniter import CroniterBadDateError, croniter

from zones import changes

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
PRESETS = {"@hourly": "0 * * * *", "@daily": "0 0 * * *", "@weekly": "0 0 * * 0", "@monthly": "0 0 1 * *",
           "@quarterly": "0 0 1 */3 *", "@yearly": "0 0 1 1 *"}
TICKS = 5


@functools.lru_cache(maxsize=None)
def zone_of(name):
    return pendulum.timezone(name)


def walked(text, naive, back=False):
    walk = croniter(text, naive)
    return walk.get_prev(datetime) if back else walk.get_next(datetime)


class Schedule:
    def __init__(self, text, zone):
        self.text, self.name, self.zone = PRESETS.get(text, text), zone, zone_of(zone)
        self.every_hour = croniter(self.text).expanded[1] == ["*"]

    def local(self, at):
        return at.astimezone(self.zone).replace(tzinfo=None, fold=0)

    def after(self, at):
        """The tick that Airflow makes of the tick `at`."""
        naive = self.local(at)
        found = walked(self.text, naive)
        if self.every_hour:
            return at + (found - naive)
        made = self.zone.convert(found.replace(fold=1))
        return datetime.fromtimestamp(made.timestamp(), timezone.utc)

    def found_after(self, at):
        """The tick that is made of `at`; none where croniter finds none within fifty years."""
        try:
            return self.after(at)
        except CroniterBadDateError:
            return None

    def last_plain(self, change):
        """The last time of the wall clock in the stretch that `change` ends, and that nothing shows again."""
        at, before, after = change
        end = EPOCH.replace(tzinfo=None) + timedelta(seconds=at + (before if self.every_hour else min(before, after)))
        try:
            found = walked(self.text, end, back=True)
        except CroniterBadDateError:  # there is none to go on from
            if self.every_hour:
                return EPOCH + timedelta(seconds=at)
            found = end - timedelta(days=2)
        return (found - timedelta(seconds=before)).replace(tzinfo=timezone.utc)

    def last_before(self, after):
        """A tick, or a time without one behind it, at or before `after`; by way of the last changes of the clock, for a
        stretch begins as the tick before it says."""
        seconds = (after - EPOCH).total_seconds()
        near = changes(self.name)
        next_ = bisect.bisect_right(near, (seconds, 10**9))
        way, coming = near[:next_][-6:], near[next_:next_ + 1]
        latest = min([after] + [self.last_plain(change) for change in coming])
        if not way:
            return latest
        at = self.last_plain(way[0])
        for end in way[1:]:
            first = self.found_after(at)
            if first is None:
                at = self.last_plain(end)
            elif first < EPOCH + timedelta(seconds=end[0]):
                at = max(first, self.last_plain(end))
        first = self.found_after(at)
        if first is None:
            return latest
        return at if first > after else max(first, latest)

    def ticks(self, after):
        at, found = self.last_before(after), []
        while len(found) < TICKS:
            at = self.found_after(at)
            if at is None:
                break
            if at > after:
                found.append(str(int((at - EPOCH).total_seconds())))
        return " ".join(found)


def answer(after, zone, text):
    try:
        return Schedule(text, zone).ticks(EPOCH + timedelta(microseconds=after))
    except Exception as e:  # croniter lets errors of any kind out
        return "refused: %s %s" % (type(e).__name__, str(e).splitlines()[:1])


if __name__ == "__main__":
    for line in sys.stdin:
        after, zone, text = line.rstrip("\n").split("\t")
        print(answer(int(after), zone, text))
