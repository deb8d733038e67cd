#!/usr/bin/env python3
"""config/kubernetes on a real API server that enforces the restricted pod security: what is rendered is taken, and the daemon
sees what it should with the service account's own token, which may do just what is listed here."""
import json
import os
import subprocess
import sys
import urllib.error
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "common")]
import yaml  # noqa: E402
from access import account_token, in_pod  # noqa: E402
from control_plane import ApiServer, build  # noqa: E402
from peer import PeerTest, main  # noqa: E402
from runner import lacks  # noqa: E402
from story import K, NEVER  # noqa: E402

ROOT = HERE.parents[2]
KUBERNETES = ROOT / "config" / "kubernetes"
HOME = "monitoring"
RIGHTS = "/apis/rbac.authorization.k8s.io/v1"
WATCHED, OTHER = ("recommend", "search"), "elsewhere"
BATCH = {(verb, resource + ".batch") for verb in ("list", "watch") for resource in ("cronjobs", "jobs")}
FAILURES = {("list", "pods"), ("list", "events"), ("get", "pods/log")}


def kubectl(*arguments):
    done = subprocess.run([str(build("kubectl") / "kubectl"), "--kubeconfig=" + K.kubeconfig, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return done


def may_do(namespace, token):
    """{(verb, resource.group)} by the server's own word, with what everybody may."""
    body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectRulesReview", "spec": {"namespace": namespace}}
    status = K.request("POST", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", body, token=token)["status"]
    assert not status["incomplete"], status
    return {(verb, resource + ("." + group if group else "")) for rule in status["resourceRules"]
            for verb in rule["verbs"] for group in rule["apiGroups"] for resource in rule["resources"]}


def gone(path):
    try:
        K.request("DELETE", path)
    except urllib.error.HTTPError as fault:
        if fault.code != 404:
            raise


class Deployment(PeerTest):
    @classmethod
    def setUpClass(cls):
        restricted = {"pod-security.kubernetes.io/" + mode: "restricted" for mode in ("enforce", "warn")}
        for name in (HOME, *WATCHED, OTHER):
            K.request("POST", "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": restricted}})
            if name != HOME:
                K.cronjob(name, "job", schedule=NEVER)
        K.request("POST", "/api/v1/namespaces/%s/serviceaccounts" % HOME, {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "nobody"}})

    def setUp(self):
        super().setUp()
        for path in (RIGHTS + "/clusterroles", RIGHTS + "/clusterrolebindings", *(RIGHTS + "/namespaces/%s/%s" % (ns, kind) for ns in WATCHED for kind in ("roles", "rolebindings"))):
            gone(path + "/batchslo-exporter")

    def path(self, name):
        return os.path.join(self.folder, name)

    def apply(self, variant, *components):
        """Renders as a user's own kustomization does, and applies it. Gives the objects by kind."""
        where = [os.path.relpath(KUBERNETES / name, os.path.realpath(self.folder)) for name in (variant, *("components/" + name for name in components))]
        self.write("kustomization.yaml", json.dumps({"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", "resources": where[:1], "components": where[1:]}))
        rendered = self.write("all.yaml", kubectl("kustomize", self.folder).stdout)
        done = kubectl("apply", "-f", rendered)
        self.assertNotIn("Warning", done.stderr)
        self.assertEqual(done.stderr, "")
        return list(yaml.safe_load_all(Path(rendered).read_text()))

    def one(self, objects, kind):
        found = [each for each in objects if each["kind"] == kind and each["metadata"]["name"] == "batchslo-exporter"]
        self.assertEqual(len(found), 1, kind)
        return found[0]

    def token(self):
        return account_token(HOME, "batchslo-exporter")

    def rights(self, namespace):
        return may_do(namespace, self.token()) - may_do(namespace, account_token(HOME, "nobody"))

    def in_the_pod(self, objects):
        """The daemon with the account, the configuration and the flags that the Deployment gives it."""
        os.makedirs(self.path("account"))
        for name, text in (("token", self.token()), ("namespace", HOME), ("ca.crt", Path(K.ca).read_text())):
            Path(self.path("account"), name).write_text(text)
        container = self.one(objects, "Deployment")["spec"]["template"]["spec"]["containers"][0]
        flags = [flag for flag in container["args"] if not flag.startswith(("--config.file=", "--web.listen-address="))]
        self.assertEqual(len(flags), len(container["args"]) - 2, "the harness gives these two")
        env = {"KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": str(K.ports["api"])}
        self.ends = self  # of which in_pod wants `callback`
        self.callback = self.addCleanup
        daemon = in_pod(self)(self.one(objects, "ConfigMap")["data"]["batchslo.yml"], self.folder, *flags, env=env)
        self.addCleanup(daemon.__exit__)
        daemon.wait_for(lambda: daemon.value("batchslo_source_complete") == 1, "the source is complete")
        self.assertEqual(daemon.request("/-/ready").status, 200)
        return daemon

    def jobs(self, daemon):
        return sorted(job["job"] for job in daemon.request("/api/v1/jobs").json["data"])

    def pod(self, objects, **container):
        """Whether the server takes a pod of the Deployment: 201, or why not."""
        template = json.loads(json.dumps(self.one(objects, "Deployment")["spec"]["template"]))
        template["spec"]["containers"][0]["securityContext"].update(container)
        body = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p-" + str(len(container)), **template["metadata"]}, "spec": template["spec"]}
        try:
            K.request("POST", "/api/v1/namespaces/%s/pods" % HOME, body)
            return 201
        except urllib.error.HTTPError as fault:
            return fault.read().decode()

    def test_of_the_whole_cluster_it_sees_all_and_may_do_no_more(self):
        objects = self.apply("base")
        for namespace in (*WATCHED, OTHER, HOME):
            self.assertEqual(self.rights(namespace), BATCH)
        self.assertEqual(self.jobs(self.in_the_pod(objects)), ["elsewhere/job", "recommend/job", "search/job"])

    def test_of_some_namespaces_it_sees_and_may_see_only_these(self):
        objects = self.apply("namespaced")
        for namespace in WATCHED:
            self.assertEqual(self.rights(namespace), BATCH | {("get", "namespaces")})
        for namespace in (OTHER, HOME):
            self.assertEqual(self.rights(namespace), set())
        self.assertEqual(self.jobs(self.in_the_pod(objects)), ["recommend/job", "search/job"])

    def test_with_the_context_of_failures_it_may_read_pods_events_and_logs(self):
        self.apply("base", "failure-context")
        self.assertEqual(self.rights(OTHER), BATCH | FAILURES)
        gone(RIGHTS + "/clusterroles/batchslo-exporter")
        gone(RIGHTS + "/clusterrolebindings/batchslo-exporter")
        self.apply("namespaced", "failure-context")
        self.assertEqual(self.rights("search"), BATCH | FAILURES | {("get", "namespaces")})
        self.assertEqual(self.rights(OTHER), set())

    def test_its_pod_is_restricted_and_one_with_more_rights_is_not_taken(self):
        objects = self.apply("base")
        self.assertEqual(self.pod(objects), 201)
        self.assertIn('violates PodSecurity \\"restricted', self.pod(objects, allowPrivilegeEscalation=True))

    def test_parts_find_each_other(self):
        objects = self.apply("base")
        template = self.one(objects, "Deployment")["spec"]["template"]
        labels, container = template["metadata"]["labels"], template["spec"]["containers"][0]
        for selector in (self.one(objects, "Service")["spec"]["selector"], self.one(objects, "NetworkPolicy")["spec"]["podSelector"]["matchLabels"]):
            self.assertLessEqual(selector.items(), labels.items())
        self.assertEqual([port["name"] for port in container["ports"]], [self.one(objects, "Service")["spec"]["ports"][0]["targetPort"]])
        peers = self.one(objects, "NetworkPolicy")["spec"]["ingress"][0]["from"]
        self.assertEqual([list(peer["podSelector"]["matchLabels"].items()) for peer in peers], [[("app.kubernetes.io/name", "prometheus")], [("batchslo/client", "true")]])

    def test_the_operator_takes_the_monitor_and_the_rules_are_those_of_alerts(self):
        for crd in sorted(build("prometheus-operator").iterdir()):
            kubectl("create", "-f", crd)
        kubectl("wait", "--for=condition=established", "--timeout=60s", "crd/servicemonitors.monitoring.coreos.com", "crd/prometheusrules.monitoring.coreos.com")
        objects = self.apply("base", "prometheus-operator")
        there = "/apis/monitoring.coreos.com/v1/namespaces/%s/" % HOME
        monitor = K.request("GET", there + "servicemonitors/batchslo-exporter")["spec"]
        self.assertLessEqual(monitor["selector"]["matchLabels"].items(), self.one(objects, "Service")["metadata"]["labels"].items())
        self.assertEqual(monitor["endpoints"][0]["port"], self.one(objects, "Service")["spec"]["ports"][0]["name"])
        rules = {rule["metadata"]["name"]: rule["spec"] for rule in K.request("GET", there + "prometheusrules")["items"]}
        self.assertEqual(rules, {"batchslo-" + path.stem: yaml.safe_load(path.read_text()) for path in (ROOT / "alerts" / "rules").glob("*.yml")})
        boards = K.request("GET", "/api/v1/namespaces/%s/configmaps?labelSelector=grafana_dashboard%%3D1" % HOME)["items"]
        shown = {name: json.loads(text) for board in boards for name, text in board["data"].items()}
        self.assertEqual(shown, {path.name: json.loads(path.read_text()) for path in (ROOT / "dashboards").glob("*.json")})


if __name__ == "__main__":
    missing = lacks("1.36.3", "kubectl", "prometheus-operator")
    if missing:
        print("SKIP kubernetes-deployment: " + ", ".join(missing))
        sys.exit(0)
    with ApiServer("1.36.3") as K.plane:
        main("kubernetes-deployment", K.version())
