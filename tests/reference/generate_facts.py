"""The facts of a random scenario, biased to boundaries."""
from datetime import timedelta

import instants
from config import deadline
from cron import cron
from instants import DAY, HOUR, MINUTE, SECOND, to_datetime

SHORT = ["*/5 * * * *", "*/10 * * * *", "*/15 * * * *", "*/30 * * * *", "0 * * * *", "7,37 * * * *", "@hourly"]
DAILY = ["0 8 * * *", "30 1 * * *", "30 2 * * *", "0 */6 * * *", "15 2 * * *", "0 0 * * *", "@daily", "45 1 * * 1-6"]
UNREADABLE = [{"schedule": "H * * * *"}, {"schedule": "@reboot"}, {"timezone": "Mars/Phobos"}, {"dialect": "cobol"}]


class FactMaker:
    """What a Scenario tells of its jobs; `r`, `start`, `end`, `short`, `zone`, `pool` are the scenario's."""

    def ticks_of(self, text, zone, dialect="kubernetes"):
        c, out, t = cron(text, zone, dialect), [], self.start - 1
        while (t := c.next(t)) is not None and t <= self.end + HOUR:
            out.append(t)
        return out

    def make_facts(self, name, job, runs, written, flavour):
        r = self.r
        ticks = []
        self.scope = r.choice([None, "ns"]) if runs == "k" else None
        if runs:
            text = r.choice(SHORT if self.short else DAILY)
            zone = r.choice([self.zone, self.zone, "UTC"])
            ticks = self.ticks_of(text, zone)
            self.make_job_facts(name, runs, text, zone)
        self.pool += ticks
        self.add_deadlines(job, written, ticks)
        finishes = []
        if runs:
            finishes = self.make_runs(name, runs, ticks)
        for output, o in job.get("outputs", {}).items():
            self.make_observations(name, output, o, ticks + finishes)
        if runs == "k" and self.chance(0.35):
            self.make_last_successes(name, finishes)
        if runs and self.chance(0.15):
            for t in sorted(self.inside() for _ in range(r.choice([1, 1, 2]))):
                self.add({"fact": "gone", "source": runs, "job": name, "observed_at": self.job_time(t)})
                if self.chance(0.4):               # and back
                    self.add({"fact": "job", "source": runs, "job": name, "observed_at": self.job_time(max(t, self.near()))})
        if flavour == "discovered" and self.chance(0.15):  # another source knows a job of that name, too
            self.add({"fact": "job", "source": "push", "job": name, "observed_at": self.job_time(self.inside())})
            self.add({"fact": "run", "source": "push", "job": name, "run_id": "p", "outcome": "succeeded",
                      "observed_at": self.job_time(self.inside())})
        if self.chance(0.1):
            self.add({"fact": "down", "source": runs or "db", "observed_at": self.inside(), "reason": "timeout"})

    def add_deadlines(self, job, written, ticks):
        for o in written:
            grace = instants.duration(o.get("grace", job.get("grace", "0")))
            if "by" in o:
                for c in deadline(o["by"], o.get("timezone", "UTC")):
                    t = self.start - 1
                    while (t := c.next(t)) is not None and t <= self.end + HOUR:
                        self.pool += [t, t + grace]
                continue
            value = o.get("start_by") or (o.get("every_run") or {}).get("finish_within")
            if value or grace:
                self.pool += [t + (instants.duration(value) if value else 0) + grace for t in ticks[:12]]

    def job_time(self, t):
        while t in self.job_times:
            t += 1
        self.job_times.add(t)
        return t

    def make_job_facts(self, name, source, text, zone):
        r = self.r
        base = {"fact": "job", "source": source, "job": name}
        first = dict(base, scope=self.scope, schedule=text, timezone=zone if zone != "UTC" or self.chance(0.3) else None)
        first["dialect"] = "kubernetes" if source == "push" and self.chance(0.5) else None
        if self.chance(0.2):
            del first["schedule"]                  # no schedule known (yet)
        elif self.chance(0.04):
            first.update(r.choice(UNREADABLE))
        if self.chance(0.3):
            first["configured"] = True
        elif self.chance(0.5):
            first["paused"] = False
        when = self.start if self.chance(0.7) else self.inside()
        self.add(dict(first, observed_at=self.job_time(when)))
        if self.chance(0.12):                      # another schedule or zone, from some instant on
            change = r.choice([{"schedule": r.choice(SHORT if self.short else DAILY)}] * 6 + [{"timezone": "Europe/Berlin"}] * 2 +
                              [{"dialect": "vixie"}, {"dialect": "argo"}, r.choice(UNREADABLE), {"scope": "other"}])
            self.add(dict(base, observed_at=self.job_time(self.inside()), **change))
        if self.chance(0.2):
            times = sorted(self.inside() for _ in range(r.choice([1, 2, 2, 2, 4])))
            for n, t in enumerate(times):
                t = self.job_time(t)
                self.pool.append(t)
                self.add(dict(base, observed_at=t, paused=n % 2 == 0))
        elif self.chance(0.3):
            self.add(dict(base, observed_at=self.job_time(self.inside()), paused=False if self.chance(0.5) else None))

    def make_runs(self, name, source, ticks):
        r, finishes = self.r, []
        inside = [t for t in ticks if t <= self.end]
        chosen = [t for t in r.sample(inside, min(len(inside), 8)) if self.chance(0.75)]
        kinds = [("scheduled", t) for t in chosen] + [(r.choice(["manual", "backfill", None]), None)] * r.choice([0, 0, 1, 2])
        for n, (trigger, tick) in enumerate(kinds):
            finishes.append(self.make_run(name, source, "r%d" % n, trigger, tick))
        self.pool += [f for f in finishes if f]
        return [f for f in finishes if f]

    def make_run(self, name, source, run_id, trigger, tick):
        r = self.r
        anchor = tick if tick is not None else self.inside()
        run = {"fact": "run", "source": source, "job": name, "run_id": run_id}
        if trigger and self.chance(0.7):
            run["trigger"] = trigger
        elif self.chance(0.1):
            run["trigger"] = "unknown"
        if tick is not None and self.chance(0.75):
            run["scheduled_at"] = tick
        created = anchor + r.choice([0, 0, 1, SECOND, -SECOND, 5 * SECOND, -30 * SECOND])
        started = created + r.choice([0, 0, SECOND, MINUTE, self.some_length()])
        finished = started + r.choice([0, MINUTE, self.some_length(), self.some_length() + 1])
        if self.chance(0.3):
            finished = max(started, self.near())
        if self.chance(0.5):
            run["created_at"] = created
        starts = {"started_at": started} if self.chance(0.75) else {}
        seen = set()

        def tell(t, outcome, **more):
            # no two observations of one run at one instant that the rules do not order
            key = (t, outcome == "succeeded")
            if any(k[0] == t and (k[1] == key[1]) for k in seen):
                return
            seen.add(key)
            self.add(dict(run, **starts, **more, outcome=outcome, observed_at=t))
            self.pool.append(t)

        if self.chance(0.4):
            tell(started + r.choice([0, SECOND, MINUTE]), "running")
        outcome = r.choice(["succeeded"] * 7 + ["failed", "failed", "cancelled", "skipped", "running"])
        if outcome == "running":
            tell(max(started, self.near()), "running")
            return None
        at = finished + r.choice([0, 0, SECOND, MINUTE, self.some_length(), -1, -MINUTE])
        more = {"finished_at": finished} if self.chance(0.85) else {}
        tell(at, outcome, **more)
        if self.chance(0.15):                      # said again
            tell(at + r.choice([0, MINUTE]), outcome, **more)
        if self.chance(0.15):                      # contradicted: a re-run, an old replica
            other = r.choice(["running", "failed", "succeeded", "cancelled"])
            moved = {"finished_at": finished + r.choice([-1, 1]) * MINUTE} if other != "running" and self.chance(0.6) else {}
            if self.chance(0.4):
                starts = {"started_at": started + r.choice([-MINUTE, MINUTE])}
            tell(at + r.choice([-MINUTE, -SECOND, 0, SECOND, MINUTE]), other, **moved)
        return finished

    def make_observations(self, name, output, o, anchors):
        r, seen = self.r, set()
        value, t = None, self.start
        if "shrink" in o.get("checks", {}) and self.chance(0.6):
            self.make_past(name, output)
        every = self.bound("db") + r.choice([0, 0, 1, -SECOND])
        style = r.choice(["steady", "sparse", "sparse"])
        for n in range(r.choice([2, 4, 6, 10])):
            if style == "steady":
                t += every
            else:
                t = (r.choice(anchors) if anchors and self.chance(0.5) else self.near()) + r.choice([0, 1, SECOND, MINUTE])
            if t in seen or t < self.start - HOUR:
                continue
            seen.add(t)
            if value is None or self.chance(0.5):
                value = min(t + r.choice([0, 0, 0, SECOND]), (r.choice(anchors) if anchors and self.chance(0.4) else self.near()))
                value += r.choice([0, 0, 1, -1, MINUTE])
            fact = {"fact": "observation", "source": "db", "job": name, "output": output, "observed_at": t}
            fact["updated_at"] = None if self.chance(0.08) else value
            if fact["updated_at"] is not None:
                self.pool.append(value)
            if self.chance(0.85):
                fact["rows"] = r.choice([10, 10, 11, 100, 100, 9, 0, 80, 81, 93, 90])
            if self.chance(0.8):
                fact["values"] = {"null.c": r.choice([0, 0, 0, 1])} if self.chance(0.8) else {"other": 1.5}
            self.pool.append(t)
            self.add(self.of_partition(fact, o))

    def of_partition(self, fact, output):
        """That of the day when it was written, mostly, or of another one; in the forms that sources have."""
        p = self.p
        if "partition" not in output.get("checks", {}) or fact["updated_at"] is None or p.random() < 0.1:
            return fact
        day = to_datetime(fact["updated_at"]) + timedelta(hours=p.choice([0, 0, 0, 9, 9, -24, -1, 24, -24 * 28]))
        return dict(fact, partition=day.strftime(p.choice(["%Y%m%d", "%Y-%m-%d", "%Y-%m-%dT%H", "%Y%m%d%H", "%Y%m", "eu"])))

    def make_past(self, name, output):
        """What shrink compares with: a move a day, or a few."""
        r = self.r
        count, step = r.choice([3, 4, 8, 30, 100]), 5 * MINUTE if self.short else DAY
        rows = r.choice([100, 100, 1000])
        for n in range(count, 0, -1):
            t = self.start - n * step + r.choice([0, 1, -1])
            self.add({"fact": "observation", "source": "db", "job": name, "output": output, "updated_at": t - r.choice([0, MINUTE]),
                      "rows": rows + r.choice([0, 0, 0, 1, -1, 20, -20]), "values": {"null.c": 0}, "observed_at": t})

    def make_last_successes(self, name, finishes):
        r = self.r
        for t in sorted(self.inside() for _ in range(r.choice([1, 2, 3]))):
            value = None
            if not self.chance(0.15):
                value = (r.choice(finishes) if finishes and self.chance(0.7) else self.near())
                value += r.choice([0, SECOND, -SECOND, SECOND + 1, -SECOND - 1])
            self.add({"fact": "last_success", "source": "k", "job": name, "value": value, "observed_at": t})
            self.pool += [t] + ([value] if value else [])

    def make_views(self):
        r = self.r
        for source in ("k", "push"):
            if self.chance(0.85):
                step = self.bound(source)
                n = min(40, (self.end - self.start) // step + 2)
                t = self.start + r.choice([0, 0, MINUTE, -HOUR])
                if n == 40:                        # a stretch around some boundary
                    t = self.near() - 20 * step
                for _ in range(n):
                    if not self.chance(0.04):
                        self.view(source, t)
                    t += step + (r.choice([1, MINUTE, step]) if self.chance(0.04) else 0)
            for _ in range(r.choice([0, 0, 1, 2, 3])):
                t = self.inside()
                self.view(source, t, since=max(self.start - DAY, self.near()) if self.chance(0.6) else None)
        if self.chance(0.1):
            self.view("db", self.inside())

    def view(self, source, t, since=None):
        fact = {"fact": "view", "source": source, "observed_at": t, "complete": not self.chance(0.03), "since": since}
        if source == "k" and self.chance(0.15):
            fact["scope"] = self.r.choice(["ns", "ns", "other", ""])
        self.pool.append(t)
        self.add(fact)
