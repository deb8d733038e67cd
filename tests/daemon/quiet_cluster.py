"""An API server where nothing happens: it lists the CronJobs and Jobs that it was given; the first watch of each kind has expired, the next stays silent."""
import http.server
import json
import threading


class QuietCluster:
    def __init__(self, cronjobs=(), jobs=()):
        watched, ended = set(), threading.Event()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                path, _, query = self.path.partition("?")
                watches, again = "watch=1" in query, path in watched
                if watches:
                    watched.add(path)
                self.send_response(410 if watches and not again else 200)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                if not watches:
                    kind, items = ("CronJobList", list(cronjobs)) if path.endswith("cronjobs") else ("JobList", list(jobs))
                    self.wfile.write(json.dumps({"kind": kind, "apiVersion": "batch/v1", "metadata": {"resourceVersion": "1"}, "items": items}).encode())
                elif again:
                    self.wfile.flush()
                    ended.wait()

            def log_message(self, *_):
                pass

        self.ended = ended
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def kubeconfig(self):
        url = "http://127.0.0.1:%d" % self.server.server_address[1]
        return json.dumps({"apiVersion": "v1", "kind": "Config", "current-context": "a", "users": [{"name": "a", "user": {"token": "t"}}],
                           "clusters": [{"name": "a", "cluster": {"server": url}}], "contexts": [{"name": "a", "context": {"cluster": "a", "user": "a"}}]})

    def close(self):
        self.ended.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
