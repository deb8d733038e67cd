"""A real Prometheus with our rules, a real Alertmanager with our routes, and a Slack of ours that is as strict as the real one."""
import http.server
import json
import re
import shutil
import sys
import tempfile
import threading
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "common"))
from peer import Process, free_port, wait_for  # noqa: E402

ALERTS = Path(__file__).resolve().parents[3] / "alerts"
PROMETHEUS = """global: {scrape_interval: 1s, scrape_timeout: 900ms, evaluation_interval: 1s}
rule_files: [%(rules)s/*.yml]
alerting: {alertmanagers: [{static_configs: [{targets: ["127.0.0.1:%(alertmanager)d"]}]}]}
scrape_configs: [{job_name: slo, static_configs: [{targets: ["%(target)s"]}]}]
"""


def faults(payload):
    """What Slack would cut, fold or take for something else."""
    found = []
    attachments = payload.get("attachments", [])
    if len(json.dumps(payload)) > 40000 or len(attachments) > 20:
        found.append("the message is too large")
    for one in attachments:
        if len(one["title"]) > 1024 or len(one["text"]) > 4000:
            found.append("title of %d, text of %d" % (len(one["title"]), len(one["text"])))
        if re.search(r"&(?!amp;|lt;|gt;)|<(?!https?://[^<>|\s]+\|[^<>|]+>)", one["title"] + one["text"]):
            found.append("not escaped: " + one["text"])
    return found


class Slack:
    """Notes what comes: (channel, attachment); other posts, as the watchdog's, by their path."""

    def __init__(self):
        self.sent, self.faults, self.posts = [], [], []
        slack = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                payload = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if self.path == "/slack":
                    slack.faults += faults(payload)
                    slack.sent += [(payload["channel"], one) for one in payload["attachments"]]
                else:
                    slack.posts.append((self.path, payload))
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d" % self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def of(self, channel, title):
        return [one for to, one in self.sent if to == channel and re.search(title, one["title"])]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Chain:
    """Rules and routes as they are, but that seconds stand where minutes do."""

    def __init__(self, target):
        self.folder, self.slack = Path(tempfile.mkdtemp(prefix="batchslo-alertmanager-")), Slack()
        self.prometheus_port, self.port = free_port(), free_port()
        self.url = "http://127.0.0.1:%d" % self.port
        (self.folder / "rules").mkdir()
        for file in (ALERTS / "rules").glob("*.yml"):
            (self.folder / "rules" / file.name).write_text(re.sub(r"(?m)^(\s+(?:keep_firing_)?for: \d+)m", r"\1s", file.read_text()))
        (self.folder / "prometheus.yml").write_text(PROMETHEUS % {"rules": self.folder / "rules", "alertmanager": self.port, "target": target})
        (self.folder / "slack-url").write_text(self.slack.url + "/slack")
        routes = (ALERTS / "alertmanager/alertmanager.yml").read_text().replace("/etc/alertmanager/slack-webhook-url", str(self.folder / "slack-url"))
        routes = routes.replace("https://deadman.example", self.slack.url)
        (self.folder / "alertmanager.yml").write_text(re.sub(r"(group_wait|group_interval): \d+[sm]", r"\1: 3s", routes))
        shutil.copy(ALERTS / "alertmanager/batchslo.tmpl", self.folder)
        self.alertmanager = Process("alertmanager", [shutil.which("prometheus-alertmanager"), "--config.file=%s" % (self.folder / "alertmanager.yml"), "--storage.path=%s" % (self.folder / "am"),
                                                     "--web.listen-address=" + self.url[7:], "--cluster.listen-address=", "--web.external-url=" + self.url], self.folder / "alertmanager.log")
        self.alertmanager.wait_for(lambda: self.ask("/api/v2/status"), "Alertmanager answers")
        self.prometheus = Process("prometheus", [shutil.which("prometheus"), "--config.file=%s" % (self.folder / "prometheus.yml"), "--storage.tsdb.path=%s" % (self.folder / "data"),
                                                 "--web.listen-address=127.0.0.1:%d" % self.prometheus_port, "--rules.alert.resend-delay=2s"], self.folder / "prometheus.log")

    def ask(self, path, body=None):
        request = urllib.request.Request(self.url + path, data=None if body is None else json.dumps(body).encode(), headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as reply:
            text = reply.read()
        return json.loads(text) if text.strip() else {}

    def version(self):
        return self.ask("/api/v2/status")["versionInfo"]["version"]

    def alerts(self, **labels):
        return [one for one in self.ask("/api/v2/alerts") if all(one["labels"].get(k) == v for k, v in labels.items())]

    def wait_for(self, condition, what):
        return wait_for(condition, what, patience=90, log=lambda: self.alertmanager.log()[-2000:] + self.prometheus.log()[-2000:] + repr(self.slack.sent)[-2000:])

    def remove(self):
        self.prometheus.stop()
        self.alertmanager.stop()
        self.slack.close()
        shutil.rmtree(self.folder, ignore_errors=True)
