#!/usr/bin/env python3
"""The real binary: `check sources` says what is wrong with each kind of source, and what to paste."""
import json
import os
import re
import unittest

from servers import EVERYTHING, Cluster, Google, cron_job, kubeconfig
from source_case import SourceCase


class Sql(SourceCase):
    CONFIG = "sources: {db: {sql: {url: '%s', updated_at: loaded_at}}}\njobs: {a: {output: db/items, within: 1h}%s}\n"

    def test_all_good_is_exit_0(self):
        url = self.database("create table items (loaded_at text)")
        code, out, err = self.check(self.CONFIG % (url, ""))
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(out, "db (sql): good\n  ok       log in at %s\n  ok       open a session that can only read\n"
                              "  ok       read loaded_at of items\n\n1 source, all good\n" % url)

    def test_a_column_and_a_table_that_are_not_there(self):
        url = self.database("create table items (n)")
        code, out, _ = self.check(self.CONFIG % (url, ", b: {output: db/none, within: 1h}"))
        self.assertEqual(code, 1)
        self.assertRegex(out, r"db \(sql\): 2 of 4 checks failed\n")
        self.assertRegex(out, r"FAILED   read loaded_at of items\n +.*no such column: t.loaded_at\n +it turns on: output items of a\n")
        self.assertRegex(out, r"FAILED   read loaded_at of none\n +.*no such table: none\n")

    def test_a_query_is_understood_and_not_run(self):
        url = self.database("create table items (loaded_at text)")
        query = ", b: {outputs: {o: {source: db, query: 'SELECT max(loaded_at) AS %s FROM items'}}, within: 1h}"
        self.assertEqual(self.check(self.CONFIG % (url, query % "updated_at"))[0], 0)
        code, out, _ = self.check(self.CONFIG % (url, query % "at"))
        self.assertEqual(code, 1)
        self.assertRegex(out, r"FAILED   run the query of b/o\n +the query gives no column updated_at; write")

    def test_a_file_that_is_not_there_ends_it(self):
        code, out, _ = self.check(self.CONFIG % ("sqlite://" + self.path("none.db"), ""))
        self.assertEqual((code, out.count("FAILED")), (1, 1))
        self.assertIn("there is no such file", out)

    def test_a_server_that_is_not_there_and_a_secret_that_is_not_there(self):
        config = "sources: {db: {sql: {url: 'postgresql://slo@127.0.0.1:1/x', password: {env: %s}}}}\n"
        self.assertRegex(self.check(config % "DB_PASSWORD")[1], r"FAILED   log in at postgresql://slo@127.0.0.1:1/x\n.*127.0.0.1")
        self.assertIn("the environment has no NOT_THERE", self.check(config % "NOT_THERE")[1])


class Files(SourceCase):
    CONFIG = "sources: {lake: {files: {root: '%s'}}}\njobs: {a: {output: 'lake/in/*.csv', within: 1h}}\n"

    def test_matches_are_counted(self):
        for name in ("in/a.csv", "in/b.csv", "in/c.txt"):
            self.write(name)
        code, out, _ = self.check(self.CONFIG % self.folder)
        self.assertEqual(code, 0)
        self.assertRegex(out, r"ok       find in/\*\.csv\n +2 files, the newest of 20")

    def test_no_match_is_a_question_and_no_failure(self):
        os.mkdir(self.path("in"))
        code, out, _ = self.check(self.CONFIG % self.folder)
        self.assertEqual(code, 0)
        self.assertRegex(out, r"unknown  find in/\*\.csv\n +nothing matches: it never moved; is the path right\?")

    def test_a_directory_that_is_not_there(self):
        code, out, _ = self.check(self.CONFIG % self.path("none"))
        self.assertEqual(code, 1)
        self.assertRegex(out, r"FAILED   find in/\*\.csv\n +%s is not there\n(.*\n)* +namei -l '%s'" % ((re.escape(self.path("none/in")),) * 2))

    @unittest.skipIf(os.geteuid() == 0, "root may read everything")
    def test_a_directory_that_may_not_be_read(self):
        os.mkdir(self.path("in"), 0)
        code, out, _ = self.check(self.CONFIG % self.folder)
        self.assertEqual(code, 1)
        self.assertIn("setfacl -m u:", out)


class Heartbeat(SourceCase):
    CONFIG = "sources: {push: {heartbeat: {token: {file: '%s'}}}}\njobs: {a: {runs: {source: push}, within: 1h}}\n"

    def test_a_good_token_and_where_it_can_be_reached(self):
        config = self.CONFIG % self.write("token", "canary-0123456789\n")
        code, out, _ = self.check(config)
        self.assertEqual(code, 0)
        self.assertRegex(out, r"listen at 127.0.0.1:10510\n +only jobs of this machine reach it")
        self.assertIn("jobs of other machines reach it", self.check(config, "--web.listen-address=:10510")[1])

    def test_a_short_token_and_none(self):
        code, out, _ = self.check(self.CONFIG % self.write("token", "canary-short\n"))
        self.assertEqual(code, 1)
        self.assertRegex(out, r"FAILED   read the token from \S+\n +it is shorter than 16 bytes \(128 bits\)(.*\n)+ +\(umask 077; openssl rand -hex 16 >")
        self.assertIn("can't be read", self.check(self.CONFIG % self.path("none"))[1])

    def test_without_jobs_it_says_what_to_write(self):
        code, out, _ = self.check("sources: {push: {heartbeat: {token: {env: HEARTBEAT_TOKEN}}}}\n")
        self.assertEqual(code, 0)
        self.assertIn("backup: {runs: {source: push}, within: 26h}", out)


class Kubernetes(SourceCase):
    CONFIG = "sources: {k8s: {kubernetes: {kubeconfig: '%s'%s}}}\n"

    def cluster(self, may, **more):
        cluster = self.serve(Cluster(may, **more))
        self.write("kubeconfig", kubeconfig(cluster.url))
        return cluster

    def config(self, more=""):
        return self.CONFIG % (self.path("kubeconfig"), more)

    def test_all_good_without_a_configuration(self):
        cluster = self.cluster(EVERYTHING)
        code, out, err = self.run_it("check", "sources", "--kubeconfig=" + self.path("kubeconfig"))
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(out, "kubernetes (kubernetes): good\n  ok       log in at %s\n           Kubernetes v1.36.3\n"
                              "  ok       list and watch cronjobs in all namespaces\n  ok       list and watch jobs in all namespaces\n"
                              "  ok       list pods in all namespaces\n  ok       list events in all namespaces\n\n1 source, all good\n" % cluster.url)
        self.assertEqual(len(cluster.asked), 7)
        self.assertFalse([path for _, path, _ in cluster.asked if "watch=" in path])

    def test_each_missing_right_is_a_rule_to_paste(self):
        self.cluster(EVERYTHING - {("list", "jobs", ""), ("watch", "jobs", ""), ("watch", "cronjobs", "")})
        code, out, _ = self.check(self.config())
        self.assertEqual(code, 1)
        self.assertIn("k8s (kubernetes): 2 of 5 checks failed\n", out)
        self.assertIn("it may list, but not watch\n", out)
        self.assertIn("             # rules of its ClusterRole:\n             - {apiGroups: [batch], resources: [cronjobs], verbs: [watch]}\n", out)
        self.assertIn("             - {apiGroups: [batch], resources: [jobs], verbs: [list, watch]}\n", out)
        self.assertRegex(out, r'403: .*User "reader" cannot list')
        self.assertIn("it turns on: when runs started, and how they ended\n", out)

    def test_what_only_tells_why_runs_failed_is_no_failure(self):
        self.cluster(EVERYTHING - {("list", "pods", ""), ("list", "events", ""), ("get", "pods", "")})
        code, out, _ = self.check(self.config())
        self.assertEqual(code, 0, out)
        self.assertRegex(out, r"unknown  list pods in all namespaces\n +it may not; failures are shown without it\n +it turns on: why runs failed")
        self.assertIn('             - {apiGroups: [""], resources: [events], verbs: [list]}\n', out)
        self.assertNotIn("pods/log", out)

    def test_a_log_that_is_wanted_and_may_not_be_read_is_one(self):
        self.cluster(EVERYTHING - {("get", "pods", "")})
        code, out, _ = self.check(self.config(", logs: on_failure"))
        self.assertEqual(code, 1)
        self.assertRegex(out, r"FAILED   get pods/log in all namespaces\n")
        self.assertIn('             - {apiGroups: [""], resources: [pods/log], verbs: [get]}\n', out)

    def test_namespaces_are_told_apart(self):
        may = {(verb, kind, "a") for verb in ("list", "watch") for kind in ("cronjobs", "jobs")}
        self.cluster(may, cron_jobs={"a": [cron_job("a", "x", "@daily")]})
        code, out, _ = self.check(self.config(", namespaces: [a, b]"))
        self.assertEqual(code, 1)
        self.assertIn("ok       list and watch cronjobs in namespace a\n", out)
        self.assertRegex(out, r"unknown  see namespace a\n +403: .*it goes without")
        self.assertIn("# rules of its Role in namespace b:\n", out)
        self.assertRegex(out, r"FAILED   see namespace b\n")
        self.assertIn('- {apiGroups: [""], resources: [namespaces], verbs: [get]}', out)

    def test_refused_credentials_end_it(self):
        self.cluster(EVERYTHING, version=(401, {"message": "Unauthorized"}))
        code, out, _ = self.check(self.config())
        self.assertEqual((code, out.count("FAILED")), (1, 1))
        self.assertIn("401: the credentials were refused", out)

    def test_outside_of_a_cluster_without_a_kubeconfig(self):
        code, out, _ = self.run_it("check", "sources")
        self.assertEqual(code, 1)
        self.assertIn("give a kubeconfig: --kubeconfig=FILE", out)


class BigQuery(SourceCase):
    JOBS = "jobs: {a: {output: dwh/mart.items, within: 1h}, b: {outputs: {o: {source: dwh, query: 'SELECT max(t) AS updated_at FROM mart.items'}}, within: 1h}}\n"

    def config(self, google, more=""):
        return "sources: {dwh: {bigquery: {project: p, endpoint: '%s', credentials: {file: '%s'}%s}}}\n%s" % (google.url, self.write("google.json", google.credentials()), more, self.JOBS)

    def test_all_good_costs_nothing(self):
        google = self.serve(Google({"mart.items": {}}))
        code, out, _ = self.check(self.config(google))
        self.assertEqual(code, 0, out)
        self.assertRegex(out, r"ok       dry-run the query of b/o\n +it would read 1234 bytes")
        self.assertTrue(all(body["dryRun"] for _, path, body in google.asked if path.endswith("/queries")))
        self.assertEqual(len(google.asked), 4)  # a token, a table, the dry runs of a query and of the partitions

    def test_each_missing_right_is_a_command_to_paste(self):
        google = self.serve(Google({"mart.items": {}}, refused=["/items", "/queries"]))
        code, out, _ = self.check(self.config(google))
        self.assertEqual(code, 1)
        self.assertIn("GRANT `roles/bigquery.metadataViewer` ON SCHEMA `p`.mart TO", out)
        self.assertIn("gcloud projects add-iam-policy-binding p --member serviceAccount:", out)
        self.assertIn("--role roles/bigquery.jobUser", out)

    def test_a_view_and_a_table_that_is_not_there(self):
        google = self.serve(Google({"mart.items": {"type": "VIEW"}}))
        code, out, _ = self.check(self.config(google))
        self.assertEqual(code, 1)
        self.assertIn("it is a view", out)
        google.tables.clear()
        code, out, _ = self.check(self.config(google))
        self.assertEqual(code, 0)
        self.assertRegex(out, r"unknown  look at mart.items\n +it is not there: it never moved; is its name right\?")


class All(SourceCase):
    CONFIG = "sources:\n  good: {files: {root: '%s'}}\n  bad: {files: {root: /nowhere/at/all}}\n"

    def test_the_worst_come_first_and_names_choose(self):
        config = self.CONFIG % self.folder
        code, out, _ = self.check(config)
        self.assertEqual(code, 1)
        self.assertLess(out.index("bad (files)"), out.index("good (files)"))
        self.assertTrue(out.endswith("2 sources, 1 with something to mend\n"))
        self.assertEqual(self.check(config, "good")[0], 0)

    def test_json_says_the_same(self):
        code, out, _ = self.check(self.CONFIG % self.folder, "--output=json")
        told = json.loads(out)
        self.assertEqual((code, told["good"], [s["good"] for s in told["sources"]]), (1, False, [False, True]))
        self.assertEqual(set(told["sources"][0]["checks"][0]), {"tried", "result", "feature", "message", "remedy"})
        self.assertEqual(told["sources"][0]["checks"][0]["result"], "failed")

    def test_what_is_not_good_to_begin_with_is_exit_2(self):
        for config, flags, what in [("{}", (), "names none"), (self.CONFIG % "x", (), "root"), (self.CONFIG % "/x", ("goood",), 'did you mean "good"'),
                                    (self.CONFIG % "/x", ("--timeout=soon",), "a duration")]:
            code, out, err = self.check(config, *flags)
            self.assertEqual((code, out), (2, ""), config)
            self.assertIn(what, err)


if __name__ == "__main__":
    unittest.main()
