#!/usr/bin/env python3
"""`healthcheck` of the real binary, and --http.config.file, which `status` has, too."""
import os
import socket
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from case import BACKUP  # noqa: E402
from harness import run  # noqa: E402
from web_config_test import QUICK, TLS, USERS, WebConfigTest  # noqa: E402


class Healthcheck(WebConfigTest):
    def check(self, url, *arguments, command="healthcheck", env=None):
        return run(command, "--url=" + url, *arguments, env=env)

    def test_a_healthy_daemon_is_healthy(self):
        daemon = self.daemon(BACKUP)
        self.assertEqual(self.check(daemon.url), (0, "healthy\n", ""))
        self.assertEqual(self.check(daemon.url + "/"), (0, "healthy\n", ""))

    def test_a_proxy_of_the_environment_is_not_asked(self):
        daemon = self.daemon(BACKUP)
        self.assertEqual(self.check(daemon.url, env={"http_proxy": "http://127.0.0.1:9", "no_proxy": ""})[0], 0)

    def test_below_a_prefix_it_is_found(self):
        daemon = self.daemon(BACKUP, "--web.route-prefix=/slo")
        self.assertEqual(self.check(daemon.url + "/slo")[0], 0)
        code, out, err = self.check(daemon.url)
        self.assertEqual((code, out, err), (1, "", "healthcheck: %s/-/healthy answers 404\n" % daemon.url))

    def test_what_is_not_there_or_silent_is_not_healthy_and_takes_one_line(self):
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            code, out, err = self.check("http://127.0.0.1:%d" % nobody.getsockname()[1])
        self.assertEqual((code, out, err.count("\n"), "no connection" in err), (1, "", 1, True), err)
        with socket.create_server(("127.0.0.1", 0)) as silent:
            code, out, err = self.check("http://127.0.0.1:%d" % silent.getsockname()[1], "--timeout=300ms")
        self.assertEqual((code, out, err.count("\n"), "timeout" in err), (1, "", 1, True), err)
        self.assertEqual(self.check("http://127.0.0.1:9", "--timeout=soon")[0], 1)

    def test_a_user_and_an_authority_are_named_by_a_file(self):
        for authority in ("ca", "strangers"):
            self.authority(authority)
        self.issue("server", "ca", "DNS:batchslo.example")
        self.issue("client", "ca", "DNS:prometheus.example")
        rules = ", client_auth_type: RequireAndVerifyClientCert, client_ca_file: ca.crt"
        daemon = self.start(TLS % rules + USERS % QUICK, tls=self.context(client="client"))
        self.write("password", "secret\n")
        self.write("wrong", "canary\n")
        user = "basic_auth: {username: prometheus, password_file: %s}\n"
        tls = "tls_config: {cert_file: client.crt, key_file: client.key, %s}\n"
        named = "ca_file: ca.crt, server_name: batchslo.example"
        good = [user % "password" + tls % named, user % "password" + tls % "insecure_skip_verify: true"]
        bad = [(tls % named, "wants a user"), (user % "wrong" + tls % named, "wants a user"), (user % "password" + tls % "ca_file: ca.crt", "not trusted"),
               (user % "password" + tls % "ca_file: strangers.crt, server_name: batchslo.example", "not trusted"),
               (user % "nowhere" + tls % named, "can't be read"), (user % "password" + tls % "colour: red", "unknown key")]
        for command, healthy in (("healthcheck", {0}), ("status", {0, 2})):  # 2: a job is unknown
            for config in good:
                code, out, err = self.check(daemon.url, "--http.config.file=" + self.write("http.yml", config), command=command)
                self.assertEqual((code in healthy, bool(out), err), (True, True, ""), config)
            for config, told in bad:
                code, out, err = self.check(daemon.url, "--http.config.file=" + self.write("http.yml", config), command=command)
                self.assertEqual((code, out), ({"healthcheck": 1, "status": 2}[command], ""), config)
                self.assertIn(told, err)
                self.assertNotIn("canary", err)


if __name__ == "__main__":
    unittest.main()
