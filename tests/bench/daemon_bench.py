"""Figures of the whole daemon, seen from outside: `daemon_bench.py NAME`; without a name it lists them.

    front   S6, S7: slow clients beside a scrape, and what a scrape asks of others
    large   S5, M2: 100,000 jobs under scrapes, heartbeats and reloads
    start   M3: what a small one needs
"""
import http.server
import json
import os
import signal
import socket
import sys
import tempfile
import threading
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/daemon"))
import harness  # noqa: E402
from harness import Daemon  # noqa: E402

TOKEN = "a-token-that-nobody-guesses-6f3a"


def figure(name, value, unit, goal, floor):
    print("FIGURE %s %.4g %s goal %g floor %g" % (name, value, unit, goal, floor), flush=True)


def note(text):
    print("NOTE " + text, flush=True)


def percentile(values, share):
    return sorted(values)[int(share * (len(values) - 1))]


def status(pid, key):
    """A line of /proc/PID/status, in bytes."""
    for line in Path("/proc/%d/status" % pid).read_text().splitlines():
        if line.startswith(key + ":"):
            return int(line.split()[1]) * 1024
    raise ValueError(key)


def stamp(ago):
    return (datetime.now(timezone.utc) - timedelta(seconds=ago)).strftime("%Y-%m-%dT%H:%M:%SZ")


def fleet(folder, jobs, more=""):
    """A daemon that follows so many jobs, each of which has run twice."""
    config = "sources:\n  push: {heartbeat: {token: {env: HEARTBEAT_TOKEN}}}\n%sjobs:\n" % more
    config += "".join("  recommend/train-items-daily-%06d: {runs: {source: push}, within: 26h, team: recommend, consumer: \"ads import, 10:00\"}\n" % i for i in range(jobs))
    daemon = Daemon(config, folder, env={"HEARTBEAT_TOKEN": TOKEN}, start=False)
    facts = Path(folder, "facts.jsonl")
    with facts.open("w") as out:
        for i in range(jobs):
            for run in (1, 2):
                ago = 7200 // run + i % 977
                fact = {"fact": "run", "source": "push", "job": "recommend/train-items-daily-%06d" % i, "run_id": "r%d" % run, "started_at": stamp(ago),
                        "finished_at": stamp(ago - 60), "outcome": "succeeded", "trigger": "scheduled", "observed_at": stamp(ago - 60)}
                out.write(json.dumps(fact) + "\n")
    code, _, fault = harness.run("ledger", "import", str(facts), "--store", daemon.store)
    assert code == 0, fault[:2000]
    daemon.start()
    daemon.wait_for(lambda: daemon.request("/-/ready").status == 200, "it is ready", 120)
    return daemon


class Client:
    """One connection, as slow as its user likes."""

    def __init__(self, daemon, send=b"", buffer=None):
        self.socket = socket.socket()
        if buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.socket.settimeout(60)
        self.socket.connect(("127.0.0.1", int(daemon.url.rsplit(":", 1)[1])))
        self.socket.sendall(send)

    def close(self):
        self.socket.close()


def ask(daemon, path, headers=""):
    """Seconds to the first byte and to the last, and the bytes."""
    client = Client(daemon)
    begin = time.monotonic()
    client.socket.sendall(("GET %s HTTP/1.1\r\nHost: h\r\nConnection: close\r\n%s\r\n" % (path, headers)).encode())
    first = client.socket.recv(1 << 20)
    to_first = time.monotonic() - begin
    assert first.startswith(b"HTTP/1.1 200 "), first[:100]
    size, last = len(first), first[-16:]
    while chunk := client.socket.recv(1 << 20):
        size, last = size + len(chunk), (last + chunk)[-16:]
    client.close()
    assert last.endswith(b"0\r\n\r\n") or "healthy" in path, "the reply was cut"
    return to_first, time.monotonic() - begin, size


class Upstream:
    """What a source asks; counts it."""

    def __init__(self):
        outer = self
        self.asked = 0

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.asked += 1
                self.send_error(503)
            do_POST = do_GET

            def log_message(self, *_):
                pass
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = "http://127.0.0.1:%d" % self.server.server_address[1]


def front(folder):
    upstream = Upstream()
    key = Path(folder, "user.json")
    key.write_text(json.dumps({"type": "authorized_user", "client_id": "c", "client_secret": "s", "refresh_token": "r", "token_uri": upstream.url + "/token"}))
    source = "  dwh: {bigquery: {project: p, credentials: {file: %s}, endpoint: %s}, poll_interval: 1h}\n" % (key, upstream.url)
    with fleet(folder, 10_000, source) as daemon:
        daemon.wait_for(lambda: upstream.asked > 0 and daemon.value("batchslo_source_up", source="dwh") == 0, "the source has been asked")
        ask(daemon, "/metrics")
        time.sleep(5)  # its tries are over
        resident, asked = status(daemon.process.pid, "VmRSS"), upstream.asked
        slow = [Client(daemon) for _ in range(100)]
        slow += [Client(daemon, b"GET /metrics HT") for _ in range(100)]
        slow += [Client(daemon, b"GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n", 4096) for _ in range(100)]
        times = [ask(daemon, "/metrics")[1] for _ in range(200)]
        grown = (status(daemon.process.pid, "VmRSS") - resident) / len(slow) / 1024
        for client in slow:
            client.close()
        note("scrapes of 10,000 jobs beside 300 slow clients: median %.1f ms, worst %.1f ms" % (percentile(times, 0.5) * 1e3, max(times) * 1e3))
        figure("S6", percentile(times, 0.99) * 1e3, "ms", 50, 1000)
        figure("S6m", grown, "KB", 64, 256)
        figure("S7", upstream.asked - asked, "requests", 0, 0)
        assert upstream.asked == asked, "a scrape has asked a source"
        crowd(daemon)


def crowd(daemon):
    """3,000 who began a request and do not go on."""
    resident, slow, times = status(daemon.process.pid, "VmRSS"), [], []
    for i in range(3_000):
        slow.append(Client(daemon, b"GET / HTTP/1.1\r\nHost: h\r\nX: "))
        if i % 10 == 0:
            times.append(ask(daemon, "/-/healthy")[1])
    note("health while 3,000 slow clients come: median %.2f ms, p99 %.1f ms; %.1f MB more" % (
        percentile(times, 0.5) * 1e3, percentile(times, 0.99) * 1e3, (status(daemon.process.pid, "VmRSS") - resident) / 1e6))
    for client in slow:
        client.close()


class Busy:
    """Threads that do something again and again until the end."""

    def __init__(self, *works):
        self.ended = threading.Event()
        self.threads = [threading.Thread(target=self.repeat, args=(work,)) for work in works]
        for thread in self.threads:
            thread.start()

    def repeat(self, work):
        while not self.ended.is_set():
            work()

    def end(self):
        self.ended.set()
        for thread in self.threads:
            thread.join()


def large(folder):
    with fleet(folder, 100_000) as daemon:
        pid = daemon.process.pid
        for _ in range(2):
            ask(daemon, "/metrics", "Accept-Encoding: gzip\r\n")
        time.sleep(15)  # what only the start needed is given back
        steady = status(pid, "VmRSS")
        Path("/proc/%d/clear_refs" % pid).write_text("5")
        count = [0]

        def beat():
            count[0] += 1
            assert daemon.push("recommend/train-items-daily-%06d" % (count[0] % 100_000), TOKEN, status="success").status == 200

        def reload():
            config = Path(daemon.config_file).read_text()
            old, new = ("search", "recommend") if "team: search" in config else ("recommend", "search")
            daemon.write(config.replace("team: " + old, "team: " + new, 1))
            before = daemon.log().count("the configuration")
            daemon.send(signal.SIGHUP)
            daemon.wait_for(lambda: daemon.log().count("the configuration") > before, "it reloads", 60)
        scrape = lambda: ask(daemon, "/metrics", "Accept-Encoding: gzip\r\n")  # noqa: E731
        busy = Busy(scrape, scrape, scrape, scrape, beat, reload)
        times = []
        until = time.monotonic() + 40
        while time.monotonic() < until:
            times.append(ask(daemon, "/metrics", "Accept-Encoding: gzip\r\n")[0])
        busy.end()
        peak = status(pid, "VmHWM")
        note("100,000 jobs: %d scrapes beside four others, heartbeats and reloads; first byte after %.1f ms (median), %.0f ms at worst; %d heartbeats" % (
            len(times), percentile(times, 0.5) * 1e3, max(times) * 1e3, count[0]))
        note("steady %.0f MB, peak %.0f MB" % (steady / 1e6, peak / 1e6))
        figure("S5", percentile(times, 0.99) * 1e3, "ms", 5, 25)
        figure("M2", (peak - 32e6) / steady, "x", 1.25, 1.5 + 32e6 / steady)  # at most 1.25 x + 32 MB, never more than 1.5 x + 64 MB


def start(folder):
    with fleet(folder, 300) as daemon:
        assert daemon.stop() == 0
        ready = []
        for _ in range(7):
            begin = time.monotonic()
            offset = os.path.getsize(daemon.log_file)
            with open(daemon.log_file, "ab") as log:
                daemon.process = harness.subprocess.Popen(daemon.command(), stdin=harness.subprocess.DEVNULL, stdout=log, stderr=log, env=daemon.env)
            while b"listening on " not in Path(daemon.log_file).read_bytes()[offset:]:
                time.sleep(0.001)
            daemon.url = "http://127.0.0.1:" + harness.re.search(r'listening on [^\s"]*:(\d+)"', daemon.log()[offset:])[1]
            while daemon.request("/-/ready").status != 200:
                time.sleep(0.001)
            ready.append(time.monotonic() - begin)
            time.sleep(2)
            resident = status(daemon.process.pid, "VmRSS")
            assert daemon.stop() == 0
        figure("M3", resident / (1 << 20), "MB", 16, 24)
        figure("M3r", min(ready) * 1e3, "ms", 50, 200)


NAMES = {"front": front, "large": large, "start": start}

if __name__ == "__main__":
    if len(sys.argv) < 2:
        print("\n".join(NAMES))
    else:
        with tempfile.TemporaryDirectory(prefix="batchslo-bench-") as where:
            NAMES[sys.argv[1]](where)
