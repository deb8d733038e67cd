#!/usr/bin/env python3
"""The real binary on an older Kubernetes: what its version could change. There the API server reads each page of a list
from etcd, so a list can expire in its middle; its Jobs have fewer conditions and no reason of a success."""
import faults
import outcomes
from runner import SideBySide, TheApiServer, run  # noqa: F401

SIDE_BY_SIDE = outcomes.CORE + [faults.a_broken_watch_is_resumed_without_a_list]
DISTURBING = [faults.a_list_that_expires_between_pages_is_made_anew, faults.a_killed_api_server_makes_unknown_then_the_truth]

if __name__ == "__main__":
    run("1.30.14", SIDE_BY_SIDE, DISTURBING)
