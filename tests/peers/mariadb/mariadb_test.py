#!/usr/bin/env python3
"""The real binary on a real MariaDB."""
import sys

from case import MariadbTest
from away import Away, Slow  # noqa: F401
from first_hour import FirstHour  # noqa: F401
from peer import main
from reads import Reads  # noqa: F401
from refusals import Refusals  # noqa: F401
from server import Server, programs
from trust import Rogues, Tls  # noqa: F401

if __name__ == "__main__":
    if not programs():
        print("SKIP mariadb MariaDB or openssl is not installed (scripts/install --tests)")
        sys.exit(0)
    server = MariadbTest.server = Server().start()
    try:
        server.create_user()
        main("mariadb", server.version())
    finally:
        server.remove()
