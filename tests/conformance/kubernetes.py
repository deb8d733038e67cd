"""The row of kubernetes: faults of its lists, and of its watches."""
import json
import os
import time

import door
from cluster import KINDS, TOKEN, Cluster, cron_job, job
from faults import DARK, DOWN, SAFE
from names import NAMES
from rows import Cannot, HttpRow

MANY, PAGE = 50_000, 500
BOMBS = ["endless", "announces a GiB", "gzip bomb"]
MOST_REPLY = {"list": 64 << 20, "watch": 16 << 20}  # a page of 500 large objects; one event
ADDED = "it would be an event of a watch: see its lists"


def error(code, message):
    return json.dumps({"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "code": code}).encode()


class Lists:
    """Whether it is a list. Until one of its kind was asked for, its watch has expired."""

    def __init__(self):
        self.asked = set()

    def __call__(self, request):
        kind = request.path.partition("?")[0]
        if "watch=1" in request.path:
            return False if kind in self.asked else door.status(410)
        self.asked.add(kind)
        return True


def watches(request):
    return "watch=1" in request.path


def crowd(kind, first):
    """A page of them, that nobody asked for."""
    make = {"cronjobs": lambda i: cron_job("many-%d" % i, "cronjob-%d" % i), "jobs": lambda i: job("many-%d-1" % i, "job-%d" % i, "many-%d" % i, 1_700_000_000)}[kind]
    return json.dumps([make(i) for i in range(first, first + PAGE)]).encode()


def crowded(exchange):
    """They are its first pages; what comes after them is healthy."""
    path, _, token = exchange.request.path.partition("&continue=")
    is_ours = not token or token.startswith("crowd-")
    kind = "jobs" if "/jobs?" in path else "cronjobs"
    first = int(token.removeprefix("crowd-") or 0) if is_ours else MANY
    if first < MANY:
        return exchange.reply(200, b'{"kind":"List","metadata":{"resourceVersion":"1","continue":"crowd-%d"},"items":%s}' % (first + PAGE, crowd(kind, first)))
    exchange.request.path = path if is_ours else exchange.request.path
    code, _, data = exchange.ask()
    return exchange.reply(code, data)


def named(request, document):
    """With an object of each awkward name, that says all it can in such words."""
    if "continue=" in request.path:
        return document
    for i, name in enumerate(name for name in NAMES if "\0" not in name):
        if document["kind"] == "CronJobList":
            thing = cron_job(name, "n-%d" % i, timeZone=name)
            thing["metadata"]["annotations"] = {"batchslo/team": name, "batchslo/within": name, "batchslo/" + name: name}
        else:
            thing = job(name + "-1", "n-%d" % i, name, time.time(), "Failed", message=name, reason=name)
        thing["metadata"]["labels"] = {name: name}
        document["items"].append(thing)
    return document


def with_nul(request, document):
    document["items"].append(cron_job("a\0b", "nul") if document["kind"] == "CronJobList" else job("a\0b", "nul", "alive", time.time()))
    return document


def without_alive(request, document):
    document["items"] = [thing for thing in document["items"] if "alive" not in thing["metadata"]["name"]]
    return document


def other_words(request, document):
    """Values that no version of the API has today."""
    for thing in document["items"]:
        thing.setdefault("spec", {})["concurrencyPolicy"] = "Sometimes"
        for condition in thing["status"].get("conditions", []):
            condition.update(type="Finished", status="Perhaps")
    return document


def elsewhere_in_time(request, document):
    for thing in document["items"]:
        thing["spec"]["timeZone"] = "Mars/Olympus_Mons"
    return document


def ahead(request, document):
    """All that happened happened tomorrow."""
    text = json.dumps(document)
    for day in (0, 86400):
        text = text.replace(time.strftime('"%Y-%m-%dT', time.gmtime(time.time() - day)), '"2099-01-01T')
    return json.loads(text)


def page_2(exchange):
    if "continue=" in exchange.request.path:
        return exchange.reply(500, error(500, "etcdserver: leader changed"))
    code, _, data = exchange.ask()
    return exchange.reply(code, data)


def event(text):
    return door.body(text.encode() + b"\n")


def of_watch(change):
    """The first event of the healthy watch, changed."""
    def answer(exchange):
        exchange.reply(200, json.dumps(change(json.loads('{"type": "MODIFIED", "object": %s}' % json.dumps(cron_job("dead", "dead-uid"))))).encode() + b"\n")
    return answer


class Kubernetes(HttpRow):
    kind, doors = "kubernetes", ("list", "watch")

    def open(self, folder):
        super().open(folder)
        self.cluster, self.count = Cluster(), 0
        for name in ("done", "dead", "filler", "z-filler"):
            self.cluster.put("cronjobs", cron_job(name, name + "-uid"))
        self.cluster.put("jobs", job("done-1", "done-1-uid", "done", time.time()))
        self.cluster.put("jobs", job("dead-1", "dead-1-uid", "dead", time.time() - 60, "Failed", "it failed"))
        self.tick()

    def tick(self):
        self.count += 1
        self.cluster.put("cronjobs", cron_job("alive", "alive-uid", time.time()))
        if self.count % 5 == 1:
            self.cluster.put("jobs", job("alive-%d" % self.count, "alive-%d-uid" % self.count, "alive", time.time()))

    def make_door(self, name):
        return door.Door(self.cluster.port, {"list": Lists(), "watch": watches}[name], error)

    def case(self, name, fault, folder):
        made = super().case(name, fault, folder)
        if fault in BOMBS and not isinstance(made, Cannot):
            made.memory = len(KINDS) * MOST_REPLY[name]
        if name == "list" and fault and not isinstance(made, Cannot):
            made.mend = lambda: self.list_anew(made.door)
        return made

    @staticmethod
    def list_anew(lists):
        """Healthy, and the watches have expired: else no list would be asked for in hours."""
        lists.gate.asked.clear()
        lists.put(door.Exchange.pass_on)

    def answers(self, name):
        longer = {"holds": DARK}  # a list may take a minute, and a watch is silent for 85 s at most
        both = {"hangs": (door.hangs, longer), "drips": (door.ANSWERS["drips"], longer), "closes": (door.closes, {})}
        return {**both, **(self.of_lists() if name == "list" else self.of_watches())}

    def of_lists(self):
        gone = {"alive": {"gone", "met"}}
        return {
            "page 2 fails": page_2,
            "empty list": (door.changed(lambda request, document: {**document, "items": [], "metadata": {"resourceVersion": document["metadata"]["resourceVersion"]}}),
                           {"may": {role: {"gone", "met", "missed"} for role in ("alive", "done", "dead")}}),
            "unknown enum values": (door.changed(other_words), {}),
            "unknown zone": (door.changed(elsewhere_in_time), {}),
            "dated ahead": (door.changed(ahead), {"holds": SAFE}),
            "deleted and recreated": (door.changed(without_alive), {"may": gone}),
            "50,000 objects": crowded,
            "awkward names": (door.changed(named), {"more": ", discover: cronjobs"}),
            "NUL in a name": (door.changed(with_nul), {"holds": DOWN}),
        }

    def of_watches(self):
        return {
            **dict.fromkeys(["429, Retry-After " + form for form in door.RETRY_AFTER if form != "seconds"], Cannot("lists and watches read it with one code")),
            "page 2 fails": Cannot("a watch has no pages"),
            "empty list": Cannot("a watch has no list"),
            "empty": door.body(b""),
            "truncated": truncated_event, "cut in the JSON": event('{"type":"MODIFIED","object":{"metadata":{"name":"dead","na'),
            "wrong types": event('{"type":7,"object":"x"}'), "nulls": event('{"type":null,"object":null}'), "lists for leaves": event('{"type":["MODIFIED"],"object":[]}'),
            "unknown enum values": (of_watch(lambda known: {**known, "type": "RENAMED"}), {}),
            "unknown zone": Cannot(ADDED), "dated ahead": Cannot(ADDED), "50,000 objects": Cannot(ADDED), "awkward names": Cannot(ADDED), "NUL in a name": Cannot(ADDED),
            "deleted and recreated": (of_watch(lambda known: {"type": "DELETED", "object": cron_job("alive", "alive-uid")}), {"may": {"alive": {"gone", "met"}}}),
            "invalid UTF-8": door.body(b'{"type":"\xff\xfe","object":{}}\n'),
        }

    def source(self, case, folder):
        file = os.path.join(folder, "kubeconfig")
        with open(file, "w") as out:
            json.dump({"apiVersion": "v1", "kind": "Config", "current-context": "a", "users": [{"name": "a", "user": {"token": TOKEN}}],
                       "clusters": [{"name": "a", "cluster": {"server": case.door.url}}], "contexts": [{"name": "a", "context": {"cluster": "a", "user": "a"}}]}, out)
        return "kubernetes: {kubeconfig: %s%s}" % (file, case.more or ", discover: none")

    def job(self, role, source):
        return "runs: {source: %s, cronjob: ns/%s}" % (source, role)

    def secrets(self):
        return [TOKEN]

    def problems(self):
        return super().problems() + self.cluster.problems

    def close(self):
        super().close()
        self.cluster.close()


def truncated_event(exchange):
    exchange.reply(200, b'{"type":"MODIFIED","object":{"metadata":{"name":"dead","na', length=5000)

