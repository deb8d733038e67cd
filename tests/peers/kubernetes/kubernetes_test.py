#!/usr/bin/env python3
"""The real binary on a real Kubernetes control plane, a recent one."""
import access
import faults
import outcomes
from runner import SideBySide, TheApiServer, run  # noqa: F401

if __name__ == "__main__":
    run("1.36.3", outcomes.STORIES + access.STORIES + faults.STORIES, faults.DISTURBING)
