"""Stories of what goes wrong between us and the API server, and of silence."""
import signal
import time

from story import K, NEVER, PATIENCE, next_deadline, sleep_until
from peer import wait_for
from writer import Writer

QUIET_SPAN = 75  # seconds: at least one bookmark


def a_forbidden_namespace_darkens_only_its_own_jobs(test, case):
    other = case.ns + "-b"
    K.namespace(other)
    strict = {"every-run": "{tolerate: 0, finish_within: 20s}"}
    for ns in (case.ns, other):
        K.cronjob(ns, "job", annotations=strict)
        K.grant("forbidden", ns)
    proxy = case.proxy()
    daemon = case.watch(kubeconfig=case.kubeconfig(token="forbidden-token", port=proxy.port), namespaces=[case.ns, other])
    case.wait_state(daemon, "job", "met")
    daemon.wait_state(other + "/job", "met", PATIENCE)
    K.revoke("forbidden", other)
    proxy.cut()  # rights are looked at when a request begins
    daemon.wait_for(lambda: "403" in case.error(daemon, other), "the lost right is told")
    daemon.wait_state(other + "/job", "unknown", PATIENCE)
    case.wait_state(daemon, "job", "met", 1)
    test.assertEqual([s["up"] for s in case.source(daemon)["scopes"] if s["scope"] == case.ns], [True])
    test.assertEqual(daemon.value("batchslo_source_up"), 1)
    test.assertEqual(daemon.value("batchslo_source_complete"), 0)
    K.grant("forbidden", other)
    case.wait_up(daemon)
    daemon.wait_state(other + "/job", "met", PATIENCE)


def a_namespace_that_is_not_there_is_an_error_and_no_absence(test, case):
    K.cronjob(case.ns, "job", schedule=NEVER)
    daemon = case.watch(namespaces=[case.ns, "serach"], jobs="\n  books: {runs: {source: k8s, cronjob: serach/close-books}, within: 1s}")
    case.wait_state(daemon, "job", "pending")
    daemon.wait_for(lambda: 'no namespace "serach"' in case.error(daemon, "serach"), "the typo is told")
    test.assertEqual(daemon.value("batchslo_source_complete"), 0)
    time.sleep(3)  # a window of books would have closed
    test.assertNotIn(daemon.state("books"), ("gone", "missed", "met"))
    test.assertIsNone(daemon.value("batchslo_job_slo_met", job_name="books"))


def a_broken_watch_is_resumed_without_a_list(test, case):
    K.cronjob(case.ns, "job")
    proxy = case.proxy()
    daemon = case.watch(kubeconfig=case.kubeconfig(port=proxy.port))
    for i in range(1, 6):
        case.wait_up(daemon)
        proxy.cut()
        K.patch(case.ns, "job", {"spec": {"suspend": i % 2 == 1}})  # while nobody watches
        daemon.wait_for(lambda: (daemon.state(case.job("job")) == "paused") == (i % 2 == 1), "what was missed is caught up", 20)
    test.assertEqual(daemon.value("batchslo_kubernetes_list_total", result="ok"), 2)
    test.assertEqual(daemon.value("batchslo_kubernetes_watch_drift_total"), 0)


def a_silent_watch_is_noticed_and_nothing_false_is_said(test, case):
    """A success that nobody hears of: unknown at the deadline, then met."""
    proxy = case.proxy()
    due, clock = next_deadline(50)
    K.cronjob(case.ns, "job", schedule=NEVER, annotations={"by": clock, "since": "35s"})
    daemon = case.watch(kubeconfig=case.kubeconfig(port=proxy.port))
    case.wait_state(daemon, "job", "pending")
    sleep_until(due - 30)
    proxy.silent()
    silent_since = time.monotonic()
    K.start(case.ns, "job", "by-hand")
    sleep_until(due + 1)
    daemon.wait_state(case.job("job"), "unknown", 20)
    noticed = wait_for(lambda: next((t - silent_since for t in proxy.accepted if t > silent_since), None), "it tries anew", 120)
    test.assertLess(noticed, 90)
    test.assertEqual(daemon.state(case.job("job")), "unknown")
    proxy.cut()
    proxy.pass_on()
    case.wait_state(daemon, "job", "met", 60)
    return "silence noticed after %.0f s" % noticed


def a_quiet_cluster_is_watched_not_polled(test, case):
    K.cronjob(case.ns, "job", schedule=NEVER)
    K.grant("quiet", case.ns)
    daemon = case.watch(kubeconfig=case.kubeconfig(token="quiet-token"))
    case.wait_state(daemon, "job", "pending")
    latencies = []
    for i in range(10):
        state = "paused" if i % 2 == 0 else "pending"
        K.patch(case.ns, "job", {"spec": {"suspend": state == "paused"}})
        began = time.monotonic()
        wait_for(lambda: daemon.state(case.job("job")) == state, "an event reaches /metrics", 20)
        latencies.append(time.monotonic() - began)
    time.sleep(QUIET_SPAN)
    asked = K.audited("quiet")
    lists = [asked.count(("list", kind)) for kind in ("cronjobs", "jobs")]
    test.assertEqual(lists, [1, 1])
    test.assertLessEqual(len(asked), 6, asked)
    test.assertLess(max(latencies), 2, latencies)
    test.assertEqual(daemon.value("batchslo_source_complete"), 1)
    return "%d requests (%d lists) in %d s; an event in /metrics after %.2f s, at most %.2f s" % (len(asked), sum(lists), QUIET_SPAN, sorted(latencies)[5], max(latencies))


def a_killed_api_server_makes_unknown_then_the_truth(test, case):
    """Killed and started again across two jobs' deadline: one never ran, one had succeeded before."""
    due, clock = next_deadline(40)
    for name in ("never", "done"):
        K.cronjob(case.ns, name, schedule=NEVER, annotations={"by": clock, "since": "35s"})
    daemon = case.watch()
    for name in ("never", "done"):
        case.wait_state(daemon, name, "pending", 30)
    sleep_until(due - 33)
    K.start(case.ns, "done", "by-hand")
    case.wait_state(daemon, "done", "met", 25)
    K.stop("api", signal.SIGKILL)
    test.assertLess(time.time(), due)
    sleep_until(due + 1)
    case.wait_state(daemon, "never", "unknown", 20)
    test.assertEqual(daemon.state(case.job("done")), "met", "a success stays a fact")
    test.assertNotEqual(daemon.value("batchslo_source_complete"), 1)
    K.start_api()
    began = time.monotonic()
    case.wait_state(daemon, "never", "missed", 60)
    back = time.monotonic() - began
    test.assertEqual(daemon.state(case.job("done")), "met")
    case.wait_up(daemon)
    return "the truth %.0f s after the server was back" % back


def a_list_that_expires_between_pages_is_made_anew(test, case):
    """What was removed after the first page had told of it is gone, and nothing is told twice."""
    owner = K.cronjob(case.ns, "job", schedule=NEVER)
    jobs = ["of-job-%04d" % i for i in range(1100)]  # three pages
    with Writer(K) as writer:
        writer.each(lambda name: writer.job(case.ns, name, owner, suspend=True), jobs)
    proxy = case.proxy()
    proxy.silent_after(20_000)  # in the first page
    daemon = case.watch(kubeconfig=case.kubeconfig(port=proxy.port))
    wait_for(proxy.is_silent, "a page is under way")
    K.request("DELETE", "/apis/batch/v1/namespaces/%s/jobs/%s?propagationPolicy=Background" % (case.ns, jobs[0]))
    K.compact()
    proxy.pass_on()
    case.wait_up(daemon)
    test.assertEqual(daemon.value("batchslo_kubernetes_list_total", result="expired"), 1)
    test.assertEqual(daemon.value("batchslo_kubernetes_objects"), 1 + len(jobs) - 1)
    test.assertEqual(daemon.value("batchslo_kubernetes_watch_drift_total"), 0)
    test.assertEqual(case.error(daemon), "")
    test.assertEqual(daemon.state(case.job("job")), "pending")


def a_frozen_api_server_delays_neither_scrapes_nor_the_end(test, case):
    K.cronjob(case.ns, "job", schedule=NEVER)
    daemon = case.watch()
    case.wait_state(daemon, "job", "pending")
    K.processes["api"].send_signal(signal.SIGSTOP)
    try:
        frozen = case.daemon(None, "--kubeconfig=" + case.kubeconfig(), store="sqlite://" + case.path("second.db"))
        worst = 0
        for _ in range(50):
            began = time.monotonic()
            daemon.metrics()
            worst = max(worst, time.monotonic() - began)
        for each in (daemon, frozen):
            began = time.monotonic()
            each.stop(patience=5)
            test.assertLess(time.monotonic() - began, 3, "a hanging list or watch holds up the end")
    finally:
        K.processes["api"].send_signal(signal.SIGCONT)
    test.assertLess(worst, 1)
    return "slowest scrape %.0f ms" % (worst * 1000)


STORIES = [a_forbidden_namespace_darkens_only_its_own_jobs, a_namespace_that_is_not_there_is_an_error_and_no_absence, a_broken_watch_is_resumed_without_a_list,
           a_silent_watch_is_noticed_and_nothing_false_is_said, a_quiet_cluster_is_watched_not_polled]
DISTURBING = [a_frozen_api_server_delays_neither_scrapes_nor_the_end, a_killed_api_server_makes_unknown_then_the_truth]
