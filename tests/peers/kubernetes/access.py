"""Stories of how a cluster is reached, and as whom."""
import os
import re
import shutil
import subprocess
from pathlib import Path

from story import K, NEVER, PATIENCE
from peer import Daemon, run, wait_for


ACCOUNT = "/run/secrets/kubernetes.io/serviceaccount"  # where a pod has it
UNSHARE = ["unshare", *([] if os.geteuid() == 0 else ["-r"]), "-m"]


class InPod(Daemon):
    """The daemon as in a pod: what a service account is given lies where it is looked for, in a mount namespace of its own."""

    def command(self):
        setup = "mount -t tmpfs none /run && d=%s && mkdir -p $d && cp -a %s/. $d && exec \"$@\"" % (ACCOUNT, os.path.join(self.folder, "account"))
        return [*UNSHARE, "sh", "-c", setup, "sh", *super().command()]


def in_pod(case):
    """InPod; where nobody may have a namespace (a container, a chroot), the machine itself is the pod for a while."""
    if subprocess.run([*UNSHARE, "true"], stderr=subprocess.DEVNULL, check=False).returncode == 0:
        return InPod
    shutil.copytree(case.path("account"), ACCOUNT)  # fails where there is one: we are in a pod
    case.ends.callback(shutil.rmtree, ACCOUNT)
    return Daemon


def account_token(ns, account, secret=None):
    bound = {"boundObjectRef": {"kind": "Secret", "apiVersion": "v1", "name": secret}} if secret else {}
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 600, **bound}}
    return K.request("POST", "/api/v1/namespaces/%s/serviceaccounts/%s/token" % (ns, account), body)["status"]["token"]


def in_a_cluster_the_service_account_is_enough(test, case):
    K.cronjob(case.ns, "job", schedule=NEVER)
    K.grant("default", case.ns, account="default")
    os.makedirs(case.path("account"))
    for name, text in (("token", account_token(case.ns, "default")), ("namespace", case.ns), ("ca.crt", Path(K.ca).read_text())):
        Path(case.path("account"), name).write_text(text)
    env = {"KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": str(K.ports["api"])}
    daemon = case.watch(kubeconfig="", kind=in_pod(case), env=env)
    case.wait_state(daemon, "job", "pending")
    case.wait_up(daemon)


def a_client_certificate_is_enough(test, case):
    K.cronjob(case.ns, "job", schedule=NEVER)
    K.grant("certificate", case.ns)
    certificate, key = K.certificate(case.folder, "certificate")
    daemon = case.watch(kubeconfig=case.kubeconfig(user={"client-certificate": certificate, "client-key": key}))
    case.wait_state(daemon, "job", "pending")


def a_credential_plugin_is_run_again_when_its_token_is_refused(test, case):
    K.cronjob(case.ns, "job", schedule=NEVER)
    K.grant("plugin", case.ns)
    Path(case.path("token")).write_text("wrong-token-canary")
    plugin = Path(case.path("plugin"))
    plugin.write_text("#!/bin/sh\nprintf '{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\",\"status\":{\"token\":\"%%s\"}}' \"$(cat %s)\"\n" % case.path("token"))
    plugin.chmod(0o700)
    user = {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "./plugin", "interactiveMode": "Never"}}
    daemon = case.watch(kubeconfig=case.kubeconfig(user=user))
    daemon.wait_for(lambda: "401" in case.error(daemon), "the refusal is told")
    Path(case.path("token")).write_text("plugin-token")
    case.wait_state(daemon, "job", "pending")
    for text in (daemon.metrics(), daemon.request("/").text, daemon.log()):
        test.assertNotIn("canary", text)


def a_server_that_is_not_trusted_is_told(test, case):
    openssl = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", case.path("k"), "-out", case.path("ca"), "-subj", "/CN=other"]
    subprocess.run(openssl, check=True, capture_output=True)
    for options in ({"certificate-authority": case.path("ca")}, {"tls-server-name": "elsewhere.example"}):
        daemon = case.watch(kubeconfig=case.kubeconfig(**options))
        daemon.wait_for(lambda: "certificate is not trusted" in case.error(daemon), "the distrust is told")
        test.assertEqual(daemon.value("batchslo_source_up"), 0)
        daemon.stop()


def a_token_is_rotated_while_it_watches(test, case):
    K.cronjob(case.ns, "job")
    K.grant("default", case.ns, account="default")
    for name in ("first", "second"):
        K.request("POST", "/api/v1/namespaces/%s/secrets" % case.ns, {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}})
    token, proxy = Path(case.path("token")), case.proxy()
    token.write_text(account_token(case.ns, "default", "first"))
    daemon = case.watch(kubeconfig=case.kubeconfig(user={"tokenFile": str(token)}, port=proxy.port))
    case.wait_state(daemon, "job", "met")
    old = token.read_text()
    K.request("DELETE", "/api/v1/namespaces/%s/secrets/first" % case.ns)  # the old token is worth nothing any more
    wait_for(lambda: K.status("GET", "/apis/batch/v1/namespaces/%s/jobs" % case.ns, old) == 401, "the old token is refused", 60)
    token.write_text(account_token(case.ns, "default", "second"))
    runs = daemon.value("batchslo_job_runs_total", job_name=case.job("job"))
    proxy.cut()
    case.wait_up(daemon)
    daemon.wait_for(lambda: daemon.value("batchslo_job_runs_total", job_name=case.job("job")) > runs, "runs are seen with the second token", PATIENCE)
    test.assertEqual(daemon.state(case.job("job")), "met")
    test.assertEqual(daemon.value("batchslo_kubernetes_list_total", result="ok"), 2, "the watches were resumed")


def rules_in(text):
    """Those that `check sources` prints, as a Role has them."""
    found = re.findall(r"- {apiGroups: \[(.*?)\], resources: \[(.*?)\], verbs: \[(.*?)\]}", text)
    return [{"apiGroups": [group.strip('"')], "resources": [resource], "verbs": verbs.split(", ")} for group, resource, verbs in found]


def what_check_sources_prints_mends_what_it_found(test, case):
    """The rules that it prints are all that the daemon needs."""
    K.cronjob(case.ns, "books", schedule="0 3 * * *", timeZone="Europe/Berlin")
    config = Path(case.path("check.yml"))
    config.write_text("sources: {k8s: {kubernetes: {kubeconfig: %s, namespaces: [%s]}}}\n" % (case.kubeconfig(token="newcomer-token"), case.ns))
    check = ("check", "sources", "--config.file=%s" % config)
    code, out, _ = run(*check)
    test.assertEqual((code, out.count("FAILED")), (1, 3), out)
    test.assertIn('User "newcomer" cannot list resource "cronjobs"', out)
    rules = rules_in(out)
    test.assertEqual(len(rules), 5, out)  # two of them tell why runs failed, and are no failure
    K.grant("newcomer", case.ns, rules=rules)
    case.wait_up(case.watch(kubeconfig=case.kubeconfig(token="newcomer-token")))
    code, out, _ = run(*check)
    test.assertEqual((code, out.count("FAILED")), (0, 0), out)
    code, out, _ = run("discover", "--config.file=%s" % config, "k8s")
    test.assertIn('"0 3 * * *" in Europe/Berlin; no success yet\n  #%s: {every_run: {tolerate: 0}}\n' % case.job("books"), out)


def a_right_to_list_is_not_a_right_to_watch(test, case):
    K.grant("halfway", case.ns, rules=[{"apiGroups": ["batch"], "resources": ["cronjobs", "jobs"], "verbs": ["list"]}, {"apiGroups": [""], "resources": ["namespaces"], "verbs": ["get"]}])
    config = Path(case.path("check.yml"))
    config.write_text("sources: {k8s: {kubernetes: {kubeconfig: %s, namespaces: [%s]}}}\n" % (case.kubeconfig(token="halfway-token"), case.ns))
    code, out, _ = run("check", "sources", "--config.file=%s" % config)
    test.assertEqual((code, out.count("it may list, but not watch")), (1, 2), out)
    test.assertEqual([rule["verbs"] for rule in rules_in(out)], [["watch"], ["watch"], ["list"], ["list"]])


STORIES = [what_check_sources_prints_mends_what_it_found, a_right_to_list_is_not_a_right_to_watch, in_a_cluster_the_service_account_is_enough,
           a_client_certificate_is_enough, a_credential_plugin_is_run_again_when_its_token_is_refused,
           a_server_that_is_not_trusted_is_told,
           a_token_is_rotated_while_it_watches]
