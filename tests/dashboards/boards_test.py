#!/usr/bin/env python3
"""The boards follow the rules that Grafana, provisioning and a reader at night need, and name only metrics that are there."""
import json
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parent))
from boards import BOARDS, FOLDER, ROOT, expressions, own_labels, panels  # noqa: E402
from fleet import contract  # noqa: E402

UNITS = {"none", "short", "s", "bytes", "percentunit", "ops", "reqps", "dateTimeFromNow"}  # tests/peers/dashboards asks Grafana's own code about each
BUILTIN = {"__interval", "__range", "__rate_interval", "__url_time_range", "__value", "__data"}
SCRAPE = {"job", "instance", "pod", "endpoint", "container"}  # what Prometheus adds
METRICS = contract(ROOT / "tests" / "testdata" / "metrics.txt")
# What no board shows, and why.
LEFT_OUT = {
    "batchslo_job_first_seen_timestamp_seconds": "of use to rules, not to a reader",
    "batchslo_job_windows_total": "for rules over other spans than 28 days",
    "batchslo_job_missed_windows_total": "for rules over other spans than 28 days",
    "batchslo_job_unknown_windows_total": "for rules over other spans than 28 days",
    "batchslo_job_blocked": "the page of the job and its alert say it",
    "batchslo_job_at_risk": "not shown by default; the page of the job and its alert say it",
    "batchslo_job_margin_trend_ratio": "not shown by default; the board shows the margins themselves",
    "batchslo_job_predicted_miss_timestamp_seconds": "not shown by default; the page of the job says it",
    "batchslo_job_slo_threshold_seconds": "not shown by default; for rules over other spans",
    "batchslo_job_missed_due_timestamp_seconds": "the text of an alert has it",
    "batchslo_web_info": "links of alerts are made of it",
    "batchslo_job_last_success_timestamp_seconds": "shown as an age",
    "batchslo_job_last_completion_timestamp_seconds": "shown by runs that ended",
    "batchslo_job_last_run_start_timestamp_seconds": "shown by durations",
    "batchslo_output_updated_timestamp_seconds": "shown as an age",
    "batchslo_registry_last_success_timestamp_seconds": "its alert and the page have it",
    "batchslo_source_poll_duration_seconds_count": "the quantile needs buckets alone",
    "batchslo_source_poll_duration_seconds_sum": "the quantile needs buckets alone",
    "batchslo_web_config_last_reload_success_timestamp_seconds": "whether it is in force says enough",
    "process_virtual_memory_bytes": "says nothing of a shortage",
}


def selectors(expression):
    """(metric, {label: value}) of each selector."""
    for name, inside in re.findall(r"\b((?:batchslo|process)_\w+)(?:\{([^}]*)\})?", expression):
        yield name, dict(re.findall(r'(\w+)=~?"([^"]*)"', inside))


def grouped(expression):
    """The labels that it aggregates or matches by."""
    for inside in re.findall(r"\b(?:by|without|on|ignoring|group_left)\s*\(([^)]*)\)", expression):
        yield from filter(None, re.split(r"[,\s]+", inside))


def addresses(node):
    """Every address of a link below."""
    if isinstance(node, dict):
        yield from [node["url"]] if "url" in node and "title" in node else []
        for child in node.values():
            yield from addresses(child)
    elif isinstance(node, list):
        for child in node:
            yield from addresses(child)


def every_panel():
    """(where, panel)"""
    for name, board in BOARDS.items():
        for panel in panels(board):
            yield "%s: %s" % (name, panel["title"]), panel


class Boards(unittest.TestCase):
    def test_they_are_what_their_sources_make(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([sys.executable, FOLDER / "generate", folder], check=True)
            for name in BOARDS:
                self.assertEqual((Path(folder) / (name + ".json")).read_text(), (FOLDER / (name + ".json")).read_text(), "run dashboards/generate")
            self.assertEqual({path.stem for path in Path(folder).iterdir()}, set(BOARDS))

    def test_the_frame_is_that_of_a_shipped_board(self):
        self.assertEqual(set(BOARDS), {"batchslo-fleet", "batchslo-job", "batchslo-exporter"})
        for name, board in BOARDS.items():
            self.assertEqual((board["uid"], board["schemaVersion"], board["refresh"], board["graphTooltip"], board["tags"]), (name, 42, "1m", 1, ["batchslo_exporter"]))
            self.assertNotIn("id", board)
            self.assertNotIn("__inputs", board)
            self.assertTrue(board["description"])
            link, = board["links"]
            self.assertEqual((link["type"], link["tags"], link["keepTime"], link["includeVars"]), ("dashboards", board["tags"], True, True))
            source, = (v for v in board["templating"]["list"] if v["name"] == "datasource")
            self.assertEqual((source["type"], source["query"]), ("datasource", "prometheus"))

    def test_ids_are_unique_and_panels_do_not_overlap(self):
        for name, board in BOARDS.items():
            every = [*board["panels"], *(p for row in board["panels"] for p in row.get("panels", []))]
            ids = [panel["id"] for panel in every]
            titles = [panel["title"] for panel in panels(board)]
            self.assertEqual((len(ids), len(titles)), (len(set(ids)), len(set(titles))), name)
            cells = [(x, y) for panel in every for at in [panel["gridPos"]] for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])]
            self.assertEqual(len(cells), len(set(cells)), name)
            self.assertLess(max(x for x, _ in cells), 24, name)

    def test_every_panel_says_what_it_is_and_what_no_data_means(self):
        for where, panel in every_panel():
            defaults = panel["fieldConfig"]["defaults"]
            self.assertTrue(panel["title"], where)
            self.assertGreater(len(panel["description"]), 7, where)
            self.assertGreater(len(defaults["noValue"]), 12, where)
            self.assertIn(defaults["unit"], UNITS, where)
            for override in panel["fieldConfig"]["overrides"]:
                for one in override["properties"]:
                    self.assertTrue(one["id"] != "unit" or one["value"] in UNITS, where)

    def test_the_data_source_is_the_one_that_is_chosen(self):
        for where, panel in every_panel():
            for node in [panel, *panel["targets"]]:
                self.assertEqual(node["datasource"], {"type": "prometheus", "uid": "${datasource}"}, where)
        for board in BOARDS.values():
            for node in board["templating"]["list"] + board["annotations"]["list"]:
                if node.get("type") != "dashboard" and "datasource" in node:
                    self.assertEqual(node["datasource"]["uid"], "${datasource}")

    def test_a_colour_never_stands_alone(self):
        for where, panel in every_panel():
            properties = [p for override in panel["fieldConfig"]["overrides"] for p in override["properties"]]
            for mappings in [panel["fieldConfig"]["defaults"]["mappings"]] + [p["value"] for p in properties if p["id"] == "mappings"]:
                for mapping in mappings:
                    for result in mapping["options"].values() if mapping["type"] == "value" else [mapping["options"]["result"]]:
                        self.assertTrue(result["text"], where)

    def test_states_are_those_of_the_exporter_everywhere(self):
        names = ["missed", "unknown", "gone", "paused", "pending", "met"]
        for where, panel in every_panel():
            for target in panel["targets"]:
                said = re.findall(r'batchslo_job_state\{[^}]*\bstate=~?"([a-z|]+)"', target["expr"])
                self.assertLessEqual({state for some in said for state in some.split("|")}, set(names), where)

    def test_variables_are_declared_and_used(self):
        for name, board in BOARDS.items():
            declared = {variable["name"] for variable in board["templating"]["list"]}
            texts = json.dumps([board["panels"], board["annotations"], [v.get("definition", "") for v in board["templating"]["list"]]])
            used = set(re.findall(r"\$\{?(\w+)", texts))
            self.assertEqual(used - BUILTIN, declared, name)

    def test_nothing_of_one_installation_is_in_a_query(self):
        for name, board in BOARDS.items():
            for where, expression in expressions(board):
                for metric, labels in selectors(expression):
                    with self.subTest(board=name, where=where, metric=metric):
                        self.assertEqual(labels.get("job"), "$job")
                        self.assertTrue(set(labels) & {"instance", "pod", "namespace"} == set(), labels)
                        self.assertIn(labels.get("job_name", "$job_name"), ["$job_name"])

    def test_replicas_do_not_count_twice(self):
        """What tells of a job or a source loses the scrape's own labels before anything is shown, except on the exporter's board."""
        for name in ("batchslo-fleet", "batchslo-job"):
            for where, expression in expressions(BOARDS[name]):
                bare = re.sub(r" (?:and|unless) on \([^)]*\) (?:\(?batchslo_\w+\{[^}]*\}(?: @ end\(\)\)| offset \$__interval)?)", "", expression)
                bare = re.sub(r"0 \* count\([^)]*\)", "", bare)
                for at in (m.start() for m in re.finditer(r"batchslo_\w+\{", bare)):
                    self.assertIn("without (instance, pod, endpoint, container", bare[:at], "%s: %s" % (where, expression))

    def test_rates_fit_the_resolution(self):
        for name, board in BOARDS.items():
            for where, expression in expressions(board):
                for window in re.findall(r"\[([^\]]+)\]", expression):
                    self.assertIn(window, ["$__rate_interval", "$__range"], where)
                for function, metric in re.findall(r"\b(rate|increase|irate|delta)\((\w+)", expression):
                    self.assertRegex(metric, "_total$|_bucket$", where)
                self.assertEqual(re.findall(r"(?<!rate\()(?<!increase\()\b\w+_total\{", expression), [], where)

    def test_links_lead_to_boards_that_are_there(self):
        found = 0
        for name, board in BOARDS.items():
            for address in addresses(board["panels"]):
                self.assertRegex(address, r"^(/d/|\$\{exporter\}/|\$\{__value\.raw\}$)")
                if address.startswith("/d/"):
                    found += 1
                    target = BOARDS[re.match("/d/([^?]+)", address)[1]]
                    declared = {variable["name"] for variable in target["templating"]["list"]}
                    carried = {a or b for a, b in re.findall(r"var-(\w+)=|\$\{(\w+):queryparam\}", address)}
                    self.assertLessEqual(carried, declared)
                    self.assertIn("${__url_time_range}", address)
        self.assertGreaterEqual(found, 2)

    def test_every_metric_and_label_is_one_of_the_page(self):
        seen = set()
        for name, board in BOARDS.items():
            for where, expression in expressions(board):
                metrics = list(selectors(expression))
                self.assertTrue(metrics, where)
                known = set().union(*(METRICS.get(metric, set()) for metric, _ in metrics)) | SCRAPE
                for metric, labels in metrics:
                    self.assertIn(metric, METRICS, where)
                    self.assertLessEqual(set(labels) - {"job"}, METRICS[metric], where)
                    seen.add(metric)
                self.assertLessEqual(set(grouped(expression)), known, where)
            for panel in panels(board):
                known = set().union(*(METRICS[metric] for target in panel["targets"] for metric, _ in selectors(target["expr"]))) | SCRAPE
                self.assertLessEqual(own_labels(panel), known, panel["title"])
        self.assertEqual(set(METRICS) - seen, set(LEFT_OUT))


class Provisioning(unittest.TestCase):
    def test_it_names_what_is_installed(self):
        provider, = yaml.safe_load((FOLDER / "provisioning" / "dashboards" / "batchslo.yml").read_text())["providers"]
        self.assertEqual(provider["options"]["path"], "/usr/local/share/batchslo_exporter/dashboards")
        self.assertIn("install(DIRECTORY dashboards/ DESTINATION ${CMAKE_INSTALL_DATADIR}/batchslo_exporter/dashboards", (ROOT / "CMakeLists.txt").read_text())

    def test_the_data_source_is_of_the_kind_that_the_boards_ask_for(self):
        source, = yaml.safe_load((FOLDER / "provisioning" / "datasources" / "batchslo.yml").read_text())["datasources"]
        self.assertEqual((source["type"], source["access"]), ("prometheus", "proxy"))


if __name__ == "__main__":
    unittest.main()
