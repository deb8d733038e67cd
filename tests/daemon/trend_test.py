#!/usr/bin/env python3
"""What is to be expected of jobs, with --collector.trend, in the real binary: at risk by what runs take, a miss by the trend of margins."""
import json
import os
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from case import PUSH, TOKEN, DaemonTest  # noqa: E402
from harness import run  # noqa: E402

HOUR, DAY = 3600, 86400
DUE = {"job_name": "train", "objective": "by"}


def stamp(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


class Trend(DaemonTest):
    def setUp(self):
        super().setUp()
        self.due = (int(time.time()) // 60 + 45) * 60  # in 44 to 45 minutes; runs of 29 nights took from one hour on, each three minutes longer
        facts = []
        for night in range(29):
            began = self.due - DAY * (29 - night) - 3 * HOUR
            ended = began + HOUR + 180 * night
            facts.append({"fact": "run", "source": "push", "job": "train", "run_id": "n%d" % night, "outcome": "succeeded", "started_at": stamp(began), "finished_at": stamp(ended), "observed_at": stamp(ended)})
        self.store = "sqlite://" + self.path("ledger.db")
        code, _, err = run("ledger", "import", "--store=" + self.store, self.write("facts.jsonl", "".join(json.dumps(fact) + "\n" for fact in facts)))
        self.assertEqual(code, 0, err)

    def start(self, *flags):
        jobs = 'jobs:\n  train: {runs: {source: push}, by: "%s", since: 4h}\n' % stamp(self.due)[11:16]
        return self.daemon(PUSH + jobs, "--evaluation.interval=200ms", *flags, store=self.store)

    def objective(self, daemon):
        return daemon.request("/api/v1/jobs/train").json["data"]["objectives"][0]

    def test_a_job_is_at_risk_until_it_succeeds(self):
        daemon = self.start("--collector.trend")
        daemon.wait_for(lambda: daemon.value("batchslo_job_at_risk", **DUE) == 1)
        self.assertIn("at risk: no run is going, usually takes up to 2 h (p95), due ", daemon.request("/jobs/train").text)
        daemon.push("train", TOKEN, status="start", run_id="now")
        daemon.wait_for(lambda: "at risk: began " in daemon.request("/jobs/train").text)
        self.assertIn(">at risk</span>", daemon.request("/").text)
        self.assertTrue(self.objective(daemon)["at_risk"])
        self.assertEqual(self.objective(daemon)["runtime_p95_seconds"], HOUR + 180 * 27)
        daemon.push("train", TOKEN, status="success", run_id="now")
        daemon.wait_for(lambda: daemon.value("batchslo_job_at_risk", **DUE) == 0)

    def test_a_miss_is_predicted(self):
        daemon = self.start("--collector.trend")
        daemon.wait_for(lambda: daemon.value("batchslo_job_predicted_miss_timestamp_seconds", **DUE))
        # The newest margin is 36 minutes, a day ago.
        self.assertAlmostEqual(daemon.value("batchslo_job_predicted_miss_timestamp_seconds", **DUE), self.due - DAY + 12 * DAY, delta=HOUR)
        self.assertAlmostEqual(daemon.value("batchslo_job_margin_trend_ratio", **DUE), 180 / DAY, places=6)
        self.assertIn("the margin shrinks by 3 min a day: a miss is predicted for about " + stamp(self.due + 11 * DAY)[:10], daemon.request("/jobs/train").text)
        daemon.stop()
        daemon.start()
        daemon.wait_for(lambda: daemon.value("batchslo_job_predicted_miss_timestamp_seconds", **DUE))

    def test_it_is_off_by_default_but_explained(self):
        daemon = self.start()
        daemon.wait_for(lambda: daemon.value("batchslo_job_windows_total", **DUE) is not None)
        self.assertIsNone(daemon.value("batchslo_job_at_risk", **DUE))
        self.assertEqual({name: self.objective(daemon)[name] for name in ("at_risk", "margin_trend_ratio", "predicted_miss")}, {"at_risk": None, "margin_trend_ratio": None, "predicted_miss": None})

        def text():
            return daemon.request("/api/v1/explain/train").json["data"]["text"]
        daemon.wait_for(lambda: "Expected: at risk: no run is going, 95% of its runs take 2h21m at most" in text())
        self.assertIn("Expected: its margin shrinks by 3m a day", text())


if __name__ == "__main__":
    unittest.main()
