"""A real Prometheus in a folder of its own, and a door between it and the daemon that notes what was negotiated."""
import http.server
import json
import shutil
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "common"))
from peer import Process, free_port, parse, wait_for  # noqa: E402

CONFIG = """global: {scrape_interval: 1s, scrape_timeout: 900ms}
scrape_configs:
%s"""
JOB = '- job_name: %s\n  static_configs: [{targets: ["127.0.0.1:%d"]}]\n%s'


class Door:
    """Passes scrapes on to `self.url`, which may change; `accept`: what is asked for instead of what Prometheus asks."""

    def __init__(self, accept=None):
        self.url, self.types = None, set()
        door = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                headers = {k: v for k, v in self.headers.items() if k in ("Accept", "Accept-Encoding")}
                headers.update({"Accept": accept} if accept else {})
                try:
                    with urllib.request.urlopen(urllib.request.Request(door.url + self.path, headers=headers), timeout=10) as reply:
                        status, kept, body = reply.status, dict(reply.headers), reply.read()
                except OSError:
                    status, kept, body = 502, {}, b""
                door.types.add((kept.get("Content-Type"), kept.get("Content-Encoding")))
                self.send_response(status)
                for name in ("Content-Type", "Content-Encoding"):
                    if name in kept:
                        self.send_header(name, kept[name])
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Prometheus:
    """`ports`: by the name of the scrape job. `how`: what else each job says, lines of YAML. `history`: samples in OpenMetrics that it holds already."""

    def __init__(self, ports, how="", history=None):
        self.folder = Path(tempfile.mkdtemp(prefix="batchslo-prometheus-"))
        self.url = "http://127.0.0.1:%d" % free_port()
        config = self.folder / "prometheus.yml"
        jobs = "".join(JOB % (*item, how) for item in ports.items())
        config.write_text(CONFIG % jobs)
        if history:
            self.backfill(history)
        self.process = Process("prometheus", [shutil.which("prometheus"), "--config.file=%s" % config, "--storage.tsdb.path=%s" % (self.folder / "data"), "--storage.tsdb.retention.time=100y",
                                              "--web.listen-address=" + self.url[7:]], self.folder / "log")
        self.process.wait_for(lambda: self.ask("/api/v1/status/buildinfo"), "Prometheus answers")

    def backfill(self, history):
        text = self.folder / "history"
        text.write_text(history)
        subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", text, self.folder / "data"], check=True, stdout=subprocess.DEVNULL)
        text.unlink()

    def ask(self, path, **query):
        try:
            with urllib.request.urlopen(self.url + path + ("?" + urllib.parse.urlencode(query) if query else ""), timeout=10) as reply:
                return json.load(reply)["data"]
        except urllib.error.HTTPError as error:
            with error:
                text = error.read().decode(errors="replace")
            if error.code == 503:  # not ready yet
                return None
            raise AssertionError("%s: %s" % (query, text)) from None

    def version(self):
        return self.ask("/api/v1/status/buildinfo")["version"]

    def query(self, expression, **at):
        """[(labels, value)] of an instant query."""
        return [(item["metric"], float(item["value"][1])) for item in self.ask("/api/v1/query", query=expression, **at)["result"]]

    def own(self, name):
        """A counter of its own, as its page has it now: it may not have scraped itself yet."""
        with urllib.request.urlopen(self.url + "/metrics", timeout=10) as reply:
            return next(value for found, _, value in parse(reply.read().decode()) if found == name)

    def value(self, expression):
        found = self.query(expression)
        if len(found) > 1:
            raise AssertionError("%s has %d values" % (expression, len(found)))
        return found[0][1] if found else None

    def wait_for(self, condition, what):
        return wait_for(condition, what, log=self.process.log)

    def remove(self):
        self.process.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
