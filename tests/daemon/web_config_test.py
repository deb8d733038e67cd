#!/usr/bin/env python3
"""The real binary with --web.config.file: TLS, client certificates, users, and what a reload does to them."""
import base64
import glob
import http.client
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from case import BACKUP, ENV, TOKEN, DaemonTest  # noqa: E402
from harness import BINARY, Daemon, run  # noqa: E402

WRAPPER = os.environ.get("BATCHSLO_RUN", "build/dev/bin/batchslo-run")
GOOD = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "testdata", "web-config", "good-*.yml")
# Of "secret": of the least cost, and of one that takes about a second.
QUICK = "$2b$04$BB6Vmu4US10/t15nt/FoneUcb/NQoOucNqpeQWlzUMHvXtk0IDQxO"
SLOW = "$2b$13$LWlg9cHV6b9mFoxCAkXBEOtnfMaWNSV4j5XC7yakNmQ1y86ZvXhGy"
TLS = "tls_server_config: {cert_file: server.crt, key_file: server.key%s}\n"
USERS = "basic_auth_users: {prometheus: %s}\n"


def basic(user, password):
    return {"Authorization": "Basic " + base64.b64encode(("%s:%s" % (user, password)).encode()).decode()}


class WebConfigTest(DaemonTest):
    def openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], check=True, capture_output=True, cwd=self.folder)

    def authority(self, name):
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", name + ".key", "-out", name + ".crt", "-days", "30", "-subj", "/CN=" + name)

    def issue(self, name, authority, san):
        self.write("ext", "subjectAltName=%s\n" % san)
        self.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", name + ".key", "-out", name + ".csr", "-subj", "/CN=" + name)
        self.openssl("x509", "-req", "-in", name + ".csr", "-CA", authority + ".crt", "-CAkey", authority + ".key", "-CAcreateserial", "-days", "30", "-extfile", "ext", "-out", name + ".crt")

    def context(self, authority="ca", client=None):
        context = ssl.create_default_context(cafile=self.path(authority + ".crt"))
        if client:
            context.load_cert_chain(self.path(client + ".crt"), self.path(client + ".key"))
        return context

    def start(self, web, *flags, tls=None):
        daemon = self.daemon(BACKUP, "--web.config.file=" + self.write("web.yml", web), "--web.enable-lifecycle", *flags, start=False)
        daemon.tls = tls
        return daemon.start()


class Tls(WebConfigTest):
    def setUp(self):
        super().setUp()
        self.authority("ca")
        self.issue("server", "ca", "IP:127.0.0.1")

    def test_pages_and_heartbeats_go_over_tls(self):
        daemon = self.start(TLS % "", tls=self.context())
        self.assertEqual(daemon.push("backup", TOKEN, status="success").status, 200)
        daemon.wait_state("backup", "met")
        self.assertEqual(daemon.value("batchslo_web_config_last_reload_successful"), 1)
        self.assertIn("all jobs", daemon.request("/").text)

    def test_the_wrapper_tells_by_tls_and_needs_no_password(self):
        daemon = self.start(TLS % "" + USERS % QUICK, tls=self.context())
        done = subprocess.run([WRAPPER, "--job", "backup", "--url", daemon.url, "--ca-file", self.path("ca.crt"), "--spool-dir", self.path("spool"), "true"],
                              capture_output=True, text=True, timeout=60, env={**os.environ, "BATCHSLO_TOKEN": TOKEN})
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        right = basic("prometheus", "secret")
        daemon.wait_for(lambda: daemon.request("/api/v1/jobs/backup", headers=right).json["data"]["state"] == "met")

    def test_who_speaks_no_tls_is_told_so(self):
        daemon = self.start(TLS % "", tls=self.context())
        connection = http.client.HTTPConnection("127.0.0.1", int(daemon.url.rsplit(":", 1)[1]), timeout=30)
        self.addCleanup(connection.close)
        connection.request("GET", "/metrics")
        reply = connection.getresponse()
        self.assertEqual((reply.status, b"https://" in reply.read()), (400, True))

    def test_clients_need_a_certificate_with_an_allowed_name(self):
        self.issue("client", "ca", "DNS:prometheus.example")
        self.issue("other", "ca", "DNS:other.example")
        self.authority("strangers")
        self.issue("stranger", "strangers", "DNS:prometheus.example")
        rules = ", client_auth_type: RequireAndVerifyClientCert, client_ca_file: ca.crt, client_allowed_sans: [prometheus.example]"
        daemon = self.start(TLS % rules, tls=self.context(client="client"))
        self.assertEqual(daemon.request("/metrics").status, 200)
        for context in (self.context(), self.context(client="other"), self.context(client="stranger")):
            daemon.tls = context
            with self.assertRaises(OSError):
                daemon.request("/metrics")
        daemon.tls = self.context(client="client")
        daemon.wait_for(lambda: daemon.value("batchslo_http_refused_total", reason="tls") == 3)

    def test_a_renewed_certificate_is_shown_and_a_broken_one_keeps_the_old(self):
        daemon = self.start(TLS % "", "--config.auto-reload-interval=100ms", tls=self.context())
        self.authority("next")
        for name in ("server.crt", "server.key"):
            shutil.copy(self.path(name), self.path(name + ".old"))
        self.issue("server", "next", "IP:127.0.0.1")
        daemon.tls = self.context("next")
        daemon.wait_for(lambda: daemon.request("/-/healthy").status == 200)
        self.write("server.crt", "no certificate")
        daemon.wait_for(lambda: "cert_file holds no certificate" in daemon.request("/").text)  # it may see the file empty first
        self.assertEqual(daemon.value("batchslo_web_config_last_reload_successful"), 0)
        self.assertIn("web configuration was not reloaded", daemon.log())
        for name in ("server.crt", "server.key"):
            shutil.copy(self.path(name + ".old"), self.path(name))
        daemon.tls = self.context()
        daemon.wait_for(lambda: daemon.value("batchslo_web_config_last_reload_successful") == 1)

    def test_slow_handshakes_hold_up_nobody(self):
        daemon = self.start(TLS % "", tls=self.context())
        port = int(daemon.url.rsplit(":", 1)[1])
        for begin in [b"\x16", b"", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"] * 300:
            peer = socket.create_connection(("127.0.0.1", port))
            self.addCleanup(peer.close)
            peer.sendall(begin)
        began = time.monotonic()
        self.assertEqual(daemon.request("/-/healthy").status, 200)
        self.assertLess(time.monotonic() - began, 5)
        self.assertEqual(daemon.stop(), 0)

    @unittest.skipUnless(shutil.which("promtool"), "promtool is not there")
    def test_promtool_takes_what_we_take(self):
        for name in ("clients.crt", "a"):
            shutil.copy(self.path("server.crt"), self.path(name))
        shutil.copy(self.path("server.key"), self.path("b"))
        for good in glob.glob(GOOD):
            with open(good) as text:
                # promtool of Debian 12 does not know the names of clients yet, and the key's path is of this test.
                lines = [line.replace("/etc/ssl/", "") for line in text if "client_allowed_sans" not in line]
            ours = self.write("web.yml", "".join(lines))
            checked = subprocess.run(["promtool", "check", "web-config", ours], capture_output=True, text=True)
            self.assertEqual(checked.returncode, 0, checked.stderr)
            code, _, err = run("--config.check", "--config.file=" + self.write("config.yml", BACKUP), "--web.config.file=" + ours)
            self.assertEqual((code, err), (0, ""))


class Users(WebConfigTest):
    def test_everything_but_heartbeats_wants_the_password(self):
        daemon = self.start(USERS % QUICK)
        for path in ("/metrics", "/", "/-/healthy", "/-/ready", "/api/v1/jobs", "/none"):
            for headers in ({}, basic("prometheus", "Secret"), basic("nobody", "secret"), {"Authorization": "Bearer " + TOKEN}):
                reply = daemon.request(path, headers=headers)
                self.assertEqual((reply.status, reply.headers["WWW-Authenticate"]), (401, 'Basic realm="batchslo", charset="UTF-8"'), path)
            self.assertNotEqual(daemon.request(path, headers=basic("prometheus", "secret")).status, 401, path)
        self.assertEqual(daemon.push("backup", TOKEN, status="success").status, 200)
        self.assertEqual(daemon.push("backup", "another token", status="success").status, 404)

    def test_a_scrape_costs_no_bcrypt_but_the_first(self):
        daemon = self.start(USERS % SLOW)
        began = time.monotonic()
        self.assertEqual(daemon.request("/metrics", headers=basic("prometheus", "secret")).status, 200)
        first = time.monotonic() - began
        began = time.monotonic()
        for _ in range(10):
            self.assertEqual(daemon.request("/metrics", headers=basic("prometheus", "secret")).status, 200)
        self.assertLess(time.monotonic() - began, first)

    def test_guesses_hold_up_no_scrape(self):
        daemon = self.start(USERS % SLOW)
        self.assertEqual(daemon.request("/metrics", headers=basic("prometheus", "secret")).status, 200)
        port = int(daemon.url.rsplit(":", 1)[1])
        guesses = []
        for i in range(40):
            peer = socket.create_connection(("127.0.0.1", port))
            self.addCleanup(peer.close)
            header = basic("user%d" % i, "guess")["Authorization"]
            peer.sendall(b"GET /metrics HTTP/1.1\r\nHost: h\r\nAuthorization: %s\r\n\r\n" % header.encode())
            guesses.append(peer)
        began = time.monotonic()
        self.assertEqual(daemon.request("/metrics", headers=basic("prometheus", "secret")).status, 200)
        self.assertLess(time.monotonic() - began, 2, "forty bcrypts take longer")
        self.assertIn(b"HTTP/1.1 503", {peer.recv(12) for peer in guesses})

    def test_users_are_reloaded_and_a_broken_file_keeps_the_old(self):
        daemon = self.start(USERS % QUICK)
        right = basic("prometheus", "secret")
        self.write("web.yml", USERS % "secret")
        reply = daemon.request("/-/reload", "POST", b"", right)
        self.assertEqual(reply.status, 400)
        self.assertIn("web.yml:1:32: error: the password of user", reply.text)
        self.assertNotIn('"secret"', reply.text)
        self.assertEqual(daemon.request("/-/reload", "POST", b"", right).status, 400, "it is told whoever asks again")
        self.assertIn("batchslo_web_config_last_reload_successful 0", daemon.request("/metrics", headers=right).text)
        self.assertIn("The web configuration in", daemon.request("/", headers=right).text)
        self.write("web.yml", "basic_auth_users: {alice: %s}\n" % QUICK)
        daemon.send(signal.SIGHUP)
        daemon.wait_for(lambda: daemon.request("/metrics", headers=basic("alice", "secret")).status == 200)
        self.assertEqual(daemon.request("/metrics", headers=right).status, 401)
        self.write("web.yml", "{}")
        daemon.send(signal.SIGHUP)
        daemon.wait_for(lambda: daemon.request("/metrics").status == 200)
        self.assertIn("batchslo_web_config_last_reload_successful 1", daemon.metrics())

    def test_a_password_does_not_let_the_page_of_another_site_in(self):
        daemon = self.start(USERS % QUICK)
        headers = {**basic("prometheus", "secret"), "Sec-Fetch-Site": "cross-site"}
        self.assertEqual(daemon.request("/-/reload", "POST", b"", headers).status, 403)

    def test_no_hash_and_no_password_is_told_anywhere(self):
        daemon = self.start(USERS % QUICK + "http_server_config: {headers: {X-Frame-Options: deny}}\n")
        right = basic("prometheus", "secret")
        pages = [daemon.request(path, headers=right) for path in ("/", "/metrics", "/api/v1/status/config", "/api/v1/status/flags", "/api/v1/jobs")]
        self.assertEqual({page.headers["X-Frame-Options"] for page in pages}, {"deny"})
        for text in [page.text for page in pages] + [daemon.log()]:
            self.assertNotIn(QUICK[7:], text)


class Start(WebConfigTest):
    def test_a_bad_file_ends_the_start_and_the_check(self):
        bad = self.write("web.yml", "tls_server_confg: {}\n")
        config = self.write("config.yml", BACKUP)
        for extra in ([], ["--config.check"]):
            done = subprocess.run([BINARY, "--config.file=" + config, "--web.config.file=" + bad, "--store=sqlite://" + self.path("l.db"), "--web.listen-address=127.0.0.1:0", *extra],
                                  capture_output=True, text=True, timeout=30, env={**os.environ, **ENV})
            self.assertEqual(done.returncode, 2)
            self.assertIn('web.yml:1:1: error: unknown key "tls_server_confg"', done.stderr)
            self.assertIn('did you mean "tls_server_config"?', done.stderr)

    def test_an_open_address_is_warned_of_as_far_as_it_is(self):
        rows = [("{}", "without TLS or passwords"), (USERS % QUICK, "without TLS: ")]
        for web, words in rows:
            daemon = Daemon(BACKUP, self.folder, "--web.listen-address=0.0.0.0:0", "--web.config.file=" + self.write("web.yml", web), env=ENV)
            self.addCleanup(daemon.__exit__)
            self.assertIn("open to the network " + words, daemon.log())
            self.assertEqual(daemon.stop(), 0)
            os.remove(daemon.log_file)


if __name__ == "__main__":
    unittest.main()
