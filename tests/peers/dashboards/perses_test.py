#!/usr/bin/env python3
"""Perses' own packages draw each board over a real Prometheus: every panel shows something, and no error.

UPDATE_PICTURES=1 in the environment draws the pictures of dashboards/README.md anew.
"""
import http.server
import json
import os
import subprocess
import sys
import tempfile
import threading
import unittest
import urllib.error
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "common"), str(HERE.parent / "prometheus"), str(HERE.parents[1] / "dashboards")]
import fleet  # noqa: E402
import perses  # noqa: E402
from boards import BOARDS, FOLDER, panels  # noqa: E402
from packages import modules, node, old_node  # noqa: E402
from peer import main, missing  # noqa: E402
from server import Prometheus  # noqa: E402

PAGE = b'<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="/main.css"><body style="margin:0"><div id="root"></div><script type="module" src="/main.js"></script>'
TYPES = {".js": "text/javascript", ".css": "text/css", ".json": "application/json"}
MODULES = None


def bundle(folder):
    """main.jsx with all of Perses in it."""
    esbuild = MODULES / "esbuild" / "bin" / "esbuild"
    loaders = ["--loader:%s" % one for one in (".js=jsx", ".woff=dataurl", ".woff2=dataurl")]
    defined = ['--define:process.env.NODE_ENV="production"', "--define:global=globalThis"]
    subprocess.run(["node", esbuild, HERE / "perses" / "main.jsx", "--bundle", "--minify", "--format=esm", "--main-fields=browser,module,main", "--log-level=error", *loaders, *defined,
                    "--outfile=%s/main.js" % folder], check=True, env={**os.environ, "NODE_PATH": str(MODULES)})


class Site:
    """The page, the board and, below /prometheus, the Prometheus: one origin for the browser."""

    def __init__(self, folder, prometheus):
        self.board = None
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                path = self.path.split("?")[0]
                if path.startswith("/prometheus/"):
                    return self.answer(*self.ask(self.path.removeprefix("/prometheus")))
                if path == "/board.json":
                    return self.answer(200, json.dumps(site.board).encode(), TYPES[".json"])
                file = folder / path.lstrip("/")
                return self.answer(200, file.read_bytes() if file.is_file() else PAGE, TYPES.get(file.suffix, "text/html"))

            def do_POST(self):
                self.do_GET()

            def ask(self, path):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) or None
                headers = {"Content-Type": self.headers["Content-Type"]} if body else {}
                try:
                    with urllib.request.urlopen(urllib.request.Request(prometheus.url + path, body, headers), timeout=60) as reply:
                        return reply.status, reply.read(), TYPES[".json"]
                except urllib.error.HTTPError as error:
                    with error:
                        return error.code, error.read(), TYPES[".json"]

            def answer(self, status, body, kind):
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d/?start=%d&end=%d" % (self.server.server_address[1], (fleet.END - fleet.MINUTES * 60) * 1000, fleet.END * 1000)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Drawn(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="batchslo-perses-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        bundle(cls.folder)
        prometheus = Prometheus({}, history=fleet.openmetrics())
        cls.addClassCleanup(prometheus.remove)
        cls.site = Site(cls.folder, prometheus)
        cls.addClassCleanup(cls.site.close)

    def draw(self, name, empty=(), **values):
        self.site.board = perses.board(BOARDS[name], **values)
        keep = os.environ.get("UPDATE_PICTURES")
        picture = FOLDER / (name + ".webp") if keep else self.folder / (name + ".png")
        said = json.loads(node(MODULES, HERE / "perses" / "draw.js", self.site.url, picture))
        self.assertEqual(said["faults"], [])
        texts = [one["text"] for one in said["panels"]]
        expected = list(panels(BOARDS[name]))
        self.assertEqual(len(texts), len(expected))
        for panel, one in zip(expected, said["panels"]):
            self.assertIn(panel["title"], one["text"])
            self.assertNotRegex(one["text"], r"(?i)is not defined|unsupported|query error")
            if panel["title"] not in empty:
                self.assertNotIn("No data", one["text"])
            lines = [line for line in one["text"].split("\n") if line.strip() and line.strip() != panel["title"]]
            self.assertTrue(lines or one["charts"], panel["title"])
        return dict(zip((panel["title"] for panel in expected), texts))

    def test_the_fleet(self):
        shown = self.draw("batchslo-fleet")
        self.assertRegex(shown["Missed"], r"\b1\b")
        for word in ("mart/orders", "missed", "ValueError: no rows in * for day *", "pricing, from 06:30 on"):
            self.assertIn(word, shown["Jobs, worst first"])
        self.assertIn("warehouse", shown["Sources"])

    def test_a_missed_job(self):
        shown = self.draw("batchslo-job", ["Running for"], job_name="mart/orders")
        self.assertIn("missed", shown["State"])
        self.assertIn("exit code 1", shown["The newest failure"])

    def test_the_exporter(self):
        shown = self.draw("batchslo-exporter")
        self.assertIn("in force", shown["Configuration"])
        for instance in fleet.REPLICAS:
            self.assertIn(instance, shown["Exporters"])


if __name__ == "__main__":
    absent = missing("prometheus", "promtool", "node", "npm", "chromium") or old_node()
    MODULES = modules("perses", HERE / "perses" / "package.json") if not absent else None
    if not MODULES:
        print("SKIP perses: %s" % ("%s is not installed (scripts/install --tests)" % " and ".join(absent) if absent else "npm does not give its packages"))
        sys.exit(0)
    main("perses", json.loads((MODULES / "@perses-dev" / "dashboards" / "package.json").read_text())["version"])
