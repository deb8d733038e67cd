#!/usr/bin/env python3
"""The real binary on bad days of its ledger: a full disk, a corrupt file, one that is replaced, deleted, or held by another."""
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "daemon"))
from case import BACKUP, ENV, TOKEN, DaemonTest  # noqa: E402
from harness import run  # noqa: E402

PAGE = 4096


class LedgerTest(DaemonTest):
    def started(self, **options):
        return self.daemon(BACKUP, "--evaluation.interval=200ms", **options)

    def push(self, daemon, run_id, **fields):
        return daemon.push("backup", TOKEN, run_id=run_id, **fields)

    def goes_on(self, daemon):
        """It judges and shows, whatever the ledger does."""
        evaluated = daemon.value("batchslo_evaluation_timestamp_seconds")
        daemon.wait_for(lambda: daemon.value("batchslo_evaluation_timestamp_seconds") > evaluated, "it evaluates on")
        self.assertEqual(daemon.request("/-/healthy").status, 200)
        self.assertEqual(daemon.request("/").status, 200)

    def runs(self, daemon):
        code, out, err = run("ledger", "export", "--store=" + daemon.store)
        self.assertEqual((code, err), (0, ""))
        return {line.split('"run_id":"')[1].split('"')[0] for line in out.splitlines() if '"run_id"' in line}


class FullDisk(LedgerTest):
    def setUp(self):
        super().setUp()
        self.disk = self.path("disk")
        os.mkdir(self.disk)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", self.disk], capture_output=True, text=True)
        if mounted.returncode != 0:
            self.skipTest("a small file system can't be mounted: " + mounted.stderr.strip())
        self.addCleanup(subprocess.run, ["umount", "-l", self.disk], check=True)

    def fill(self):
        with open(os.path.join(self.disk, "filler"), "wb", buffering=0) as out:
            try:
                while True:
                    out.write(b"x" * PAGE)
            except OSError:
                pass

    def test_heartbeat_503_when_disk_full_then_recovers(self):
        daemon = self.started(store="sqlite://" + os.path.join(self.disk, "ledger.db"))
        self.assertEqual(self.push(daemon, "before").status, 200)
        daemon.wait_state("backup", "met")
        acknowledged, number = {"before"}, 0
        for _ in range(3):
            self.fill()

            def refused():
                nonlocal number
                number += 1
                reply = self.push(daemon, "r%d" % number, message="x" * 1000, exit_code=1)
                if reply.status == 200:
                    acknowledged.add("r%d" % number)
                return reply if reply.status != 200 else None
            reply = daemon.wait_for(refused, "the disk is full")
            self.assertEqual(reply.status, 503)
            self.assertGreater(int(reply.headers["Retry-After"]), 0)
            daemon.wait_for(lambda: daemon.value("batchslo_store_up") == 0)
            self.goes_on(daemon)
            self.assertEqual(daemon.state("backup"), "met")
            os.remove(os.path.join(self.disk, "filler"))
            number += 1
            daemon.wait_for(lambda: self.push(daemon, "r%d" % number, exit_code=1).status == 200, "there is room again")
            acknowledged.add("r%d" % number)
            daemon.wait_for(lambda: daemon.value("batchslo_store_up") == 1)
        daemon.stop(signal.SIGKILL)
        self.assertEqual(acknowledged - self.runs(daemon), set())

    def test_it_starts_on_a_full_disk_only_to_say_so(self):
        self.fill()
        daemon = self.daemon(BACKUP, store="sqlite://" + os.path.join(self.disk, "ledger.db"), start=False)
        done = subprocess.run(daemon.command(), capture_output=True, text=True, env={**os.environ, **ENV}, timeout=30)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, "ledger: .*(full|disk)")


class Corrupt(LedgerTest):
    """Each of them is set aside at the start, and what was met by it is unknown: never met, never missed, never a crash."""

    def filled(self):
        daemon = self.started()
        for number in range(200):
            self.push(daemon, "r%d" % number, exit_code=0)
        daemon.wait_state("backup", "met")
        return daemon

    def set_aside(self, daemon):
        daemon.start()
        self.assertIn("was corrupt", daemon.log())
        self.assertIn("was corrupt", daemon.request("/").text)
        aside = [name for name in os.listdir(self.folder) if name.startswith("ledger.db.corrupt-")]
        self.assertTrue(aside)
        states = set()
        daemon.wait_for(lambda: states.add(daemon.state("backup")) or len(states) and daemon.value("batchslo_evaluation_timestamp_seconds"))
        self.goes_on(daemon)
        states.add(daemon.state("backup"))
        self.assertLessEqual(states, {"pending", "unknown", None})
        self.assertEqual(self.push(daemon, "after").status, 200)
        daemon.wait_state("backup", "met")
        self.assertEqual(self.runs(daemon), {"after"})

    def overwrite(self, name, at, data):
        with open(self.path(name), "r+b") as out:
            out.seek(at)
            out.write(data)

    def test_corrupt_ledger_set_aside_and_unknown(self):
        for what in ("header", "middle", "cut"):
            with self.subTest(what):
                for name in os.listdir(self.folder):
                    os.remove(self.path(name))
                daemon = self.filled()
                self.assertEqual(daemon.stop(), 0)  # the -wal is in the file
                size = os.path.getsize(self.path("ledger.db"))
                self.assertGreater(size, 10 * PAGE)
                if what == "header":
                    self.overwrite("ledger.db", 0, b"no ledger")
                elif what == "middle":
                    for page in range(2, size // PAGE):
                        self.overwrite("ledger.db", page * PAGE, b"\xff" * 64)
                else:
                    os.truncate(self.path("ledger.db"), size // 2)
                self.set_aside(daemon)

    def test_a_log_with_a_damaged_head_is_set_aside(self):
        daemon = self.filled()
        daemon.stop(signal.SIGKILL)
        self.assertGreater(os.path.getsize(self.path("ledger.db-wal")), PAGE)
        self.overwrite("ledger.db-wal", 8, b"\xff" * 24)
        self.set_aside(daemon)

    def test_a_file_that_is_spoiled_while_it_is_open_crashes_nothing(self):
        daemon = self.filled()
        size = os.path.getsize(self.path("ledger.db"))
        for page in range(size // PAGE):
            self.overwrite("ledger.db", page * PAGE, os.urandom(PAGE))
        for number in range(50):
            self.assertIn(self.push(daemon, "s%d" % number, message="y" * 2000).status, (200, 503))
        self.goes_on(daemon)
        self.assertEqual(daemon.state("backup"), "met")
        daemon.stop(signal.SIGKILL)
        daemon.start()
        self.goes_on(daemon)


class Replaced(LedgerTest):
    def lost(self, daemon, do):
        self.assertEqual(self.push(daemon, "before").status, 200)
        daemon.wait_state("backup", "met")
        do()
        reply = self.push(daemon, "lost", exit_code=1)
        self.assertEqual(reply.status, 503)
        self.assertIn("was replaced or deleted", reply.text)
        self.assertGreater(int(reply.headers["Retry-After"]), 0)
        daemon.wait_for(lambda: daemon.value("batchslo_store_up") == 0)
        self.goes_on(daemon)
        self.assertEqual(daemon.state("backup"), "met")
        self.assertEqual(daemon.stop(), 0)
        daemon.start()
        self.assertEqual(self.push(daemon, "after").status, 200)
        daemon.wait_for(lambda: daemon.value("batchslo_store_up") == 1)

    def test_a_ledger_that_is_deleted_takes_no_more(self):
        daemon = self.started()
        self.lost(daemon, lambda: [os.remove(self.path("ledger.db" + end)) for end in ("", "-wal", "-shm")])
        self.assertEqual(self.runs(daemon), {"after"})

    def test_a_ledger_that_is_replaced_takes_no_more(self):
        other = self.daemon(BACKUP, store="sqlite://" + self.path("other.db"))
        self.push(other, "elsewhere")
        self.assertEqual(other.stop(), 0)
        daemon = self.started()
        self.lost(daemon, lambda: os.rename(self.path("other.db"), self.path("ledger.db")))
        self.assertIn("after", self.runs(daemon))
        self.assertNotIn("lost", self.runs(daemon))

    def test_a_folder_that_is_moved_away_takes_no_more(self):
        os.mkdir(self.path("var"))
        daemon = self.started(store="sqlite://" + self.path("var/ledger.db"))
        self.lost(daemon, lambda: shutil.move(self.path("var"), self.path("old")))
        self.assertEqual(self.runs(daemon), {"after"})


class TwoDaemons(LedgerTest):
    def refused(self, daemon, store=None):
        command = [argument if not (store and argument.startswith("--store=")) else "--store=" + store for argument in daemon.command()]
        second = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **ENV}, timeout=30)
        self.assertEqual(second.returncode, 1)
        self.assertIn("(process %d)" % daemon.process.pid, second.stderr)
        self.assertNotIn("listening", second.stderr)

    def test_second_instance_refuses_sqlite(self):
        daemon = self.started()
        os.symlink(self.folder, self.path("link"))
        os.symlink("ledger.db", self.path("alias.db"))
        for store in (None, self.path("ledger.db"), "sqlite://" + self.path("link/ledger.db"), "sqlite://" + self.path("alias.db"), self.path("./ledger.db")):
            with self.subTest(store):
                self.refused(daemon, store)
        self.assertEqual(self.push(daemon, "one").status, 200)
        daemon.wait_state("backup", "met")

    def test_of_many_that_start_at_once_one_holds_the_file(self):
        daemon = self.daemon(BACKUP, start=False)
        logs = [open(self.path("log%d" % number), "wb") for number in range(8)]
        processes = [subprocess.Popen(daemon.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={**os.environ, **ENV}) for log in logs]

        def clean():
            for process, log in zip(processes, logs):
                process.kill()
                process.wait()
                log.close()
        self.addCleanup(clean)
        daemon.wait_for(lambda: sum(process.poll() is None for process in processes) == 1, "one is left")
        self.assertEqual({process.returncode for process in processes}, {None, 1})

    def test_a_killed_one_leaves_no_lock_behind(self):
        daemon = self.started()
        self.push(daemon, "one")
        daemon.stop(signal.SIGKILL)
        self.assertTrue(os.path.exists(self.path("ledger.db.lock")))
        daemon.start()
        daemon.wait_state("backup", "met")

    def test_a_link_in_place_of_the_lock_empties_no_other_file(self):
        with open(self.path("victim"), "w") as victim:
            victim.write("mine")
        os.symlink(self.path("victim"), self.path("ledger.db.lock"))
        daemon = self.daemon(BACKUP, start=False)
        done = subprocess.run(daemon.command(), capture_output=True, text=True, env={**os.environ, **ENV}, timeout=30)
        self.assertEqual(done.returncode, 1)
        self.assertIn("ledger.db.lock is a link; remove it", done.stderr)
        with open(self.path("victim")) as victim:
            self.assertEqual(victim.read(), "mine")

    def test_a_reader_that_holds_the_ledger_keeps_no_heartbeat_waiting(self):
        daemon = self.started()
        self.push(daemon, "one")
        reader = sqlite3.connect(self.path("ledger.db"), isolation_level=None)
        self.addCleanup(reader.close)
        reader.execute("begin")
        reader.execute("select count(*) from facts").fetchone()
        self.assertEqual(self.push(daemon, "two").status, 200)
        self.goes_on(daemon)

    def test_a_job_that_a_reload_brings_while_the_ledger_is_held_is_told_afterwards(self):
        daemon = self.started()
        holder = sqlite3.connect(self.path("ledger.db"), isolation_level=None)
        self.addCleanup(holder.close)
        holder.execute("begin immediate")
        daemon.write(BACKUP + "  late: {runs: {source: push}, within: 1h}\n")
        daemon.send(signal.SIGHUP)
        daemon.wait_for(lambda: "the configuration was reloaded" in daemon.log(), "it is reloaded", 60)
        self.assertIn("database is locked", daemon.log())
        holder.execute("rollback")
        daemon.wait_for(lambda: 'batchslo_job_due_timestamp_seconds{job_name="late"' in daemon.metrics(), "the job is known")


if __name__ == "__main__":
    unittest.main()
