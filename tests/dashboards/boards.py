"""Reads the boards for tests: their panels, their queries, and what Grafana would put in for variables."""
import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "dashboards"
BOARDS = {path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}


def panels(board):
    """All but rows, those in closed rows too."""
    for panel in board["panels"]:
        yield from [panel] if panel["type"] != "row" else panel["panels"]


def expressions(board):
    """(where, expression) of each query: of panels, and of the marks."""
    for panel in panels(board):
        for target in panel["targets"]:
            yield "%s, %s" % (panel["title"], target["refId"]), target["expr"]
    for mark in board["annotations"]["list"]:
        if "expr" in mark:
            yield "mark " + mark["name"], mark["expr"]


def filled(expression, **values):
    """As Grafana would send it, with "All" chosen where nothing else is said."""
    known = {"__interval": "1m", "__rate_interval": "4m", "__range": "21600s", "job": ".*", "team": ".*", "state": ".*", **values}
    return re.sub(r"\$(\w+)|\$\{(\w+)\}", lambda name: known[name[1] or name[2]], expression)


def own_labels(panel):
    """The labels that its legends and columns name."""
    found = set()
    for target in panel["targets"]:
        found |= set(re.findall(r"\{\{\s*(\w+)\s*\}\}", target["legendFormat"]))
    if panel["type"] == "table":
        names = [override["matcher"]["options"] for override in panel["fieldConfig"]["overrides"]]
        found |= {name for name in names if not name.startswith("Value")}
    return found
