"""Starts the real daemon on a free loopback port and talks to it, for tests.

    with Daemon("jobs: {}", folder) as daemon:
        daemon.wait_for(lambda: daemon.value("batchslo_job_slo_met", job_name="a") == 1)

The binary is $BATCHSLO_EXPORTER.
"""
import json
import os
import re
import signal
import subprocess
import time
import urllib.error
import urllib.request

BINARY = os.environ.get("BATCHSLO_EXPORTER", "build/dev/bin/batchslo_exporter")
PATIENCE = 30  # seconds for anything to come true
LINE = re.compile(r"^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"')


def parse(text):
    """[(name, labels, value)] of a page in the text format; a line that can't be read is an error."""
    samples = []
    for line in text.split("\n"):  # a name may hold what Python takes for the end of a line
        if not line or line.startswith("#"):
            continue
        match = LINE.match(line)
        if not match:
            raise ValueError("no sample: " + line)
        labels = {k: re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], v) for k, v in LABEL.findall(match[2] or "")}
        samples.append((match[1], labels, float(match[3])))
    return samples


class Reply:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self):
        return self.body.decode()

    @property
    def json(self):
        return json.loads(self.body)


class Daemon:
    def __init__(self, config, folder, *flags, env=None, store=None, start=True):
        """`config`: YAML text, or None for no configuration file."""
        self.folder, self.flags, self.env = folder, flags, {**os.environ, **(env or {})}
        self.config_file = os.path.join(folder, "config.yml") if config is not None else None
        self.store = store or "sqlite://" + os.path.join(folder, "ledger.db")
        self.log_file = os.path.join(folder, "log")
        self.process = None
        self.tls = None  # an ssl.SSLContext, where the daemon speaks TLS
        if config is not None:
            self.write(config)
        if start:
            self.start()

    def write(self, config):
        with open(self.config_file, "w") as out:
            out.write(config)

    def command(self):
        config = ["--config.file=" + self.config_file] if self.config_file else []
        return [BINARY, *config, "--store=" + self.store, "--web.listen-address=127.0.0.1:0", *self.flags]

    def start(self):
        offset = os.path.getsize(self.log_file) if os.path.exists(self.log_file) else 0
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.env)

        def listening():
            if self.process.poll() is not None:
                raise AssertionError("the daemon ended with %d:\n%s" % (self.process.returncode, self.log()))
            return re.search(r'listening on [^\s"]*:(\d+)"', self.log()[offset:])
        self.url = ("https" if self.tls else "http") + "://127.0.0.1:" + wait_for(listening, "the daemon listens", log=self.log)[1]
        return self

    def log(self):
        with open(self.log_file, errors="replace") as log:
            return log.read()

    def request(self, path, method="GET", body=None, headers=None, timeout=PATIENCE):
        request = urllib.request.Request(self.url + path, data=body, method=method, headers=headers or {})
        try:
            with urllib.request.urlopen(request, timeout=timeout, context=self.tls) as reply:
                return Reply(reply.status, reply.headers, reply.read())
        except urllib.error.HTTPError as error:
            with error:
                return Reply(error.code, error.headers, error.read())

    def push_once(self, job, token, **fields):
        headers = {"Authorization": "Bearer " + token, "Content-Type": "application/json"}
        return self.request("/api/v1/heartbeat/" + job, "POST", json.dumps(fields).encode(), headers)

    def push(self, job, token, **fields):
        told = []

        def taken():  # on a busy machine the sources are there a moment after the listener
            told[:] = [self.push_once(job, token, **fields)]
            return told[0].status != 503 or b"sources are being started" not in told[0].body
        wait_for(taken, "the sources have started", log=self.log)
        return told[0]

    def metrics(self):
        return self.request("/metrics").text

    def value(self, name, **labels):
        """The value of the one series with these labels, among others; None: there is none."""
        found = [v for n, l, v in parse(self.metrics()) if n == name and all(l.get(k) == w for k, w in labels.items())]
        if len(found) > 1:
            raise AssertionError("%s has %d series" % (name, len(found)))
        return found[0] if found else None

    def state(self, job):
        states = [l["state"] for n, l, _ in parse(self.metrics()) if n == "batchslo_job_state" and l["job_name"] == job]
        return states[0] if states else None

    def wait_for(self, condition, what="it comes true", patience=PATIENCE):
        return wait_for(condition, what, patience, self.log)

    def wait_state(self, job, state, patience=PATIENCE):
        last = []

        def there():
            last[:] = [self.state(job)]
            return last[0] == state
        try:
            self.wait_for(there, "", patience)
        except AssertionError:
            raise AssertionError("%s is %s, not %s; log:\n%s" % (job, last[0], state, self.log()[-4000:])) from None

    def send(self, number):
        self.process.send_signal(number)

    def stop(self, number=signal.SIGTERM, patience=5):
        """Ends the daemon and gives its exit code."""
        self.process.send_signal(number)
        try:
            return self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError("the daemon did not end within %d s:\n%s" % (patience, self.log()[-4000:])) from None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def wait_for(condition, what, patience=PATIENCE, log=lambda: ""):
    deadline = time.monotonic() + patience
    while True:
        try:
            found = condition()
        except (OSError, urllib.error.URLError):
            found = None
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError("not within %d s: %s\n%s" % (patience, what, log()[-4000:]))
        time.sleep(0.05)


def run(*arguments, env=None, stdin=None):
    """A command of the binary: (exit code, stdout, stderr)."""
    done = subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=60, input=stdin, env={**os.environ, **(env or {})})
    return done.returncode, done.stdout, done.stderr
