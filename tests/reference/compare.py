#!/usr/bin/env python3
"""Compare the binary with the reference, seed by seed.

    python3 compare.py --binary=PATH --seeds=A-B [--ignore=order,evidence,checks] [--keep=N] [--jobs=N] [--cells]
    python3 compare.py --binary=PATH --shrink=SEED [--ignore=...]

--cells counts the verdicts by kind of objective, and fails if one that can occur did not. Exits 1 on any difference. The last line is `N passed, N failed`.
"""
import argparse
import collections
import copy
import functools
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile

import generate
import instants
import reference

FIELDS = ["kind", "verdict", "late", "window", "evidence", "last_success", "margin_seconds", "state", "order"]

PATIENCE = 60     # seconds for one call of the binary


def run_binary(binary, folder, ats):
    command = [binary, "replay", "--config.file=%s/config.yml" % folder, "--facts=%s/facts.jsonl" % folder,
               "--output=json"] + ["--at=" + instants.show(t) for t in ats]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        raise TimeoutError
    if done.returncode != 0:
        raise RuntimeError("exit %d: %s" % (done.returncode, done.stderr.strip()[:600]))
    return json.loads(done.stdout)


def plain(value):
    """Instants and numbers compare by value, not by how they are written."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, str) and value[:1].isdigit() and "T" in value:
        return instants.parse(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return round(value, 6)
    return value


def differences(binary, config, facts, ats, fields, cells=None):
    """[(at, job, objective, field, the binary's, the reference's)]"""
    with tempfile.TemporaryDirectory() as folder:
        generate.write(folder, config, facts, ats)
        try:
            theirs = run_binary(binary, folder, ats)
        except TimeoutError:
            return [("-", "-", "-", "no answer", "none within %d s" % PATIENCE, "")]
        ours = reference.replay(folder + "/config.yml", folder + "/facts.jsonl", ats)
    if cells is not None:
        cells.update((row["kind"], verdict_of(row)) for row in ours)
    key = lambda row: (plain(row["at"]), row["job"], row["objective"])
    theirs_by, ours_by = {key(r): r for r in theirs}, {key(r): r for r in ours}
    found = []
    if set(theirs_by) != set(ours_by):
        only = sorted(set(theirs_by) - set(ours_by)), sorted(set(ours_by) - set(theirs_by))
        found.append(("-", "-", "-", "rows of one only", only[0][:2], only[1][:2]))
    elif "order" in fields and list(theirs_by) != list(ours_by):
        names = lambda rows: [r["objective"] for r in rows if r["at"] == rows[0]["at"]]
        found.append(("-", "-", "-", "order", names(theirs), names(ours)))
    for k, b in ours_by.items():
        a = theirs_by.get(k)
        if a and "-" + b["kind"] not in fields:
            found += [(b["at"], b["job"], b["objective"], f, a.get(f), b[f])
                      for f in fields if f in FIELDS[:-1] and plain(a.get(f)) != plain(b[f])]
    return found


def check_seed(seed, options, fields):
    """-> (the same?, lines to print, Counter of (kind, verdict))"""
    s = generate.Scenario(seed)
    cells = collections.Counter()
    try:
        found = differences(options.binary, s.config, s.facts, s.ats, fields, cells)
    except (RuntimeError, ValueError) as e:
        return False, ["seed %d: %s" % (seed, e)], cells
    lines = ["seed %d  at %s  %s %s  %s: binary %s, reference %s"
             % (seed, at, job, objective, field, json.dumps(theirs), json.dumps(ours))
             for at, job, objective, field, theirs, ours in found[:options.keep]]
    if len(found) > options.keep:
        lines.append("seed %d  ... %d more" % (seed, len(found) - options.keep))
    return not found, lines, cells


def verdict_of(row):
    return row["verdict"] + (" late" if row["late"] else "")


def empty_cells(cells):
    """What can occur and did not: every kind has every verdict, and windows may be met late."""
    kinds = ["within", "by", "every_run", "start_by", "max_runtime", "checks"]
    wanted = [(k, v) for k in kinds for v in ("met", "missed", "unknown", "pending", "paused")]
    return [c for c in wanted + [(k, "met late") for k in ("by", "every_run", "start_by")] if not cells[c]]


# -- shrinking -----------------------------------------------------------------------------------

def smaller_configs(config):
    """Each way to take one thing out of the configuration."""
    def paths(node, here=()):
        if isinstance(node, dict):
            for k, v in node.items():
                yield here + (k,)
                yield from paths(v, here + (k,))
    for path in paths(config):
        if path in (("sources",), ("jobs",)) or path[0] == "sources" and len(path) == 3:
            continue
        c = copy.deepcopy(config)
        node = c
        for k in path[:-1]:
            node = node[k]
        del node[path[-1]]
        yield c


def shrink(binary, seed, fields):
    s = generate.Scenario(seed)
    start = differences(binary, s.config, s.facts, s.ats, fields)
    if not start:
        print("seed %d: no difference" % seed)
        return False
    at, job, objective, field, theirs, ours = start[0]
    same = field in ("verdict", "late", "state")      # these must stay what they are, not only differ

    def still(config, facts, at_us):
        try:
            return any(d[1:4] == (job, objective, field) and (not same or d[4:] == (theirs, ours)) for d in differences(binary, config, facts, [at_us], fields))
        except Exception:
            return False

    config, facts = s.config, s.facts
    ats = s.ats if at == "-" else [instants.parse(at)]
    now = next((t for t in ats if still(config, facts, t)), ats[0])
    # what is not yet known does not matter, but for first seen
    changed = True
    while changed:
        changed = False
        size = max(1, len(facts) // 2)
        while size:
            i = 0
            while i < len(facts):
                fewer = facts[:i] + facts[i + size:]
                if still(config, fewer, now):
                    facts, changed = fewer, True
                else:
                    i += size
            size //= 2
        for candidate in iter_until(config, lambda c: still(c, facts, now)):
            config, changed = candidate, True
        for i, fact in enumerate(facts):
            for k in list(fact):
                fewer = {x: v for x, v in fact.items() if x != k}
                if k not in ("fact", "source", "observed_at") and still(config, facts[:i] + [fewer] + facts[i + 1:], now):
                    fact = fewer
                    facts, changed = facts[:i] + [fewer] + facts[i + 1:], True
    facts = sorted(facts, key=lambda f: f["observed_at"])
    with tempfile.TemporaryDirectory() as folder:
        generate.write(folder, config, facts, [now])
        print("seed %d shrunk\n" % seed + open(folder + "/config.yml").read() + open(folder + "/facts.jsonl").read(), end="")
    for at, job, objective, f, theirs, ours in differences(binary, config, facts, [now], fields):
        print("at %s  %s %s  %s: binary %s, reference %s" % (at, job, objective, f, json.dumps(theirs), json.dumps(ours)))
    return True


def iter_until(config, good):
    """Take things out of the configuration as long as `good` holds."""
    again = True
    while again:
        again = False
        for candidate in smaller_configs(config):
            if good(candidate):
                config, again = candidate, True
                yield config
                break


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True)
    parser.add_argument("--seeds")
    parser.add_argument("--shrink", type=int)
    parser.add_argument("--ignore", default="", help="fields, or kinds of objectives, not to compare")
    parser.add_argument("--keep", type=int, default=3, help="differences shown for each seed")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="how many at a time")
    parser.add_argument("--cells", action="store_true", help="count the verdicts by kind")
    a = parser.parse_args()
    fields = [f for f in FIELDS if f not in a.ignore.split(",")]
    fields += ["-" + k for k in a.ignore.split(",") if k not in FIELDS]
    if a.shrink is not None:
        sys.exit(1 if shrink(a.binary, a.shrink, fields) else 0)
    first, _, last = a.seeds.partition("-")
    failed = not compare_seeds(range(int(first), int(last or first) + 1), a, fields)
    sys.exit(1 if failed else 0)


def compare_seeds(seeds, options, fields):
    passed, cells = 0, collections.Counter()
    with multiprocessing.Pool(options.jobs) as pool:
        check = functools.partial(check_seed, options=options, fields=fields)
        for same, lines, more in pool.imap(check, seeds, chunksize=4):
            passed += same
            cells += more
            for line in lines:
                print(line, flush=True)
    if options.cells:
        for (kind, verdict), count in sorted(cells.items()):
            print("%-12s %-9s %7d" % (kind, verdict, count))
        for kind, verdict in empty_cells(cells):
            print("never: %s %s" % (kind, verdict))
    print("%d passed, %d failed" % (passed, len(seeds) - passed))
    return passed == len(seeds) and not (options.cells and empty_cells(cells))


if __name__ == "__main__":
    main()
