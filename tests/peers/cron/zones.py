"""Zones, and when their clocks change."""
import functools
import zoneinfo
from datetime import datetime, timedelta, timezone

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
DAY, MINUTE = 86400, 60
ODD_ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Chatham",
             "America/Sao_Paulo", "Pacific/Apia", "Antarctica/Troll", "Africa/Cairo", "Asia/Beirut", "America/Santiago",
             "America/Havana", "Asia/Gaza", "Europe/Dublin", "Asia/Kathmandu", "America/St_Johns", "Asia/Pyongyang",
             "America/Caracas", "Atlantic/Azores", "Asia/Tehran", "Antarctica/Casey", "America/Scoresbysund"]
FIRST_YEAR, LAST_YEAR = 1973, 2190  # before, some offsets have seconds; after, our table ends


@functools.lru_cache(maxsize=None)
def zone(name):
    return zoneinfo.ZoneInfo(name)


def offset(name, t):
    return int((EPOCH + timedelta(seconds=t)).astimezone(zone(name)).utcoffset().total_seconds())


@functools.lru_cache(maxsize=None)
def changes(name):
    """Each change of the offset: (instant, offset before, offset after). Shorter stretches than two days are not found."""
    found, step = [], 2 * DAY
    t = (FIRST_YEAR - 1970 - 1) * 365 * DAY
    before = offset(name, t)
    while t < (LAST_YEAR - 1970 + 7) * 366 * DAY:
        after = offset(name, t + step)
        if after != before:
            low, high = t, t + step
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if offset(name, middle) == before else (low, middle)
            found.append((high, before, after))
        t, before = t + step, after
    return found
