"""A fleet for an API server that has no controllers: CronJobs with every fate that one can have, their Jobs, and the status
that the controllers would have left."""
import datetime
import time
import zoneinfo

ZONES = [None, "Etc/UTC", "Europe/Berlin", None, "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Chatham"]
NAMESPACES = ["load-%d" % i for i in range(10)]
MANUAL = "cronjob.kubernetes.io/instantiate"


def stamp(epoch):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(epoch))


# ---- what the controllers write ----

def ended(start, end, conditions, **more):
    condition = {"lastProbeTime": stamp(end), "lastTransitionTime": stamp(end), "status": "True"}
    return {"startTime": stamp(start), "terminating": 0, "ready": 0, "uncountedTerminatedPods": {}, **more, "conditions": [{**condition, **c} for c in conditions]}


def succeeded(start, end):
    why = {"reason": "CompletionsReached", "message": "Reached expected number of succeeded pods"}
    return ended(start, end, [{"type": "SuccessCriteriaMet", **why}, {"type": "Complete", **why}], succeeded=1, completionTime=stamp(end))


def failed(start, end):
    why = {"reason": "BackoffLimitExceeded", "message": "Job has reached the specified backoff limit"}
    return ended(start, end, [{"type": "FailureTarget", **why}, {"type": "Failed", **why}], failed=1)


def running(start):
    return {"startTime": stamp(start), "active": 1, "ready": 1, "terminating": 0, "uncountedTerminatedPods": {}}


# ---- a fleet ----

def schedule_of(i, now):
    """(schedule, zone, its latest tick): one that was due some time ago, and will not be soon."""
    zone = ZONES[i % len(ZONES)]
    tick = (now - 3600 - 61 * (i % 1200)) // 60 * 60
    at = datetime.datetime.fromtimestamp(tick, zoneinfo.ZoneInfo(zone or "UTC"))
    kind = i // len(ZONES) % 5
    if kind == 0:
        return "%d %d * * *" % (at.minute, at.hour), zone, tick
    if kind == 1:
        return "%d %d * * %s" % (at.minute, at.hour, at.strftime("%a").upper()), zone, tick
    if kind == 2:
        return "%d %d %d * *" % (at.minute, at.hour, at.day), zone, tick
    if kind == 3:
        return "%d %d %d %s ?" % (at.minute, at.hour, at.day, at.strftime("%b").lower()), zone, tick
    midnight = datetime.datetime.fromtimestamp(now, at.tzinfo).replace(hour=0, minute=0, second=0)
    return ("@daily", "@midnight")[i % 2], zone, int(midnight.timestamp())


def fate_of(i):
    """What became of the i-th CronJob; two in five run as they should."""
    return FATES[i % len(FATES)]


FATES = ["well", "mixed", "well", "failing", "well", "never ran", "suspended", "suspended and never ran", "running", "by hand", "cleaned up",
         "status behind", "no history", "well", "controller away", "never fires", "every", "well", "well", "mixed"]
WITHOUT_JOBS = {"never ran", "suspended and never ran", "cleaned up", "no history", "never fires"}


class Fleet:
    """`cron_jobs` of them and `jobs` Jobs, a twentieth of which no CronJob made."""

    def __init__(self, writer, cron_jobs, jobs):
        self.writer, self.now, self.cron_jobs = writer, int(time.time()), cron_jobs
        self.bare = jobs // 20
        owners = [i for i in range(cron_jobs) if fate_of(i) not in WITHOUT_JOBS]
        each, more = divmod(jobs - self.bare, len(owners))
        self.jobs_of = {i: each + (at < more) for at, i in enumerate(owners)}

    def load(self):
        for ns in NAMESPACES:
            self.writer.send("POST", "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": ns}})
        self.writer.each(self.make, range(self.cron_jobs))
        self.writer.each(self.make_bare, range(self.bare))

    def name(self, i):
        return NAMESPACES[i % len(NAMESPACES)], "cj-%05d" % i

    def make(self, i):
        fate, (ns, name) = fate_of(i), self.name(i)
        schedule, zone, tick = schedule_of(i, self.now)
        if fate == "controller away":  # it should have run since, again and again
            schedule, tick = "*/5 * * * *", (self.now - 7200) // 300 * 300
        if fate == "never fires":
            schedule = "0 0 31 2 *"
        if fate == "every":
            schedule, zone, tick = "@every 90m", None, self.now - 600 - i % 1000
        spec = {"schedule": schedule, "suspend": fate.startswith("suspended"), "successfulJobsHistoryLimit": 0 if fate == "no history" else 100, "failedJobsHistoryLimit": 100}
        if zone:
            spec["timeZone"] = zone
        runs = self.runs_of(i, fate, tick)
        owner = self.writer.cron_job(ns, name, spec, self.status_of(fate, tick, runs))
        for k, (start, end, outcome) in enumerate(runs):
            by_hand = fate == "by hand" and k == 0
            annotations = {MANUAL: "manual"} if by_hand else {"batch.kubernetes.io/cronjob-scheduled-timestamp": stamp(start)}
            status = running(start) if outcome == "running" else succeeded(start, end) if outcome == "success" else failed(start, end)
            self.writer.job(ns, "%s-hand" % name if by_hand else "%s-%d" % (name, start // 60), owner, status, annotations)

    def runs_of(self, i, fate, tick):
        """[(start, end, outcome)], the newest first."""
        def outcome(k):
            if fate == "failing" or (fate == "mixed" and (i + k) % 3 == 0):
                return "failure"
            return "running" if fate == "running" and k == 0 else "success"
        return [(tick - 3600 * k, tick - 3600 * k + 30 + (i + k) % 100, outcome(k)) for k in range(self.jobs_of.get(i, 0))]

    def status_of(self, fate, tick, runs):
        if fate in ("never ran", "suspended and never ran", "never fires"):
            return None
        successes = [end for _, end, outcome in runs if outcome == "success"]
        if fate in ("cleaned up", "no history"):
            successes = [tick + 17]
        if fate == "status behind":
            successes = successes[1:]
        status = {"lastScheduleTime": stamp(tick)}
        if successes:
            status["lastSuccessfulTime"] = stamp(successes[0])
        return status

    def make_bare(self, i):
        start = self.now - 60 * i - 600
        self.writer.job(NAMESPACES[i % len(NAMESPACES)], "bare-%05d" % i, None, failed(start, start + 60) if i % 10 == 0 else succeeded(start, start + 60))
