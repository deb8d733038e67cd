"""The row of BigQuery: faults of its API, and of the server that gives its tokens. The healthy one is the Google of tests/peers/google."""
import functools
import json
import os
import time

import door
from faults import DOWN, RIGHT, SAFE
from names import NAMES
from rows import Cannot, HttpRow

CLEAN = {"GOOGLE_APPLICATION_CREDENTIALS": "", "GCE_METADATA_HOST": "127.0.0.1:1", "CLOUDSDK_CONFIG": "/nowhere"}
MANY = 50_000
MOST_REPLY = 16 << 20
TOKEN_ONLY = "a token has nothing of the kind"


def error(code, message):
    return json.dumps({"error": {"code": code, "message": message, "status": "UNKNOWN", "errors": [{"reason": "backendError", "message": message}]}}).encode()


def token_error(code, message):
    return json.dumps({"error": "invalid_grant", "error_description": message}).encode()


def is_answer(document):
    return "rows" in document


def of_tables(change):
    return door.changed(lambda request, document: change(document) if "tableReference" in document or "lastModifiedTime" in document else document)


def of_rows(change):
    return door.changed(lambda request, document: change(document) if is_answer(document) else document)


def gone(exchange):
    if "/tables/alive" in exchange.request.path:
        return exchange.reply(404, error(404, "Not found: Table p:d.alive"))
    code, _, data = exchange.ask()
    return exchange.reply(code, data)


def page_2(exchange):
    """A query that goes on; where it is asked for its end, it breaks."""
    if exchange.request.method == "GET" and "/queries/" in exchange.request.path:
        return exchange.reply(500, error(500, "backendError"))
    code, _, data = exchange.ask()
    document = json.loads(data)
    if is_answer(document):
        document = {"kind": document["kind"], "jobComplete": False, "jobReference": document["jobReference"]}
    return exchange.reply(code, json.dumps(document).encode())


@functools.cache
def crowd(cells):
    """Rows of other tables, written once: each poll asks for them."""
    return b"".join(b'{"f":[{"v":"other%d"},%s]},' % (i, cells) for i in range(MANY))


def multiplied(document):
    cells = json.dumps(document["rows"][0]["f"][1:])[1:-1].encode()
    document["totalRows"] = str(MANY + len(document["rows"]))
    return json.dumps(document).encode().replace(b'"rows": [', b'"rows": [' + crowd(cells))


def with_names(names):
    more = [{"f": [{"v": name[:100]}, {"v": name}, {"v": name}, {"v": None}, {"v": name}]} for name in names]
    return lambda document: {**document, "rows": more + document["rows"], "totalRows": str(len(more) + len(document["rows"]))}


def later(document):
    """All moved tomorrow."""
    for row in document["rows"]:
        row["f"][4]["v"] = str(int((time.time() + 86400) * 1_000_000))
    return document


class BigQuery(HttpRow):
    kind, doors, env = "bigquery", ("api", "token"), CLEAN

    def skip(self):
        try:
            import fake  # noqa: F401
        except ImportError:
            return "Google's descriptions of its APIs can't be installed"
        return None

    def open(self, folder):
        super().open(folder)
        from fake import Google, milliseconds
        self.google, self.milliseconds = Google(), milliseconds
        self.google.lifetime = 1  # a new one for each poll
        self.began = time.time()
        self.tick()

    def tick(self):
        moved = {"alive": time.time(), "done": self.began, "dead": self.began - 7200}
        with self.google.lock:
            self.google.tables = {"d." + name: {"lastModifiedTime": self.milliseconds(at), "numRows": "42", "numBytes": "7"} for name, at in moved.items()}
            self.google.partitions = [(name, None, 42, at) for name, at in moved.items()]

    def make_door(self, name):
        return door.Door(self.google.server.server_port, error={"api": error, "token": token_error}[name])

    def answers(self, name):
        if name == "token":
            none = ["page 2 fails", "empty list", "unknown enum values", "unknown zone", "dated ahead", "deleted and recreated", "50,000 objects", "awkward names", "NUL in a name"]
            return {**{fault: Cannot(TOKEN_ONLY) for fault in none}, "wrong types": (door.each_leaf(door.swapped), {"holds": SAFE})}
        return {
            "page 2 fails": page_2,
            "empty list": of_rows(lambda document: {**document, "rows": [], "totalRows": "0"}),
            "unknown enum values": (of_tables(lambda document: {**document, "type": "HOLOGRAM"}), {}),
            "unknown zone": Cannot("it has no zones of its own"),
            "dated ahead": of_rows(later),
            "deleted and recreated": (gone, {"may": {"alive": {"met", "missed"}}}),
            "50,000 objects": (of_rows(multiplied), {"holds": DOWN}), "awkward names": of_rows(with_names(NAMES)), "NUL in a name": of_rows(with_names(["a\0b"])),
        }

    def case(self, name, fault, folder):
        made = super().case(name, fault, folder)
        if not isinstance(made, Cannot):
            made.name = name
            made.memory = MOST_REPLY if fault in ("endless", "announces a GiB", "gzip bomb") else 0
        return made

    def source(self, case, folder):
        known = self.google.user_file() if case.name == "api" else {**self.google.key_file(), "token_uri": case.door.url + "/token"}
        file = os.path.join(folder, "google.json")
        with open(file, "w") as out:
            json.dump(known, out)
        api = case.door.url if case.name == "api" else self.google.url
        return "bigquery: {project: p, endpoint: '%s', credentials: {file: %s}}, poll_interval: 2s, timeout: %s" % (api, file, "30s" if case.holds == RIGHT else "8s")

    def job(self, role, source):
        return "output: %s/d.%s" % (source, role)

    def secrets(self):
        from fake import SECRETS
        return [self.google.key_file()["private_key"].splitlines()[3], "ya29.canary", "eyJ", SECRETS["client_secret"], SECRETS["refresh_token"]]

    def problems(self):
        return super().problems() + self.google.problems

    def close(self):
        super().close()
        self.google.close()
