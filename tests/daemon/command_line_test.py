#!/usr/bin/env python3
"""What the real binary says at the command line: help, version, typos, faults of a file, addresses."""
import os
import socket
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from case import BACKUP, ENV, DaemonTest  # noqa: E402
from harness import BINARY, Daemon, run  # noqa: E402


class Help(DaemonTest):
    def test_help_groups_what_there_is_and_shows_how(self):
        code, out, err = run("--help")
        self.assertEqual((code, err), (0, ""))
        at = [out.index(part) for part in ("Configuration:", "--config.file", "Web:", "--web.listen-address", "Collectors:", "--no-collector.runs", "Log:", "--log.level", "Commands:", "status", "Examples:")]
        self.assertEqual(at, sorted(at))
        self.assertLessEqual(max(map(len, out.splitlines())), 140)

    def test_every_command_has_help(self):
        for command in (["check"], ["check", "config"], ["replay"], ["cron"], ["status"], ["explain"], ["healthcheck"], ["ledger"], ["ledger", "export"], ["ledger", "import"]):
            code, out, _ = run(*command, "--help")
            self.assertEqual(code, 0, command)
            self.assertIn("--help", out)

    def test_the_version_tells_what_this_is(self):
        code, out, _ = run("--version")
        self.assertEqual(code, 0)
        self.assertRegex(out, r"\Abatchslo_exporter, version \d+\.\d+\.\d+\S* \(revision: \w+\)\n  compiler: .+\n  platform: Linux/\w+\n\Z")


class Typos(DaemonTest):
    def test_a_typo_is_named_with_what_was_meant(self):
        rows = [(["--web.listen-adress=:1"], "unknown flag --web.listen-adress; did you mean --web.listen-address?"),
                (["--no-colector.runs"], "unknown flag --no-colector.runs; did you mean --no-collector.runs?"),
                (["statsu"], "unknown command statsu; did you mean status?"),
                (["status", "--outptu=json"], "unknown flag --outptu; did you mean --output?"),
                (["check", "confg"], "unknown command confg; did you mean config?"),
                (["--frobnicate"], "unknown flag --frobnicate\n")]
        for arguments, words in rows:
            code, out, err = run(*arguments)
            self.assertEqual((code, out), (2, ""), arguments)
            self.assertIn(words, err)
            self.assertIn("--help", err)

    def test_a_value_that_can_not_be_is_refused_with_its_flag(self):
        rows = [(["--budget.windows=7d,30d"], "--budget.windows: attainment is told over 7d, 28d and 90d, not over \"30d\""), (["--evaluation.interval=5"], "--evaluation.interval"), (["--evaluation.interval=1ms"], "at least 100ms"), (["--config.auto-reload-interval=x"], "--config.auto-reload-interval"),
                (["--log.level=loud"], "--log.level"), (["--log.format=xml"], "--log.format"), (["status", "--state=mett"], "--state"), (["status", "--once", "--timeout=soon"], "--timeout"),
                (["status", "--config.file=x"], "--once"), (["status", "--once", "--url=http://x"], "--url"), (["replay"], "--config.file"),
                (["--store=sqlite:///tmp/100%"], "--store: the url has a %"), (["--store=sqlite://a.db"], "three slashes"), (["status", "--once", "--store=sqlite:///%zz"], "write %25")]
        for arguments, words in rows:
            code, out, err = run(*arguments)
            self.assertEqual((code, out), (2, ""), arguments)
            self.assertIn(words, err)


class Start(DaemonTest):
    def test_faults_of_a_file_come_all_at_once(self):
        bad = self.write("bad.yml", "jobs:\n  a: {runs: {source: nowhere}, whitin: 1h}\n  b: {within: 10}\n")
        for arguments in (["check", "config", bad], ["--config.file=" + bad], ["--config.check", "--config.file=" + bad], ["status", "--once", "--config.file=" + bad]):
            code, out, err = run(*arguments)
            self.assertEqual(code, 2, arguments)
            for piece in ["bad.yml:2:", "bad.yml:3:", "did you mean", "^"]:
                self.assertIn(piece, out + err)

    def test_an_empty_file_is_no_configuration(self):
        empty = self.write("empty.yml", "")
        for arguments in (["check", "config", empty], ["--config.file=" + empty], ["--config.check", "--config.file=" + empty]):
            code, out, err = run(*arguments)
            self.assertEqual(code, 2, arguments)
            self.assertIn("empty.yml: error: the file is empty", out + err)

    def test_an_address_in_use_is_said(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            daemon = Daemon(BACKUP, self.folder, start=False, env=ENV)
            command = [*daemon.command()[:-1], "--web.listen-address=127.0.0.1:%d" % port]
            done = subprocess.run(command, capture_output=True, text=True, timeout=30, env={**os.environ, **ENV})
        self.assertEqual(done.returncode, 1)
        self.assertIn("can't listen on 127.0.0.1:%d" % port, done.stderr)

    def test_it_listens_on_loopback_unless_told_otherwise_and_says_so(self):
        daemon = self.daemon(BACKUP)
        self.assertIn("only this machine can reach it", daemon.log())
        code, out, _ = run("--help")
        self.assertIn("(default: 127.0.0.1:10510)", out)
        open_daemon = Daemon(BACKUP, self.folder, "--web.listen-address=0.0.0.0:0", start=False, env=ENV, store="sqlite://" + self.path("other.db"))
        self.addCleanup(open_daemon.__exit__)
        open_daemon.start()
        self.assertIn("open to the network", open_daemon.log())

    def test_all_is_below_the_path_of_the_external_url(self):
        daemon = self.daemon(BACKUP, "--web.external-url=https://slo.example/tools/slo/")
        daemon.wait_for(lambda: daemon.request("/tools/slo/-/ready").status == 200)
        for path in ("/tools/slo/metrics", "/tools/slo/", "/tools/slo/jobs/backup"):
            self.assertEqual(daemon.request(path).status, 200, path)
        self.assertEqual(daemon.request("/metrics").status, 404)
        self.assertIn("Batch SLOs", daemon.request("/?team=x").text, "the way there is followed")
        flags = daemon.request("/tools/slo/api/v1/status/flags").json["data"]
        self.assertEqual((flags["web.external-url"], flags["web.route-prefix"]), ("https://slo.example/tools/slo/", "/tools/slo"))

    def test_the_prefix_may_differ_from_the_path_of_the_external_url(self):
        daemon = self.daemon(BACKUP, "--web.external-url=https://slo.example/tools/slo/", "--web.route-prefix=/")
        self.assertEqual(daemon.request("/metrics").status, 200)

    def test_a_public_address_that_is_none_ends_the_start(self):
        for flag in ("--web.external-url=slo.example", "--web.route-prefix=/a b"):
            daemon = self.daemon(BACKUP, flag, start=False)
            done = subprocess.run(daemon.command(), capture_output=True, text=True, timeout=30, env=daemon.env)
            self.assertEqual(done.returncode, 1)
            self.assertIn(flag.split("=")[0] + " wants", done.stderr)

    def test_flags_are_shown(self):
        daemon = self.daemon(BACKUP, "--no-collector.runs", "--log.level=debug", "--budget.windows=90d,7d")
        flags = daemon.request("/api/v1/status/flags").json["data"]
        self.assertEqual((flags["budget.windows"], flags["collector.runs"], flags["collector.self"], flags["log.level"], flags["evaluation.interval"]), ("90d,7d", "false", "true", "debug", "5s"))
        self.assertEqual(flags["config.file"], daemon.config_file)


if __name__ == "__main__":
    unittest.main()
