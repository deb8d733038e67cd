#!/usr/bin/env python3
"""Grafana's own code (@grafana/data) knows the units and colours of the boards, writes the texts of states, and makes of a
real Prometheus' answers the tables that are meant."""
import json
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "common"), str(HERE.parent / "prometheus"), str(HERE.parents[1] / "dashboards")]
import fleet  # noqa: E402
from boards import BOARDS, filled, panels  # noqa: E402
from packages import modules, node, old_node  # noqa: E402
from peer import main, missing  # noqa: E402
from server import Prometheus  # noqa: E402

MODULES = None
ALL = [(name, panel) for name, board in BOARDS.items() for panel in panels(board)]


def asks(**what):
    """What Grafana's code says of units, colours, columns or tables."""
    return json.loads(node(MODULES, HERE / "grafana" / "check.js", given=json.dumps({"units": [], "colours": [], "columns": [], "tables": [], **what})))


def configs(panel):
    """How its values and columns are shown."""
    yield panel["fieldConfig"]["defaults"]
    for override in panel["fieldConfig"]["overrides"]:
        yield {p["id"]: p["value"] for p in override["properties"]}


def everywhere(key, node_):
    if isinstance(node_, dict):
        yield from [node_[key]] if isinstance(node_.get(key), str) else []
        for child in node_.values():
            yield from everywhere(key, child)
    elif isinstance(node_, list):
        for child in node_:
            yield from everywhere(key, child)


class Looks(unittest.TestCase):
    def test_units_are_known(self):
        units = sorted({config["unit"] for _, panel in ALL for config in configs(panel) if "unit" in config})
        self.assertEqual(asks(units=[*units, "nonsense"])["units"], units)

    def test_colours_are_known(self):
        names = sorted({name for _, panel in ALL for key in ("color", "fixedColor") for name in everywhere(key, panel["fieldConfig"])})
        for name, colour in zip(names, asks(colours=names)["colours"]):
            self.assertRegex(colour, "^(#|rgb)", name)

    def test_values_have_the_texts_of_their_mappings_each_in_a_colour_of_its_own(self):
        columns, expected = [], []
        for _, panel in ALL:
            for config in configs(panel):
                for mapping in config.get("mappings", []):
                    if mapping["type"] == "value":
                        columns.append({"config": {"mappings": config["mappings"], "unit": "none"}, "values": [float(value) for value in mapping["options"]]})
                        expected.append([one["text"] for one in mapping["options"].values()])
        self.assertGreater(len(columns), 10)
        for texts, got in zip(expected, asks(columns=columns)["columns"]):
            self.assertEqual([text for text, _ in got], texts)
            if len(texts) == 6:  # the states
                self.assertEqual(len({colour for _, colour in got}), 6)

    def test_times_and_links_read_as_meant(self):
        link = next(config for name, panel in ALL for config in configs(panel) if config.get("displayName") == "Runbook")
        (ago,), (link_text, nothing) = asks(columns=[{"config": {"unit": "s"}, "values": [7500]}, {"config": {"mappings": link["mappings"]}, "values": ["https://wiki.example/a", ""]}])["columns"]
        self.assertEqual((ago[0], link_text[0], nothing[0]), ("2.08 hours", "open", ""))


class Tables(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.prometheus = Prometheus({}, history=fleet.openmetrics())
        cls.addClassCleanup(cls.prometheus.remove)

    def frame(self, panel, target, values):
        """The answer of an instant query as Grafana's data source hands it on in the format "table"."""
        answer = self.prometheus.query(filled(target["expr"], **values), time=fleet.END)
        labels = sorted({name for one, _ in answer for name in one})
        value = "Value #" + target["refId"] if len(panel["targets"]) > 1 else "Value"
        fields = [{"name": "Time", "type": "time", "values": [fleet.END * 1000] * len(answer)}]
        fields += [{"name": name, "type": "string", "values": [one.get(name) for one, _ in answer]} for name in labels]
        return {"refId": target["refId"], "fields": [*fields, {"name": value, "type": "number", "values": [number for _, number in answer]}]}

    def rows(self, board, title, absent=(), **values):
        """The rows that the table shows, by the titles of their columns; in order. `absent`: columns that these answers don't have."""
        panel, = (panel for panel in panels(BOARDS[board]) if panel["title"] == title)
        (made,), = asks(tables=[{"frames": [self.frame(panel, target, values) for target in panel["targets"]], "transformations": panel["transformations"]}])["tables"]
        titles = {o["matcher"]["options"]: o["properties"][0]["value"] for o in panel["fieldConfig"]["overrides"]}
        self.assertEqual([titles.get(name, name) for name in made["fields"]], [one for one in titles.values() if one not in absent])
        return [dict(zip((titles[name] for name in made["fields"]), row)) for row in made["rows"]]

    def test_each_job_is_one_row_worst_first(self):
        rows = self.rows("batchslo-fleet", "Jobs, worst first")
        self.assertEqual(len(rows), len(fleet.JOBS))
        states = [row["State"] for row in rows]
        self.assertEqual(states, sorted(states, reverse=True))
        worst = rows[0]
        self.assertEqual((worst["Job"], worst["State"], worst["Failed with"], worst["Who waits for it"], worst["Runbook"]),
                         ("mart/orders", 6, "exit code 1", "pricing, from 06:30 on", "https://wiki.example/mart/orders"))

    def test_a_fleet_without_a_failure_has_its_rows_all_the_same(self):
        rows = self.rows("batchslo-fleet", "Jobs, worst first", ["Failed with", "Last line", "Who waits for it"], team="backup")
        self.assertEqual([(row["Job"], row["State"], row["Failed in a row"], row["Team"]) for row in rows], [("backup/objects", 1, 0, "backup"), ("backup/postgres", 1, 0, "backup")])

    def test_a_source_that_is_down_comes_first(self):
        rows = self.rows("batchslo-fleet", "Sources")
        self.assertEqual([(row["Source"], row["Now"], row["Its view"], row["Dark scopes"]) for row in rows], [("warehouse", 0, 0, 4), ("cluster", 1, 1, 0), ("push", 1, 1, 0)])

    def test_what_is_due_first_comes_first(self):
        due = [row["Due"] for row in self.rows("batchslo-fleet", "Next due")]
        self.assertEqual(due, sorted(due))

    def test_the_tables_of_a_job_have_the_columns_that_are_meant(self):
        self.assertEqual([(row["Objective"], row["Verdict"], row["Severity"], row["Who says so"]) for row in self.rows("batchslo-job", "Objectives", job_name="mart/orders")], [("by", 6, "critical", "job")])
        self.assertEqual([row["Failed with"] for row in self.rows("batchslo-job", "The newest failure", job_name="mart/orders")], ["exit code 1"])
        self.assertEqual([row["Team"] for row in self.rows("batchslo-job", "Whose it is", job_name="mart/orders")], ["data"])
        self.assertEqual({row["Source"]: row["Now"] for row in self.rows("batchslo-job", "Its sources", job_name="mart/orders")}, {"cluster": 1, "warehouse": 0})

    def test_each_replica_is_one_row(self):
        self.assertEqual([row["Exporter"] for row in self.rows("batchslo-exporter", "Exporters")], fleet.REPLICAS)


if __name__ == "__main__":
    absent = missing("prometheus", "promtool", "node", "npm") or old_node()
    MODULES = modules("grafana-data", HERE / "grafana" / "package.json") if not absent else None
    if not MODULES:
        print("SKIP grafana-data: %s" % ("%s is not installed (scripts/install --tests)" % " and ".join(absent) if absent else "npm does not give its packages"))
        sys.exit(0)
    main("grafana-data", json.loads((MODULES / "@grafana" / "data" / "package.json").read_text())["version"])
