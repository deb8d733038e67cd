"""What the stories share: the one control plane K, and for each a namespace, a folder and daemons of its own."""
import contextlib
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "common")]
from peer import Daemon  # noqa: E402
from proxy import Proxy  # noqa: E402

PATIENCE = 150  # seconds: two minutes of cron, and a slow machine
NEVER = "0 0 1 1 *"  # a schedule with no tick while we watch


class Cluster:
    """Stands for the control plane, once it runs."""

    plane = None

    def __getattr__(self, name):
        return getattr(self.plane, name)


K = Cluster()


class Case:
    """One story: a namespace, a folder, and what is to be ended after it."""

    def __init__(self, name):
        self.ns, self.ends = name.replace("_", "-"), contextlib.ExitStack()
        self.folder = tempfile.mkdtemp(prefix="batchslo-kubernetes-test-")
        self.ends.callback(shutil.rmtree, self.folder, ignore_errors=True)
        K.namespace(self.ns)

    def path(self, name):
        return os.path.join(self.folder, name)

    def kubeconfig(self, **options):
        return K.write_kubeconfig(self.path("kubeconfig"), **{"token": "admin-token", **options})

    def proxy(self):
        proxy = Proxy(K.ports["api"])
        self.ends.callback(proxy.close)
        return proxy

    def watch(self, kubeconfig=None, namespaces=None, jobs="{}", options="", kind=Daemon, **more):
        """A daemon that discovers in our namespace, or in those."""
        where = ", ".join(namespaces or [self.ns])
        access = "kubeconfig: %s, " % (kubeconfig or self.kubeconfig()) if kubeconfig != "" else ""
        config = "sources:\n  k8s: {kubernetes: {%snamespaces: [%s], discover: cronjobs%s}}\njobs: %s\n" % (access, where, options, jobs)
        return self.daemon(config, kind=kind, **more)

    def daemon(self, config, *flags, kind=Daemon, **more):
        daemon = kind(config, self.folder, "--evaluation.interval=200ms", *flags, **more)
        self.ends.callback(daemon.__exit__)
        return daemon

    def job(self, name):
        return self.ns + "/" + name

    def source(self, daemon):
        return daemon.request("/api/v1/sources").json["data"][0]

    def error(self, daemon, scope=None):
        """Of the source, or of one of its scopes; "": none."""
        source = self.source(daemon)
        found = [source] if scope is None else [s for s in source["scopes"] if s["scope"] == scope]
        return (found and found[0]["error"]) or ""

    def wait_up(self, daemon):
        daemon.wait_for(lambda: daemon.value("batchslo_source_complete") == 1, "the source is complete", PATIENCE)

    def wait_value(self, daemon, value, name, job, **labels):
        daemon.wait_for(lambda: daemon.value(name, job_name=self.job(job), **labels) == value, "%s of %s is %s" % (name, job, value), PATIENCE)

    def wait_state(self, daemon, job, state, patience=PATIENCE):
        daemon.wait_state(self.job(job), state, patience)


def next_deadline(at_least):
    """The next whole minute that is so many seconds away: (epoch, "HH:MM")."""
    due = (int(time.time() + at_least) // 60 + 1) * 60
    return due, time.strftime("%H:%M", time.gmtime(due))


def sleep_until(epoch):
    time.sleep(max(0, epoch - time.time()))
