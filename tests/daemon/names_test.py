#!/usr/bin/env python3
"""Names of jobs that nobody should give (tests/testdata/names.json), by the configuration and by a Kubernetes API: they
are refused with a clear error, or all that shows them stays valid and harmless.

In the file a name is a JSON text, "\\udcXX" a byte that is no UTF-8, and [TEXT, N] a text N times over.
"""
import html.parser
import json
import os
import re
import subprocess
import sys
import unittest
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from case import ENV, PUSH, TOKEN, DaemonTest  # noqa: E402
from harness import parse, run  # noqa: E402
from quiet_cluster import QuietCluster  # noqa: E402

FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "testdata", "names.json")
with open(FILE) as names_file:
    NAMES = {what: name if isinstance(name, str) else name[0] * name[1] for what, name in json.load(names_file).items()}
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")  # of which a page, a log, a terminal must show nothing
TAGS = set("""html head details summary meta title link body svg defs symbol circle path rect use header nav main footer div span p a h1 h2 h3 ul li dl dt dd
           table thead tbody tr th td time code pre b br""".split())
ADDRESSES = re.compile(r"(\.\.?/|#|\?|https://)")


def is_text(name):
    return not re.search("[\ud800-\udfff]", name)


def raw(text):
    return text.encode("utf-8", "surrogateescape")


class Harmless(html.parser.HTMLParser):
    """Reads a page as a browser does; keeps the text, and what it should not have."""

    def __init__(self, page):
        super().__init__()
        self.text, self.faults = "", []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attributes):
        if tag not in TAGS:
            self.faults.append("tag " + tag)
        for key, value in attributes:
            if key.startswith("on") or key in ("style", "srcdoc", "formaction", "background"):
                self.faults.append("%s of %s" % (key, tag))
            if key in ("href", "src", "action") and not ADDRESSES.match(value):
                self.faults.append("%s=%s" % (key, value))

    def handle_data(self, data):
        self.text += data

    def handle_comment(self, data):
        self.faults.append("comment " + data)

    def unknown_decl(self, data):
        self.faults.append("declaration " + data)


class NamesTest(DaemonTest):
    def test_there_are_enough_of_them(self):
        self.assertGreaterEqual(len(NAMES), 150)
        self.assertEqual(len(set(NAMES.values())), len(NAMES))

    def job(self, name):
        text = json.dumps(name, ensure_ascii=False)  # a JSON text is YAML
        return "  %s: {runs: {source: push}, within: 1h, team: %s, consumer: %s}\n" % (text, text, text)

    def check(self, name):
        """None: the configuration takes it."""
        path = self.path("one.yml")
        with open(path, "wb") as out:
            out.write(raw(PUSH + "jobs:\n" + self.job(name)))
        code, out, err = run("check", "config", path, env=ENV)
        if code == 0:
            return None
        self.assertEqual(code, 2, err)
        self.assertRegex(out + err, r"one\.yml:\d+:\d+: error: \S")
        self.assertNotRegex(out + err, UNSEEN)
        return out + err

    def check_faces(self, daemon, jobs):
        """`jobs`: the names as they are there, none of which its label can't hold whole."""
        page = daemon.metrics()
        done = subprocess.run(["promtool", "check", "metrics"], input=page, capture_output=True, text=True)
        self.assertNotIn("error", done.stderr.lower(), done.stderr[-2000:])
        shown = {labels["job_name"] for name, labels, _ in parse(page) if name == "batchslo_job_first_seen_timestamp_seconds"}
        self.assertLessEqual({job for job in jobs if len(raw(job)) <= 200 and "\0" not in job}, shown)
        listed = {job["job"] for job in daemon.request("/api/v1/jobs").json["data"]}
        self.assertLessEqual(set(jobs), listed)
        self.check_page(daemon, "/")
        for job in jobs:
            path = urllib.parse.quote(job, safe="")
            if len(path) < 7000:
                with self.subTest(job[:60]):
                    text = self.check_page(daemon, "/jobs/" + path)
                    if not UNSEEN.search(job):
                        self.assertIn(job.replace("\u061c", "\ufffd").replace("\u200f", "\ufffd"), text)
                    reply = daemon.request("/api/v1/jobs/" + path)
                    self.assertEqual((reply.status, reply.json["data"]["job"]), (200, job))
        for arguments in ([], ["--json"]):
            out = run("status", "--url=" + daemon.url, *arguments)[1]
            self.assertNotRegex(out, UNSEEN)
        self.check_log(daemon)

    def check_page(self, daemon, path):
        reply = daemon.request(path)
        self.assertEqual(reply.status, 200)
        self.assertNotRegex(reply.text, UNSEEN)
        page = Harmless(reply.text)
        self.assertEqual(page.faults, [], path)
        return page.text

    def check_log(self, daemon):
        log = daemon.log()
        self.assertNotRegex(log, UNSEEN)
        for line in log.split("\n")[:-1]:
            self.assertRegex(line, r'^ts=2\d{3}-\S+Z level=(debug|info|warning|error) msg="([^"\\]|\\["\\n])*"$')

    def test_the_configuration_refuses_them_or_they_do_no_harm(self):
        refused = {what: told for what, name in NAMES.items() if (told := self.check(name))}
        taken = [name for what, name in NAMES.items() if what not in refused]
        print("   %d names: %d refused, %d taken" % (len(NAMES), len(refused), len(taken)), file=sys.stderr)
        self.assertGreater(len(refused), 30)
        self.assertGreater(len(taken), 80)
        for what, name in NAMES.items():
            if not is_text(name) or name == "" or "\0" in name or "\x1b" in name:
                self.assertIn(what, refused)
        daemon = self.daemon(PUSH + "jobs:\n" + "".join(map(self.job, taken)), "--log.level=debug")
        for name in taken:
            path = "/api/v1/heartbeat/" + urllib.parse.quote(name, safe="")
            body = json.dumps({"status": "failure", "message": "line\n" + name, "run_id": "r"}).encode()
            with self.subTest(name[:60]):
                self.assertEqual(daemon.request(path, "POST", body, {"Authorization": "Bearer " + TOKEN, "Content-Type": "application/json"}).status, 200)
        daemon.wait_for(lambda: sum(v for n, _, v in parse(daemon.metrics()) if n == "batchslo_job_failed_runs_total") == len(taken))
        self.check_faces(daemon, taken)

    def test_a_heartbeat_of_any_name_gets_a_clear_answer(self):
        daemon = self.daemon(PUSH + "jobs:\n  backup: {runs: {source: push}, within: 1h}\n")
        for what, name in NAMES.items():
            path = "/api/v1/heartbeat/" + urllib.parse.quote(raw(name), safe="")
            for field in ("run_id", "message", "status"):
                with self.subTest(what + ", " + field):
                    body = json.dumps({"status": "failure", field: name}).encode()
                    headers = {"Authorization": "Bearer " + TOKEN, "Content-Type": "application/json"}
                    reply = daemon.request("/api/v1/heartbeat/backup", "POST", body, headers)
                    self.assertIn(reply.status, (200, 400) if len(body) <= 64 << 10 else (413,))
                    if reply.status != 413:
                        self.assertIn("status", reply.json)
            if len(path) < 8000:
                reply = daemon.request(path, "POST", b'{"status":"success"}', headers)
                self.assertEqual((reply.status, reply.json["status"]), (404, "error"), what)
        self.check_faces(daemon, ["backup"])

    def test_those_of_a_hostile_api_server_do_no_harm(self):
        names = [name for name in NAMES.values() if is_text(name) and name != "" and "\0" not in name]  # those spoil the whole list
        items = []
        for i, name in enumerate(names):
            notes = {"batchslo/team": name, "batchslo/consumer": name, "batchslo/" + ("within" if i % 3 else "colour"): name if i % 2 else "1h"}
            items.append({"metadata": {"name": name, "namespace": "n", "uid": "u%d" % i, "resourceVersion": "1", "creationTimestamp": "2026-01-01T00:00:00Z", "annotations": notes},
                          "spec": {"schedule": name if i % 5 == 0 else "0 0 1 1 *", "timeZone": name if i % 7 == 0 else "UTC"}, "status": {}})
        cluster = QuietCluster(items)
        self.addCleanup(cluster.close)
        self.write("kubeconfig", cluster.kubeconfig())
        daemon = self.daemon("sources:\n  gke: {kubernetes: {kubeconfig: %s}}\n" % self.path("kubeconfig"), "--log.level=debug")
        daemon.wait_for(lambda: len(daemon.request("/api/v1/jobs").json["data"]) == len(names), "all CronJobs are there")
        self.check_faces(daemon, ["n/" + name for name in names])

    def test_who_may_make_a_job_of_kubernetes_darkens_no_other(self):
        """The API server takes any text for the name of an owner."""
        good = {"metadata": {"name": "good", "namespace": "n", "uid": "u", "resourceVersion": "1", "creationTimestamp": "2026-01-01T00:00:00Z"}, "spec": {"schedule": "0 0 1 1 *"}, "status": {}}
        jobs = [{"metadata": {"name": "j%d" % i, "namespace": "evil", "uid": "j%d" % i, "resourceVersion": "1", "creationTimestamp": "2026-01-01T00:00:00Z",
                              "ownerReferences": [{"apiVersion": "batch/v1", "kind": "CronJob", "name": name, "uid": "x"}]}, "spec": {}, "status": {}}
                for i, name in enumerate(["x\0y", "x" * 1_000_000, *filter(is_text, NAMES.values())])]
        cluster = QuietCluster([good], jobs)
        self.addCleanup(cluster.close)
        self.write("kubeconfig", cluster.kubeconfig())
        daemon = self.daemon("sources:\n  gke: {kubernetes: {kubeconfig: %s}}\n" % self.path("kubeconfig"))
        daemon.wait_for(lambda: all(source["up"] for source in daemon.request("/api/v1/sources").json["data"]), "its view is stored")
        shown = [job["job"] for job in daemon.request("/api/v1/jobs").json["data"]]
        self.assertIn("n/good", shown)
        self.assertFalse([name[:60] for name in shown if not re.fullmatch("(n|evil)/[a-z0-9.-]{1,253}", name)])


if __name__ == "__main__":
    unittest.main()
