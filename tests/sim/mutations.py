"""Plants errors in the product, one at a time, and looks whether the simulation finds them.

usage: mutations.py BUILD_DIRECTORY [NAME...]
Each row patches one file of exporter/, compiles what it is made of, and links the simulation with that. Ends with
"MUTATIONS caught=N of=N"; exit code 1 if one was not caught. Caught is one by a seed that passes without it."""
import concurrent.futures
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from mutation_table import MUTATIONS

ROOT = Path(__file__).resolve().parents[2]
SEEDS = int(os.environ.get("BATCHSLO_MUTATION_SEEDS", "600"))  # so many are tried


class Build:
    """How the simulation is built in a directory of CMake's."""

    def __init__(self, directory):
        self.directory = directory
        entries = json.loads((directory / "compile_commands.json").read_text())
        self.compile_of = {str(Path(e["file"]).relative_to(ROOT)): shlex.split(e["command"]) for e in entries
                           if Path(e["file"]).is_relative_to(ROOT)}
        commands = subprocess.run(["ninja", "-C", directory, "-t", "commands", "batchslo_sim"], check=True, capture_output=True, text=True).stdout
        line = commands.splitlines()[-1]
        self.link = shlex.split(line.removeprefix(": && ").removesuffix(" && :"))

    def compile(self, unit, source, overlay, target):
        command = list(self.compile_of[unit])
        command[command.index("-o") + 1] = target
        command[command.index("-c") + 1] = source
        first = next(i for i, word in enumerate(command) if word.startswith("-I"))
        command[first:first] = [f"-I{overlay}"]
        # What is not optimised is made sooner.
        subprocess.run(command + ["-O0", "-U_FORTIFY_SOURCE", "-w"], cwd=self.directory, check=True, capture_output=True, text=True)

    def link_with(self, objects, target):
        command = list(self.link)
        command[command.index("-o") + 1] = target
        first = next(i for i, word in enumerate(command) if word.endswith(".o"))
        command[first:first] = objects
        subprocess.run(command, cwd=self.directory, check=True, capture_output=True, text=True)


def patched(row):
    text = (ROOT / row["file"]).read_text()
    for old, new in row["changes"]:
        if text.count(old) != 1:
            raise SystemExit(f"mutation {row['name']}: {row['file']} has {text.count(old)} times what is to be changed, not once:\n{old}")
        text = text.replace(old, new)
    return text


def plant(build, row):
    """The simulation with this error."""
    folder = build.directory / "mutations" / row["name"]
    shutil.rmtree(folder, ignore_errors=True)
    overlay = folder / row["file"]
    overlay.parent.mkdir(parents=True)
    overlay.write_text(patched(row))
    objects = []
    for unit in row.get("units", [row["file"]]):
        objects.append(str(folder / (unit.replace("/", "_") + ".o")))
        build.compile(unit, str(overlay) if unit == row["file"] else str(ROOT / unit), folder, objects[-1])
    build.link_with(objects, str(folder / "sim"))
    return folder


def run(simulation, *arguments):
    """Its exit code, and the first line it says; the code is none where it hangs."""
    try:
        done = subprocess.run([simulation, "--stop", "--brief", *arguments], capture_output=True, text=True, timeout=900)
    except subprocess.TimeoutExpired:
        return None, "it hangs"
    return done.returncode, (done.stdout.splitlines() or [""])[0][:160]


def find(build, planted, seeds):
    """What the first seed says that fails with the error and passes without it; none: there is no such seed."""
    blind = []
    while True:
        code, said = run(planted, f"--seeds={SEEDS}", f"--before={seeds}", "--except=" + ",".join(blind))
        seed = re.match(r"seed (\d+): ", said)
        if code == 0 or not seed:
            return said if code is None else None
        if run(build.directory / "bin" / "batchslo_sim", "--seeds=1", f"--first={seed[1]}")[0] == 0:
            return said
        blind.append(seed[1])


def try_out(build, row):
    try:
        folder = plant(build, row)
    except subprocess.CalledProcessError as error:
        return row["name"], "NOT BUILT", error.stderr[-2000:]
    said = find(build, folder / "sim", ",".join(map(str, row.get("seeds", []))))
    shutil.rmtree(folder)
    return row["name"], "caught" if said else "NOT CAUGHT", said or ""


def main():
    build = Build(Path(sys.argv[1]).resolve())
    rows = [row for row in MUTATIONS if len(sys.argv) < 3 or row["name"] in sys.argv[2:]]
    for row in rows:
        patched(row)  # all that can't be planted is told before the first is
    caught = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for done in concurrent.futures.as_completed([pool.submit(try_out, build, row) for row in rows]):
            name, verdict, said = done.result()
            caught += verdict == "caught"
            print(f"{verdict:<11} {name}: {said}", flush=True)
    print(f"MUTATIONS caught={caught} of={len(rows)}")
    sys.exit(0 if caught == len(rows) else 1)


main()
