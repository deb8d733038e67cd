"""Writes CronJobs and Jobs to the API server by the thousand."""
import http.client
import json
import queue
import ssl
import threading

TEMPLATE = {"spec": {"restartPolicy": "Never", "containers": [
    {"name": "main", "image": "registry.test/team/app:1.2.3", "args": ["--run", "batch"], "env": [{"name": "A", "value": "b"}],
     "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}}}]}}


class Writer:
    """Requests to the API server from many threads, each with a connection that it keeps while they all last."""

    def __init__(self, plane, threads=8):
        self.port, self.context, self.threads = plane.ports["api"], ssl.create_default_context(cafile=plane.ca), threads
        self.local, self.connections = threading.local(), []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for connection in self.connections:
            connection.close()

    def connection(self):
        if not hasattr(self.local, "connection"):
            self.local.connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=self.context)
            self.connections.append(self.local.connection)
        return self.local.connection

    def send(self, method, path, body):
        headers = {"Authorization": "Bearer admin-token", "Content-Type": "application/merge-patch+json" if method == "PATCH" else "application/json"}
        self.connection().request(method, path, json.dumps(body), headers)
        reply = self.connection().getresponse()
        text = reply.read()
        if reply.status not in (200, 201):
            raise RuntimeError("%s %s: %d %s" % (method, path, reply.status, text[:500]))
        return json.loads(text)

    def each(self, work, items):
        """work(item) for all of them, side by side; the first error is raised."""
        todo, errors = queue.Queue(), []
        for item in items:
            todo.put(item)

        def take():
            while not errors:
                try:
                    work(todo.get_nowait())
                except queue.Empty:
                    return
                except Exception as error:
                    errors.append(error)
        threads = [threading.Thread(target=take) for _ in range(self.threads)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if errors:
            raise errors[0]

    # ---- objects ----

    def cron_job(self, ns, name, spec, status=None):
        body = {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": name, "labels": {"app": "app-" + name[-1]}},
                "spec": {"jobTemplate": {"spec": {"template": TEMPLATE}}, **spec}}
        made = self.send("POST", "/apis/batch/v1/namespaces/%s/cronjobs" % ns, body)
        if status:
            self.cron_job_status(ns, name, status)
        return made

    def cron_job_status(self, ns, name, status):
        self.send("PATCH", "/apis/batch/v1/namespaces/%s/cronjobs/%s/status" % (ns, name), {"status": status})

    def job(self, ns, name, owner=None, status=None, annotations=None, **spec):
        """`owner`: a CronJob as the server gave it."""
        owners = [{"apiVersion": "batch/v1", "kind": "CronJob", "name": owner["metadata"]["name"], "uid": owner["metadata"]["uid"], "controller": True}] if owner else []
        body = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name, "annotations": annotations or {}, "ownerReferences": owners},
                "spec": {"backoffLimit": 0, "template": TEMPLATE, **spec}}
        self.send("POST", "/apis/batch/v1/namespaces/%s/jobs" % ns, body)
        if status:
            self.send("PATCH", "/apis/batch/v1/namespaces/%s/jobs/%s/status" % (ns, name), {"status": status})
