"""A real Kubernetes control plane on loopback for tests: etcd, kube-apiserver, kube-controller-manager, and kwok, which
plays the node and its pods. Needs the binaries that `build` makes.

    with ControlPlane("1.36.3") as k: k.kubeconfig, k.request("GET", "/version")

How a pod ends is written in its template: label sim/outcome, see kwok.yaml.
An ApiServer alone has no controllers: what is written there stays as it is.
"""
import base64
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent

LOG = """starting, token=planted-token
Traceback (most recent call last):
  File "/app/job.py", line 12, in load
    raise ValueError("no rows in part 7")
ValueError: no rows in part 7
"""  # of each pod
USERS = ("reader", "quiet", "forbidden", "certificate", "plugin", "newcomer", "halfway")  # may do nothing until they are granted it; what they ask is in the audit log

NODE = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "fake-0", "annotations": {"kwok.x-k8s.io/node": "fake"}, "labels": {"type": "kwok"}}}


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def build(what):
    """The folder of the binaries, which are made if need be."""
    return Path(subprocess.run([str(HERE / "build"), what], check=True, capture_output=True, text=True).stdout.strip())


class ApiServer:
    """etcd and kube-apiserver."""

    def __init__(self, version):
        self.bin = build(version)
        self.dir = Path(tempfile.mkdtemp(prefix="batchslo-kubernetes-"))
        self.processes = {}
        self.ports = {name: free_port() for name in ("etcd", "peer", "api", "kcm", "kwok")}
        self.url = f"https://127.0.0.1:{self.ports['api']}"
        self.kubeconfig = str(self.dir / "kubeconfig")

    def __enter__(self):
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for name in ("kwok", "kcm", "api", "etcd"):
            self.stop(name)
        shutil.rmtree(self.dir, ignore_errors=True)

    # ---- processes ----

    def run(self, name, *command):
        with open(self.dir / f"{name}.log", "ab") as log:
            self.processes[name] = subprocess.Popen([str(c) for c in command], stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=self.dir)

    def stop(self, name, with_signal=signal.SIGTERM):
        process = self.processes.pop(name, None)
        if not process:
            return
        process.send_signal(with_signal)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:  # the API server waits for its open watches
            process.kill()
            process.wait()

    def wait(self, what, check, seconds=60):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for name, process in self.processes.items():
                if process.poll() is not None:
                    raise RuntimeError(f"{name} died: {(self.dir / (name + '.log')).read_text(errors='replace')[-600:]}")
            if check():
                return
            time.sleep(0.1)
        raise RuntimeError(f"{what} was not there within {seconds} s")

    def start_api(self):
        pki = self.dir / "pki"
        self.run("api", self.bin / "kube-apiserver", "--etcd-servers", f"http://127.0.0.1:{self.ports['etcd']}", "--bind-address", "127.0.0.1",
                 "--secure-port", self.ports["api"], "--advertise-address", "127.0.0.1", "--endpoint-reconciler-type", "none", "--cert-dir", pki,
                 "--token-auth-file", self.dir / "tokens.csv", "--authorization-mode", "RBAC", "--anonymous-auth=false",
                 "--service-account-issuer", "https://kubernetes.default.svc", "--service-account-signing-key-file", pki / "sa.key",
                 "--service-account-key-file", pki / "sa.pub", "--service-cluster-ip-range", "10.0.0.0/24", "--profiling=false",
                 "--client-ca-file", pki / "clients.crt", "--audit-policy-file", self.dir / "audit.json", "--audit-log-path", self.dir / "audit.log")
        self.wait("the API server", lambda: self.answers("/readyz"))

    def _start(self):
        pki = self.dir / "pki"
        pki.mkdir()
        quiet = {"check": True, "capture_output": True}
        subprocess.run(["openssl", "genrsa", "-out", pki / "sa.key", "2048"], **quiet)
        subprocess.run(["openssl", "rsa", "-in", pki / "sa.key", "-pubout", "-out", pki / "sa.pub"], **quiet)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", pki / "kwok.key", "-out", pki / "kwok.crt", "-days", "30",
                        "-subj", "/CN=kwok", "-addext", "subjectAltName=IP:127.0.0.1"], **quiet)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", pki / "clients.key", "-out", pki / "clients.crt", "-days", "30", "-subj", "/CN=clients"], **quiet)
        users = "".join(f"{user}-token,{user},{user},readers\n" for user in USERS)
        (self.dir / "tokens.csv").write_text('admin-token,admin,admin,"system:masters"\n' + users)
        (self.dir / "audit.json").write_text(json.dumps({
            "apiVersion": "audit.k8s.io/v1", "kind": "Policy", "omitStages": ["ResponseStarted", "ResponseComplete", "Panic"],
            "rules": [{"level": "Metadata", "users": list(USERS)}, {"level": "None"}]}))
        self.run("etcd", self.bin / "etcd", "--name", "t", "--data-dir", self.dir / "etcd", "--unsafe-no-fsync",
                 "--listen-client-urls", f"http://127.0.0.1:{self.ports['etcd']}", "--advertise-client-urls", f"http://127.0.0.1:{self.ports['etcd']}",
                 "--listen-peer-urls", f"http://127.0.0.1:{self.ports['peer']}", "--initial-advertise-peer-urls", f"http://127.0.0.1:{self.ports['peer']}",
                 "--initial-cluster", f"t=http://127.0.0.1:{self.ports['peer']}")
        self.wait("etcd", self._etcd_answers)
        self.start_api()
        self.write_kubeconfig(self.kubeconfig, "admin-token")

    def _etcd_answers(self):
        try:
            return urllib.request.urlopen(f"http://127.0.0.1:{self.ports['etcd']}/health", timeout=2).status == 200
        except OSError:
            return False

    def compact(self):
        """etcd forgets all but what is there: a list that was begun before can't be continued from it."""
        revision = self._ask_etcd("kv/range", {"key": base64.b64encode(b"/").decode()})["header"]["revision"]
        self._ask_etcd("kv/compaction", {"revision": revision, "physical": True})

    def _ask_etcd(self, path, question):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.ports['etcd']}/v3/{path}", json.dumps(question).encode(), timeout=30) as reply:
            return json.loads(reply.read())

    # ---- requests ----

    @property
    def ca(self):
        return str(self.dir / "pki" / "apiserver.crt")

    def write_kubeconfig(self, path, token=None, port=None, user=None, **cluster):
        """`user`: instead of the token; `port`: of a proxy."""
        server = f"https://127.0.0.1:{port}" if port else self.url
        Path(path).write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "t",
            "clusters": [{"name": "t", "cluster": {"server": server, "certificate-authority": self.ca, **cluster}}],
            "users": [{"name": "u", "user": user or {"token": token}}], "contexts": [{"name": "t", "context": {"cluster": "t", "user": "u"}}]}))
        return str(path)

    def certificate(self, folder, user):
        """A client certificate: (certificate, key)."""
        pki, key, request, crt = self.dir / "pki", Path(folder) / "user.key", Path(folder) / "user.csr", Path(folder) / "user.crt"
        quiet = {"check": True, "capture_output": True}
        subprocess.run(["openssl", "req", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", request, "-subj", "/O=readers/CN=" + user], **quiet)
        subprocess.run(["openssl", "x509", "-req", "-in", request, "-CA", pki / "clients.crt", "-CAkey", pki / "clients.key", "-CAcreateserial", "-days", "5", "-out", crt], **quiet)
        return str(crt), str(key)

    def audited(self, user):
        """[(verb, resource)] of all that this user has asked."""
        events = [json.loads(line) for line in (self.dir / "audit.log").read_text().splitlines()]
        return [(e["verb"], e.get("objectRef", {}).get("resource")) for e in events if e["user"]["username"] == user]

    def request(self, method, path, body=None, content_type="application/json", token="admin-token"):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Authorization": "Bearer " + token, "Content-Type": content_type}, method=method)
        with urllib.request.urlopen(request, timeout=30, context=ssl._create_unverified_context()) as reply:
            text = reply.read()
        return json.loads(text) if text[:1] == b"{" else {"text": text.decode()}

    def status(self, method, path, token="admin-token"):
        try:
            self.request(method, path, token=token)
            return 200
        except urllib.error.HTTPError as e:
            return e.code
        except OSError:
            return 0

    def answers(self, path):
        return self.status("GET", path) == 200

    def version(self):
        return self.request("GET", "/version")["gitVersion"]

    # ---- rights ----

    def grant(self, user, ns=None, account=None, rules=None):
        """A user, or a service account of the namespace, may read batch objects, or what the rules say: in one namespace, or in all."""
        name = f"{user}-reads"
        rules = rules or [{"apiGroups": ["batch"], "resources": ["cronjobs", "jobs"], "verbs": ["list", "watch"]}, {"apiGroups": [""], "resources": ["namespaces"], "verbs": ["get"]}]
        subject = {"kind": "ServiceAccount", "name": account, "namespace": ns} if account else {"kind": "User", "name": user, "apiGroup": "rbac.authorization.k8s.io"}
        base = "/apis/rbac.authorization.k8s.io/v1" + (f"/namespaces/{ns}" if ns else "")
        prefix = "" if ns else "Cluster"
        api = "rbac.authorization.k8s.io/v1"
        self.request("POST", f"{base}/{prefix.lower()}roles", {"apiVersion": api, "kind": prefix + "Role", "metadata": {"name": name}, "rules": rules})
        self.request("POST", f"{base}/{prefix.lower()}rolebindings", {
            "apiVersion": api, "kind": prefix + "RoleBinding", "metadata": {"name": name}, "subjects": [subject],
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": prefix + "Role", "name": name}})

    def revoke(self, user, ns):
        for kind in ("rolebindings", "roles"):
            self.request("DELETE", f"/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/{kind}/{user}-reads")

    # ---- workloads ----

    def namespace(self, name):
        self.request("POST", "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        self.wait("its service account", lambda: self.status("GET", f"/api/v1/namespaces/{name}/serviceaccounts/default") == 200, 180)

    def cronjob(self, ns, name, schedule="* * * * *", outcome="", annotations=None, labels=None, backoff=0, job=None, **spec):
        """`job` adds to the spec of its Jobs, `spec` to its own; annotations are ours, without their prefix."""
        pod = {"metadata": {"labels": {"sim/outcome": outcome} if outcome else {}}, "spec": {"nodeName": "fake-0", "restartPolicy": "Never", "containers": [{"name": "main", "image": "none/none:1"}]}}
        body = {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": name, "labels": labels or {}, "annotations": {"batchslo/" + k: v for k, v in (annotations or {}).items()}},
                "spec": {"schedule": schedule, "jobTemplate": {"spec": {"backoffLimit": backoff, "template": pod, **(job or {})}}, **spec}}
        return self.request("POST", f"/apis/batch/v1/namespaces/{ns}/cronjobs", body)

    def patch(self, ns, name, change):
        return self.request("PATCH", f"/apis/batch/v1/namespaces/{ns}/cronjobs/{name}", change, "application/merge-patch+json")

    def delete(self, ns, name):
        return self.request("DELETE", f"/apis/batch/v1/namespaces/{ns}/cronjobs/{name}", {"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Background"})

    def start(self, ns, cronjob, name):
        """A run by hand, as `kubectl create job NAME --from=cronjob/CRONJOB` makes it."""
        owner = self.request("GET", f"/apis/batch/v1/namespaces/{ns}/cronjobs/{cronjob}")
        body = {"apiVersion": "batch/v1", "kind": "Job",
                "metadata": {"name": name, "annotations": {"cronjob.kubernetes.io/instantiate": "manual"},
                             "ownerReferences": [{"apiVersion": "batch/v1", "kind": "CronJob", "name": cronjob, "uid": owner["metadata"]["uid"], "controller": True}]},
                "spec": owner["spec"]["jobTemplate"]["spec"]}
        return self.request("POST", f"/apis/batch/v1/namespaces/{ns}/jobs", body)


class ControlPlane(ApiServer):
    """With the controllers and a node."""

    def _start(self):
        super()._start()
        pki = self.dir / "pki"
        self.run("kcm", self.bin / "kube-controller-manager", "--kubeconfig", self.kubeconfig, "--authentication-kubeconfig", self.kubeconfig,
                 "--authorization-kubeconfig", self.kubeconfig, "--bind-address", "127.0.0.1", "--secure-port", self.ports["kcm"], "--cert-dir", self.dir / "pki-kcm",
                 "--leader-elect=false", "--controllers",
                 "cronjob-controller,job-controller,namespace-controller,serviceaccount-controller,serviceaccount-token-controller,ttl-after-finished-controller,garbage-collector-controller",
                 "--service-account-private-key-file", pki / "sa.key", "--kube-api-qps", "200", "--kube-api-burst", "200")
        self.wait("the default service account", lambda: self.status("GET", "/api/v1/namespaces/default/serviceaccounts/default") == 200)
        self.request("POST", "/api/v1/nodes", NODE)
        (self.dir / "pod.log").write_text("".join("2026-03-01T10:00:00.000000000Z stderr F %s\n" % line for line in LOG.splitlines()))
        self.run("kwok", self.bin / "kwok", "--kubeconfig", self.kubeconfig, "--config", HERE / "kwok.yaml", "--manage-all-nodes", "--node-ip", "127.0.0.1",
                 "--node-port", self.ports["kwok"], "--server-address", f"127.0.0.1:{self.ports['kwok']}", "--tls-cert-file", pki / "kwok.crt",
                 "--tls-private-key-file", pki / "kwok.key", "--node-lease-duration-seconds", "0")
        self.wait("the node", self._node_ready)

    def _node_ready(self):
        conditions = self.request("GET", "/api/v1/nodes/fake-0").get("status", {}).get("conditions", [])
        return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)
