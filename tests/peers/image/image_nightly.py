#!/usr/bin/env python3
"""Builds the image of the Dockerfile and starts it as a cluster does: user 65532, a root that can't be written, one volume.
There is no container engine: `build` makes the image by chroots, and a mount namespace is the container."""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "common")]
from peer import Process, free_port, main, missing  # noqa: E402

IMAGE, BASE = "localhost/batchslo_exporter", "docker.io/library/debian:13-slim"
MOST_OVER_BASE = 60 << 20
STORE = None  # the folder of the built images

# The root read-only, one volume for the ledger; then what ENTRYPOINT and CMD say, as USER.
CONTAINER = """
set -e
root=$1 volume=$2 user=$3; shift 3
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
for device in null zero random urandom; do touch "$root/dev/$device"; mount --bind "/dev/$device" "$root/dev/$device"; done
mount --bind "$volume" "$root/var/lib/batchslo"
mount -o remount,bind,ro "$root"
cd /
exec chroot --userspec="$user" "$root" "$@"
"""


def buildah(*arguments):
    env = {**os.environ, "BUILDAH_ISOLATION": "chroot", "XDG_RUNTIME_DIR": str(STORE / "run"), "TMPDIR": str(STORE / "tmp")}
    return subprocess.run(["buildah", "--root", STORE / "store", "--runroot", STORE / "run", *arguments], check=True, capture_output=True, text=True, env=env).stdout.strip()


def clear():
    """What buildah has mounted below the store is unmounted, the innermost first, so that the folder can go."""
    mounts = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
    for mount in reversed([mount for mount in mounts if mount.startswith(str(STORE) + "/")]):
        subprocess.run(["umount", mount], check=True)


def size(root):
    """Bytes of all files, each once."""
    seen = {}
    for folder, _, names in os.walk(root):
        for name in names:
            stat = os.lstat(os.path.join(folder, name))
            seen[stat.st_dev, stat.st_ino] = stat.st_size
    return sum(seen.values())


class Image(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.config = json.loads(buildah("inspect", "--type", "image", IMAGE))["Docker"]["config"]
        cls.roots = {image: Path(buildah("mount", buildah("from", "--pull-never", image))) for image in (IMAGE, BASE)}

    def setUp(self):
        self.volume = tempfile.mkdtemp(prefix="batchslo-image-")
        self.addCleanup(shutil.rmtree, self.volume, ignore_errors=True)
        os.chown(self.volume, 65532, 65532)
        os.chmod(self.volume, 0o755)

    def inside(self, *command):
        return ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", CONTAINER, "sh", str(self.roots[IMAGE]), self.volume, self.config["User"], *command]

    def run_inside(self, *command):
        return subprocess.run(self.inside(*command), capture_output=True, text=True, timeout=120)

    def test_what_it_says_of_itself(self):
        config = self.config
        self.assertEqual((config["User"], config["Entrypoint"], config["Cmd"]), ("65532:65532", ["batchslo_exporter"], ["--web.listen-address=:10510"]))
        self.assertEqual((list(config["ExposedPorts"]), list(config["Volumes"])), (["10510/tcp"], ["/var/lib/batchslo"]))
        self.assertEqual(config["Healthcheck"]["Test"], ["CMD", "batchslo_exporter", "healthcheck"])
        self.assertEqual(config["Labels"]["org.opencontainers.image.version"], self.run_inside("batchslo_exporter", "--version").stdout.split()[2])
        self.assertEqual(self.run_inside("batchslo-run", "--version").returncode, 0)

    def test_it_is_not_much_larger_than_its_base(self):
        over = size(self.roots[IMAGE]) - size(self.roots[BASE])
        print("  %.1f MB over the base" % (over / 1e6))
        self.assertGreater(over, 1 << 20)
        self.assertLessEqual(over, MOST_OVER_BASE)

    def test_it_knows_the_zones_that_a_cluster_does(self):
        for zone in ("Asia/Tokyo", "US/Pacific"):
            done = self.run_inside("batchslo_exporter", "cron", "--timezone", zone, "0 3 * * *")
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_it_starts_is_healthy_keeps_its_ledger_and_ends(self):
        port = free_port()
        command = [*self.config["Entrypoint"], "--web.listen-address=127.0.0.1:%d" % port, "--config.file=/var/lib/batchslo/my.yml"]
        Path(self.volume, "my.yml").write_text("jobs: {}\n")
        daemon = Process("the image", self.inside(*command), os.path.join(self.volume, "log"))
        self.addCleanup(daemon.kill)
        url = "http://127.0.0.1:%d" % port
        daemon.wait_for(lambda: "listening on" in daemon.log(), "it listens")
        with urllib.request.urlopen(url + "/metrics", timeout=30) as page:
            self.assertIn(b"batchslo_build_info", page.read())
        healthy = self.run_inside(*self.config["Healthcheck"]["Test"][1:], "--url=" + url)
        self.assertEqual((healthy.returncode, healthy.stdout), (0, "healthy\n"), healthy.stderr)
        self.assertNotEqual(self.run_inside("touch", "/etc/file").returncode, 0, "the root can't be written")
        self.assertTrue(os.path.exists(os.path.join(self.volume, "ledger.db")))
        inner = next(pid for pid in daemon.family() if pid != daemon.process.pid)
        self.assertIn("Uid:\t65532", Path("/proc", str(inner), "status").read_text())
        os.kill(inner, signal.SIGTERM)
        self.assertEqual(daemon.process.wait(30), 0)
        self.assertIn("ending", daemon.log())


if __name__ == "__main__":
    lacking = missing("debootstrap", "buildah", "unshare", "chroot") + ([] if os.geteuid() == 0 else ["root's rights"])
    if lacking:
        print("SKIP image: " + ", ".join(lacking))
        sys.exit(0)
    with tempfile.TemporaryDirectory(prefix="batchslo-image-store-") as folder:
        STORE = Path(folder)
        try:
            built = subprocess.run([str(HERE / "build"), folder], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            if built.returncode != 0:
                sys.exit(built.stderr[-3000:])
            main("buildah", subprocess.run(["buildah", "--version"], capture_output=True, text=True).stdout.split()[2])
        finally:
            clear()
