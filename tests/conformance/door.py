"""The gateway before an HTTP server: it passes requests on, or answers them as a fault does."""
import gzip
import http.client
import json
import time

from gateway import MIB, Gateway, Meeting, closes, drips, flood, hangs, refused, reset_after
from names import NAMES

ENDS = "Connection: close\r\n\r\n"
JSON_FOLLOWS = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


class Request:
    def __init__(self, method, path, headers, body):
        self.method, self.path, self.headers, self.body = method, path, headers, body


class Exchange(Meeting):
    """One request, and the ways to answer it."""

    def __init__(self, door, peer, answer, request):
        super().__init__(door, peer, answer)
        self.door, self.request = door, request

    def reply(self, code, body, headers=(), length=None):
        head = "HTTP/1.1 %d Whatever\r\nContent-Length: %d\r\n%s" % (code, len(body) if length is None else length, "".join("%s: %s\r\n" % pair for pair in headers))
        if "content-type" not in {name.lower() for name, _ in headers}:
            head += "Content-Type: application/json\r\n"
        self.send((head + ENDS).encode("utf-8", "surrogateescape") + body)

    def ask(self):
        """What the healthy server answers: (status, headers, body)."""
        far = http.client.HTTPConnection("127.0.0.1", self.door.target, timeout=10)
        try:
            far.request(self.request.method, self.request.path, self.request.body, {**self.request.headers, "Accept-Encoding": "identity"})
            reply = far.getresponse()
            return reply.status, reply.getheaders(), reply.read()
        finally:
            far.close()

    def pass_on(self, *instead):
        """The healthy answer as it comes, with these headers instead of its own."""
        far = http.client.HTTPConnection("127.0.0.1", self.door.target)
        try:
            self.door.pass_on(self.peer, self.request, far, instead)
        finally:
            far.close()


class Door(Gateway):
    """`gate`: says of a request whether the fault meets it: True, False, or another answer. `error`: how this API words an error."""

    def __init__(self, target, gate=lambda request: True, error=lambda code, message: b"{}"):
        self.gate, self.error = gate, error
        super().__init__(target)
        self.url = "http://127.0.0.1:%d" % self.port

    def serve(self, peer):
        far = http.client.HTTPConnection("127.0.0.1", self.target)
        try:
            with peer.makefile("rb") as reader:
                while self._one(peer, reader, far):
                    pass
        except http.client.HTTPException:
            pass
        finally:
            far.close()

    def _one(self, peer, reader, far):
        """Whether another request may follow."""
        first = reader.readline().split()
        if len(first) != 3:
            return False
        headers = {k: v for k, v in http.client.parse_headers(reader).items()}
        body = reader.read(int(headers.get("Content-Length") or 0))
        request = Request(first[0].decode(), first[1].decode(), headers, body)
        answer = self.answer
        met = bool(answer) and self.gate(request)
        if met:
            (answer if met is True else met)(Exchange(self, peer, answer, request))
            return False
        return self.pass_on(peer, request, far)

    @staticmethod
    def pass_on(peer, request, far, instead=()):
        """Whether another request may follow."""
        far.request(request.method, request.path, request.body, request.headers)
        reply = far.getresponse()
        length = reply.getheader("Content-Length")
        without = {"transfer-encoding", "connection", *(name.lower() for name, _ in instead)}
        kept = [*instead, *(pair for pair in reply.getheaders() if pair[0].lower() not in without)]
        head = "HTTP/1.1 %d Whatever\r\n%s" % (reply.status, "".join("%s: %s\r\n" % pair for pair in kept))
        if length is not None:
            peer.sendall((head + "\r\n").encode() + reply.read())
            return True
        first = reply.read1(65536)  # a watch that has begun is quiet only if nothing happened since
        peer.sendall((head + ENDS).encode() + first)
        while data := reply.read1(65536):
            peer.sendall(data)
        return False


# ---- answers ----

def status(code, *headers, body=None):
    return lambda exchange: exchange.reply(code, exchange.door.error(code, "as planned") if body is None else body, headers)


def error(message):
    """In the API's own words: `message` of the request."""
    return lambda exchange: exchange.reply(500, exchange.door.error(500, message(exchange.request)))


def body(data, *headers):
    return status(200, *headers, body=data)


def reset(exchange):
    exchange.reply(200, exchange.door.error(500, "x" * 1000)[:500], length=1000)
    reset_after(b"")(exchange)


def truncated(exchange):
    """Half of what the healthy one says, with the length of all of it."""
    code, headers, data = exchange.ask()
    exchange.reply(code, data[:len(data) // 2], length=len(data))


def cut_in_json(exchange):
    """Half of what the healthy one says, as if it were all."""
    code, headers, data = exchange.ask()
    exchange.reply(code, data[:len(data) // 2])


def _bomb():
    """A GiB of spaces in a MiB."""
    packed = gzip.compress(b" " * (64 << 20), 6)
    return packed * 16


def bomb(data=_bomb()):
    return body(data, ("Content-Encoding", "gzip"))


def changed(change):
    """The healthy answer with its JSON changed; `change` of (request, document) gives the new one, or bytes."""
    def answer(exchange):
        code, headers, data = exchange.ask()
        document = change(exchange.request, json.loads(data))
        exchange.reply(code, document if isinstance(document, bytes) else json.dumps(document).encode())
    return answer


def dated(ahead):
    """The healthy answer with a clock that is so many seconds ahead, or the text of a Date."""
    def answer(exchange):
        exchange.pass_on(("Date", ahead if isinstance(ahead, str) else time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + ahead))))
    return answer


def each_leaf(change):
    def walk(value):
        if isinstance(value, dict):
            return {key: walk(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [walk(inner) for inner in value]
        return change(value)
    return changed(lambda request, document: walk(document))


def swapped(value):
    """A text becomes a number, a number a text."""
    return 7 if isinstance(value, str) else str(value)


HTML = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body><form action='/login'>kind: List items: []</form><script>alert(1)</script></body></html>"
FAR = "Fri, 31 Dec 2099 23:59:59 GMT"
RETRY_AFTER = {"seconds": "1", "zero": "0", "negative": "-5", "fraction": "1.5", "words": "soon", "nothing": "", "long ago": "Sun, 06 Nov 1994 08:49:37 GMT",
               "huge": "99999999999999999999", "far date": FAR, "broken date": "Fri, 99 Foo 2099 99:99:99 GMT"}

# By the name of the fault in faults.py.
ANSWERS = {
    "refused": refused, "closes": closes, "reset": reset, "hangs": hangs, "drips": drips(JSON_FOLLOWS + b"Content-Length: 100000\r\n\r\n" + b" " * 100000),
    **{str(code): status(code) for code in (400, 401, 403, 404, 409, 429, 500, 503)},
    **{"429, Retry-After " + name: status(429, ("Retry-After", text)) for name, text in RETRY_AFTER.items()},
    "503, Retry-After seconds": status(503, ("Retry-After", "1")),
    "HTML with 200": body(HTML, ("Content-Type", "text/html")),
    "empty": body(b""), "204": status(204, body=b""), "{}": body(b"{}"), "[]": body(b"[]"), "null": body(b"null"), "a number": body(b"42"),
    "truncated": truncated, "cut in the JSON": cut_in_json, "broken gzip": body(b"\x1f\x8b\x08\x00" + b"x" * 500, ("Content-Encoding", "gzip")),
    "gzip bomb": bomb(), "endless": flood(MIB, JSON_FOLLOWS + ENDS.encode() + b'{"items":['),
    "announces a GiB": flood(MIB, JSON_FOLLOWS + b"Content-Length: 1073741824\r\n" + ENDS.encode() + b'{"items":['), "nested": body(b'{"items":' + b"[" * 1000000),
    "wrong types": each_leaf(swapped), "nulls": each_leaf(lambda value: None), "lists for leaves": each_leaf(lambda value: [value]),
    "invalid UTF-8": body(b'{"kind":"\xff\xfe\xc0\x80","items":[]}'),
    "clock ahead": dated(3600), "clock behind": dated(-3600), "no date": dated("yesterday, I think"),
    "awkward words": error(lambda request: " ".join(NAMES)),
    "repeats our secrets": error(lambda request: "not so: %s %s" % (request.headers.get("Authorization"), request.body.decode(errors="replace"))),
}
