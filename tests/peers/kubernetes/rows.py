"""The rows of each CronJob as kube-state-metrics and as the daemon tell them, compared. What differs has a name and a
reason, which the objects themselves must bear out; any other difference is an error."""
import calendar
import math
import time
from collections import Counter

EVALUATION = 5  # seconds: how old what the daemon tells may be
FIELDS = ["last success", "suspension", "schedule", "time zone", "next run"]


def of_kube_state_metrics(samples):
    rows = {}
    for name, labels, value in samples:
        if not name.startswith("kube_cronjob_"):
            continue
        row = rows.setdefault(labels["namespace"] + "/" + labels["cronjob"], dict.fromkeys(FIELDS))
        if name == "kube_cronjob_status_last_successful_time":
            row["last success"] = int(value)
        elif name == "kube_cronjob_spec_suspend":
            row["suspension"] = value == 1
        elif name == "kube_cronjob_info":
            row["schedule"], row["time zone"] = labels["schedule"], labels["timezone"]
        elif name == "kube_cronjob_next_schedule_time":
            row["next run"] = int(value)
    return rows


def of_ours(samples):
    rows = {}
    gone = {l["job_name"] for n, l, _ in samples if n == "batchslo_job_state" and l["state"] == "gone"}
    for name, labels, value in samples:
        if not name.startswith("batchslo_job_") or labels["job_name"] in gone:
            continue
        row = rows.setdefault(labels["job_name"], dict.fromkeys(FIELDS))
        if name == "batchslo_job_last_success_timestamp_seconds":
            row["last success"] = math.floor(value)  # the end of a second, for the API tells whole ones
        elif name == "batchslo_job_state":
            row["suspension"] = labels["state"] == "paused"
        elif name == "batchslo_job_info":
            row["schedule"], row["time zone"] = labels["schedule"], labels["timezone"]
        elif name == "batchslo_job_next_run_timestamp_seconds":
            row["next run"] = int(value)
    return rows


def epoch(text):
    return text and calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))


def objects(plane):
    """The CronJobs as the API server has them, each with the end of its newest successful Job."""
    newest = {}
    for job in plane.request("GET", "/apis/batch/v1/jobs")["items"]:
        end = epoch(job.get("status", {}).get("completionTime"))
        for owner in job["metadata"].get("ownerReferences", []):
            if end and owner["kind"] == "CronJob":
                newest[owner["uid"]] = max(end, newest.get(owner["uid"], 0))
    items = plane.request("GET", "/apis/batch/v1/cronjobs")["items"]
    return {i["metadata"]["namespace"] + "/" + i["metadata"]["name"]: {**i, "newest success": newest.get(i["metadata"]["uid"])} for i in items}


# ---- the differences: (field, name, reason, whether it is this one: theirs, ours, the object, now) ----

def told_late(theirs, ours, o, now):
    return ours is not None and ours == o["newest success"] and (theirs or 0) < ours


def no_history(theirs, ours, o, now):
    return o["spec"]["successfulJobsHistoryLimit"] == 0 and ours == o["newest success"]


def no_zone(theirs, ours, o, now):
    return "timeZone" not in o["spec"] and (theirs, ours) == ("local", "UTC")


def suspended(theirs, ours, o, now):
    return o["spec"]["suspend"] and theirs is None and ours is not None and ours > now - EVALUATION


def passed(theirs, ours, o, now):
    return theirs is not None and ours is not None and 0 < theirs <= now < ours + EVALUATION


def never(theirs, ours, o, now):
    return theirs is not None and theirs < 0 and ours is None


DIFFERENCES = [
    ("last success", "told late", "a Job has succeeded, and the CronJob's lastSuccessfulTime does not say so yet; we read the Jobs too", told_late),
    ("last success", "no history", "with successfulJobsHistoryLimit 0 the controller does not keep lastSuccessfulTime up to date; we take it for nothing", no_history),
    ("time zone", "none told", "a CronJob without timeZone: \"local\" there; here controller_timezone, UTC unless set", no_zone),
    ("next run", "suspended", "they tell none of what is suspended; we tell when it would be", suspended),
    ("next run", "passed", "they count from lastScheduleTime: a tick that has passed without a run stays the next one; we count from now", passed),
    ("next run", "never", "the schedule never comes: they tell the year 1, we tell none", never),
]


def compare(theirs, ours, known, now):
    """(Counter of (field, "equal" or a difference's name), [what is not explained])."""
    counts, unexplained = Counter(), []
    for job in sorted(set(theirs) ^ set(ours) | set(theirs) ^ set(known)):
        unexplained.append("%s: told by %s" % (job, [who for who, rows in (("them", theirs), ("us", ours), ("the API server", known)) if job in rows]))
    for job in set(theirs) & set(ours) & set(known):
        for field in FIELDS:
            a, b = theirs[job][field], ours[job][field]
            names = [name for of, name, _, holds in DIFFERENCES if of == field and holds(a, b, known[job], now)] if a != b else ["equal"]
            counts[field, names[0] if names else "?"] += 1
            if not names:
                unexplained.append("%s: %s: theirs %s, ours %s; %s" % (job, field, a, b, {k: known[job][k] for k in ("spec", "status")} | {"now": now}))
    return counts, unexplained


def table(counts):
    lines = ["| of each CronJob | equal | different | why |", "|---|---|---|---|"]
    for field in FIELDS:
        lines.append("| %s | %d | %d | |" % (field, counts[field, "equal"], sum(n for (f, name), n in counts.items() if f == field and name != "equal")))
        lines += ["| | | %d | %s: %s |" % (counts[field, name], name, why) for of, name, why, _ in DIFFERENCES if of == field and counts[field, name]]
    return "\n".join(lines)
