"""Stories of what becomes of CronJobs and their Jobs."""
import datetime
import signal
import time
import zoneinfo

from story import K, NEVER, PATIENCE, next_deadline, sleep_until
from peer import parse, wait_for


def no_configuration_at_all(test, case):
    for name, more in (("good", {}), ("waits", {"schedule": NEVER}), ("sleeps", {"suspend": True}), ("zone", {"timeZone": "Asia/Tokyo", "schedule": "0 9 * * *"})):
        K.cronjob(case.ns, name, **more)
    began = time.monotonic()
    daemon = case.daemon(None, "--kubeconfig=" + case.kubeconfig())
    expected = {"good": ("pending", "met"), "waits": ("pending",), "sleeps": ("paused",), "zone": ("pending",)}
    daemon.wait_for(lambda: all(daemon.state(case.job(name)) in states for name, states in expected.items()), "all are judged", 60)
    took = time.monotonic() - began
    case.wait_state(daemon, "good", "met")
    infos = [l for n, l, _ in parse(daemon.metrics()) if n == "batchslo_job_slo_info" and l["job_name"].startswith(case.ns + "/")]
    test.assertEqual({(l["kind"], l["severity"], l["objective_from"]) for l in infos}, {("every_run", "warning", "derived")})
    test.assertIsNotNone(next(l for n, l, _ in parse(daemon.metrics()) if n == "batchslo_job_info" and l["job_name"] == case.job("zone") and l["timezone"] == "Asia/Tokyo"))
    return "all judged %.1f s after the start" % took


def a_failure_within_tolerance_stays_met(test, case):
    K.cronjob(case.ns, "flaky")
    daemon = case.watch()
    case.wait_state(daemon, "flaky", "met")
    K.patch(case.ns, "flaky", {"spec": {"jobTemplate": {"spec": {"template": {"metadata": {"labels": {"sim/outcome": "fail"}}}}}}})
    case.wait_value(daemon, 1, "batchslo_job_failed_runs_total", "flaky")
    test.assertEqual(daemon.state(case.job("flaky")), "met")
    test.assertEqual(daemon.value("batchslo_job_consecutive_failures", job_name=case.job("flaky")), 1)
    daemon.wait_for(lambda: failure_info(daemon)["reason"] == "exit code 3", "the pod tells why", 30)


def failure_info(daemon):
    return next(l for n, l, _ in parse(daemon.metrics()) if n == "batchslo_job_last_failure_info")


def a_failure_is_explained_as_far_as_one_may_ask(test, case):
    batch = [{"apiGroups": ["batch"], "resources": ["cronjobs", "jobs"], "verbs": ["list", "watch"]}, {"apiGroups": [""], "resources": ["namespaces"], "verbs": ["get"]}]
    K.grant("reader", case.ns, rules=batch + [{"apiGroups": [""], "resources": ["pods", "events"], "verbs": ["list"]}, {"apiGroups": [""], "resources": ["pods/log"], "verbs": ["get"]}])
    K.grant("forbidden", case.ns, rules=batch)
    K.cronjob(case.ns, "bad", schedule=NEVER, outcome="fail")
    K.cronjob(case.ns, "late", schedule=NEVER, outcome="pending", job={"activeDeadlineSeconds": 2})
    daemon = case.watch(kubeconfig=case.kubeconfig(token="reader-token"), options=", logs: on_failure")
    case.wait_state(daemon, "bad", "pending")
    began = time.monotonic()
    K.start(case.ns, "bad", "by-hand")
    case.wait_value(daemon, 1, "batchslo_job_failed_runs_total", "bad")
    daemon.wait_for(lambda: failure_info(daemon)["error"] == "ValueError: no rows in part *", "the log tells why", 30)
    took = time.monotonic() - began
    test.assertEqual(failure_info(daemon)["reason"], "exit code 3")
    failure = daemon.request("/api/v1/jobs/" + case.job("bad")).json["data"]["last_failure"]
    test.assertEqual(failure["frame"], "load at /app/job.py:12")
    test.assertIn("starting, token=<redacted>\nTraceback", failure["excerpt"])
    for text in (daemon.metrics(), daemon.log(), daemon.request("/jobs/" + case.job("bad")).text):
        test.assertNotIn("planted", text)
    K.start(case.ns, "late", "too-long")
    case.wait_value(daemon, 1, "batchslo_job_failed_runs_total", "late")
    daemon.wait_for(lambda: daemon.value("batchslo_job_last_failure_info", job_name=case.job("late"), reason="DeadlineExceeded") == 1, "its deadline is told", 30)
    test.assertEqual(daemon.value("batchslo_source_complete"), 1)
    daemon.stop()
    poor = case.daemon("sources: {k8s: {kubernetes: {kubeconfig: %s, namespaces: [%s], discover: cronjobs, logs: on_failure}}}\n" % (case.kubeconfig(token="forbidden-token"), case.ns),
                       store="sqlite://" + case.path("other.db"))
    poor.wait_for(lambda: poor.value("batchslo_job_last_failure_info", job_name=case.job("bad"), reason="BackoffLimitExceeded") == 1, "the Job alone tells why", 30)
    poor.wait_for(lambda: "it may not list pods" in poor.log(), "what it may not is said", 30)
    case.wait_up(poor)
    return "explained %.1f s after it was started" % took


def kubelet_cannot_pull(ns):
    """The event that a kubelet writes, and kwok does not; what is left when the pod is gone."""
    def pod():
        return next((p["metadata"]["name"] for p in K.request("GET", "/api/v1/namespaces/%s/pods" % ns)["items"] if p["metadata"]["name"].startswith("image-")), None)
    K.request("POST", "/api/v1/namespaces/%s/events" % ns, {
        "apiVersion": "v1", "kind": "Event", "metadata": {"generateName": "image-"}, "type": "Warning", "reason": "Failed", "message": "Error: ImagePullBackOff",
        "involvedObject": {"kind": "Pod", "namespace": ns, "name": wait_for(pod, "its pod is there")}, "source": {"component": "kubelet"}})


def what_killed_a_pod_is_the_reason(test, case):
    expected = {"oom": "OOMKilled", "evicted": "Evicted", "image": "ImagePullBackOff"}
    for outcome in expected:
        K.cronjob(case.ns, outcome, schedule=NEVER, outcome=outcome, job={"activeDeadlineSeconds": 15} if outcome == "image" else {})
    daemon = case.watch(options=", logs: on_failure")
    for outcome in expected:
        case.wait_state(daemon, outcome, "pending")
        K.start(case.ns, outcome, outcome + "-by-hand")
    kubelet_cannot_pull(case.ns)
    for outcome, reason in expected.items():
        case.wait_value(daemon, 1, "batchslo_job_failed_runs_total", outcome)
        daemon.wait_for(lambda: daemon.value("batchslo_job_last_failure_info", job_name=case.job(outcome), reason=reason) == 1, "%s is told" % reason, 30)


def a_failure_beyond_tolerance_is_missed(test, case):
    K.cronjob(case.ns, "bad", outcome="fail", annotations={"every-run": "{tolerate: 0, finish_within: 20s}"})
    daemon = case.watch()
    case.wait_state(daemon, "bad", "missed")
    test.assertEqual(daemon.value("batchslo_job_slo_met", job_name=case.job("bad")), 0)
    test.assertGreaterEqual(daemon.value("batchslo_job_failed_runs_total", job_name=case.job("bad")), 1)


def a_pod_that_never_starts_is_missed(test, case):
    """As with an image that can't be pulled: the Job has a startTime, and no pod is ready."""
    K.cronjob(case.ns, "start", outcome="pending", annotations={"start-by": "15s"})
    K.cronjob(case.ns, "run", outcome="pending", annotations={"every-run": "{tolerate: 0, finish_within: 20s}"})
    daemon = case.watch()
    case.wait_state(daemon, "start", "missed")
    case.wait_state(daemon, "run", "missed")
    test.assertIsNone(daemon.value("batchslo_job_last_run_start_timestamp_seconds", job_name=case.job("start")))


def suspended_is_paused_until_it_is_not(test, case):
    K.cronjob(case.ns, "job", suspend=True)
    daemon = case.watch()
    case.wait_state(daemon, "job", "paused")
    test.assertIsNone(daemon.value("batchslo_job_slo_met", job_name=case.job("job")))
    K.patch(case.ns, "job", {"spec": {"suspend": False}})
    case.wait_state(daemon, "job", "met")


def deleted_is_gone_and_no_miss(test, case):
    K.cronjob(case.ns, "job", annotations={"every-run": "{tolerate: 0, finish_within: 20s}"})
    daemon = case.watch()
    case.wait_state(daemon, "job", "met")
    K.delete(case.ns, "job")
    case.wait_state(daemon, "job", "gone", 30)
    sleep_until(next_deadline(0)[0] + 25)  # its next window would have closed
    test.assertEqual(daemon.state(case.job("job")), "gone")
    test.assertNotEqual(daemon.value("batchslo_job_slo_met", job_name=case.job("job")), 0)


def made_anew_is_the_same_job(test, case):
    K.cronjob(case.ns, "job")
    daemon = case.watch()
    case.wait_value(daemon, 1, "batchslo_job_runs_total", "job")
    K.delete(case.ns, "job")
    case.wait_state(daemon, "job", "gone", 30)
    K.cronjob(case.ns, "job")
    daemon.wait_for(lambda: daemon.state(case.job("job")) in ("pending", "met"), "it is back", 30)
    case.wait_value(daemon, 2, "batchslo_job_runs_total", "job")
    case.wait_state(daemon, "job", "met")


def a_time_zone_is_that_of_the_cronjob(test, case):
    """45 minutes off the hour, and on another day than UTC for some hours."""
    due = next_deadline(20)[0]
    local = datetime.datetime.fromtimestamp(due, zoneinfo.ZoneInfo("Asia/Kathmandu"))
    K.cronjob(case.ns, "job", schedule="%d %d %d * *" % (local.minute, local.hour, local.day), timeZone="Asia/Kathmandu")
    daemon = case.watch()
    case.wait_value(daemon, due, "batchslo_job_next_run_timestamp_seconds", "job")
    case.wait_state(daemon, "job", "met")
    test.assertGreaterEqual(daemon.value("batchslo_job_last_success_timestamp_seconds", job_name=case.job("job")), due)
    test.assertGreater(daemon.value("batchslo_job_next_run_timestamp_seconds", job_name=case.job("job")), due + 27 * 86400)


def a_run_by_hand_counts(test, case):
    K.cronjob(case.ns, "job", schedule=NEVER, annotations={"within": "10m"})
    daemon = case.watch()
    case.wait_state(daemon, "job", "pending")
    K.start(case.ns, "job", "by-hand")
    case.wait_state(daemon, "job", "met", 30)
    test.assertEqual(daemon.value("batchslo_job_runs_total", job_name=case.job("job")), 1)


def jobs_that_are_cleaned_up_at_once_count(test, case):
    strict = {"every-run": "{tolerate: 0, finish_within: 25s}"}
    K.cronjob(case.ns, "ttl", job={"ttlSecondsAfterFinished": 0}, annotations=strict)
    K.cronjob(case.ns, "history", successfulJobsHistoryLimit=0, failedJobsHistoryLimit=0, annotations=strict)
    daemon = case.watch()
    for name in ("ttl", "history"):
        daemon.wait_for(lambda: (daemon.value("batchslo_job_runs_total", job_name=case.job(name)) or 0) >= 2, "%s ran twice" % name, PATIENCE)
        test.assertEqual(daemon.state(case.job(name)), "met")
    wait_for(lambda: not K.request("GET", "/apis/batch/v1/namespaces/%s/jobs" % case.ns)["items"], "they are cleaned up", 60)


def annotations_are_keys(test, case):
    K.cronjob(case.ns, "good", annotations={"by": "10:00 mon-fri", "timezone": "Europe/Berlin", "team": "recommend", "severity": "critical", "runbook-url": "https://x.example/1"})
    K.cronjob(case.ns, "bad", annotations={"by": "25:99", "colour": "red", "every-run": "{"})
    daemon = case.watch()
    good = {"job_name": case.job("good")}
    daemon.wait_for(lambda: daemon.value("batchslo_job_slo_info", **good, kind="by", severity="critical", objective_from="annotation") == 1, "the objective is there")
    test.assertEqual(daemon.value("batchslo_job_info", **good, team="recommend", runbook_url="https://x.example/1"), 1)
    daemon.wait_for(lambda: all(word in daemon.log() for word in ("25:99", "colour", case.job("bad"))), "what is wrong is said")
    test.assertEqual(daemon.value("batchslo_job_slo_info", job_name=case.job("bad"), objective_from="derived"), 1)
    K.patch(case.ns, "good", {"metadata": {"annotations": {"batchslo/team": "search"}}})
    daemon.wait_for(lambda: daemon.value("batchslo_job_info", **good, team="search") == 1, "a changed annotation")


def selectors_and_configured_jobs(test, case):
    K.cronjob(case.ns, "ours", labels={"team": "data"})
    K.cronjob(case.ns, "theirs", labels={"team": "other"})
    daemon = case.watch(options=", label_selector: team=data")
    case.wait_state(daemon, "ours", "met")
    test.assertIsNone(daemon.state(case.job("theirs")))
    body = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "import", "labels": {"app": "import"}},
            "spec": {"template": {"spec": {"nodeName": "fake-0", "restartPolicy": "Never", "containers": [{"name": "main", "image": "none/none:1"}]}}}}
    daemon.write("sources:\n  k8s: {kubernetes: {kubeconfig: %s, namespaces: [%s]}}\njobs:\n"
                 "  claimed: {runs: {source: k8s, cronjob: %s}, within: 10m}\n"
                 "  selected: {runs: {source: k8s, namespace: %s, selector: app=import}, within: 10m}\n"
                 "  typo: {runs: {source: k8s, cronjob: %s/our}, within: 10m}\n" % (case.path("kubeconfig"), case.ns, case.job("ours"), case.ns, case.ns))
    daemon.send(signal.SIGHUP)
    daemon.wait_state("claimed", "met", PATIENCE)
    daemon.wait_state("typo", "gone")
    test.assertNotEqual(daemon.state("selected"), "met")
    K.request("POST", "/apis/batch/v1/namespaces/%s/jobs" % case.ns, body)
    daemon.wait_state("selected", "met")


CORE = [no_configuration_at_all, a_failure_within_tolerance_stays_met, a_failure_beyond_tolerance_is_missed, suspended_is_paused_until_it_is_not,
        deleted_is_gone_and_no_miss, made_anew_is_the_same_job, a_time_zone_is_that_of_the_cronjob, a_run_by_hand_counts]
STORIES = CORE + [a_failure_is_explained_as_far_as_one_may_ask, what_killed_a_pod_is_the_reason, a_pod_that_never_starts_is_missed, jobs_that_are_cleaned_up_at_once_count, annotations_are_keys, selectors_and_configured_jobs]
