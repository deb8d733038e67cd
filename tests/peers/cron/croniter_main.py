"""croniter as an oracle; the same lines as main.go. For expressions in which it agrees with Debian's cron, in UTC.
With "and" behind it, a day must match both as a day of the month and as one of the week."""
import sys
from datetime import datetime, timedelta, timezone

from croniter import croniter

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def ticks(after, expression):
    walk = croniter(expression, EPOCH + timedelta(microseconds=after), day_or="and" not in sys.argv)
    return " ".join(str(int(walk.get_next(float))) for _ in range(5))


for line in sys.stdin:
    after, _, expression = line.rstrip("\n").split("\t")
    print(ticks(int(after), expression))
