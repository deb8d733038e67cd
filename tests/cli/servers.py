"""A server on loopback that answers by a function, and remembers what it was asked; as a cluster, and as Google."""
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Answering:
    """`answer(method, path, body)` gives (status, JSON); path with its query."""

    def __init__(self, answer):
        self.asked = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                body = json.loads(raw) if raw.startswith(b"{") else None
                outer.asked.append((self.command, self.path, body))
                status, reply = answer(self.command, self.path, body)
                text = json.dumps(reply).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_POST = do_GET

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d" % self.server.server_port
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


TOKEN = "canary-kube-token-77a1"


def kubeconfig(url):
    return json.dumps({"apiVersion": "v1", "kind": "Config", "current-context": "a", "users": [{"name": "a", "user": {"token": TOKEN}}],
                       "clusters": [{"name": "a", "cluster": {"server": url}}], "contexts": [{"name": "a", "context": {"cluster": "a", "user": "a"}}]})


class Cluster(Answering):
    """`may`: {(verb, resource, namespace)}, "" for all namespaces; `cron_jobs`: by namespace."""

    def __init__(self, may, cron_jobs=None, version=(200, {"gitVersion": "v1.36.3"})):
        self.may, self.cron_jobs, self.version = may, cron_jobs or {}, version
        super().__init__(self.answer)

    def answer(self, method, path, body):
        path = path.partition("?")[0]
        if path == "/version":
            return self.version
        if path.endswith("/selfsubjectaccessreviews"):
            wanted = body["spec"]["resourceAttributes"]
            return 201, {"status": {"allowed": self.allows(wanted["verb"], wanted["resource"], wanted.get("namespace", ""))}}
        parts = path.split("/")
        if path.startswith("/api/v1/namespaces/"):
            return (200, {"kind": "Namespace"}) if self.allows("get", "namespaces", parts[4]) else self.forbidden("get", "namespaces", parts[4])
        kind, ns = parts[-1], parts[5] if len(parts) > 5 else ""
        if not self.allows("list", kind, ns):
            return self.forbidden("list", kind, ns)
        items = [item for where, items in self.cron_jobs.items() if ns in ("", where) for item in items] if kind == "cronjobs" else []
        return 200, {"kind": "CronJobList" if kind == "cronjobs" else "JobList", "apiVersion": "batch/v1", "metadata": {"resourceVersion": "1"}, "items": items}

    def allows(self, verb, kind, ns):
        return (verb, kind, ns) in self.may or (verb, kind, "") in self.may

    def forbidden(self, verb, kind, ns):
        where = ' in the namespace "%s"' % ns if ns else " at the cluster scope"
        return 403, {"kind": "Status", "message": '%s is forbidden: User "reader" cannot %s resource "%s"%s' % (kind, verb, kind, where)}


def cron_job(ns, name, schedule, **spec):
    annotations = spec.pop("annotations", {})
    return {"metadata": {"namespace": ns, "name": name, "uid": ns + name, "annotations": annotations}, "spec": {"schedule": schedule, **spec}, "status": {}}


EVERYTHING = {(verb, kind, "") for verb, kind in [("list", "cronjobs"), ("watch", "cronjobs"), ("list", "jobs"), ("watch", "jobs"), ("get", "namespaces"),
                                                   ("list", "pods"), ("list", "events"), ("get", "pods")]}


class Google(Answering):
    """BigQuery and the server of tokens. `tables`: {"dataset.table": resource}; `refused`: paths that end so are not allowed."""

    def __init__(self, tables, refused=()):
        self.tables, self.refused = tables, refused
        super().__init__(self.answer)

    def credentials(self):
        return json.dumps({"type": "authorized_user", "client_id": "id", "client_secret": "canary-google-1", "refresh_token": "canary-google-2", "token_uri": self.url + "/token"})

    def answer(self, method, path, body):
        path = path.partition("?")[0]
        if path == "/token":
            return 200, {"access_token": "canary-google-3", "expires_in": 3600, "token_type": "Bearer"}
        if any(path.endswith(end) for end in self.refused):
            right = "bigquery.jobs.create" if path.endswith("/queries") else "bigquery.tables.get"
            return 403, {"error": {"code": 403, "message": "Access Denied: User does not have %s permission" % right, "errors": [{"reason": "accessDenied"}]}}
        parts = path.split("/")[4:]  # project, "datasets", dataset, "tables", table
        if path.endswith("/queries"):
            return 200, {"jobComplete": True, "totalBytesProcessed": "1234", "statementType": "SELECT"}
        if len(parts) == 2:
            names = sorted({name.split(".")[0] for name in self.tables})
            return 200, {"datasets": [{"datasetReference": {"datasetId": name}} for name in names]}
        if len(parts) == 4:
            mine = [(name.split(".")[1], table) for name, table in self.tables.items() if name.split(".")[0] == parts[2]]
            return 200, {"tables": [{"tableReference": {"tableId": name}, "type": "TABLE", **table} for name, table in mine]}
        name = parts[2] + "." + parts[4]
        if name not in self.tables:
            return 404, {"error": {"code": 404, "message": "Not found: Table p:" + name, "errors": [{"reason": "notFound"}]}}
        return 200, {"type": "TABLE", "lastModifiedTime": "1772355600000", "numRows": "1", **self.tables[name]}
