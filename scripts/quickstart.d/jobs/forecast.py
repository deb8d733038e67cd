"""Computes a forecast from a model. The model that came with it has a fault."""
import json
import sys
import time
from pathlib import Path

import table


def growth(model):
    return model["orders"]["growth"] / model["orders"]["weeks"]


folder = Path(sys.argv[1])
table.append(folder / "shop.db", "forecast", [(int(time.time()), int(100 * growth(json.loads((folder / "model.json").read_text()))))])
