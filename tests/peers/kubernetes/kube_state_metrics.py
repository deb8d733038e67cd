"""kube-state-metrics and the daemon on one API server, each behind a proxy that counts; and what each of them costs."""
import http.client
import os
import subprocess
import time
from pathlib import Path

from control_plane import build, free_port
from peer import Daemon, Process, parse, wait_for
from proxy import Proxy

TICK = os.sysconf("SC_CLK_TCK")


class Watcher:
    """A process that watches the API server. Subclasses start it and know when its view is complete."""

    def __init__(self, plane, folder):
        self.plane, self.folder = plane, Path(folder)
        self.folder.mkdir()
        self.proxy = Proxy(plane.ports["api"])
        self.kubeconfig = plane.write_kubeconfig(self.folder / "kubeconfig", "admin-token", port=self.proxy.port)

    def started(self):
        self.began = time.monotonic()
        self.start()
        return self

    def cpu(self):
        """Seconds so far."""
        fields = Path("/proc/%d/stat" % self.pid()).read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def peak_memory(self):
        line = next(l for l in Path("/proc/%d/status" % self.pid()).read_text().splitlines() if l.startswith("VmHWM"))
        return int(line.split()[1]) * 1024

    def scrape(self, encoding="gzip"):
        """(body as it came, seconds, Content-Encoding), as Prometheus asks."""
        began = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self.port(), timeout=60)
        connection.request("GET", "/metrics", headers={"Accept-Encoding": encoding})
        reply = connection.getresponse()
        body = reply.read()
        connection.close()
        return body, time.monotonic() - began, reply.headers.get("Content-Encoding")

    def samples(self):
        return parse(self.scrape("identity")[0].decode())

    def time_to_view(self, fleet):
        """Seconds from its start until its page has all of them; by looking again and again."""
        wait_for(lambda: self.is_complete(fleet), "its view is complete", 120)
        return time.monotonic() - self.began

    def end(self):
        self.stop()
        self.proxy.close()


def program():
    return build("kube-state-metrics") / "kube-state-metrics"


def version():
    """As it says itself."""
    return subprocess.run([program(), "version"], check=True, capture_output=True, text=True).stdout.split("version ")[1].split()[0]


class KubeStateMetrics(Watcher):
    def start(self):
        self.ports = free_port(), free_port()
        self.process = Process("kube-state-metrics", ["env", "TZ=UTC", program(), "--kubeconfig", self.kubeconfig, "--resources=cronjobs,jobs", "--host", "127.0.0.1", "--port", self.ports[0],
                                                      "--telemetry-host", "127.0.0.1", "--telemetry-port", self.ports[1]], self.folder / "log")

    def stop(self):
        self.process.stop()

    def pid(self):
        return self.process.process.pid

    def port(self):
        return self.ports[0]

    def is_complete(self, fleet):
        text = self.scrape("identity")[0]
        return text.count(b"\nkube_cronjob_info{") == fleet[0] and text.count(b"\nkube_job_info{") == fleet[1]


class Ours(Watcher):
    def start(self):
        self.daemon = Daemon(None, str(self.folder), "--kubeconfig=" + self.kubeconfig)

    def stop(self):
        self.daemon.stop()

    def pid(self):
        return self.daemon.process.pid

    def port(self):
        return int(self.daemon.url.rsplit(":", 1)[1])

    def is_complete(self, fleet):
        text = self.scrape("identity")[0]
        return b'\nbatchslo_source_complete{source="kubernetes"} 1\n' in text and text.count(b"\nbatchslo_job_info{") == fleet[0]


# ---- what it costs ----

QUIET = 20  # seconds
SCRAPES = 10


def cost_of_view(watcher, seconds):
    """Of a start that nobody looks at, some seconds after the view was complete in another."""
    time.sleep(max(0, watcher.began + seconds - time.monotonic()))
    return {"CPU until the first complete view": "%.2f s" % watcher.cpu(), "peak memory by then": size(watcher.peak_memory()),
            "bytes from the API server by then": size(watcher.proxy.said)}


def cost_of_quiet(watchers):
    before = [watcher.cpu() for watcher in watchers]
    time.sleep(QUIET)
    return [{"CPU of a quiet minute": "%.2f s" % ((watcher.cpu() - earlier) * 60 / QUIET)} for watcher, earlier in zip(watchers, before)]


def cost_of_scrapes(watcher):
    plain = watcher.scrape("identity")[0]
    before = watcher.cpu()
    scrapes = [watcher.scrape() for _ in range(SCRAPES)]
    cpu = (watcher.cpu() - before) / SCRAPES
    body, _, encoding = scrapes[-1]
    return {"a scrape as Prometheus asks for it": size(len(body)) + (", gzip" if encoding == "gzip" else ""), "the same uncompressed": size(len(plain)),
            "its samples": format(sum(1 for line in plain.splitlines() if line[:1] not in (b"", b"#")), ","),
            "its CPU": "%.0f ms" % (cpu * 1000), "its time, median": "%.0f ms" % (sorted(s[1] for s in scrapes)[SCRAPES // 2] * 1000),
            "peak memory after %d scrapes" % (SCRAPES + 1): size(watcher.peak_memory())}


def size(count):
    return "%.1f MB" % (count / 1e6) if count >= 1e6 else "%.0f kB" % (count / 1e3)


def table(heads, columns):
    lines = ["| | " + " | ".join(heads) + " |", "|---|" + "---|" * len(heads)]
    return "\n".join(lines + ["| %s | %s |" % (row, " | ".join(column[row] for column in columns)) for row in columns[0]])
