#!/usr/bin/env python3
"""A random scenario: config.yml, facts.jsonl and at.txt (one instant a line), biased to boundaries.

    python3 generate.py --seed=N --out=DIR
"""
import argparse
import json
import os
import random

import yaml

import instants
from generate_facts import DAILY, SHORT, FactMaker
from instants import DAY, HOUR, MINUTE, SECOND, parse, show

PLACES = [  # zone, a day on which its clock changes
    ("UTC", "2026-03-02"), ("Asia/Tokyo", "2026-03-02"), ("UTC", "2026-03-02"),
    ("Europe/Berlin", "2026-03-29"), ("Europe/Berlin", "2026-10-25"),
    ("America/New_York", "2026-03-08"), ("America/New_York", "2026-11-01"),
    ("Australia/Lord_Howe", "2026-04-05"), ("Australia/Lord_Howe", "2026-10-04"),
    ("Africa/Casablanca", "2026-02-15"), ("Africa/Casablanca", "2026-03-22"), ("Antarctica/Troll", "2026-03-29"),
    ("Antarctica/Troll", "2026-10-25"), ("Pacific/Apia", "2011-12-30"), ("Pacific/Chatham", "2026-04-05")]
EDGES = [0, 0, 0, 1, -1, SECOND, -SECOND, 30 * SECOND, -30 * SECOND, 30 * SECOND + 1, -30 * SECOND - 1]


class Scenario(FactMaker):
    def __init__(self, seed):
        self.r = random.Random(seed)
        self.p = random.Random("partitions of %d" % seed)  # apart: a world keeps what it had without them
        r = self.r
        self.zone, day = r.choice(PLACES)
        self.short = r.random() < 0.55
        midnight = parse(day + "T00:00:00Z")
        if self.short:
            hour = 0 if self.zone in ("UTC", "Asia/Tokyo") else r.choice([-11, -9, 0, 1, 5, 6])
            self.start = midnight + hour * HOUR + r.choice([0, 0, 3 * MINUTE, 30 * MINUTE])
            self.end = self.start + r.choice([1, 2, 3]) * HOUR
        else:
            self.start = midnight - DAY + r.choice([0, 5 * HOUR, 20 * HOUR])
            self.end = self.start + r.choice([2, 3]) * DAY
        self.facts, self.pool, self.job_times = [], [], set()
        self.sources = self.make_sources()
        self.calendars = {"c%d" % n: self.make_calendar() for n in range(r.choice([0, 0, 1, 2]))}
        self.jobs = {}
        for i in range(r.choice([1, 1, 1, 2, 2, 3, 4])):
            self.make_job(i)
        self.make_views()
        if self.chance(0.1):                       # about what nobody configured
            self.add({"fact": "run", "source": "k", "job": "ns/other", "run_id": "r", "outcome": "succeeded",
                      "observed_at": self.inside()})
            self.add({"fact": "view", "source": "elsewhere", "observed_at": self.inside()})
        self.config = {"sources": self.sources, "jobs": self.jobs}
        if self.calendars:
            self.config["calendars"] = self.calendars
        if r.random() < 0.3:
            self.config["defaults"] = {"timezone": self.zone}
        r.shuffle(self.facts)
        self.ats = self.make_ats()

    # -- helpers ---------------------------------------------------------------------------------

    def chance(self, p):
        return self.r.random() < p

    def some_length(self):
        r = self.r
        return r.choice([1, 2, 5, 10, 20]) * MINUTE if self.short else r.choice([10 * MINUTE, HOUR, 2 * HOUR, 6 * HOUR])

    def text(self, us):
        for unit, size in (("d", DAY), ("h", HOUR), ("m", MINUTE), ("s", SECOND)):
            if us % size == 0:
                return "%d%s" % (us // size, unit)

    def near(self):
        """An instant at or near a boundary."""
        r = self.r
        t = r.choice(self.pool) if self.pool and r.random() < 0.8 else r.randrange(self.start, self.end, MINUTE)
        return t + (r.choice(EDGES) if r.random() < 0.8 else r.choice([-1, 1]) * self.some_length())

    def inside(self):
        return min(max(self.near(), self.start), self.end)

    def add(self, fact):
        for key in list(fact):
            if fact[key] is None and key != "value":
                del fact[key]
            elif isinstance(fact[key], int) and not isinstance(fact[key], bool) and key not in ("rows", "bytes"):
                fact[key] = show(fact[key])
        self.facts.append(fact)

    # -- configuration ---------------------------------------------------------------------------

    def staleness(self):
        r = self.r
        if self.short:
            return r.choice([None, "2m", "10m", "10m", "30m"])
        return r.choice([None, "30m", "2h", "6h", "6h"])

    def make_sources(self):
        found = {"k": {"kubernetes": {}}, "push": {"heartbeat": {"token": {"env": "TOKEN"}}},
                 "db": {"sql": {"url": "postgresql://slo@db/prod"}}}
        for body in found.values():
            s = self.staleness()
            if "heartbeat" in body:                # a push has no poll interval to derive it from
                s = s or "90s"
            if s:
                body["staleness"] = s
        return found

    def bound(self, name):
        s = self.sources[name].get("staleness")
        return instants.duration(s) if s else {"k": 180, "push": 90, "db": 90}[name] * SECOND

    def make_calendar(self):
        """Days, hours and stretches around what happens; there is a calendar without days off, for `within`."""
        r, c = self.r, {"maintenance": {}}
        date = lambda t: show(t)[:10]
        days = [date(self.start + n * DAY) for n in range(-1, 4)]
        clock = lambda t: show(t - t % MINUTE)[11:16]
        if self.chance(0.3):
            c["weekdays"] = r.choice(["mon-fri", "mon,wed,fri", "sat,sun", "tue-thu,sun"])
        if self.chance(0.25):
            c["hours"] = r.choice(["09:00-18:00", "00:00-12:00", "00:00-06:00,10:00-24:00", "01:00-02:30,04:00-10:00"])
        if self.chance(0.3):
            c["holidays"] = {"dates": r.sample(days, r.choice([1, 1, 2]))}
        if self.chance(0.2):
            c["half_days"] = {"dates": r.sample(days, 1), "until": r.choice(["02:30", "01:30", "10:00", "12:00", "00:00"])}
        if self.chance(0.5):
            at = self.start + r.choice([0, 10, 30, 60]) * MINUTE
            end = at + r.choice([1, 10, 30, 90] if self.short else [30, 180, 900]) * MINUTE
            utc = self.chance(0.6)
            c["maintenance"]["once"] = {k: show(t) if utc else show(t)[:10] + " " + clock(t) for k, t in (("from", at), ("to", end))}
        if self.chance(0.3) or len(c) == 1 and not c["maintenance"]:
            often = self.short or self.chance(0.2)
            c["maintenance"]["again"] = {"cron": r.choice(["*/20 * * * *", "0 * * * *"] if often else ["30 2 * * *", "02:00 sun,mon", "0 */12 * * *"]),
                                         "for": r.choice(["30s", "5m", "10m"] if often else ["10m", "3h", "1h"])}
        if not c["maintenance"]:
            del c["maintenance"]
        if self.chance(0.5):
            c["timezone"] = r.choice([self.zone, self.zone, "UTC"])
        return c

    def make_deadline(self):
        r = self.r
        if self.short:
            return r.choice(["*/15 * * * *", "*/20 * * * *", "10 * * * *", "30 * * * *", "5,35 * * * *", "*/10 * * * *"])
        return r.choice(["10:00", "10:00 mon-fri", "02:30", "01:30", "01:45", "02:15", "01:30,10:00", "0 */12 * * *",
                         "30 2 * * *", "30 * * * *", "09:00 sat,sun,mon"])

    def make_since(self):
        r = self.r
        if self.short:
            return r.choice(["10m", "5m", "30m", "1h", "*/10 * * * *", "0 * * * *"])
        return r.choice(["6h", "1d", "12h", "2d", "08:00", "02:30", "0 1 * * *", "22:00"])

    def make_objective(self, kind):
        r, o = self.r, {}
        if kind == "within":
            o["within"] = r.choice(["5m", "10m", "20m", "30m"]) if self.short else r.choice(["1h", "6h", "12h", "1d"])
        elif kind == "by":
            o["by"] = self.make_deadline()
            if self.chance(0.5):
                o["since"] = self.make_since()
            if self.chance(0.6):
                o["timezone"] = self.zone
        elif kind == "every_run":
            o["every_run"] = {"tolerate": r.choice([0, 0, 1, 2])}
            if self.chance(0.6):
                o["every_run"]["finish_within"] = self.text(self.some_length())
        else:
            o[kind] = self.text(self.some_length())
        if self.calendars and self.chance(0.6):
            o["calendar"] = r.choice(sorted(self.calendars))
        if self.chance(0.5):
            o["grace"] = r.choice(["1m", "5m", "10m", "30s"]) if self.short else r.choice(["5m", "1h", "30m", "13h"])
        return o

    def make_job(self, i):
        r = self.r
        flavour = r.choice(["kubernetes", "kubernetes", "discovered", "heartbeat", "heartbeat", "outputs"])
        name = "ns/job%d" % i
        job = {}
        runs = {"kubernetes": "k", "discovered": "k", "heartbeat": "push", "outputs": None}[flavour]
        if flavour == "kubernetes":
            job["runs"] = {"source": "k", "cronjob": name}
        elif flavour == "heartbeat":
            job["runs"] = {"source": "push"}
        count = r.choice([1, 1, 2]) if runs is None else r.choice([0, 0, 0, 1, 1, 2])
        outputs = {}
        for n in range(count):
            o = {"source": "db", "table": "t%d%d" % (i, n), "updated_at": "at"}
            if self.chance(0.2):
                o = {"source": "db", "query": "SELECT max(t) AS updated_at, count(*) AS rows FROM t%d%d" % (i, n)}
            if self.chance(0.3):
                o["checks"] = {"rows": ">= 10"}
                if "table" in o and self.chance(0.5):
                    o["checks"]["not_null"] = ["c"]
            if self.chance(0.15):
                o.setdefault("checks", {})["shrink"] = r.choice(["< 20%", "< 10%", "< 50%", "< 7%", "< 100%"])
            outputs["out%d" % n] = self.with_partition(o)
        if outputs:
            job["outputs"] = outputs
            if self.chance(0.6):
                job["success"] = r.choice(["all", "any", "outputs"] + (["runs"] if "runs" in job else []))
        kinds = ["within", "by"] + (["every_run", "every_run", "start_by", "max_runtime"] if runs else [])
        written = []
        if not self.chance(0.15 if runs else 0):
            written = [self.make_objective(r.choice(kinds)) for _ in range(r.choice([1, 1, 2, 3]))]
        self.write_objectives(job, written, bool(outputs))
        self.write_options(job, flavour)
        self.jobs[name] = job
        self.make_facts(name, job, runs, written, flavour)

    def with_partition(self, output):
        p = self.p
        if p.random() < 0.8:
            return output
        form = p.choice(["%Y%m%d", "%Y%m%d", "%Y-%m-%d", "%Y%m", "%Y%m%d%H"])
        checks = dict(output.get("checks", {}), partition=form + p.choice(["", "", " -1d", " -90m"]))
        return {"source": "db", "query": "SELECT max(t) AS updated_at, count(*) AS rows, max(dt) AS partition_id FROM t",
                "timezone": p.choice(["UTC", "Asia/Tokyo", "Europe/Berlin"]), "checks": checks}

    def write_objectives(self, job, written, has_outputs):
        kinds = [next(iter(o)) for o in written]
        if written and len(set(kinds)) == len(kinds) and self.chance(0.5):
            for o in written:                      # the short form; its properties are the job's
                job.update(o)
            gated = any("rows" in o.get("checks", {}) for o in job.get("outputs", {}).values())
            if has_outputs and not gated and self.chance(0.4):
                job["rows"] = ">= 10"
        elif written:
            job["objectives"] = {"o%d" % n: o for n, o in enumerate(written)}

    def write_options(self, job, flavour):
        r = self.r
        if self.calendars and self.chance(0.2):    # of the objectives that name none, the derived one among them
            job.setdefault("calendar", r.choice(sorted(self.calendars)))
        if self.chance(0.1):
            job["count_manual"] = False
        if self.chance(0.1):
            job["count_backfill"] = True
        if self.chance(0.1):
            job["max_suspend"] = self.text(self.some_length())
        if flavour == "heartbeat" and self.chance(0.3):    # a source that can't tell of schedules
            job["schedule"] = r.choice(SHORT if self.short else DAILY)
            if self.chance(0.5):
                job["dialect"] = r.choice(["vixie", "kubernetes"])

    def make_ats(self):
        r = self.r
        ats = {self.start - 1, self.start, self.end, self.end + HOUR}
        pool = sorted(set(self.pool))
        for t in r.sample(pool, min(len(pool), 14)):
            ats.update([t, t + r.choice([1, -1, SECOND, MINUTE])])
        for _ in range(4):
            ats.add(self.near())
        return sorted(ats)


def write(out, config, facts, ats):
    os.makedirs(out, exist_ok=True)
    with open(os.path.join(out, "config.yml"), "w") as f:
        yaml.safe_dump(config, f, sort_keys=False, default_flow_style=None, width=200)
    with open(os.path.join(out, "facts.jsonl"), "w") as f:
        f.writelines(json.dumps(x) + "\n" for x in facts)
    with open(os.path.join(out, "at.txt"), "w") as f:
        f.writelines(show(t) + "\n" for t in ats)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", required=True)
    a = parser.parse_args()
    s = Scenario(a.seed)
    write(a.out, s.config, s.facts, s.ats)


if __name__ == "__main__":
    main()
