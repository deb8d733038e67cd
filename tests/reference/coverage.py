"""Coverage: what has been seen without a gap.

A cover is a list of disjoint closed intervals in *half microseconds* (instant t is 2t), so that
"(value, t]" is [2 value + 1, 2t] and a removed instant leaves two intervals.
"""
from config import LAST_VALUES, PUSH
from instants import MINUTE

SPOOL_ALLOWANCE = 2 * MINUTE


def union(intervals):
    out = []
    for left, right in sorted(i for i in intervals if i[0] <= i[1]):
        if out and left <= out[-1][1] + 1:
            out[-1] = (out[-1][0], max(out[-1][1], right))
        else:
            out.append((left, right))
    return out


def intersection(a, b):
    return union((max(x[0], y[0]), min(x[1], y[1])) for x in a for y in b)


def without(cover, instants):
    for t in instants:
        p = 2 * t
        cover = [part for left, right in cover for part in
                 ([(left, min(right, p - 1)), (max(left, p + 1), right)] if left <= p <= right else [(left, right)])
                 if part[0] <= part[1]]
    return cover


def reaches(cover, a, end):
    """Covered over [a, x] with an instant x > end."""
    return any(left <= 2 * a and right // 2 > end for left, right in cover)


def of_views(k):
    """What the views of the runs' source cover."""
    if k.runs_source is None:
        return []
    source = k.sources[k.runs_source]
    if source.kind in LAST_VALUES:
        return []
    found = []
    # history: back to `since`
    for v in k.views:
        if v.get("since") is not None:
            found.append((2 * v["since"], 2 * v["observed_at"]))
    # Views at most one staleness bound apart also cover what lies between
    chains = []
    for t in sorted({v["observed_at"] for v in k.views}):
        if chains and t - chains[-1][1] <= source.staleness:
            chains[-1][1] = t
        else:
            chains.append([t, t])
    for first, last in chains:
        if source.kind in PUSH:                    # beginning one `spool_allowance` after a gap
            first += SPOOL_ALLOWANCE
        # Before the job was first seen only `since` and last values cover.
        first = max(first, k.first_seen)
        if first <= last:
            found.append((2 * first, 2 * last))
    return union(found)


def of_runs(k, unmatched):
    """Views and last successes; a last success that is no visible run breaks it there."""
    found = of_views(k)
    for f in k.last_values:
        found = found + [after_value(k, f.get("value"), f["observed_at"])]
    return without(union(found), unmatched)


def starts(k, unmatched):
    """by views of the runs' source"""
    return without(of_views(k), unmatched)


def after_value(k, value, observed):
    """no success in (value, t] (none at all since first seen, if there is no value)"""
    return (2 * k.first_seen, 2 * observed) if value is None else (2 * value + 1, 2 * observed)


def of_output(k, output, results):
    """results: [(observed, updated, passes)], passes True, False or None; oldest observation first."""
    found, bound = [], k.sources[output.source].staleness
    if k.sources[output.source].kind not in LAST_VALUES:
        return []
    for observed, updated, _ in results:
        found.append(after_value(k, updated, observed))
    # Two observations at most one staleness bound apart, the later failing its checks, also cover between
    for earlier, later in zip(results, results[1:]):
        if later[2] is False and later[0] - earlier[0] <= bound:
            found.append((2 * earlier[0], 2 * later[0]))
    return union(found)
