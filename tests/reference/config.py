"""The part of the configuration that verdicts need."""
import re
from dataclasses import dataclass, field

import yaml

from calendars import Calendar
from cron import deadline
from instants import MINUTE, SECOND, duration

KINDS = ["within", "by", "every_run", "start_by", "max_runtime"]
WATCHES = {"kubernetes"}
PUSH = {"heartbeat"}
LAST_VALUES = {"sql"}


@dataclass
class Source:
    name: str
    kind: str
    staleness: int
    controller_zone: str


@dataclass
class Checks:
    rows: list = field(default_factory=list)      # [(operator, number)]
    not_null: list = field(default_factory=list)
    shrink: float = None                          # percent
    partition: tuple = None                       # (strftime's format without what stands between, how far behind, zone)

    def any(self):
        return bool(self.rows or self.not_null or self.shrink is not None or self.partition)


@dataclass
class Output:
    name: str
    source: str
    checks: Checks


@dataclass
class Objective:
    name: str
    kind: str
    value: object = None
    grace: int = 0
    since: object = None
    zone: str = "UTC"
    derived: bool = False
    calendar: object = None


@dataclass
class Job:
    name: str
    runs_source: str
    outputs: list
    success: str
    objectives: list
    count_manual: bool = True
    count_backfill: bool = False
    max_suspend: int = None
    schedule: tuple = None        # (expression, zone, dialect or None) as people wrote it


def staleness_of(kind, body):
    """3 poll intervals, at least 60 s; 180 s for a watch."""
    if "staleness" in body:
        return duration(body["staleness"])
    if kind in WATCHES:
        return 180 * SECOND
    return max(3 * duration(body.get("poll_interval", "30s")), 60 * SECOND)


def read_source(name, body):
    kind = next(k for k in body if k in WATCHES | PUSH | LAST_VALUES)
    options = body[kind] or {}
    return Source(name, kind, staleness_of(kind, body), options.get("controller_timezone", "UTC"))


def rows_condition(text):
    op, number = re.fullmatch(r"\s*(>=|<=|==|!=|>|<|=)\s*([0-9.]+)\s*", str(text)).groups()
    return op, float(number)


def read_checks(body, job_rows, zone="UTC"):
    checks = Checks()
    body = body or {}
    # A job's short `rows` gates all its outputs.
    for text in [body.get("rows"), job_rows]:
        if text is not None:
            checks.rows.append(rows_condition(text))
    checks.not_null = list(body.get("not_null", []))
    if "shrink" in body:
        checks.shrink = float(re.fullmatch(r"\s*<\s*([0-9.]+)\s*%\s*", body["shrink"]).group(1))
    if "partition" in body:
        form, _, behind = body["partition"].partition(" -")
        checks.partition = (form.replace("-", ""), duration(behind or "0s"), zone)
    return checks


def read_outputs(body):
    rows = body.get("rows")
    found = []
    if "output" in body:
        source, table = body["output"].split("/", 1)
        found.append(Output(table, source, read_checks({}, rows)))
    for name, o in (body.get("outputs") or {}).items():
        found.append(Output(name, o["source"], read_checks(o.get("checks"), rows, o.get("timezone", "UTC"))))
    return found


def since_of(text, zone_name):
    """`since`: a duration, "HH:MM" or a cron -> ("duration", us) or ("cron", crons)."""
    if text is None:
        return None
    text = str(text)
    if re.fullmatch(r"(\d+(ms|[ywdhms]))+", text):
        return ("duration", duration(text))
    return ("cron", deadline(text, zone_name))


def calendar_of(calendars, body, defaults, zone_name):
    name = body.get("calendar", defaults.get("calendar"))
    return Calendar(calendars[name], zone_name) if name is not None else None


def read_objective(name, kind, body, defaults, zone_default, calendars):
    value = body[kind]
    zone_name = body.get("timezone", defaults.get("timezone", zone_default))
    o = Objective(name, kind, zone=zone_name)
    o.grace = duration(body.get("grace", defaults.get("grace", "0s")))
    o.calendar = calendar_of(calendars, body, defaults, zone_name)
    o.since = since_of(body.get("since", defaults.get("since")), zone_name)
    if kind == "by":
        o.value = deadline(value, zone_name)
    elif kind == "every_run":
        value = value or {}
        within = value.get("finish_within")
        o.value = (value.get("tolerate", 0), None if within is None else duration(within))
    else:
        o.value = duration(value)
    return o


def read_job(name, body, zone_default, calendars):
    body = body or {}
    runs = body.get("runs")
    job = Job(name, runs["source"] if runs else None, read_outputs(body), body.get("success", "all"), [])
    job.count_manual = body.get("count_manual", True)
    job.count_backfill = body.get("count_backfill", False)
    job.max_suspend = duration(body["max_suspend"]) if "max_suspend" in body else None
    if "schedule" in body:
        job.schedule = (body["schedule"], body.get("timezone", "UTC"), body.get("dialect"))
    # `within`, `by` ... make one unnamed objective each, named by its kind; all in the order of the file
    for key in body:
        if key in KINDS:
            job.objectives.append(read_objective(key, key, {key: body[key]}, body, zone_default, calendars))
        for oname, o in (body[key] or {}).items() if key == "objectives" else ():
            kind = next(k for k in KINDS if k in o)
            job.objectives.append(read_objective(oname, kind, o, body, zone_default, calendars))
    # A job without objectives gets the derived default.
    if not job.objectives:
        o = Objective("every_run", "every_run", derived=True)
        o.grace = duration(body.get("grace", "0s"))
        o.calendar = calendar_of(calendars, {}, body, body.get("timezone", zone_default))
        job.objectives.append(o)
    # A job with any check has one objective `checks` more, which does not replace the derived default.
    if any(o.checks.any() for o in job.outputs):
        job.objectives.append(Objective("checks", "checks"))
    return job


def read(path):
    with open(path) as f:
        body = yaml.safe_load(f) or {}
    zone_default = (body.get("defaults") or {}).get("timezone", "UTC")
    sources = {n: read_source(n, b) for n, b in (body.get("sources") or {}).items()}
    calendars = body.get("calendars") or {}
    return sources, [read_job(n, b, zone_default, calendars) for n, b in (body.get("jobs") or {}).items()]

