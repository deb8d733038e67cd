"""The facts file, and what is known of one job at one instant."""
import json
from dataclasses import dataclass, replace

import instants
from config import LAST_VALUES, WATCHES
from cron import Ticks, cron

TIMES = ["observed_at", "since", "scheduled_at", "created_at", "started_at", "finished_at", "updated_at", "value"]
NAMES_A_JOB = {"job", "run", "observation", "last_success", "gone"}


def read(path):
    """[dict] with instants as integers; `order irrelevant`."""
    facts = []
    with open(path) as f:
        for line in f:
            fact = json.loads(line)
            for key in TIMES:
                if isinstance(fact.get(key), str):
                    fact[key] = instants.parse(fact[key])
            # A time (not scheduled_at) later than its own observation is taken as the observation's.
            for key in TIMES:
                if key not in ("observed_at", "scheduled_at") and isinstance(fact.get(key), int):
                    fact[key] = min(fact[key], fact["observed_at"])
            facts.append(fact)
    return facts


@dataclass(frozen=True)
class Run:
    id: str
    observed: int
    scheduled: int = None
    created: int = None
    started: int = None
    finished: int = None
    outcome: str = "running"
    trigger: str = None

    @property
    def covers(self):
        """the run's scheduled_at, else its start, else the success time."""
        return next((t for t in (self.scheduled, self.started, self.finished) if t is not None), None)


def whole(run):
    """A success without finished_at has its observation's; started_at is never later than finished_at.
    A running run has no finish (an earlier observation's finish is not the re-run's)."""
    finished = run.finished
    if run.outcome == "running":
        finished = None
    if run.outcome == "succeeded" and finished is None:
        finished = run.observed
    started = run.started
    if started is not None and finished is not None:
        started = min(started, finished)
    return replace(run, finished=finished, started=started)


def run_of(fact):
    trigger = fact.get("trigger")
    return whole(Run(fact["run_id"], fact["observed_at"], fact.get("scheduled_at"), fact.get("created_at"),
                     fact.get("started_at"), fact.get("finished_at"), fact.get("outcome", "running"),
                     None if trigger == "unknown" else trigger))


def rank(run):
    """on equal observation times a success wins, then the finished one, then the later finish"""
    none_last = lambda t: -1 if t is None else t
    return (run.observed, run.outcome == "succeeded", run.finished is not None, none_last(run.finished),
            run.outcome != "running", run.outcome, none_last(run.started), none_last(run.scheduled),
            none_last(run.created), run.trigger or "")


def fold(old, new):
    """the later observation replaces the earlier, field by field where it is silent"""
    if old is None:
        return new
    pick = lambda name: getattr(new, name) if getattr(new, name) is not None else getattr(old, name)
    return whole(Run(new.id, new.observed, pick("scheduled"), pick("created"), pick("started"),
                     pick("finished"), new.outcome, pick("trigger")))


def merge(sights):
    """-> (the run as successes see it, the run as max_runtime sees it, its earliest start)."""
    sights = sorted(sights, key=rank)
    newest = None
    for s in sights:
        newest = fold(newest, s)
    # A run's first success stays, all its fields frozen, whatever is said of that run later.
    successes = [s.observed for s in sights if s.outcome == "succeeded"]
    frozen = newest
    if successes:
        frozen = None
        for s in sights:
            if s.observed <= successes[0]:
                frozen = fold(frozen, s)
    # for start_by the earliest start that was ever seen of it
    starts = [s.started for s in sights if s.started is not None]
    for r in (frozen, newest):
        if starts and r.finished is not None:
            starts.append(min(min(starts), r.finished))
    return frozen, newest, min(starts, default=None)


def held(facts, key, t, strict=False):
    """A `job` fact that is silent about a key leaves it as it was; before the first, the first holds."""
    said = sorted((f for f in facts if key in f and f[key] is not None), key=lambda f: f["observed_at"])
    before = [f for f in said if (f["observed_at"] < t if strict else f["observed_at"] <= t)]
    return before[-1][key] if before else (said[0][key] if said else None)


class Known:
    """One job, with only the facts observed up to `now`."""

    def __init__(self, sources, job, all_facts, now):
        self.sources, self.job, self.all_facts, self.now = sources, job, all_facts, now
        own_all = [f for f in all_facts if f["source"] in sources and f.get("job") == job.name
                   and f["fact"] in NAMES_A_JOB]
        facts = [f for f in all_facts if f["source"] in sources and f["observed_at"] <= now]
        own = [f for f in own_all if f["observed_at"] <= now]
        self.runs_source = job.runs_source or self.guess_runs_source(own)
        self.first_seen = self.find_first_seen(own_all)
        self.read_job_facts(own)
        self.read_views(facts)
        self.read_runs(own)
        self.moves_of = {o.name: [f for f in own if f["fact"] == "observation" and f["source"] == o.source
                                  and f["output"] == o.name] for o in job.outputs}
        self.last_values = [f for f in own if f["fact"] == "last_success" and f["source"] == self.runs_source]
        self.read_answer(facts, own)

    def at(self, now):
        """The same job as it was known at an earlier instant."""
        return Known(self.sources, self.job, self.all_facts, now)

    def guess_runs_source(self, own):
        """the source (not one of last values) of the earliest `job` or `run` fact that names it"""
        found = [f for f in own if f["fact"] in ("job", "run") and self.sources[f["source"]].kind not in LAST_VALUES]
        return min(found, key=lambda f: f["observed_at"])["source"] if found else None

    def used_sources(self):
        names = {o.source for o in self.job.outputs} | {self.runs_source, self.job.runs_source}
        return [n for n in names if n]

    def find_first_seen(self, own_all):
        """the earliest fact of the whole file that names the job; in a file without any, the earliest
        view of one of its sources"""
        if own_all:
            return min(f["observed_at"] for f in own_all)
        views = [f["observed_at"] for f in self.all_facts if f["fact"] == "view" and f["source"] in self.used_sources()]
        return min(views, default=None)

    def read_job_facts(self, own):
        # schedule, pause and scope come from the runs' source
        self.job_facts = [f for f in own if f["fact"] == "job" and f["source"] == self.runs_source]
        # `configured` marks one that is no sight of the job (for gone, pauses, answers)
        sights = sorted((f for f in self.job_facts if not f.get("configured")), key=lambda f: f["observed_at"])
        # a pause lasts from the first paused sight to the next unpaused one
        self.pauses, begun = [], None
        for f in sights:
            if f.get("paused") is True and begun is None:
                begun = f["observed_at"]
            elif f.get("paused") is False and begun is not None:
                self.pauses.append((begun, f["observed_at"]))
                begun = None
        self.paused = begun is not None
        self.paused_since = begun
        # Gone: said by the source of the runs; a later `job` fact ends it.
        self.gone_spans = []
        for f in own:
            if f["fact"] == "gone" and f["source"] == self.runs_source:
                later = [s["observed_at"] for s in sights if s["observed_at"] > f["observed_at"]]
                self.gone_spans.append((f["observed_at"], min(later) if later else None))
        self.gone = any(end is None for _, end in self.gone_spans)
        self.ticks = self.read_schedule()

    def counts(self, run):
        """Manual runs count, backfills don't; both are options per job."""
        return {"manual": self.job.count_manual, "backfill": self.job.count_backfill}.get(run.trigger, True)

    def read_schedule(self):
        # What people wrote holds where no fact says otherwise.
        written = self.job.schedule or (None, None, None)
        changes = sorted({f["observed_at"] for f in self.job_facts}) or [0]
        if self.runs_source is None or (held(self.job_facts, "schedule", self.now) or written[0]) is None:
            return None
        source = self.sources[self.runs_source]
        kind_dialect = "kubernetes" if source.kind in WATCHES else "vixie"
        parts = []
        for t in changes:
            text = held(self.job_facts, "schedule", t) or written[0]
            # A schedule without `timezone` is in the source's controller zone (UTC), without `dialect` in its kind's.
            zone_name = held(self.job_facts, "timezone", t) or written[1] or source.controller_zone
            dialect = held(self.job_facts, "dialect", t) or written[2] or kind_dialect
            anchor = t if text.startswith("@every") else 0
            if parts and parts[-1][1] == (text, zone_name, dialect):
                continue
            parts.append((t, (text, zone_name, dialect), anchor))
        self.schedule_text, self.schedule_dialect = parts[-1][1][0], parts[-1][1][2]
        out = []
        for t, (text, zone_name, dialect), anchor in parts:
            try:
                out.append((t, cron(text, zone_name, dialect, anchor)))
            except (ValueError, KeyError):
                out.append((t, None))
        return Ticks(out) if out[-1][1] is not None else None

    def scope_at(self, t):
        return held(self.job_facts, "scope", t) or ""

    def read_views(self, facts):
        # no `scope` means all of it; `complete: false` covers nothing
        self.views = [f for f in facts if f["fact"] == "view" and f["source"] == self.runs_source
                      and f.get("complete", True)
                      and (f.get("scope") or "") in ("", self.scope_at(f["observed_at"]))]

    def read_runs(self, own):
        by_id = {}
        for f in own:
            if f["fact"] == "run" and f["source"] == self.runs_source:
                by_id.setdefault(f["run_id"], []).append(run_of(f))
        self.runs, self.newest_runs, self.first_start = [], [], {}
        for run_id in sorted(by_id):                 # Ties go by run id, ascending.
            frozen, newest, start = merge(by_id[run_id])
            self.runs.append(frozen)
            self.newest_runs.append(newest)
            self.first_start[run_id] = start

    def read_answer(self, facts, own):
        """a source of the job has answered: a view, or any fact of its own; what the configuration
        says of the job is no answer"""
        used = self.used_sources()
        viewed = any(f["fact"] == "view" and f["source"] in used and f.get("complete", True)
                     and (f.get("scope") or "") in ("", self.scope_at(f["observed_at"])) for f in facts)
        told = any(f["source"] in used and not f.get("configured") for f in own)
        self.answered = viewed or told
        self.staleness = max((self.sources[n].staleness for n in used), default=0)
