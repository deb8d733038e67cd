#!/usr/bin/env python3
"""A real Prometheus that holds six hours of a fleet answers every query of the boards, with the labels that panels show."""
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "common"), str(HERE.parent / "prometheus"), str(HERE.parents[1] / "dashboards")]
import fleet  # noqa: E402
from boards import BOARDS, expressions, filled, own_labels, panels  # noqa: E402
from peer import main, missing  # noqa: E402
from server import Prometheus  # noqa: E402

JOBS = [job.name for job in fleet.JOBS]
# Of a job that is well, has no outputs and does not run now; what they say instead is their noValue.
EMPTY_IN_HEALTH = {"Running for", "The newest failure", "Age of outputs", "Rows of outputs", "Checks of outputs", "Values of checks"}


class Queries(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.prometheus = Prometheus({}, history=fleet.openmetrics())

    @classmethod
    def tearDownClass(cls):
        cls.prometheus.remove()

    def series(self, target, **values):
        """The labels of each series that the panel gets."""
        expression = filled(target["expr"], **values)
        if target["instant"]:
            return [labels for labels, _ in self.at_the_end(expression)]
        asked = {"query": expression, "start": fleet.END - fleet.MINUTES * 60, "end": fleet.END, "step": 60}
        return [item["metric"] for item in self.prometheus.ask("/api/v1/query_range", **asked)["result"]]

    def at_the_end(self, expression):
        return self.prometheus.query(expression, time=fleet.END)

    def values(self, board, title, number=0, **values):
        panel, = (panel for panel in panels(BOARDS[board]) if panel["title"] == title)
        return self.at_the_end(filled(panel["targets"][number]["expr"], **values))

    def test_every_query_is_promql(self):
        for name, board in BOARDS.items():
            for where, expression in expressions(board):
                self.assertTrue(self.prometheus.ask("/api/v1/format_query", query=filled(expression, job_name="mart/items")), (name, where))

    def test_every_query_of_the_fleet_and_the_exporter_gives_data_with_the_labels_shown(self):
        for name in ("batchslo-fleet", "batchslo-exporter"):
            for panel in panels(BOARDS[name]):
                labels = set()
                for target in panel["targets"]:
                    got = self.series(target)
                    self.assertTrue(got, "%s: %s, %s: %s" % (name, panel["title"], target["refId"], filled(target["expr"])))
                    labels |= set().union(*got)
                self.assertLessEqual(own_labels(panel), labels, "%s: %s" % (name, panel["title"]))

    def test_every_query_of_a_job_gives_data_for_some_job(self):
        for panel in panels(BOARDS["batchslo-job"]):
            labels = set()
            for target in panel["targets"]:
                got = [one for job in JOBS for one in self.series(target, job_name=job)]
                self.assertTrue(got, "%s, %s" % (panel["title"], target["refId"]))
                labels |= set().union(*got)
            self.assertLessEqual(own_labels(panel), labels, panel["title"])

    def test_the_board_of_a_job_that_is_well_is_full(self):
        empty = {panel["title"] for panel in panels(BOARDS["batchslo-job"]) if not any(self.series(target, job_name="crm/scores") for target in panel["targets"])}
        self.assertEqual(empty, EMPTY_IN_HEALTH)

    def test_variables_find_what_they_offer(self):
        for name, board in BOARDS.items():
            for variable in board["templating"]["list"]:
                if variable["type"] == "query":
                    selector, label = variable["query"]["query"].removeprefix("label_values(").removesuffix(")").rsplit(", ", 1)
                    found = self.prometheus.ask("/api/v1/label/%s/values" % label, **{"match[]": filled(selector), "start": fleet.END - 3600, "end": fleet.END})
                    self.assertEqual(len(found), {"job": 1, "team": len({job.team for job in fleet.JOBS}), "job_name": len(JOBS)}[variable["name"]], (name, variable["name"]))

    def test_two_replicas_are_one_job(self):
        for panel in panels(BOARDS["batchslo-fleet"]):
            if panel["title"] in ("Jobs, worst first", "States over time", "Sources"):
                for target in panel["targets"]:
                    rows = [(one.get("job_name"), one.get("source")) for one in self.series(target)]
                    self.assertEqual(len(rows), len(set(rows)), (panel["title"], target["refId"]))

    def test_a_job_has_one_row_with_its_state(self):
        states = {labels["job_name"]: value for labels, value in self.values("batchslo-fleet", "Jobs, worst first")}
        self.assertEqual(states, {job.name: {"missed": 6, "unknown": 5, "gone": 4, "paused": 3, "pending": 2, "met": 1}[job.state(0)] for job in fleet.JOBS})

    def test_tiles_count_the_jobs_of_the_team(self):
        def count(state, **values):
            return [value for _, value in self.values("batchslo-fleet", state.capitalize(), **values)]
        for state in fleet.NAMES:
            for values, jobs in (({}, fleet.JOBS), ({"team": "(ads|finance)"}, [job for job in fleet.JOBS if job.team in ("ads", "finance")])):
                self.assertEqual(count(state, **values), [sum(job.state(0) == state for job in jobs)], (state, values))
        self.assertEqual(count("missed", job="another"), [], "no data is no 0")
        self.assertEqual([value for _, value in self.values("batchslo-fleet", "Sources down")], [1])
        self.assertEqual([value for _, value in self.values("batchslo-fleet", "Unproven")], [1])

    def test_the_table_shows_only_what_is_chosen(self):
        for number in range(7):
            rows = {labels["job_name"] for labels, _ in self.values("batchslo-fleet", "Jobs, worst first", number, state="(missed|gone)", team="(data|crm)")}
            self.assertEqual(rows, {"mart/orders"}, number)

    def test_what_is_due_next_is_what_is_owed(self):
        """Replicas: the later one's window, for the other has not closed it yet."""
        due = {labels["job_name"]: value / 1000 for labels, value in self.values("batchslo-fleet", "Next due")}
        self.assertEqual(set(due), {job.name for job in fleet.JOBS if job.state(0) not in ("paused", "gone")})
        self.assertGreater(min(due.values()), fleet.END)
        self.assertEqual({labels["job_name"]: value / 1000 for labels, value in self.values("batchslo-fleet", "Jobs, worst first", 3)}, due)

    def test_the_timeline_begins_with_what_is_missed_now(self):
        panel, = (panel for panel in panels(BOARDS["batchslo-fleet"]) if panel["title"] == "States over time")
        groups = [[labels["job_name"] for labels in self.series(target)] for target in panel["targets"]]
        self.assertEqual([groups[0], sorted(groups[1])], [["mart/orders"], ["ads/import", "geo/sync", "old/export"]])
        self.assertEqual(sorted(sum(groups, [])), sorted(JOBS))

    def test_the_marks_stand_where_jobs_flip(self):
        found = {}
        for mark in BOARDS["batchslo-fleet"]["annotations"]["list"][1:]:
            asked = {"query": filled(mark["expr"]), "start": fleet.END - fleet.MINUTES * 60, "end": fleet.END, "step": 60}
            found[mark["name"]] = {item["metric"]["job_name"]: [int(fleet.END - at) // 60 for at, _ in item["values"]] for item in self.prometheus.ask("/api/v1/query_range", **asked)["result"]}
        # Stored samples have no marks of staleness: for five minutes more Prometheus believes the last one, which the later replica told.
        self.assertEqual(found, {"Missed": {"mart/orders": [42], "mail/digest": [280]}, "Met again": {"mail/digest": [234]}})

    def test_verdicts_of_objectives_are_told_apart(self):
        def verdict(job):
            return [value for _, value in self.values("batchslo-job", "Objectives", job_name=job)]
        self.assertEqual([verdict(job) for job in ("mart/items", "mart/orders", "ads/import", "reports/monthly")], [[1], [6], [5], [0]])


if __name__ == "__main__":
    absent = missing("prometheus", "promtool")
    if absent:
        print("SKIP boards-prometheus: %s is not installed (scripts/install --tests)" % " and ".join(absent))
        sys.exit(0)
    probe = Prometheus({})
    version = probe.version()
    probe.remove()
    main("boards-prometheus", version)
