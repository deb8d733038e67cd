#!/usr/bin/env python3
"""Another tzdata is installed while the real daemon runs. It sees a folder of its own in place of the machine's database."""
import os
import shutil
import subprocess
import sys
import unittest
import zoneinfo
from datetime import datetime, timedelta, timezone

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from case import ENV, PUSH, DaemonTest  # noqa: E402
from harness import Daemon  # noqa: E402
from quiet_cluster import QuietCluster  # noqa: E402

DATABASE = "/usr/share/zoneinfo"
HERE, BEFORE, AFTER = "Africa/Casablanca", "Africa/Casablanca", "Asia/Kathmandu"  # the zone, and whose rules it has
CONFIG = """calendars: {office: {timezone: %s, hours: "09:00-17:00"}}
""" % HERE + PUSH + """jobs:
  due: {runs: {source: push}, schedule: "0 3 * * *", timezone: %s, by: "12:00"}
  ticks: {runs: {source: push}, schedule: "0 12 * * *", timezone: %s, every_run: {}}
""" % (HERE, HERE)


class InItsOwnWorld(Daemon):
    def __init__(self, database, *rest, **options):
        self.database = database
        super().__init__(*rest, **options)

    def command(self):
        mount = "mount --bind %s %s && exec \"$@\"" % (self.database, DATABASE)
        return ["unshare", "-m", "sh", "-c", mount, "sh", *(os.path.abspath(word) if i == 0 else word for i, word in enumerate(super().command()))]


def noons(zone):
    """Today's, and those beside it."""
    today = datetime.now(zoneinfo.ZoneInfo(zone)).replace(hour=12, minute=0, second=0, microsecond=0)
    return {(today + timedelta(days=day)).astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ") for day in (-1, 0, 1, 2)}


@unittest.skipUnless(os.geteuid() == 0 and subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode == 0,
                     "needs a namespace of its own")
class AnotherTzdata(DaemonTest):
    def install(self, rules):
        """As a package does: beside the old file, then in its place."""
        os.makedirs(self.path("zoneinfo/Africa"), exist_ok=True)
        shutil.copy(os.path.join(DATABASE, rules), self.path("zoneinfo/Africa/new"))
        os.rename(self.path("zoneinfo/Africa/new"), self.path("zoneinfo/" + HERE))

    def start(self, *flags):
        self.install(BEFORE)
        daemon = InItsOwnWorld(self.path("zoneinfo"), CONFIG, self.folder, "--evaluation.interval=200ms", *flags, env=ENV)
        self.addCleanup(daemon.__exit__)
        return daemon

    def due(self, daemon):
        jobs = {job["job"]: job for job in daemon.request("/api/v1/jobs").json["data"]}
        return [jobs[name]["objectives"][0]["next_due"] for name in ("due", "ticks")]

    def is_noon(self, daemon, zone):
        return all(due in noons(zone) for due in self.due(daemon))

    def test_what_comes_is_judged_by_its_rules(self):
        self.assertFalse(noons(BEFORE) & noons(AFTER))
        daemon = self.start("--config.auto-reload-interval=200ms")
        daemon.wait_for(lambda: daemon.state("ticks") and self.is_noon(daemon, BEFORE), "noon is that of Casablanca")
        self.install(AFTER)
        daemon.wait_for(lambda: self.is_noon(daemon, AFTER), "noon is that of the new rules")
        self.assertEqual(daemon.log().count("the rules of the time zone %s have changed" % HERE), 1)

    def test_a_zone_that_was_not_there_before(self):
        os.makedirs(self.path("zoneinfo"))
        cluster = QuietCluster([{"metadata": {"name": "ticks", "namespace": "n", "uid": "u", "creationTimestamp": "2026-01-01T00:00:00Z"},
                                 "spec": {"schedule": "0 12 * * *", "timeZone": HERE}, "status": {}}])
        self.addCleanup(cluster.close)
        config = "sources:\n  k: {kubernetes: {kubeconfig: %s}}\n" % self.write("kubeconfig", cluster.kubeconfig())
        daemon = InItsOwnWorld(self.path("zoneinfo"), config, self.folder, "--evaluation.interval=1h", "--config.auto-reload-interval=200ms", env=ENV)
        self.addCleanup(daemon.__exit__)
        daemon.wait_for(lambda: daemon.state("n/ticks") and "its schedule can't be read" in daemon.log())
        self.install(AFTER)
        daemon.wait_for(lambda: daemon.request("/api/v1/jobs").json["data"][0]["objectives"][0]["next_due"] in noons(AFTER))

    def test_an_edit_that_waits_for_a_reload_goes_on_waiting(self):
        daemon = self.start("--config.auto-reload-interval=200ms")
        daemon.wait_for(lambda: daemon.state("ticks") and self.is_noon(daemon, BEFORE))
        daemon.write(CONFIG + "  later: {runs: {source: push}, within: 1h}\n")
        self.install(AFTER)
        daemon.wait_for(lambda: "from the next reload on" in daemon.log() and self.is_noon(daemon, AFTER))
        self.assertIsNone(daemon.state("later"))
        daemon.send(1)
        daemon.wait_for(lambda: daemon.state("later"))

    def test_a_file_that_is_broken_or_gone_changes_nothing(self):
        daemon = self.start("--config.auto-reload-interval=1h")
        daemon.wait_for(lambda: daemon.state("ticks") and self.is_noon(daemon, BEFORE))
        for break_it in (lambda: self.write("zoneinfo/" + HERE, "TZif2 and no more"), lambda: os.remove(self.path("zoneinfo/" + HERE))):
            break_it()
            self.assertEqual(daemon.request("/-/healthy").status, 200)
            reloads = daemon.log().count("the configuration was reloaded")
            daemon.send(1)
            daemon.wait_for(lambda: daemon.log().count("the configuration was reloaded") == reloads + 1)
            self.assertTrue(self.is_noon(daemon, BEFORE))
        self.install(AFTER)
        daemon.send(1)
        daemon.wait_for(lambda: self.is_noon(daemon, AFTER), "a reload looks, too")


if __name__ == "__main__":
    unittest.main()
