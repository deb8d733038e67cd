"""From windows and facts to the verdict of an objective."""
from dataclasses import dataclass, replace

import coverage
from facts import Known
from proofs import Proofs
from windows import MAKERS


@dataclass
class Verdict:
    verdict: str
    late: bool = False
    opens: int = None
    due: int = None
    end: int = None
    evidence: object = None
    margin: int = None


def pending_or_unknown(k):
    """pending, if a source of the job has answered or one staleness bound has not passed since first
    seen; else unknown"""
    if k.answered or k.now - k.first_seen < k.staleness:
        return Verdict("pending")
    return Verdict("unknown")


def of_window(judged, name=None):
    evidence = judged.evidence if judged.good else None
    verdict = name or ("met" if judged.good else judged.status)
    margin = judged.due - evidence.time if evidence else None
    return Verdict(verdict, judged.status == "late", judged.opens, judged.due, judged.end, evidence, margin)


def later_success(p, instant):
    """a success of the job later than that instant, a last success included, is visible"""
    return any(s.time > instant for s in p.anytime())


def started_since(p, objective, was):
    """start_by: a start later than the missed window's end + grace meets a window as a success does"""
    if objective.kind != "start_by":
        return False
    counting = {r.id for r in p.k.runs if p.k.counts(r)}
    return any(t is not None and t > was.end and i in counting for i, t in p.k.first_start.items())


def counted_windows(k, p, objective):
    """The windows that count, newest first, judged."""
    windows = MAKERS[objective.kind](k, p, objective)
    pause = k.pauses[-1] if k.pauses else None
    for tick in windows.newest_first():
        w = windows.judge(tick)
        if w is None:
            continue
        # A window that began before first seen and is neither met nor late does not count, nor does any before it.
        if w.opens < k.first_seen and not w.good:
            return
        # windows that began before its end count only if a success (start_by: a start) later than its
        # beginning meets them, late or not
        if pause and w.opens < pause[1] and not (w.good and any(s.time > pause[0] for s in w.hits)):
            continue
        yield w


def excused(w, objective):
    """A window closes from its due instant to the end of its grace; it counts if it is met or late"""
    calendar = objective.calendar
    return bool(calendar) and not w.good and (calendar.excuses(w.due) or calendar.excuses(w.end))


def windowed(k, p, objective):
    # No schedule known: unknown, with that reason.
    if objective.kind != "by" and k.ticks is None:
        return Verdict("unknown")
    standing = missed_before_pause(k, p, objective)
    windows = counted_windows(k, p, objective)
    skipped = False
    for w in windows:
        closed = k.now > w.end
        if excused(w, objective):
            skipped = skipped or closed
            # After a pause a skipped window that has closed ends the miss from before the pause
            standing = None if closed else standing
            continue
        if w.status == "undecided" and not closed:
            continue                                # still open and not yet met: the one before
        # stands until a window that began after the pause is decided or closed
        if standing and w.opens < k.pauses[-1][1]:
            if w.opens < standing.opens or not started_since(p, objective, standing):
                return standing
        # a miss before a skipped window that has closed stands only until a success later than the end of
        # the missed one is seen, then the objective is pending
        if w.status == "missed" and skipped and later_success(p, w.end):
            return Verdict("pending")
        if w.status != "undecided":
            return of_window(w)
        # Closed and undecided: if the newest decided window before it was missed, that miss stands until
        # a success of the job later than that window's end + grace is visible; else unknown
        decided = next((older for older in windows if older.status != "undecided" and not excused(older, objective)), None)
        if decided and decided.status == "missed" and not later_success(p, decided.end):
            return of_window(decided)
        return of_window(w, "unknown")
    return standing or pending_or_unknown(k)


def missed_before_pause(k, p, objective):
    """a miss decided by facts observed before the first paused sight stands until a window that began
    after the pause is decided or closed, or a success later than its end + grace is visible"""
    if not k.pauses:
        return None
    before = k.at(k.pauses[-1][0] - 1)
    if before.first_seen > before.now:
        return None
    was = windowed(before, Proofs(before), objective)
    if was.verdict != "missed" or later_success(p, was.end):
        return None
    # A success that arrives late over the wire but happened in time makes the window met after all
    windows = MAKERS[objective.kind](k, p, objective)
    key = was.due if objective.kind == "by" else None
    for tick in windows.newest_first():
        w = windows.judge(tick)
        if w and w.due == was.due and w.opens == was.opens:
            return None if w.good else was
        if tick < was.opens:
            break
    return was


def stretch(cover, start, end, calendar):
    """The longest, without the maintenance in it."""
    longest = 0
    for left, right in cover:
        a, b = max(left // 2, start), min((right + 1) // 2, end)
        if a < b:
            longest = max(longest, b - a - (calendar.idle(a, b) if calendar else 0))
    return longest


def within_missed(k, p, s, need, upto, calendar):
    """an unbroken covered stretch, cut off at `s`, is at least W + grace long"""
    if stretch(p.all_cover(), s, upto, calendar) >= need:
        return True
    # For `within` with runs *and* outputs a miss needs all of them covered; with `any` too
    if p.any or p.uses_runs:
        return False
    return any(stretch(coverage.without(p.cover_of[o.name], p.moves[o.name]), s, upto, calendar) >= need for o in p.outputs)


def within(k, p, objective):
    need = objective.value + objective.grace
    newest = p.newest_success()
    # a miss proven before the pause began stands until a success
    if k.pauses:
        before = k.at(k.pauses[-1][0] - 1)
        was = within(before, Proofs(before), objective) if before.first_seen <= before.now else None
        if was and was.verdict == "missed" and not (newest and newest.time > was.opens):
            return replace(was, margin=was.due - k.now if was.evidence else None)
    # Let `s` be the last visible success, else first seen; if the job was paused later than that, the end of the pause
    s = newest.time if newest else k.first_seen
    if k.pauses:
        s = max(s, k.pauses[-1][1])
    answer = lambda verdict: Verdict(verdict, False, s, s + objective.value, s + need, newest,
                                     s + objective.value - k.now if newest else None)
    if k.now < s + need:
        if newest and newest.time > k.now - need:
            return answer("met")
        return answer(pending_or_unknown(k).verdict)
    calendar = objective.calendar
    if within_missed(k, p, s, need, k.now, calendar):
        return answer("missed")
    # Until that much has passed without maintenance since s it is pending
    return answer("pending" if calendar and k.now - s - calendar.idle(s, k.now) < need else "unknown")


def max_runtime(k, p, objective):
    if k.runs_source is None:
        return Verdict("unknown")
    newest_view = max((v["observed_at"] for v in k.views), default=None)
    going = [r for r in k.newest_runs if r.outcome == "running" and r.started is not None]
    going.sort(key=lambda r: (r.started, r.id))
    out = Verdict("unknown")
    if going:
        run = going[0]
        out.opens, out.due = run.started, run.started + objective.value
        out.evidence = p.of_run(run)
        out.margin = out.due - k.now
    # Missed while a run is going and the newest view `v` says `v - started_at > R + grace`
    fresh = newest_view is not None and k.now - newest_view <= k.sources[k.runs_source].staleness
    limit = objective.value + objective.grace
    if newest_view is not None and going and newest_view - going[0].started > limit:
        idle = objective.calendar.idle(going[0].started, newest_view) if objective.calendar else 0
        if newest_view - going[0].started - idle > limit:
            out.verdict = "missed"
        elif fresh:
            out.verdict = "pending"
    # Met when the newest view shows none such and is within the staleness bound.
    elif fresh:
        out.verdict = "met"
    return out


def checks(k, p, objective):
    """missed while the newest observation fails one, met while it passes all, unknown when it is older
    than the staleness bound or lacks the value"""
    results = []
    for o in k.job.outputs:
        if not o.checks.any():
            continue
        newest = p.newest[o.name]
        if newest is None:
            results.append(None)
        elif newest[2] is True and k.now - newest[0] > k.sources[o.source].staleness:
            results.append(None)
        else:
            results.append(newest[2])
    return Verdict("missed" if False in results else "unknown" if None in results else "met")


def judge(k, p, objective):
    if objective.kind == "within":
        return within(k, p, objective)
    if objective.kind == "max_runtime":
        return max_runtime(k, p, objective)
    if objective.kind == "checks":
        return checks(k, p, objective)
    return windowed(k, p, objective)


def evaluate(sources, job, all_facts, now):
    """-> ([(objective, Verdict)], state, newest success)"""
    k = Known(sources, job, all_facts, now)
    # First seen: before it everything is pending.
    if k.first_seen is None or now < k.first_seen:
        return [(o, Verdict("pending")) for o in job.objectives], "pending", None
    p = Proofs(k)
    newest = p.newest_success()
    if k.paused:
        rows = [(o, Verdict("paused")) for o in job.objectives]
    else:
        rows = [(o, judge(k, p, o)) for o in job.objectives]
    return rows, state_of(k, rows), newest


def state_of(k, rows):
    """paused and gone replace all others, gone before paused; else missed > unknown > pending > met"""
    if k.gone:
        return "gone"
    if k.paused:
        limit = k.job.max_suspend
        return "missed" if limit is not None and k.now - k.paused_since >= limit else "paused"
    said = {v.verdict for _, v in rows}
    return next(s for s in ("missed", "unknown", "pending", "met") if s in said)
