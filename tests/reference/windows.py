"""The windows of `by`, `every_run` and `start_by`: each knows how to judge itself."""
from dataclasses import dataclass

import coverage
from cron import shortest_gap
from instants import HOUR, MINUTE, SECOND
from proofs import Proofs, Success


@dataclass
class Judged:
    status: str                 # met, late, missed, undecided
    opens: int
    due: int
    end: int                    # due + grace
    hits: list                  # the successes (start_by: starts) that make it met or late
    evidence: Success = None

    @property
    def good(self):
        return self.status in ("met", "late")


def earliest(successes):
    return min(successes, key=lambda s: (s.time, s.order)) if successes else None


def gone_closed(k, end, now):
    """Gone, a configured job: windows open then or later are missed when they close, without further
    coverage; a later sight of it ends that."""
    return now > end and any(g <= end and (back is None or end < back) for g, back in k.gone_spans)


def settle(k, opens, due, end, belonging, late_only, missed):
    """*Met*: one that belongs, with time <= end. *Late*: with a later time, or a late one. *Missed*: covered, and neither."""
    hits = belonging + late_only
    if any(s.time <= end for s in belonging):
        return Judged("met", opens, due, end, hits, earliest(hits))
    if hits:
        return Judged("late", opens, due, end, hits, earliest(hits))
    if missed() or gone_closed(k, end, k.now):
        return Judged("missed", opens, due, end, [])
    return Judged("undecided", opens, due, end, [])


def early(ticks, tick):
    """min(30 s, a tenth of the gap between that tick and the one before), in tenths of a microsecond"""
    before = ticks.prev(tick)
    return 300 * SECOND if before is None else min(300 * SECOND, tick - before)


def newest_of(crons, t):
    return max((x for x in (c.prev(t) for c in crons) if x is not None), default=None)


def next_of(crons, t):
    return min((x for x in (c.next(t) for c in crons) if x is not None), default=None)


class By:
    def __init__(self, k, proofs, objective):
        self.k, self.p, self.o = k, proofs, objective
        self.from_schedule = False

    def opening(self, due):
        """-> (O(D), is it a tick of the job's schedule?)"""
        since = self.o.since
        if since:
            if since[0] == "duration":
                return due - since[1], False
            return newest_of(since[1], due), False
        if self.k.ticks:
            tick = self.k.ticks.prev(due)
            if tick is not None:
                return tick, True
        before = newest_of(self.o.value, due)
        # half-way between the previous deadline and D
        return (None if before is None else (before + due) // 2), False

    def newest_first(self):
        """Windows that have begun (O(D) <= now) count."""
        now, dues = self.k.now, []
        due = next_of(self.o.value, now - 1)
        while due is not None and self.opening(due)[0] is not None and self.opening(due)[0] <= now:
            dues.append(due)
            due = next_of(self.o.value, due)
        yield from reversed(dues)
        due = newest_of(self.o.value, now)
        while due is not None and self.opening(due)[0] is not None:
            yield due
            due = newest_of(self.o.value, due)

    def belongs(self, s, due):
        opens, is_tick = self.opening(due)
        if opens is None:
            return False
        # A last success is used only where O(D) comes from `since` or half-way
        if s.is_last and is_tick:
            return False
        # A run with a scheduled_at belongs to D if that is in [O(D), D)
        if s.scheduled is not None:
            return opens <= s.scheduled < due
        # a run's start, which may be up to min(30 s, a tenth of the gap) early where O(D) is a tick
        allowed = early(self.k.ticks, opens) if is_tick and s.covers_is_start else 0
        return 10 * (opens - s.covers) <= allowed and s.covers <= due + self.o.grace

    def belongs_to_none(self, s):
        point = s.covers if s.scheduled is None else s.scheduled
        due = next_of(self.o.value, point - self.o.grace - 1)
        while due is not None:
            opens = self.opening(due)[0]
            if opens is None or opens > point + 30 * SECOND:
                return True
            if self.belongs(s, due):
                return False
            due = next_of(self.o.value, due)
        return True

    def judge(self, due):
        opens, is_tick = self.opening(due)
        end = due + self.o.grace
        following = next_of(self.o.value, due)
        next_opens = self.opening(following)[0] if following is not None else None
        # at or after the opening and before the later of the next opening and D + grace (D + grace itself is in time)
        inside = lambda u: opens <= u and (u <= end or next_opens is None or u < next_opens)
        found = [s for s in self.p.in_span(inside) if not (s.is_last and is_tick)]
        belonging = [s for s in found if self.belongs(s, due)]
        # any success that belongs to no window and whose time is in (D + grace, next D]
        stray = [s for s in found if s not in belonging and end < s.time
                 and (following is None or s.time <= following) and self.belongs_to_none(s)]
        missed = lambda: self.p.absent(opens, end, lambda s: self.belongs(s, due))
        return settle(self.k, opens, due, end, belonging, stray, missed)


class OfTicks:
    """What every_run and start_by share: windows are ticks of the job's schedule."""

    def __init__(self, k, proofs, objective):
        self.k, self.p, self.o = k, proofs, objective

    def newest_first(self):
        tick = self.k.ticks.at_or_before(self.k.now)
        while tick is not None:
            yield tick
            tick = self.k.ticks.prev(tick)

    def tick_of(self, s):
        """What has a scheduled_at belongs to the newest tick <= scheduled_at, else to the newest tick
        <= covers + min(30 s, a tenth of the gap between that tick and the one before)."""
        if s.scheduled is not None:
            return self.k.ticks.at_or_before(s.scheduled)
        tick = self.k.ticks.at_or_before(s.covers + 30 * SECOND)
        while tick is not None and 10 * (tick - s.covers) > early(self.k.ticks, tick):
            tick = self.k.ticks.prev(tick)
        return tick


class EveryRun(OfTicks):
    def __init__(self, k, proofs, objective):
        super().__init__(k, proofs, objective)
        if objective.derived:
            self.tolerate, self.within = self.derived_tolerance(), None
        else:
            self.tolerate, self.within = objective.value

    def derived_tolerance(self):
        """tolerate 5 for periods up to 15 min, 2 up to 1 h, 1 up to 12 h, else 0"""
        period = shortest_gap(self.k.schedule_text, self.k.schedule_dialect)
        if period is None:
            return 0
        return 5 if period <= 15 * MINUTE else 2 if period <= HOUR else 1 if period <= 12 * HOUR else 0

    def judge(self, tick):
        ticks = self.k.ticks
        allowed = [tick]
        for _ in range(self.tolerate):
            before = ticks.prev(allowed[-1])
            if before is None:
                break
            allowed.append(before)
        opens = allowed[-1]
        # R = "until the next tick" by default
        due = ticks.next(tick) if self.within is None else tick + self.within
        if due is None:
            return None
        end = due + self.o.grace
        # it never meets a tick of every_run (a last success)
        belonging = []
        for t in allowed:
            # tick by tick, the first moves that belong to it
            inside = lambda u: self.tick_of(Success(u, (), "", u)) == t
            belonging += [s for s in self.p.in_span(inside) if not s.is_last and self.tick_of(s) == t]
        missed = lambda: self.p.absent(opens, end, lambda s: self.tick_of(s) in allowed)
        return settle(self.k, opens, due, end, belonging, [], missed)


class StartBy(OfTicks):
    def starts(self):
        """-> (known starts, finishes of runs that succeeded or failed without a known start)"""
        known, by_finish = [], []
        for run in self.k.runs:
            if not self.k.counts(run):
                continue
            start = self.k.first_start[run.id]
            s = lambda t: Success(t, (0, run.id), "run " + run.id, t, run.scheduled, run.scheduled is None)
            if start is not None:
                known.append(s(start))
            # had started by its finish; one cancelled or skipped without a start did not start
            elif run.outcome in ("succeeded", "failed"):
                by_finish.append(s(run.finished if run.finished is not None else run.observed))
        return known, by_finish

    def judge(self, tick):
        due = tick + self.o.value
        end = due + self.o.grace
        known, by_finish = self.starts()
        known = [s for s in known if self.tick_of(s) == tick]
        by_finish = [s for s in by_finish if self.tick_of(s) == tick]
        in_time = [s for s in by_finish if s.time <= end]
        open_question = len(in_time) < len(by_finish)
        cover = coverage.starts(self.k, self.p.unmatched)
        missed = lambda: not open_question and coverage.reaches(cover, tick, end)
        judged = settle(self.k, tick, due, end, known + in_time, [], missed)
        if judged.status == "missed" and open_question:
            return Judged("undecided", tick, due, end, [])
        # a start later than a pause's beginning must be a known one
        judged.hits = known
        return judged


MAKERS = {"by": By, "every_run": EveryRun, "start_by": StartBy}
