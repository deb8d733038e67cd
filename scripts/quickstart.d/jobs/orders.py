"""Loads orders into a table and a file."""
import sys
import time
from pathlib import Path

import table

folder = Path(sys.argv[1])
rows = [(int(time.time()), amount) for amount in (12, 7, 30)]
table.append(folder / "shop.db", "orders", rows)
Path(folder, "orders.csv").write_text("".join("%d,%d\n" % row for row in rows))
