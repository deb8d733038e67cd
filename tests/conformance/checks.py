"""What is looked at while a daemon lives: its verdicts, its pages, its rhythm, its memory."""
import html.parser
import re
import subprocess
import threading
import time
from collections import Counter, defaultdict

from harness import parse, run

PAGES = ["/", "/metrics", "/api/v1/jobs", "/api/v1/sources", "/api/v1/status/config", "/api/v1/status/flags"]
CONTROL = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f]")
OBEYED = re.compile("[\0-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")  # by a terminal


class Watcher:
    """Looks at /metrics again and again: `states` of each job since `begin`, the polls of the source `beside`, the memory. `late`: by how
    much this machine was late to wake us, who wait for nobody."""

    def __init__(self, daemon, beside):
        self.daemon, self.beside = daemon, beside
        self.states, self.polls, self.faults, self.slowest, self.late, self.resident = defaultdict(set), [], [], 0.0, 0.0, 0
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()

    def _run(self):
        while not self.ended.is_set():
            self._look()
            began = time.monotonic()
            self.ended.wait(0.2)
            self.late = max(self.late, time.monotonic() - began - 0.2)

    def _look(self):
        began = time.monotonic()
        samples = parse(self.daemon.metrics())
        self.slowest = max(self.slowest, time.monotonic() - began)
        again = [series for series, count in Counter((n, tuple(sorted(l.items()))) for n, l, _ in samples).items() if count > 1]
        self.faults += ["comes twice: %s" % (series,) for series in again]
        values = {}
        for name, labels, value in samples:
            if name == "batchslo_job_state":
                self.states[labels["job_name"]].add(labels["state"])
            if labels.get("source") == self.beside:
                values[name] = value
        self.resident = max(self.resident, resident(self.daemon))
        self.polls.append((values.get("batchslo_source_last_poll_success_timestamp_seconds"), values.get("batchslo_source_poll_duration_seconds_count")))

    def latest_pause(self):
        """The longest time between two polls of the source beside."""
        known = [poll for poll in self.polls if None not in poll]
        return max(((b[0] - a[0]) / (b[1] - a[1]) for a, b in zip(known, known[1:]) if b[1] > a[1]), default=0.0)


def resident(daemon):
    """Bytes of its memory."""
    with open("/proc/%d/status" % daemon.process.pid) as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmRSS"))


class Scripts(html.parser.HTMLParser):
    """What could run in a page: scripts, handlers, addresses that are no http."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        if tag in ("script", "img", "iframe", "object", "embed", "base", "form"):
            self.found.append(tag)
        self.found += ["%s=%s" % pair for pair in attributes if pair[0].startswith("on") or str(pair[1]).strip().lower().startswith("javascript:")]


def faults_of_pages(daemon, secrets, jobs=()):
    """What is wrong with what the daemon shows, and writes into its log."""
    faults = []
    pages = {path: daemon.request(path) for path in [*PAGES, *("/jobs/" + job for job in jobs)]}
    for path, reply in pages.items():
        faults += ["%s: status %d" % (path, reply.status)] if reply.status != 200 else []
        try:
            text = reply.text
        except UnicodeDecodeError as fault:
            faults.append("%s: %s" % (path, fault))
            continue
        if reply.headers["Content-Type"].startswith("text/html"):
            faults += ["%s: a control character at %r" % (path, text[max(0, at.start() - 60):][:90]) for at in CONTROL.finditer(text)][:3]
            faults += ["%s: %s" % (path, found) for found in Scripts(text).found]
    checked = subprocess.run(["promtool", "check", "metrics"], input=pages["/metrics"].body, capture_output=True)
    if (checked.returncode, checked.stdout, checked.stderr) != (0, b"", b""):
        faults.append("promtool: %s" % (checked.stdout + checked.stderr)[:500])
    shown = run("status", "--url=" + daemon.url)[1]
    faults += ["status: a control character at %r" % shown[max(0, at.start() - 60):][:90] for at in OBEYED.finditer(shown)][:3]
    return faults + faults_of_log(daemon.log()) + ["%s in %s" % (secret, path) for secret in secrets for path, text in
                                                  [*((path, reply.body) for path, reply in pages.items()), ("the log", daemon.log().encode())] if secret.encode() in text]


def faults_of_log(text):
    odd = [line[:200] for line in text.split("\n")[:-1] if not re.fullmatch(r'ts=\S+ level=\w+ msg=".*"', line)]
    shown = [text[max(0, at.start() - 60):][:90] for at in OBEYED.finditer(text)]
    return ["log line: %r" % line for line in odd[:3]] + ["log: a control character at %r" % line for line in shown[:3]]
