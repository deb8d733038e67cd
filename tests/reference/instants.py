"""Instants are integers: UTC microseconds since 1970. Durations too."""
import re
from datetime import datetime, timedelta, timezone

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
US = timedelta(microseconds=1)
SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
UNITS = {"y": 365 * DAY, "w": 7 * DAY, "d": DAY, "h": HOUR, "m": MINUTE, "s": SECOND, "ms": 1000}


def from_datetime(d):
    return (d - EPOCH) // US


def to_datetime(us):
    return EPOCH + timedelta(microseconds=us)


def parse(text):
    """RFC 3339, any offset."""
    m = re.fullmatch(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)", text)
    if not m:
        raise ValueError("not an RFC 3339 instant: " + text)
    day, clock, fraction, zone = m.groups()
    zone = "+00:00" if zone in "Zz" else zone
    whole = datetime.fromisoformat(day + "T" + clock + zone)
    return from_datetime(whole) + (int((fraction[1:] + "000000")[:6]) if fraction else 0)


def show(us):
    if us is None:
        return None
    d = to_datetime(us)
    text = d.strftime("%Y-%m-%dT%H:%M:%S")
    return text + (".%06d" % d.microsecond if d.microsecond else "") + "Z"


def duration(text):
    """Prometheus durations: 90s, 1h30m, 2d."""
    text = str(text)
    if text == "0":
        return 0
    parts = re.findall(r"(\d+)(ms|[ywdhms])", text)
    if not parts or "".join(n + u for n, u in parts) != text:
        raise ValueError("not a duration: " + text)
    return sum(int(n) * UNITS[u] for n, u in parts)
