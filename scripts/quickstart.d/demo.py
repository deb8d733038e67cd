"""Starts the daemon and the jobs, tells how the verdicts turn, and ends all of it. scripts/quickstart calls this."""
import argparse
import ctypes
import fcntl
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import world

HERE = Path(__file__).resolve().parent
STATE = re.compile(r'^batchslo_job_state\{job_name="([^"]*)",state="([^"]*)"\} 1$', re.M)
EVERY = 5       # seconds between two runs of a job
PATIENCE = 120  # seconds until each job has its first verdict


class Family:
    """Processes that end with us, by their ids, in the order of their start."""

    def __init__(self):
        self.processes = []

    def start(self, command, log):
        def follow():
            ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG, should we be killed
        with open(log, "ab") as out:
            process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True,
                                       preexec_fn=follow)
        self.processes.append(process)
        return process

    def end(self):
        for process in reversed(self.processes):  # the jobs first, so that their last words are heard
            for number in (signal.SIGTERM, signal.SIGCONT):
                if process.poll() is None:
                    process.send_signal(number)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def say(text):
    print(text, flush=True)


def faults(options):
    if world.is_foreign(options.folder):
        return "%s holds something that no quickstart put there; give another --folder" % options.folder
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", options.port))
        except OSError as fault:
            return "port %d can't be had (%s); give another with --port N" % (options.port, fault.strerror)
    return ""


def start_all(family, options, url):
    folder = options.folder
    daemon = family.start([options.bin / "batchslo_exporter", "--config.file=%s/config.yml" % folder, "--store=sqlite://%s/ledger.db" % folder,
                           "--web.listen-address=" + url.split("//")[1], "--evaluation.interval=1s"], folder / "daemon.log")
    for job in world.STATES:
        name = job.split("/")[1]
        tell = [options.bin / "batchslo-run", "--job", job, "--url", url, "--token-file", folder / "token", "--spool-dir", folder / "spool"]
        runner = family.start([HERE / "every", EVERY, *tell, "--", sys.executable, HERE / "jobs" / (name + ".py"), folder], folder / (name + ".log"))
        (folder / (name + ".pid")).write_text("%d\n" % runner.pid)
    return daemon


def read(url):
    try:
        with urllib.request.urlopen(url, timeout=5) as reply:
            return reply.read().decode()
    except OSError:
        return ""


def tell_rest(options, url):
    page = read(url + "/metrics").splitlines()
    say("\nThe first lines of %s/metrics:" % url)
    say("".join("  %s\n" % line[:150] for line in page[:12]))
    say("Try these in another terminal; each verdict turns within a minute, here, in /metrics and on the page:")
    for purpose, command in world.hints(options.folder, options.bin, url):
        say("  %-24s%s" % (purpose, command))
    say("\nThe logs and the configuration are in %s. Ctrl-C ends all of it.\n" % options.folder)


def watch(daemon, options, url, ended):
    """Tells each change of a verdict until it's time to end. Returns the exit code."""
    began, known, told = time.monotonic(), {}, False
    while not ended:
        now = time.monotonic() - began
        if daemon.poll() is not None:
            say("the daemon ended; the end of its log:\n" + (options.folder / "daemon.log").read_text()[-2000:])
            return 1
        for job, state in STATE.findall(read(url + "/metrics")):
            if known.get(job) != state:
                say("%6.1f s  %-16s%-10s%s" % (now, job, state, world.WHY[job] if not told and state == world.STATES[job] else ""))
                known[job] = state
        if not told and (known == world.STATES or now > PATIENCE):
            tell_rest(options, url)
            told = True
        if options.seconds and now > options.seconds:
            return 0
        time.sleep(0.5)
    return 0


def parse_arguments():
    parser = argparse.ArgumentParser(prog="quickstart")
    parser.add_argument("--port", type=int, default=10510)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--bin", type=lambda text: Path(text).resolve())
    parser.add_argument("--folder", type=lambda text: Path(text).resolve(), default=HERE.parents[1] / "build" / "quickstart")
    parser.add_argument("--check", action="store_true", help="only say whether it can start")
    return parser.parse_args()


def main():
    options = parse_arguments()
    options.folder.parent.mkdir(parents=True, exist_ok=True)
    with open(str(options.folder) + ".lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            sys.exit("quickstart: another one runs in %s; end it with Ctrl-C" % options.folder)
        if fault := faults(options):
            sys.exit("quickstart: " + fault)
        if options.check:
            return 0
        return run(options)


def run(options):
    ended = []
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: ended.append(True))
    world.make(options.folder)
    url = "http://127.0.0.1:%d" % options.port
    family = Family()
    try:
        say("== starting the daemon and %d jobs, each run every %d s" % (len(world.STATES), EVERY))
        daemon = start_all(family, options, url)
        say("page       %s/\ntraceback  %s/jobs/shop/forecast\nmetrics    %s/metrics\nJSON       %s/api/v1/jobs\n" % ((url,) * 4))
        return watch(daemon, options, url, ended)
    finally:
        say("== ending all of it")
        family.end()


if __name__ == "__main__":
    sys.exit(main())
