"""Folders with packages of npm, made once below the cache of the peers."""
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "batchslo-peers"


def old_node():
    """What is missing, if node is older than the packages want; Debian 12 has 18."""
    version = subprocess.run(["node", "--version"], capture_output=True, text=True).stdout.strip()
    return [] if int(version[1:].split(".")[0]) >= 20 else ["node 20 (here is %s)" % version]


def modules(name, wanted):
    """node_modules with what the package.json `wanted` lists; None: npm can't give it."""
    folder = CACHE / ("%s-%s" % (name, hashlib.sha256(wanted.read_bytes()).hexdigest()[:12]))
    if not (folder / "done").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        shutil.copy(wanted, folder / "package.json")
        install = ["npm", "install", "--ignore-scripts", "--legacy-peer-deps", "--no-audit", "--no-fund", "--no-package-lock", "--silent"]
        if not shutil.which("npm") or subprocess.run(install, cwd=folder, stdout=sys.stderr).returncode != 0:
            return None
        (folder / "done").touch()
    return folder / "node_modules"


def modules_or_skip(name, wanted):
    """The same, for a peer's test; it ends where npm can't give it."""
    found = modules(name, wanted)
    if not found:
        print("SKIP %s: npm can't give it here" % name)
        sys.exit(0)
    return found


def node(modules_, program, *arguments, given=""):
    """What a program of ours says, that requires these packages."""
    done = subprocess.run(["node", program, *map(str, arguments)], input=given, capture_output=True, text=True, timeout=300, env={**os.environ, "NODE_PATH": str(modules_)})
    if done.returncode != 0:
        raise AssertionError("%s ended with %d:\n%s" % (program.name, done.returncode, done.stderr[-3000:]))
    return done.stdout
