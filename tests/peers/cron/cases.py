"""Random cases: an instant, a zone, an expression; many near changes of the clock, some that nobody may accept."""
from zones import DAY, FIRST_YEAR, LAST_YEAR, changes


def number(r, low, high, names):
    if names and r.random() < 0.3:
        return r.choice([str.lower, str.upper, str.title])(r.choice(names))
    if r.random() < 0.02:
        return r.choice(["", "x", "99", "-1", "L", "H", "?", "1.5", "60", "24", "0", "7", "+3", "007", "99999999999999999999"])
    return ("0" if r.random() < 0.05 else "") + str(r.randint(low, high))


def item(r, low, high, names):
    kind = r.random()
    if kind < 0.35:
        text = number(r, low, high, names)
    elif kind < 0.7:
        a, b = r.randint(low, high), r.randint(low, high)
        if r.random() < 0.95:
            a, b = min(a, b), max(a, b)
        text = f"{a}-{b}"
    elif kind < 0.72:
        text = number(r, low, high, names) + "-" + number(r, low, high, names)
    else:
        text = r.choice(["*", "*", "*", "?", "*-5"])
    if r.random() < 0.25:
        text += "/" + r.choice(["1", "2", "3", "5", "10", "15", "70", "1", "4", "0", "+2", "x", "4294967297", "9223372036854775807"])
    return text


def field(r, low, high, names=()):
    if r.random() < 0.4:
        return "*"
    if r.random() < 0.4:
        return str(r.randint(low, high))
    return ",".join(item(r, low, high, names) for _ in range(r.choice([1, 1, 1, 2, 3]))) + ("," if r.random() < 0.02 else "")


def duration(r):
    parts = [r.choice(["1", "2", "90", "1.5", ".5", "3.", "0", "500", "1.9999999999", "", "-1", "9223372036"]) +
             r.choice(["h", "m", "s", "ms", "us", "µs", "μs", "ns", "d", ""]) for _ in range(r.choice([1, 1, 2, 3]))]
    return r.choice(["", "", "", "+", "-"]) + "".join(parts)


def expression(r):
    kind = r.random()
    months = "jan feb mar apr may jun jul aug sep oct nov dec".split()
    weekdays = "sun mon tue wed thu fri sat".split()
    if kind < 0.03:
        return r.choice(["@every ", "@every ", "@every ", "@every  ", "@every\t"]) + duration(r)
    if kind < 0.05:
        name = r.choice("@yearly @annually @monthly @weekly @daily @midnight @hourly @HOURLY @reboot @every @ @nightly".split())
        return r.choice(["", "", "", " "]) + name + r.choice(["", "", "", " "])
    if kind < 0.2:  # what people write
        return r.choice(["{m} {h} * * *", "{m} {h} * * 1-5", "{m} {h} 1 * *", "0 {h} * * *", "*/30 {h} * * *", "{m} * * * *",
                         "{m} {h} * * {w}", "{m} 0-3 * * *", "*/15 0-2 * * *", "0 0 * * *", "30 2 * * *"]).format(
                             m=r.randint(0, 59), h=r.randint(0, 23), w=r.choice(weekdays))
    fields = [field(r, 0, 59), field(r, 0, 23), field(r, 1, 31), field(r, 1, 12, months), field(r, 0, 6, weekdays)]
    if r.random() < 0.02:
        fields.append(r.choice(["*", "2024", ""]))
    if r.random() < 0.01:
        fields.pop()
    if r.random() < 0.005:
        fields.insert(0, r.choice(["TZ=UTC", "CRON_TZ=Asia/Tokyo", "TZ=x"]))
    blank = r.choice([" "] * 20 + ["  ", "\t", "\u3000", "\u00a0", "\v"])
    return (blank if r.random() < 0.05 else "") + blank.join(fields) + (blank if r.random() < 0.05 else "")


def instant(r, name):
    near = changes(name)
    if near and r.random() < 0.6:
        t = r.choice(near)[0] + r.choice([0, -1, 1, -60, 60, r.randint(-3 * DAY, DAY), r.randint(-40 * DAY, 0), r.randint(-7200, 7200)])
    else:
        t = r.randint((FIRST_YEAR - 1970) * 365 * DAY, (LAST_YEAR - 1970) * 365 * DAY)
    t = min(max(t, (FIRST_YEAR - 1970) * 366 * DAY), (LAST_YEAR - 1970) * 365 * DAY)
    return t * 1_000_000 + r.choice([0, 0, 0, 1, 500_000, 999_999])
