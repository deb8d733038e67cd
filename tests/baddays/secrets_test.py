#!/usr/bin/env python3
"""Twenty secrets, planted wherever the real binary reads or is given one, with servers that echo what they are sent: found nowhere."""
import base64
import http.server
import json
import os
import re
import subprocess
import sys
import threading
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "daemon"))
from case import DaemonTest  # noqa: E402
from harness import run  # noqa: E402

# Of "secret", which is the planted password of the page's user.
HASH = "$2b$04$BB6Vmu4US10/t15nt/FoneUcb/NQoOucNqpeQWlzUMHvXtk0IDQxO"
PAGES = ["/", "/jobs/a", "/jobs/none", "/metrics", "/api/v1/jobs", "/api/v1/jobs/a", "/api/v1/sources", "/api/v1/status/config", "/api/v1/status/flags", "/-/healthy", "/-/ready"]


class Echo:
    """Refuses whatever it is asked, and says in its answer all that it was sent: as JSON of Kubernetes and of Google, and of OAuth. Gives one token, to who asks for /grant."""

    def __init__(self, token):
        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode(errors="replace")
                said = "%s %s\n%s\n%s" % (self.command, self.path, self.headers, body)
                grants = self.path.startswith("/grant")
                reply = {"access_token": token, "expires_in": 3600, "token_type": "Bearer"} if grants else {
                    "kind": "Status", "status": "Failure", "message": said, "reason": said, "code": 403, "error": {"code": 403, "message": said, "status": said, "errors": [{"reason": said, "message": said}]}}
                if self.path.startswith("/refuse"):
                    reply = {"error": said, "error_description": said}
                data = json.dumps(reply).encode()
                self.send_response(200 if grants else 403, "Forbidden")
                self.send_header("Content-Type", "application/json")
                self.send_header("WWW-Authenticate", "Bearer error=\"%s\"" % (self.headers.get("Authorization") or ""))
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)
                seen.append(said)

            do_GET = do_POST = answer

            def log_message(self, *_):
                pass

        self.seen = seen = []
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # who hung up
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()
        self.url = "http://127.0.0.1:%d" % self.server.server_address[1]

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


class Secrets(DaemonTest):
    maxDiff = None

    def setUp(self):
        super().setUp()
        self.planted, self.texts = {}, []

    def plant(self, what):
        self.planted[what] = "canary%02d-%s-7f3c9d" % (len(self.planted), re.sub("[^a-z]", "", what))
        return self.planted[what]

    def key(self, what):
        """A private key in a file; planted is a line of it."""
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", what + ".key", "-out", what + ".crt", "-days", "30", "-subj", "/CN=x", "-addext", "subjectAltName=IP:127.0.0.1"],
                       check=True, capture_output=True, cwd=self.folder)
        with open(self.path(what + ".key")) as file:
            text = file.read()
        self.planted[what + "'s key"] = text.splitlines()[10]
        return text

    def kubeconfig(self, name, user):
        return self.write(name, json.dumps({"apiVersion": "v1", "kind": "Config", "current-context": "a", "users": [{"name": "a", "user": user}],
                                            "clusters": [{"name": "a", "cluster": {"server": self.echo.url}}], "contexts": [{"name": "a", "context": {"cluster": "a", "user": "a"}}]}))

    def sources(self):
        plugin = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": self.plant("token of a plugin")}}
        script = self.write("plugin", "#!/bin/sh\necho '%s'\n" % json.dumps(plugin))
        os.chmod(script, 0o700)
        client_key = self.key("client")
        with open(self.path("client.crt")) as file:
            certificate = file.read()
        kubes = {
            "bearer": {"token": self.plant("bearer of a kubeconfig")},
            "basic": {"username": "u", "password": self.plant("password of a kubeconfig")},
            "exec": {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": script, "interactiveMode": "Never", "env": [{"name": "PLUGIN_SECRET", "value": self.plant("environment of a plugin")}]}},
            "mutual": {"client-certificate-data": base64.b64encode(certificate.encode()).decode(), "client-key-data": base64.b64encode(client_key.encode()).decode()},
        }
        lines = ["  %s: {kubernetes: {kubeconfig: %s}, prefix: %s/}" % (name, self.kubeconfig("kube-" + name, user), name) for name, user in kubes.items()]
        users = {"granted": "/grant", "denied": "/refuse"}
        for name, path in users.items():
            file = self.write(name + ".json", json.dumps({"type": "authorized_user", "client_id": "c", "client_secret": self.plant("client secret, " + name), "refresh_token": self.plant("refresh token, " + name), "token_uri": self.echo.url + path}))
            lines.append("  %s: {bigquery: {project: p, endpoint: '%s', credentials: {file: %s}}, poll_interval: 300ms}" % (name, self.echo.url, file))
        key = self.write("google.json", json.dumps({"type": "service_account", "project_id": "p", "private_key_id": "k", "private_key": self.key("google"), "client_email": "a@b.c", "token_uri": self.echo.url + "/refuse"}))
        lines.append("  service: {bigquery: {project: p, endpoint: '%s', credentials: {file: %s}}, poll_interval: 300ms}" % (self.echo.url, key))
        port = self.echo.url.rsplit(":", 1)[1]  # which speaks no SQL
        lines.append("  postgres: {sql: {url: 'postgresql://u@127.0.0.1:%s/d', password: {file: %s}, updated_at: x}, poll_interval: 300ms}" % (port, self.write("dbpw", self.plant("password in a file"))))
        lines.append("  mysql: {sql: {url: 'mysql://u@127.0.0.1:%s/d', password: {env: DB_PASSWORD}, updated_at: x}, poll_interval: 300ms}" % port)
        lines.append("  push: {heartbeat: {token: {env: HEARTBEAT_TOKEN}}}")
        return "sources:\n" + "\n".join(lines) + "\n"

    def config(self):
        jobs = ["a: {runs: {source: push}, within: 1h}"] + ["%s: {output: %s/d.t, within: 1h}" % (name, name) for name in ("granted", "denied", "service")] + ["%s: {output: %s/t, within: 1h}" % (name, name) for name in ("postgres", "mysql")]
        return self.sources() + "jobs:\n" + "".join("  %s\n" % job for job in jobs)

    def ask_wrongly(self, daemon, basic):
        """Requests that bring secrets in their proper and improper places."""
        token = self.planted["heartbeat token"]
        wrong = self.plant("wrong heartbeat token")
        for path, headers in [("/api/v1/heartbeat/a", {"Authorization": "Bearer " + wrong}), ("/api/v1/heartbeat/a?token=" + self.plant("token in a query"), {"Authorization": "Basic " + token}),
                              ("/-/reload", {"Authorization": "Bearer " + token}), ("/api/v1/heartbeat/" + token, {"Cookie": "session=" + self.plant("cookie")})]:
            self.texts.append(daemon.request(path, "POST", b'{"status": "%s"}' % token.encode(), {"Content-Type": "application/json", **headers}).text)
            self.texts.append(daemon.request(path, "POST", b"{}", {**headers, **basic}).text)
        password = "wrong:" + self.plant("wrong password of a user")
        self.texts.append(daemon.request("/", headers={"Authorization": "Basic " + base64.b64encode(password.encode()).decode()}).text)

    def refuse_configs(self, config, env):
        """Secrets where they do not belong: refused, and not repeated."""
        for what, line in [("password in a url", "sources: {x: {sql: {url: 'postgresql://u:%s@h/d', updated_at: x}}}"), ("token written out", "sources: {x: {heartbeat: {token: %s}}}"),
                           ("password of a wrong name", "sources: {x: {sql: {url: 'postgresql://u@h/d', updated_at: x, pasword: %s}}}")]:
            bad = self.write("bad.yml", line % self.plant(what) + "\n")
            for command in (["check", "config", "--config.file=" + bad], ["--config.check", "--config.file=" + bad], ["--config.file=" + bad, "--store=" + self.path("none.db"), "--web.listen-address=127.0.0.1:0"], ["status", "--once", "--config.file=" + bad]):
                code, out, err = run(*command, env=env)
                self.assertNotEqual(code, 0, command)
                self.texts += [out, err]
        for command in (["check", "config", "--config.file=" + config], ["--help"], ["status", "--once", "--timeout=2s", "--config.file=" + config]):
            _, out, err = run(*command, env=env)
            self.texts += [out, err]

    def test_canary_secrets_absent_everywhere(self):
        self.echo = Echo(self.plant("token of Google"))
        self.addCleanup(self.echo.close)
        env = {"HEARTBEAT_TOKEN": self.plant("heartbeat token"), "DB_PASSWORD": self.plant("password in the environment"), "OTHER_SECRET": self.plant("another variable")}
        config = self.config()
        self.planted["hash of a user"] = HASH[7:]
        self.key("server")
        web = self.write("web.yml", "basic_auth_users: {me: %s}\n" % HASH)
        daemon = self.daemon(config, "--log.level=debug", "--evaluation.interval=200ms", "--web.enable-lifecycle", "--web.config.file=" + web, env=env)
        basic = {"Authorization": "Basic " + base64.b64encode(b"me:secret").decode()}
        daemon.wait_for(lambda: daemon.push("a", env["HEARTBEAT_TOKEN"], status="failure", exit_code=1, message="it failed").status == 200)
        used = {"token of Google", "bearer of a kubeconfig", "token of a plugin", "client secret, granted", "refresh token, denied"}
        daemon.wait_for(lambda: all(any(self.planted[what] in said for said in self.echo.seen) for what in used), "the servers are given their secrets")
        with_basic = {**basic}
        daemon.wait_for(lambda: all(source["error"] for source in daemon.request("/api/v1/sources", headers=with_basic).json["data"] if source["source"] != "push"), "all but one fail")
        self.ask_wrongly(daemon, basic)
        self.refuse_configs(daemon.config_file, env)
        daemon.write(config + "  b: {password: %s}\n" % self.plant("password in a reload"))
        self.texts.append(daemon.request("/-/reload", "POST", b"", basic).text)
        os.rename(self.write("web.new", "basic_auth_users: {me: %s}\n" % self.plant("password for a hash")), web)
        self.texts.append(daemon.request("/-/reload", "POST", b"", basic).text)
        for page in PAGES:
            for headers in (basic, {}, {**basic, "Accept": "application/openmetrics-text;version=1.0.0"}):
                self.texts.append(daemon.request(page, headers=headers).text)
        self.assertEqual(daemon.stop(), 0)
        self.texts += list(run("ledger", "export", "--store=" + daemon.store)[1:])
        self.texts.append(daemon.log())
        for end in ("", "-wal"):
            if os.path.exists(self.path("ledger.db" + end)):
                with open(self.path("ledger.db" + end), "rb") as file:
                    self.texts.append(file.read().decode("latin-1"))
        self.assertGreaterEqual(len(self.planted), 20)
        self.assertIn("all jobs", "".join(self.texts), "the pages were read")
        found = {what: text[max(0, text.find(secret) - 200):][:300] for what, secret in self.planted.items() for text in self.texts if secret in text or base64.b64encode(secret.encode()).decode()[:-4] in text}
        print("SECRETS planted=%d texts=%d found=%d" % (len(self.planted), len(self.texts), len(found)))
        self.assertEqual(found, {})


if __name__ == "__main__":
    unittest.main()
