#!/usr/bin/env python3
"""What would batchslo_exporter have said?  A second, slow implementation of the verdicts.

    python3 reference.py --config.file=F --facts=F.jsonl --at=T [--at=T2] [--every=5m --from=A --to=B] [--job=NAME]
"""
import argparse
import json
import sys

import config
import facts
import instants
from verdicts import evaluate


def row(at, job, objective, v, state, newest):
    shown = None if v.opens is None else {"opens": instants.show(v.opens), "due": instants.show(v.due)}
    margin = None
    if v.margin is not None:
        margin = v.margin / instants.SECOND
        margin = int(margin) if margin == int(margin) else margin
    return {"at": instants.show(at), "job": job.name, "objective": objective.name, "kind": objective.kind,
            "verdict": v.verdict, "late": v.late, "window": shown,
            "evidence": v.evidence.evidence if v.evidence else None,
            "last_success": instants.show(newest.time) if newest else None,
            "margin_seconds": margin, "state": state, "why": []}


def replay(config_file, facts_file, ats, only_job=None):
    sources, jobs = config.read(config_file)
    all_facts = facts.read(facts_file)
    out = []
    for at in ats:
        for job in jobs:
            if only_job in (None, job.name):
                rows, state, newest = evaluate(sources, job, all_facts, at)
                out += [row(at, job, o, v, state, newest) for o, v in rows]
    return out


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--config.file", dest="config", required=True)
    parser.add_argument("--facts", required=True)
    parser.add_argument("--at", action="append", default=[])
    parser.add_argument("--every")
    parser.add_argument("--from", dest="start")
    parser.add_argument("--to")
    parser.add_argument("--job")
    parser.add_argument("--output", default="json")
    a = parser.parse_args()
    ats = [instants.parse(t) for t in a.at]
    if a.every:
        step = instants.duration(a.every)
        ats += range(instants.parse(a.start), instants.parse(a.to) + 1, step)
    json.dump(replay(a.config, a.facts, ats, a.job), sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
