"""A healthy API server of CronJobs and Jobs: short pages, watches from a version on, bookmarks. It notes what no client of it should ask."""
import copy
import http.server
import itertools
import json
import threading
import time
import urllib.parse

TOKEN = "canary-kube-token-51c9e2"
KINDS = {"cronjobs": "CronJob", "jobs": "Job"}
ASKED = {"limit", "continue", "resourceVersion", "watch", "allowWatchBookmarks", "timeoutSeconds"}
PAGE = 2  # an API server may give less than `limit`


def stamp(at):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))


def cron_job(name, uid, last_success=None, **spec):
    return {"metadata": {"name": name, "namespace": "ns", "uid": uid, "creationTimestamp": stamp(time.time() - 86400), "labels": {"app": "a"}},
            "spec": {"schedule": "0 0 1 1 *", "concurrencyPolicy": "Forbid", "suspend": False, "successfulJobsHistoryLimit": 3, **spec},
            "status": {"lastSuccessfulTime": stamp(last_success)} if last_success else {}}


def job(name, uid, owner, at, condition="Complete", message="", reason=""):
    done = {"type": condition, "status": "True", "lastTransitionTime": stamp(at), "message": message, "reason": reason}
    return {"metadata": {"name": name, "namespace": "ns", "uid": uid, "creationTimestamp": stamp(at - 1), "annotations": {},
                         "ownerReferences": [{"apiVersion": "batch/v1", "kind": "CronJob", "name": owner, "uid": owner + "-uid", "controller": True}]},
            "spec": {"parallelism": 1}, "status": {"startTime": stamp(at - 1), "completionTime": stamp(at), "succeeded": 1, "conditions": [done]}}


class Server(http.server.ThreadingHTTPServer):
    daemon_threads, request_queue_size = True, 256

    def handle_error(self, *_):
        """A client that goes while it waits: each daemon does at the end."""


class Cluster:
    def __init__(self):
        self.version, self.objects, self.events = 1, {kind: {} for kind in KINDS}, {kind: [] for kind in KINDS}
        self.lock, self.ended, self.problems = threading.Lock(), threading.Event(), []
        self.left, self.numbers = {}, itertools.count()  # by the token of the next page
        self.server = Server(("127.0.0.1", 0), self._handler())
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.ended.set()
        self.server.shutdown()
        self.server.server_close()

    def put(self, kind, thing):
        self._note(kind, "MODIFIED" if thing["metadata"]["uid"] in self.objects[kind] else "ADDED", thing)

    def remove(self, kind, uid):
        self._note(kind, "DELETED", self.objects[kind][uid])

    def _note(self, kind, event, thing):
        with self.lock:
            thing = copy.deepcopy(thing)
            thing["metadata"]["resourceVersion"] = str(self.version + 1)
            self.objects[kind][thing["metadata"]["uid"]] = thing
            if event == "DELETED":
                del self.objects[kind][thing["metadata"]["uid"]]
            full = {**thing, "kind": KINDS[kind], "apiVersion": "batch/v1"}
            self.events[kind] = self.events[kind][-500:] + [(self.version + 1, json.dumps({"type": event, "object": full}).encode() + b"\n")]
            self.version += 1

    def list(self, kind, token):
        """A page of what was there when the first page was asked for."""
        with self.lock:
            if token:
                version, things = self.left.pop(token)
            else:
                version, things = self.version, sorted(self.objects[kind].values(), key=lambda thing: thing["metadata"]["name"])
            meta = {"resourceVersion": str(version)}
            if len(things) > PAGE:
                meta["continue"] = "left-%d" % next(self.numbers)
                self.left[meta["continue"]] = (version, things[PAGE:])
        return {"kind": KINDS[kind] + "List", "apiVersion": "batch/v1", "metadata": meta, "items": things[:PAGE]}

    def watch(self, kind, version, write):
        """Until the peer goes. A bookmark comes each second, whatever else does."""
        turns = itertools.count()
        while not self.ended.wait(0.2):
            at = self.version
            news = [line for known, line in list(self.events[kind]) if version < known <= at]
            if next(turns) % 5 == 0:
                news.append(json.dumps({"type": "BOOKMARK", "object": {"kind": KINDS[kind], "metadata": {"resourceVersion": str(at)}}}).encode() + b"\n")
            if news:
                write(b"".join(news))
            version = at

    def _handler(self):
        cluster = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                url = urllib.parse.urlsplit(self.path)
                query = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))
                if url.path.startswith("/api/v1/namespaces/"):  # pods and events, of a run that failed
                    return self.give(403, {"kind": "Status", "message": "it may not"})
                kind = url.path.removeprefix("/apis/batch/v1/")
                if kind not in KINDS or set(query) - ASKED or self.headers.get("Authorization") != "Bearer " + TOKEN:
                    cluster.problems.append("%s, Authorization %s" % (self.path, self.headers.get("Authorization")))
                    return self.give(400, {"kind": "Status", "message": "see the problems"})
                if query.get("watch") != "1":
                    return self.give(200, cluster.list(kind, query.get("continue")))
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Connection", "close")
                self.end_headers()
                try:
                    cluster.watch(kind, int(query["resourceVersion"]), self.wfile.write)
                except OSError:
                    self.close_connection = True

            def give(self, code, body):
                raw = json.dumps(body).encode()
                self.send_response(code)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, *_):
                pass
        return Handler
