"""Virtual environments with the packages of one peer, made once below the cache of the peers."""
import os
import subprocess
import sys
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "batchslo-peers"


def environment(name, *packages, python=sys.executable, more=()):
    """The folder of the environment `name`, with these packages; None: they can't be had."""
    folder = CACHE / name
    if not (folder / "done").exists():
        commands = [[python, "-m", "venv", "--clear", folder], *([folder / "bin" / "python3", "-m", "pip", "install", "--quiet", *some] for some in (packages, *more))]
        for command in commands:
            if subprocess.run(command, stdout=sys.stderr).returncode != 0:
                return None
        (folder / "done").touch()
    return folder


def enter():
    """Runs the calling program again where Google's own descriptions of its APIs are, and a JWT library that is not ours. False: they can't be had."""
    folder = environment("google-2.202.0-pyjwt-2.15.1", "PyJWT==2.15.1", "cryptography==50.0.2", more=[["--no-deps", "google-api-python-client==2.202.0"]])
    if folder and Path(sys.prefix).resolve() != folder.resolve():
        python = str(folder / "bin" / "python3")
        os.execv(python, [python, *sys.argv])
    return bool(folder)


def tester():
    """As enter(); without them it says so, and that is all."""
    if not enter():
        print("SKIP google: its descriptions can't be installed into %s" % CACHE)
        sys.exit(0)


def description(name):
    """The path of Google's discovery document of an API: "bigquery.v2"."""
    return next(Path(sys.prefix).glob("lib/python3*/site-packages/googleapiclient/discovery_cache/documents/%s.json" % name))
