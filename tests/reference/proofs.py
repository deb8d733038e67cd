"""What can prove a success: the runs, each output; and the successes that they make together."""
import operator
import re
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from zoneinfo import ZoneInfo

import coverage
from instants import DAY, SECOND, to_datetime

OPERATORS = {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt,
             "==": operator.eq, "=": operator.eq, "!=": operator.ne}


@dataclass(frozen=True)
class Success:
    time: int
    order: tuple              # runs by id, then outputs in their order, then a last success
    evidence: str
    covers: int
    scheduled: int = None
    covers_is_start: bool = False
    is_last: bool = False


def both(results):
    """Fails if one fails; else unknown if one is unknown; else passes."""
    results = list(results)
    return False if False in results else None if None in results else True


def shrink_passes(percent, fact, history):
    """from four observations on: against the median of the same weekday over 28 days and against the
    highest weekly median of 90 days"""
    rows, now = fact.get("rows"), fact.get("updated_at")
    if rows is None or now is None:
        return None
    newest = {}
    for f in history:
        if f.get("updated_at") is not None and f.get("rows") is not None and f["updated_at"] < now:
            newest[f["updated_at"]] = f["rows"]
    if len(newest) + 1 < 4:
        return True
    references = []
    weekday = to_datetime(now).weekday()
    same = [r for t, r in newest.items() if now - t <= 28 * DAY and to_datetime(t).weekday() == weekday]
    if same:
        references.append(median(same))
    weeks = {}
    for t, r in newest.items():
        if now - t <= 90 * DAY:
            weeks.setdefault((now - t) // (7 * DAY), []).append(r)
    if weeks:
        references.append(max(median(w) for w in weeks.values()))
    return all(ref <= 0 or (ref - rows) * 100 < percent * ref for ref in references)


def partition_passes(wanted, fact):
    """What was written must be the partition of the day of writing, less how far behind it is, or a newer one."""
    form, behind, zone = wanted
    digits = re.sub("[^0-9]", "", fact.get("partition") or "")
    length = {"%Y": 4, "%Y%m": 6, "%Y%m%d": 8, "%Y%m%d%H": 10}[form]
    if len(digits) < length or fact.get("updated_at") is None:
        return None
    written = to_datetime(min(fact["updated_at"], fact["observed_at"]))
    if behind % DAY == 0:
        due = written.astimezone(ZoneInfo(zone)).replace(tzinfo=None) - timedelta(microseconds=behind)
    else:
        due = (written - timedelta(microseconds=behind)).astimezone(ZoneInfo(zone))
    return digits[:length] >= due.strftime(form)


def check(output, fact, history):
    """True: all checks pass. False: one fails. None: a value is lacking."""
    results = []
    for op, number in output.checks.rows:
        rows = fact.get("rows")
        results.append(None if rows is None else OPERATORS[op](rows, number))
    for column in output.checks.not_null:
        nulls = (fact.get("values") or {}).get("null." + column)
        results.append(None if nulls is None else nulls == 0)
    if output.checks.shrink is not None:
        results.append(shrink_passes(output.checks.shrink, fact, history))
    if output.checks.partition:
        results.append(partition_passes(output.checks.partition, fact))
    return both(results)


class Proofs:
    def __init__(self, k):
        self.k = k
        job = k.job
        has_runs = k.runs_source is not None
        # `runs` needs the runs, `outputs` all outputs, `any` one of the proofs, `all` all that is configured
        self.uses_runs = has_runs and job.success != "outputs"
        self.outputs = [] if job.success == "runs" else job.outputs
        self.any = job.success == "any"
        self.read_outputs()
        self.read_runs()
        self.cover_of = {}
        if self.uses_runs:
            self.cover_of["runs"] = coverage.of_runs(k, self.unmatched)
        for o in self.outputs:
            self.cover_of[o.name] = coverage.of_output(k, o, self.results[o.name])

    def read_outputs(self):
        self.results, self.moves, self.newest = {}, {}, {}
        for o in self.k.job.outputs:
            facts = sorted(self.k.moves_of[o.name], key=lambda f: (f["observed_at"], f.get("updated_at") or -1))
            rows = [(f["observed_at"], f.get("updated_at"), check(o, f, facts[:i])) for i, f in enumerate(facts)]
            self.results[o.name] = rows
            # an observation is a success at updated_at if they all hold
            self.moves[o.name] = sorted({u for _, u, ok in rows if ok is True and u is not None})
            self.newest[o.name] = rows[-1] if rows else None

    def read_runs(self):
        k = self.k
        succeeded = [r for r in k.runs if r.outcome == "succeeded"]
        self.runs = [r for r in succeeded if k.counts(r)]
        values = sorted({f["value"] for f in k.last_values if f.get("value") is not None})
        # A last success within a second of a visible successful run's finish is that run
        self.unmatched = [v for v in values if all(abs(v - r.finished) > SECOND for r in succeeded)]

    # -- successes -------------------------------------------------------------------------------

    def of_run(self, run):
        return Success(run.finished, (0, run.id), "run " + run.id, run.covers, run.scheduled,
                       run.scheduled is None and run.started is not None)

    def of_last(self, value):
        return Success(value, (2, ""), "last success", value, is_last=True)

    def of_move(self, index, t):
        return Success(t, (1, index), self.outputs[index].name, t)

    def join(self, base, moves, time=max):
        """the time of the success is the latest and its `covers` the earliest of them"""
        parts = ([base] if base else []) + [self.of_move(i, t) for i, t in enumerate(moves)]
        first = min(parts, key=lambda s: s.covers)
        return Success(time(s.time for s in parts), parts[0].order, " and ".join(s.evidence for s in parts),
                       first.covers, base.scheduled if base else None,
                       bool(base) and first is base and base.covers_is_start, bool(base) and base.is_last)

    def successes(self, choose, baseless_time=max):
        """choose(moves of one output) -> the move for what no run's time picks, or None."""
        found = []
        names = [o.name for o in self.outputs]
        chosen = [choose(self.moves[n]) for n in names]
        if self.any:
            found += [self.of_move(i, t) for i, n in enumerate(names) for t in self.moves[n]]
        if not self.uses_runs:
            if names and not self.any and None not in chosen:
                found.append(self.join(None, chosen))
            return found
        bases = [(self.of_run(r), next((t for t in (r.created, r.started, r.scheduled) if t is not None), None))
                 for r in self.runs] + [(self.of_last(v), None) for v in self.unmatched]
        for success, since in bases:
            if self.any or not names:
                found.append(success)
            elif since is not None:
                # the *earliest* observed success at or after its created_at, else started_at, else scheduled_at
                moves = [min((u for u in self.moves[n] if u >= since), default=None) for n in names]
                if None not in moves:
                    found.append(self.join(success, moves))
            elif None not in chosen:
                found.append(self.join(success, chosen, baseless_time))
        return found

    def in_span(self, inside):
        """for windows: the first move of each output in the span"""
        return self.successes(lambda moves: min((u for u in moves if inside(u)), default=None))

    def anytime(self):
        """`within`: with the newest, and the time is then the earlier; outputs alone: the oldest of their newest"""
        newest = lambda moves: max(moves, default=None)
        if self.uses_runs or self.any:
            return self.successes(newest, baseless_time=min)
        chosen = [newest(self.moves[o.name]) for o in self.outputs]
        return [self.join(None, chosen, min)] if chosen and None not in chosen else []

    def newest_success(self):
        found = self.anytime()
        return min(found, key=lambda s: (-s.time, s.order)) if found else None

    # -- absence ---------------------------------------------------------------------------------

    def all_cover(self):
        covers = list(self.cover_of.values())
        if not covers:
            return []
        out = covers[0]
        for c in covers[1:]:
            out = coverage.intersection(out, c)
        return out

    def absent(self, a, end, belongs):
        """Covered over [a, x] with x > end.  belongs(covers, scheduled, is a start) for runs and moves."""
        # With `any` every proof must be covered; and so are all of them covered with no pair in time
        if coverage.reaches(self.all_cover(), a, end):
            return True
        if self.any:
            return False
        # one proof is enough that is covered and has no success of its own with a time in [a, end + grace]
        # (for runs: nor one that belongs)
        if self.uses_runs and coverage.reaches(self.cover_of["runs"], a, end):
            if not any(a <= r.finished <= end or belongs(self.of_run(r)) for r in self.runs):
                return True
        for i, o in enumerate(self.outputs):
            if coverage.reaches(self.cover_of[o.name], a, end):
                if not any(a <= u <= end or belongs(self.of_move(i, u)) for u in self.moves[o.name]):
                    return True
        return False
