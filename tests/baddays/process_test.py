#!/usr/bin/env python3
"""The real binary short of descriptors, under a storm of SIGHUP, and for a while under all at once: nothing is lost, nothing leaks."""
import os
import resource
import signal
import socket
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "daemon"))
from case import PUSH, TOKEN, DaemonTest  # noqa: E402
from harness import run  # noqa: E402

SOAK = float(os.environ.get("BATCHSLO_SOAK_SECONDS", "60"))


def descriptors(daemon):
    return len(os.listdir("/proc/%d/fd" % daemon.process.pid))


def threads(daemon):
    return len(os.listdir("/proc/%d/task" % daemon.process.pid))


def resident(daemon):
    """KiB."""
    with open("/proc/%d/status" % daemon.process.pid) as status:
        return int(next(line for line in status if line.startswith("VmRSS:")).split()[1])


class Load:
    """Threads that do things over and over, until the end of the block; `failed` are those that nobody expected."""

    def __init__(self, *works):
        self.stop, self.failed = threading.Event(), []
        self.threads = [threading.Thread(target=self.repeat, args=(work,)) for work in works]

    def repeat(self, work):
        while not self.stop.is_set():
            try:
                work()
            except Exception as error:  # noqa: BLE001: told by the test
                self.failed.append(repr(error))
                return

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for thread in self.threads:
            thread.join()


class ProcessTest(DaemonTest):
    def setUp(self):
        super().setUp()
        self.acknowledged, self.count = set(), 0

    def beat(self, daemon, job="backup"):
        self.count += 1
        run_id = "r%d-%d" % (self.count, threading.get_ident())
        status = daemon.push(job, TOKEN, run_id=run_id).status
        if status == 200:
            self.acknowledged.add(run_id)
        return status

    def beats(self, daemon, job="backup", allowed=(200, 503)):
        status = self.beat(daemon, job)
        if status not in allowed:
            raise AssertionError("a heartbeat was answered %d" % status)

    def nothing_is_lost(self, daemon):
        code, out, err = run("ledger", "export", "--store=" + daemon.store)
        self.assertEqual((code, err), (0, ""))
        self.assertEqual({run_id for run_id in self.acknowledged if '"%s"' % run_id not in out}, set())

    def quiet(self, daemon):
        """The fewest descriptors and threads while nobody talks to it: those of a poll come and go."""
        seen = []

        def long_enough():
            seen.append((descriptors(daemon), threads(daemon)))
            return len(seen) > 40
        daemon.wait_for(long_enough, "it is quiet")
        return tuple(map(min, zip(*seen)))

    def settled(self, daemon, before):
        """Connections that are kept end first; then there are no more than before."""
        daemon.wait_for(lambda: descriptors(daemon) <= before[0] and threads(daemon) <= before[1], "no more than %d descriptors and %d threads" % before)


class Descriptors(ProcessTest):
    def take_all(self, daemon, kept):
        """Connections that say half a sentence, until one more is not taken."""
        port = int(daemon.url.rsplit(":", 1)[1])
        for _ in range(300):
            peer = socket.create_connection(("127.0.0.1", port))
            peer.sendall(b"GET / HTTP/1.1\r\n")
            kept.append(peer)

    def test_without_descriptors_it_stays_healthy_and_recovers(self):
        self.write("dwh.db", "")
        daemon = self.daemon(PUSH + "  dwh: {sql: {url: 'sqlite://%s', updated_at: x}, poll_interval: 1s}\njobs:\n  backup: {runs: {source: push}, within: 1h}\n  t: {output: dwh/t, within: 1h}\n" % self.path("dwh.db"),
                             "--evaluation.interval=200ms")
        self.assertEqual(self.beat(daemon), 200)
        daemon.wait_state("backup", "met")
        before = self.quiet(daemon)
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        for spare in (0, 3, 8):
            with self.subTest(spare=spare):
                resource.prlimit(daemon.process.pid, resource.RLIMIT_NOFILE, (before[0] + spare, hard))
                peers = []
                try:
                    self.take_all(daemon, peers)
                    if spare:
                        began = time.monotonic()
                        for path in ("/-/healthy", "/metrics", "/"):  # whoever is being accepted just then may have to come again
                            daemon.wait_for(lambda path=path: daemon.request(path).status == 200, path)
                        self.assertLess(time.monotonic() - began, 5, "who waits longest gives way at once")
                        for _ in range(20):
                            self.assertIn(self.beat(daemon), (200, 503))
                        evaluated = daemon.value("batchslo_evaluation_timestamp_seconds")
                        daemon.wait_for(lambda evaluated=evaluated: daemon.value("batchslo_evaluation_timestamp_seconds") > evaluated)
                        self.assertEqual(daemon.state("backup"), "met")
                    else:
                        self.assertIsNone(daemon.process.poll())
                finally:
                    for peer in peers:
                        peer.close()
                    resource.prlimit(daemon.process.pid, resource.RLIMIT_NOFILE, (hard, hard))
                daemon.wait_for(lambda: daemon.request("/-/healthy").status == 200)
                self.assertEqual(self.beat(daemon), 200)
                self.settled(daemon, before)
        daemon.wait_for(lambda: daemon.value("batchslo_store_up") == 1)
        daemon.stop(signal.SIGKILL)
        self.nothing_is_lost(daemon)


class Hangups(ProcessTest):
    def test_a_storm_of_sighup_loses_and_leaks_nothing(self):
        jobs = ["job%d" % i for i in range(3)]
        base = PUSH + "  disk: {files: {root: %s}, poll_interval: 1s}\njobs:\n" % self.folder + "".join("  %s: {runs: {source: push}, within: 1h}\n" % job for job in jobs)
        daemon = self.daemon(base)
        for job in jobs:
            self.assertEqual(self.beat(daemon, job), 200)
        daemon.send(signal.SIGHUP)
        before = self.quiet(daemon)
        with Load(*[lambda job=job: self.beats(daemon, job) for job in jobs], lambda: daemon.metrics(), lambda: daemon.send(signal.SIGHUP) or time.sleep(0.002)) as load:
            for number in range(300):
                extra = "  extra%d: {runs: {source: push}, within: 1h}\n" % number
                os.rename(self.write("next.yml", base + (extra if number % 3 else "oops: [\n")), daemon.config_file)
                daemon.send(signal.SIGHUP)
            os.rename(self.write("next.yml", base + "  last: {runs: {source: push}, within: 1h}\n"), daemon.config_file)
            daemon.wait_for(lambda: len(self.acknowledged) > 200, "heartbeats are taken meanwhile")
        self.assertEqual(load.failed, [])
        daemon.send(signal.SIGHUP)
        daemon.wait_for(lambda: daemon.state("last"), "the last configuration is in force")
        self.assertEqual(daemon.value("batchslo_config_last_reload_successful"), 1)
        self.assertIsNone(daemon.state("extra299"))
        self.settled(daemon, before)
        for job in jobs:
            self.assertEqual(daemon.state(job), "met")
        self.assertEqual(daemon.stop(), 0)
        self.nothing_is_lost(daemon)


class Soak(ProcessTest):
    """A minute of all at once, or $BATCHSLO_SOAK_SECONDS of them."""

    def bad_request(self, daemon):
        port = int(daemon.url.rsplit(":", 1)[1])
        for sent in (b"GET /\x00 HTTP/1.1\r\n\r\n", b"nonsense\r\n\r\n", b"POST /api/v1/heartbeat/backup HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", b""):
            with socket.create_connection(("127.0.0.1", port)) as peer:
                peer.sendall(sent)
                peer.settimeout(0.2)
                try:
                    peer.recv(4096)
                except OSError:
                    pass
        daemon.request("/api/v1/heartbeat/nobody", "POST", b"{" * 1000, {"Authorization": "Bearer wrong", "Content-Type": "application/json"})
        daemon.request("/jobs/%s" % ("x" * 2000))

    def reload(self, daemon, text):
        daemon.write(text if int(time.monotonic()) % 2 else text + "  extra: {runs: {source: push}, within: 1h}\n")
        daemon.send(signal.SIGHUP)
        time.sleep(0.2)

    def sample(self, daemon, samples, began):
        samples.append((time.monotonic() - began, resident(daemon)))
        time.sleep(0.5)

    def slope(self, samples):
        """KiB a second, by least squares."""
        count = len(samples)
        mean_t, mean_r = sum(t for t, _ in samples) / count, sum(r for _, r in samples) / count
        return sum((t - mean_t) * (r - mean_r) for t, r in samples) / sum((t - mean_t) ** 2 for t, _ in samples)

    def loaded(self, daemon, text, seconds):
        samples, began = [], time.monotonic()
        works = [lambda: self.beats(daemon) or time.sleep(1), lambda: daemon.metrics(), lambda: daemon.request("/"), lambda: daemon.request("/api/v1/jobs"),
                 lambda: self.bad_request(daemon), lambda: self.reload(daemon, text), lambda: self.sample(daemon, samples, began)]
        with Load(*works) as load:
            load.stop.wait(seconds)
        self.assertIsNone(daemon.process.poll(), "it lives")
        self.assertEqual(load.failed, [])
        return samples

    def test_memory_and_descriptors_stay_flat(self):
        text = (PUSH + "  away: {bigquery: {project: p, endpoint: 'http://127.0.0.1:1', credentials: {file: %s}}, poll_interval: 200ms}\n"
                "  gone: {sql: {url: 'sqlite://%s', updated_at: x}, poll_interval: 200ms}\n  disk: {files: {root: %s}, poll_interval: 200ms}\njobs:\n"
                "  backup: {runs: {source: push}, within: 1h}\n  t: {output: gone/t, within: 1h}\n  q: {output: away/d.t, within: 1h}\n  f: {output: disk/none/*, within: 1h}\n"
                % (self.path("key.json"), self.path("gone.db"), self.folder))
        daemon = self.daemon(text, "--evaluation.interval=200ms")
        self.loaded(daemon, text, max(15.0, SOAK / 10))
        daemon.write(text)
        daemon.send(signal.SIGHUP)
        before = self.quiet(daemon)
        first = resident(daemon)
        samples = self.loaded(daemon, text, SOAK)
        daemon.write(text)
        daemon.send(signal.SIGHUP)
        self.settled(daemon, before)
        slope = self.slope(samples)
        print("SOAK seconds=%d heartbeats=%d fds=%d threads=%d rss_kib=%d..%d slope_kib_per_s=%.2f" % (SOAK, len(self.acknowledged), *before, first, resident(daemon), slope))
        self.assertLess(slope * SOAK, 4096 + SOAK * 2, "it grows")
        self.nothing_is_lost(daemon)


if __name__ == "__main__":
    unittest.main()
