"""Loads the prices that somebody delivers as a file. Without that file it ends well and loads nothing: no run fails,
and yet the table is late."""
import sys
import time
from pathlib import Path

import table

folder = Path(sys.argv[1])
delivered = folder / "inbox" / "prices.csv"
if not delivered.exists():
    print("prices: nothing was delivered")
    sys.exit()
table.append(folder / "shop.db", "prices", [(int(time.time()), int(line)) for line in delivered.read_text().split()])
