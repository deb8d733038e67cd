"""The wall clock, asked minute by minute, as a judge between our cron engine and robfig's.

robfig walks from the given instant in steps of a month, a day, an hour; our ticks are the instants whose wall-clock time
matches. The walk loses ticks, adds some, or goes back in time, where it crosses a change of the offset that is not one
hour (Lord_Howe, Troll, Apia), that is not on the hour (Chatham), or that takes away or repeats a local midnight (Cairo,
Beirut, Santiago): after those its steps no longer lie on whole hours, days or months. Such a difference is known if the
wall clock agrees with us, and such a change lies on robfig's way.
"""
import bisect
from datetime import timedelta

from zones import DAY, EPOCH, MINUTE, changes, zone

MACROS = {"@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0", "@daily": "0 0 * * *",
          "@midnight": "0 0 * * *", "@hourly": "0 * * * *"}


def is_odd(change):
    """Whether robfig's walk may lose its way here."""
    t, before, after = change
    low, high = sorted((t + before, t + after))
    return abs(after - before) != 3600 or low % 3600 != 0 or low // DAY != high // DAY or low % DAY == 0


def bits(text, low, high, names):
    numbers = {name: i + low for i, name in enumerate(names)}
    read = lambda word: numbers.get(word.lower(), None) if word.lower() in numbers else int(word)
    values, star = set(), False
    for part in filter(None, text.split(",")):
        ends, _, step = part.partition("/")
        first, *rest = ends.split("-")
        begin, end = (low, high) if first in "*?" else (read(first), read(rest[0]) if rest else high if step else read(first))
        star = star or (first in "*?" and int(step or 1) == 1)
        values.update(range(begin, end + 1, int(step or 1)))
    return values, star


def wall_clock(text, name, after, last):
    """The ticks in (after, last], seconds."""
    text = MACROS.get(text, text)
    minute, hour, dom, month, dow = text.split()
    (minutes, _), (hours, _) = bits(minute, 0, 59, ()), bits(hour, 0, 23, ())
    doms, dom_star = bits(dom, 1, 31, ())
    months, _ = bits(month, 1, 12, "jan feb mar apr may jun jul aug sep oct nov dec".split())
    dows, dow_star = bits(dow, 0, 6, "sun mon tue wed thu fri sat".split())
    found, t = [], (after // 1_000_000 // MINUTE + 1) * MINUTE
    while t <= last:
        at = (EPOCH + timedelta(seconds=t)).astimezone(zone(name))
        in_dom, in_dow = at.day in doms, (at.weekday() + 1) % 7 in dows
        day = at.month in months and ((in_dom and in_dow) if dom_star or dow_star else (in_dom or in_dow))
        if not day:
            t += max(MINUTE, (20 - at.hour) * 3600)  # still the same day, whatever the clocks do
        else:
            if at.hour in hours and at.minute in minutes:
                found.append(t)
            t += MINUTE
    return found


def is_known(case, ours, theirs):
    after, name, text = case
    if theirs == "hangs":
        times = [int(t) for t in ours.split()]
        return bool(times) and wall_clock(text, name, after, times[-1]) == times
    if any(not word.isdigit() for word in ours.split() + theirs.split()):
        return False
    ours, theirs = [int(t) for t in ours.split()], [int(t) for t in theirs.split()]
    same = next((i for i, (a, b) in enumerate(zip(ours, theirs)) if a != b), min(len(ours), len(theirs)))
    begin = theirs[same - 1] if same else after // 1_000_000
    end = max([begin] + [t[same] for t in (ours, theirs) if len(t) > same])
    near = changes(name)
    way = near[bisect.bisect_left(near, (begin - 33 * DAY,)):bisect.bisect_right(near, (end, 10**9))]
    return any(map(is_odd, way)) and wall_clock(text, name, after, ours[-1] if ours else end) == ours
