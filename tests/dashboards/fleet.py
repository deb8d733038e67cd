"""Six hours of a fleet with every state, as two replicas of the exporter would have shown it: OpenMetrics for promtool."""
from dataclasses import dataclass, field

END = 1767596400  # Monday 2026-01-05 07:00 UTC
MINUTES, STEP = 360, 60
REPLICAS = ["10.0.0.7:10510", "10.0.0.8:10510"]
NAMES = ["met", "missed", "unknown", "pending", "paused", "gone"]


@dataclass
class Job:
    """`states`: (minutes before the end, state), oldest first. `failing`: since how many minutes its runs fail. `period`, `took`: minutes."""
    name: str
    states: list
    team: str = "data"
    consumer: str = ""
    objective: str = "every_run"
    severity: str = "warning"
    objective_from: str = "derived"
    schedule: str = "*/30 * * * *"
    source: str = "cluster"
    period: int = 30
    took: int = 7
    failing: int = 0
    error: str = ""
    outputs: list = field(default_factory=list)
    running: int = 0
    unproven: bool = False

    def state(self, ago):
        return [state for since, state in self.states if since >= ago][-1]

    def since(self, ago):
        return min(since for since, _ in self.states if since >= ago)


MET = [(MINUTES, "met")]
JOBS = [
    Job("mart/orders", [(MINUTES, "met"), (42, "missed")], consumer="pricing, from 06:30 on", objective="by", severity="critical", objective_from="job", failing=95,
        error="ValueError: no rows in * for day *", outputs=["mart.orders"]),
    Job("ads/import", [(MINUTES, "met"), (50, "unknown")], team="ads", source="warehouse", consumer="bidding", severity="critical", objective_from="job", objective="within"),
    Job("geo/sync", [(MINUTES, "met"), (130, "unknown")], team="maps", unproven=True, source="push"),
    Job("old/export", [(MINUTES, "met"), (200, "gone")], team="ads"),
    Job("reports/monthly", [(MINUTES, "met"), (250, "paused")], team="finance", schedule="0 4 1 * *"),
    Job("ledger/close", [(75, "pending")], team="finance", schedule="0 22 * * mon-fri", period=0),
    Job("mail/digest", [(MINUTES, "met"), (280, "missed"), (240, "met")], team="crm", consumer="the newsletter", schedule="0 * * * *", period=60),
    Job("mart/items", MET, consumer="the shop", objective="by", severity="critical", objective_from="job", outputs=["mart.items", "mart.prices"], running=4, took=11),
    *(Job(name, MET, team=name.split("/")[0], took=2 + i) for i, name in enumerate(
        ["backup/postgres", "backup/objects", "crm/segments", "crm/scores", "data/clean", "data/compact", "maps/tiles", "search/index", "search/synonyms", "web/sitemap"])),
]
SOURCES = ["cluster", "warehouse", "push"]


def whole(minutes, every):
    return minutes // every * every if every else 0


def of_runs(job, at, ago, minute):
    """What the runs of a job show `ago` minutes before the end."""
    name = {"job_name": job.name}
    if not job.period:
        return
    failed_since = MINUTES - job.failing
    ended = whole(minute, job.period)
    fails = (ended - whole(failed_since, job.period)) // job.period if job.failing and ended >= failed_since else 0
    success = whole(failed_since - 1, job.period) if fails else ended
    frozen = {"unknown": MINUTES - job.since(ago), "gone": MINUTES - job.since(ago), "paused": MINUTES - job.since(ago)}.get(job.state(ago))
    success = min(success, whole(frozen, job.period)) if frozen is not None else success
    ended = min(ended, whole(frozen, job.period)) if frozen is not None else ended
    start = at - minute * 60
    yield "batchslo_job_seconds_since_last_success", name, (minute - success) * 60
    yield "batchslo_job_last_success_timestamp_seconds", name, start + success * 60
    yield "batchslo_job_last_run_start_timestamp_seconds", name, start + (ended - job.took) * 60
    yield "batchslo_job_last_completion_timestamp_seconds", name, start + ended * 60
    yield "batchslo_job_last_duration_seconds", name, job.took * 60 + (ended * 7919) % 97
    yield "batchslo_job_next_run_timestamp_seconds", name, start + (whole(minute, job.period) + job.period) * 60
    yield "batchslo_job_runs_total", name, 400 + ended // job.period
    yield "batchslo_job_failed_runs_total", name, 3 + fails
    yield "batchslo_job_consecutive_failures", name, fails
    if fails:
        yield "batchslo_job_last_failure_info", {**name, "reason": "exit code 1", "fingerprint": "9f3ab0c1d2e4f567", "error": job.error}, 1
    if ago < job.running:
        yield "batchslo_job_running_since_timestamp_seconds", name, END - job.running * 60


def of_objective(job, at, ago, minute):
    of = {"job_name": job.name, "objective": job.objective}
    state = job.state(ago)
    if state in ("met", "missed"):
        yield "batchslo_job_slo_met", of, int(state == "met")
    yield "batchslo_job_slo_unknown", of, int(state == "unknown")
    if job.unproven and state == "unknown":
        yield "batchslo_job_slo_unproven", of, 1
    if state not in ("paused", "gone"):
        period = job.period or 900
        yield "batchslo_job_due_timestamp_seconds", of, at + (whole(minute, period) + period - minute) * 60
    if job.period and job.objective != "within":
        missed = job.failing // job.period
        yield "batchslo_job_margin_seconds", of, (job.period - job.took) * 60 - minute
        yield "batchslo_job_windows_total", of, 1300 + minute // job.period
        yield "batchslo_job_missed_windows_total", of, missed
        yield "batchslo_job_unknown_windows_total", of, 0
        yield "batchslo_job_attainment_ratio", {**of, "window": "28d"}, 1 - missed / 1300
        yield "batchslo_job_error_budget_remaining_ratio", of, 1 - missed / 13
    yield "batchslo_job_slo_info", {**of, "kind": job.objective, "severity": job.severity, "objective_from": job.objective_from}, 1


def of_outputs(job, at, ago, minute):
    for i, output in enumerate(job.outputs):
        of = {"job_name": job.name, "output": output}
        moved = whole(minute - i, 30)
        moved = min(moved, whole(MINUTES - job.failing, 30)) if job.failing else moved
        yield "batchslo_output_age_seconds", of, (minute - moved) * 60
        yield "batchslo_output_updated_timestamp_seconds", of, at - (minute - moved) * 60
        yield "batchslo_output_rows", of, 12000 + moved * 10
        for check, value in (("rows", 12000 + moved * 10), ("null.price", 0)):
            yield "batchslo_output_check_passed", {**of, "check": check}, int(not (job.failing and ago < 42 and check == "rows"))
            yield "batchslo_output_check_value", {**of, "check": check}, value
        yield "batchslo_job_source_info", {"job_name": job.name, "source": "warehouse", "role": output}, 1


def of_job(job, at, ago, minute):
    name = {"job_name": job.name}
    if ago > job.states[0][0]:
        return
    yield "batchslo_job_first_seen_timestamp_seconds", name, END - job.states[0][0] * 60
    yield "batchslo_job_state", {**name, "state": job.state(ago)}, 1
    yield "batchslo_job_state_since_timestamp_seconds", name, END - job.since(ago) * 60
    yield "batchslo_job_info", {**name, "team": job.team, "consumer": job.consumer, "schedule": job.schedule, "timezone": "Europe/Berlin",
                                "runbook_url": "https://wiki.example/" + job.name, "dashboard_url": "https://graphs.example/" + job.name}, 1
    yield "batchslo_job_source_info", {**name, "source": job.source, "role": "runs"}, 1
    for part in (of_runs, of_objective, of_outputs):
        yield from part(job, at, ago, minute)


def of_source(source, at, ago, minute):
    of = {"source": source}
    down = source == "warehouse" and ago <= 50
    yield "batchslo_source_up", of, int(not down)
    yield "batchslo_source_complete", of, int(not down)
    yield "batchslo_source_last_poll_success_timestamp_seconds", of, END - 51 * 60 if down else at - 12
    yield "batchslo_source_scopes", of, 4
    yield "batchslo_source_scopes_dark", of, 4 if down else 0
    yield "batchslo_source_clock_skew_seconds", of, 0.4
    if source == "warehouse":
        polls = minute * 2
        yield "batchslo_source_polls_total", of, polls
        yield "batchslo_source_poll_failures_total", {**of, "reason": "timeout"}, 5 + max(0, 50 - ago) * 2
        yield "batchslo_source_poll_duration_seconds_sum", of, polls * 0.2
        yield "batchslo_source_poll_duration_seconds_count", of, polls
        for bound, share in (("0.1", 0.3), ("1.0", 0.95), ("10.0", 1), ("+Inf", 1)):
            yield "batchslo_source_poll_duration_seconds_bucket", {**of, "le": bound}, int(polls * share)
        yield "batchslo_bigquery_queries_total", {**of, "result": "billed"}, minute
        yield "batchslo_bigquery_billed_bytes_total", of, minute * 10485760
    if source == "cluster":
        for family, label in (("list", "result"), ("watch", "result"), ("relist", "reason")):
            yield "batchslo_kubernetes_%s_total" % family, {**of, label: {"result": "ok", "reason": "expired"}[label]}, 2 + minute // 10
        for family, value in (("objects", 214), ("schedules_invalid", 1), ("zone_doubts", 0), ("watch_drift_total", 0)):
            yield "batchslo_kubernetes_" + family, of, value


def of_self(at, ago, minute):
    yield "batchslo_build_info", {"version": "0.1.0", "revision": "0123456789ab", "compiler": "GCC 12.2.0"}, 1
    for name, value in (("config_hash", 81234567), ("config_last_reload_success_timestamp_seconds", END - 86400), ("config_last_reload_successful", 1),
                        ("web_config_last_reload_success_timestamp_seconds", END - 86400), ("web_config_last_reload_successful", 1), ("evaluation_duration_seconds", 0.004 + minute % 7 / 10000),
                        ("evaluation_timestamp_seconds", at - 2), ("snapshot_jobs", len(JOBS)), ("snapshot_refused_series", 0), ("store_up", 1), ("store_size_bytes", 4 * 2**20 + minute * 4096),
                        ("store_writes_total", minute * 31), ("store_write_failures_total", 0), ("http_connections", 3 + minute % 3)):
        yield "batchslo_" + name, {}, value
    for name, value in (("up", 1), ("rows", 12), ("rows_invalid", int(ago < 30)), ("last_success_timestamp_seconds", at - 40)):
        yield "batchslo_registry_" + name, {"registry": "team-sheet"}, value
    for source in SOURCES:
        for word in ("job", "registry", "derived"):
            yield "batchslo_jobs", {"source": source, "objective_from": word}, {"job": 1, "registry": 2, "derived": 5}[word]
    for result, each in (("stored", 12), ("refused", 0), ("unavailable", 0)):
        yield "batchslo_heartbeats_total", {"result": result}, minute * each
    for reason in ("head", "body", "slow", "tls", "evicted", "full"):
        yield "batchslo_http_refused_total", {"reason": reason}, minute // 90 if reason == "slow" else 0
    for handler, code in (("metrics", "200"), ("page", "200"), ("heartbeat", "200"), ("heartbeat", "503")):
        yield "batchslo_http_requests_total", {"handler": handler, "code": code}, minute * (4 if code == "200" else 0)
    for name, value in (("cpu_seconds_total", minute * 0.4), ("max_fds", 1024), ("open_fds", 31 + minute % 5), ("resident_memory_bytes", 31e6 + minute % 11 * 1e5),
                        ("start_time_seconds", END - 90000), ("virtual_memory_bytes", 2.1e8)):
        yield "process_" + name, {}, value


def shown(ago):
    """All samples of one replica's page, that many minutes before the end."""
    at, minute = END - ago * 60, MINUTES - ago
    yield from of_self(at, ago, minute)
    for source in SOURCES:
        yield from of_source(source, at, ago, minute)
    for job in JOBS:
        yield from of_job(job, at, ago, minute)


def openmetrics():
    """As Prometheus stores it: with the labels of the scrape. The second replica is a minute behind the first."""
    lines = {}
    for ago in range(MINUTES, -1, -1):
        for late, instance in enumerate(REPLICAS):
            for name, labels, value in shown(min(MINUTES, ago + late)):
                scrape = {"job": "batchslo", "instance": instance, "pod": "batchslo-%d" % late, "container": "exporter", "endpoint": "http", "namespace": "monitoring", "service": "batchslo"}
                text = ",".join('%s="%s"' % pair for pair in sorted({**labels, **scrape}.items()) if pair[1])
                lines.setdefault(name, []).append("%s{%s} %s %d\n" % (name, text, value, END - ago * 60))
    return "".join(line for name in sorted(lines) for line in lines[name]) + "# EOF\n"


def contract(path):
    """{family: {label}} of tests/testdata/metrics.txt."""
    found = {}
    for line in path.read_text().splitlines():
        if not line.startswith("#"):
            name, kind, labels = line.split(" ")
            for end in ("_bucket", "_sum", "_count") if kind == "histogram" else ("",):
                found.setdefault(name + end, set()).update(filter(None, labels.strip("{}").split(",")))
    return found
