"""Loads revenue into the warehouse, which is another disk."""
import sys
import time
from pathlib import Path

import table

table.append(Path(sys.argv[1], "disk", "warehouse.db"), "revenue", [(int(time.time()), 49)])
