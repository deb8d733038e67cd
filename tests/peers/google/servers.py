"""The servers of others on loopback: two emulators of BigQuery, and a token server."""
import json
import shutil
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "common"))
from packages import CACHE, environment  # noqa: E402
from peer import Process, free_port  # noqa: E402

DUCKDB = "1.5.5"
OAUTH = "6.0.2"
POM = """<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>peer</groupId><artifactId>peer</artifactId><version>1</version>
<dependencies><dependency><groupId>no.nav.security</groupId><artifactId>mock-oauth2-server</artifactId><version>%s</version></dependency></dependencies>
</project>""" % OAUTH


def call(url, body=None):
    """(status, JSON of the answer)"""
    request = urllib.request.Request(url, json.dumps(body).encode() if body is not None else None, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=30) as reply:
            return reply.status, json.loads(reply.read() or b"null")
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read() or b"null")


class Emulator:
    """BigQuery's REST API on `url`, with the dataset p.d."""

    def __init__(self, name, command, folder):
        self.port = free_port()
        self.url = "http://127.0.0.1:%d" % self.port
        self.process = Process(name, [str(part).replace("{port}", str(self.port)) for part in command], Path(folder) / (name + ".log"))
        self.process.wait_for(lambda: call(self.url + "/bigquery/v2/projects/p/datasets")[0] == 200, name + " answers")
        call(self.url + "/bigquery/v2/projects/p/datasets", {"datasetReference": {"projectId": "p", "datasetId": "d"}})

    def sql(self, query):
        status, answer = call(self.url + "/bigquery/v2/projects/p/queries", {"query": query, "useLegacySql": False, "timeoutMs": 30000})
        assert status == 200, answer
        return answer

    def stop(self):
        self.process.stop()


def local_bigquery(folder):
    """None: it can't be had (it wants Python 3.13)."""
    python = python_313()
    names = ["duckdb-extension-" + name for name in ("icu", "ducklake", "spatial")]
    place = python and environment("local-bigquery-0.3.2", "local-bigquery==0.3.2", "duckdb==" + DUCKDB, *("%s==%s" % (name, DUCKDB) for name in names), python=python)
    if not place:
        return None
    extensions = place / "extensions" / ("v" + DUCKDB) / "linux_amd64"
    extensions.mkdir(parents=True, exist_ok=True)
    for file in place.glob("lib/python3*/site-packages/duckdb_extension_*/extensions/*/*.duckdb_extension"):
        if not (extensions / file.name).exists():
            shutil.copy(file, extensions)
    main = Path(__file__).with_name("local_bigquery_main.py")
    return Emulator("local-bigquery", [place / "bin" / "python3", main, place / "extensions", "serve", "--host", "127.0.0.1", "--port", "{port}", "--grpc-port", free_port(),
                                       "--project", "p", "--dataset", "d", "--data-dir", folder], folder)


def crucible(folder):
    place = environment("crucible-0.1.0a2", "crucible-emulator[server]==0.1.0a2")
    return place and Emulator("crucible", [place / "bin" / "crucible", "serve", "--dialect", "bigquery", "--host", "127.0.0.1", "--port", "{port}"], folder)


def version_of(name, package):
    """What the package in the environment `name` calls itself."""
    python = CACHE / name / "bin" / "python3"
    return subprocess.run([python, "-c", "import importlib.metadata as m; print(m.version('%s'))" % package], check=True, capture_output=True, text=True).stdout.strip()


def python_313():
    """A Python 3.13 or newer that runs, or None."""
    found = [sys._base_executable, "python3.13", *map(str, Path.home().glob(".pyenv/versions/3.13*/bin/python3.13"))]
    for python in found:
        try:
            if subprocess.run([python, "-c", "import sys; sys.exit(sys.version_info < (3, 13))"], capture_output=True).returncode == 0:
                return python
        except OSError:
            pass
    return None


def oauth(folder):
    """(process, its url) of mock-oauth2-server; None: it can't be had."""
    place = CACHE / ("mock-oauth2-server-" + OAUTH)
    if not shutil.which("java"):
        return None
    if not (place / "done").exists():
        if not shutil.which("mvn"):
            return None
        place.mkdir(parents=True, exist_ok=True)
        (place / "pom.xml").write_text(POM)
        if subprocess.run(["mvn", "-q", "dependency:copy-dependencies", "-DoutputDirectory=jars"], cwd=place, stdout=sys.stderr).returncode != 0:
            return None
        (place / "done").touch()
    port = free_port()
    command = ["env", "SERVER_HOSTNAME=127.0.0.1", "SERVER_PORT=%d" % port, "java", "-Xmx128m", "-cp", place / "jars" / "*", "no.nav.security.mock.oauth2.StandaloneMockOAuth2ServerKt"]
    process = Process("mock-oauth2-server", command, Path(folder) / "oauth.log")

    def alive():
        with urllib.request.urlopen("http://127.0.0.1:%d/isalive" % port, timeout=5) as reply:
            return reply.status == 200
    process.wait_for(alive, "the token server answers")
    return process, "http://127.0.0.1:%d" % port


class Front:
    """A server before another: `change(method, path, body)` gives (status, answer) in its place, or None; it may also
    change the body. Requests are kept, with their headers.
    """

    def __init__(self, url, change):
        self.asked = []
        front = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                is_json = "json" in self.headers.get("Content-Type", "")
                body = json.loads(raw) if is_json and raw else raw or None
                front.asked.append((self.command, self.path, json.loads(raw) if is_json and raw else raw, dict(self.headers)))
                given = change(self.command, self.path, body)
                status, answer = given or front.forward(url, self, json.dumps(body).encode() if is_json else body)
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                answer = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            do_POST = do_GET

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d" % self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @staticmethod
    def forward(url, handler, body):
        headers = {key: value for key, value in handler.headers.items() if key in ("Content-Type", "Authorization")}
        request = urllib.request.Request(url + handler.path, body, headers, method=handler.command)
        try:
            with urllib.request.urlopen(request, timeout=30) as reply:
                return reply.status, reply.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
