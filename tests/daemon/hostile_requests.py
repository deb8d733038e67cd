"""Requests that no honest client sends, each with the statuses that answer it, in their order; CLOSED: no byte comes back.

A case is (name, bytes, statuses). The client sends all of it, says that no more comes, and reads to the end.
"""
import gzip
import json

from case import TOKEN

CLOSED = []
BEAT = "/api/v1/heartbeat/backup"
BEARER = "Authorization: Bearer " + TOKEN
JSON = "Content-Type: application/json"
FORM = "Content-Type: application/x-www-form-urlencoded"
HEAD_LIMIT, HEADERS_LIMIT, TARGET_LIMIT, BODY_LIMIT = 16 << 10, 100, 8000, 64 << 10


def raw(line, *headers, body=b"", host="Host: h"):
    """One request; headers are texts or bytes. The connection ends with it, unless the caller says otherwise."""
    lines = [line, *([host] if host else []), *headers]
    return b"\r\n".join(h if isinstance(h, bytes) else h.encode("latin-1") for h in lines) + b"\r\n\r\n" + body


def get(target, *headers, **more):
    return raw("GET %s HTTP/1.1" % target, "Connection: close", *headers, **more)


def beat(body, *headers, path=BEAT, length=None):
    body = body if isinstance(body, bytes) else body.encode()
    size = "Content-Length: %s" % (len(body) if length is None else length)
    return raw("POST %s HTTP/1.1" % path, "Connection: close", BEARER, size, *headers, body=body)


def table(name, make, rows):
    """Cases that differ in one text: rows of (text, statuses)."""
    return [("%s %r" % (name, text if len(text) < 50 else "%s... of %d" % (text[:20], len(text))), make(text), statuses) for text, statuses in rows]


SMUGGLED = b"GET /-/reload HTTP/1.1\r\nHost: h\r\n\r\n"
LENGTHS = [("+2", [400]), ("-2", [400]), ("0x2", [400]), ("2,2", [400]), ("2, 3", [400]), ("2 ", [200]), (" 2", [200]), ("2\t", [200]), ("2;", [400]), ("2.0", [400]),
           ("2e0", [400]), ("", [400]), ("two", [400]), ("\xb2", [400]), ("0000000000000002", [200]), ("1_0", [400]), ("2 2", [400]), ("NaN", [400]),
           ("2147483648", [413]), ("4294967298", [413]), ("9223372036854775807", [413]), ("18446744073709551618", [413]), ("9" * 400, [413]), ("65537", [413])]
TRANSFER = ["chunked", "Chunked", "identity", "gzip, chunked", "chunked, identity", "chunked, chunked", " chunked", "\tchunked", "chunked ", "xchunked", "", '"chunked"', "chunked;q=1", "cow"]
HEADER_NAMES = ["Content-Length ", "Content-Length\t", " Content-Length", "Content Length", "Content-Length\x0b", "", "Content-Length\x00", "C\xf6ntent", "(Content-Length)", "Content/Length", "a@b", "a[b]", "{a}"]
CONTROLS = [b"\x00", b"\x01", b"\x07", b"\x08", b"\x0b", b"\x0c", b"\x1b[31m", b"\x7f", b"\n", b"\r", b"\rX: y"]
TARGETS = [("*", [400]), ("", [400]), ("http://evil.example/", [400]), ("https://evil.example:443/metrics", [400]), ("//evil.example/", [404]), ("evil.example:443", [400]), ("\\metrics", [400]),
           ("/%", [400]), ("/%zz", [400]), ("/%2", [400]), ("/jobs/%00", [404]), ("/jobs/%0d%0aX-Evil:%20y", [404]), ("/jobs/%ff%fe", [404]), ("/jobs/%c0%af", [404]),
           ("/../../../etc/passwd", [404]), ("/%2e%2e/%2e%2e/etc/passwd", [404]), ("/static/../../etc/passwd", [404]), ("/static/..%2f..%2fetc%2fpasswd", [404]), ("/static/%252e%252e/x", [404]),
           ("/./metrics", [404]), ("/metrics/", [404]), ("//metrics", [404]), ("/metrics%20", [404]), ("/metrics%00", [404]), ("/metrics;a=b", [404]), ("/METRICS", [404]), ("/metrics#x", [200]),
           ("/jobs/<script>alert(1)</script>", [404]), ("/jobs/javascript:alert(1)", [404]), ("/jobs/" + "a/" * 500, [404]), ("/jobs/" + "%41" * 2000, [404]), ("/?page=-1", [200]), ("/?page=99999999999999999999", [200]),
           ("/?page=1e9&page=2", [200]), ("/?state=%3Cscript%3E", [200]), ("/?team=%00%ff", [200]), ("/?" + "a=b&" * 1500, [200]), ("/?" + "&" * 5000, [200]), ("/?%=%&=&", [200]), ("/?a[b][c]=d", [200]),
           ("/api/v1/jobs?limit=-1", [200]), ("/api/v1/jobs/%00", [404]), ("/api/v1/jobs/..%2fsources", [404]), ("/api/v1/status/config?x=" + "y" * 3000, [200]), ("/-/reload", [405]), ("/-/quit", [404]),
           ("/debug/pprof/", [404]), ("/.git/config", [404]), ("/cgi-bin/;id", [404]), ("/${jndi:ldap://evil/}", [404]), ("/a" * 3999, [404])]
METHODS = [("HEAD", [200]), ("OPTIONS", [405]), ("TRACE", [405]), ("CONNECT", [405]), ("PUT", [405]), ("DELETE", [405]), ("PATCH", [405]), ("POST", [405]), ("PROPFIND", [400]), ("PRI", [405]),
           ("get", [400]), ("Get", [400]), ("G3T", [400]), ("GET\x00", [400]), ("G\tET", [400]), ("", [400]), (" GET", [400]), ("A" * 200, [400]), ("A" * 15000, [414])]
VERSIONS = [("HTTP/1.0", [200]), ("HTTP/0.9", [505]), ("HTTP/2.0", [505]), ("HTTP/1.2", [505]), ("HTTP/1.10", [505]), ("HTTP/1", [505]), ("http/1.1", [505]), ("HTTP/1.1 ", [400]), ("HTTP/+1.1", [505]), ("HTTP /1.1", [400]),
            ("HTTPS/1.1", [505]), ("HTTP/1.1x", [505]), ("SIP/2.0", [505]), ("ICY", [505]), ("HTTP/1,1", [505])]
RANGES = ["bytes=0-", "bytes=" + ",".join("%d-" % i for i in range(1500)), "bytes=" + "0-0," * 3000 + "1-1", "bytes=-1", "bytes=9-1", "bytes=99999999999999999999-", "lines=1-2", "bytes=", "bytes=0-18446744073709551615"]
ACCEPTS = ["application/openmetrics-text;version=99", "*/*;q=" + "9" * 300, ";;;,,,", "text/html;" * 1000, "\xff\xfe", "a/b;q=nan", "text/plain;version=\"0.0.4"]
ENCODINGS = ["gzip;q=1e400", "*;q=0", "identity;q=0, *;q=0", "gzip," * 3000, "br;q=1.0, gzip;q=-1", "x" * 9000]
EXPECTS = [("100-continue", [100, 200]), ("100-Continue", [100, 200]), ("200-ok", [417]), ("", [417]), ("100-continue, x", [417]), ("x" * 1000, [417])]
BODIES = [("", [200]), ("{", [400]), ("null", [400]), ("[]", [400]), ("5", [400]), ('"a"', [400]), ("[" * 65000, [400]), ('{"a":' * 13000, [400]), ('{"status":{"a":1}}', [400]), ('{"status":["success"]}', [400]),
          ('{"status":"success","status":"failure"}', [400]), ('{"status":"suc\x00cess"}', [400]), ('{"status":"success","colour":1}', [400]), ('{"status":true}', [400]), ('{"exit_code":1e400}', [400]), ('{"exit_code":0.5}', [400]),
          ('{"exit_code":99999999999999999999}', [400]), ('{"exit_code":-9223372036854775809}', [400]), ('{"at":"9999-99-99T99:99:99Z"}', [400]), ('{"at":"0000-00-00T00:00:00Z"}', [400]), ('{"at":5}', [400]),
          ('{"status":"success","exit_code":3}', [400]), ('{"run_id":"a\\nb"}', [400]), ('{"run_id":"%s"}' % ("x" * 201), [400]), ('{"run_id":"\\u0000"}', [400]), ('{"message":"\\ud800"}', [400]), ("{'status':'success'}", [400]),
          ('{"status":"success"}{"status":"failure"}', [400]), ('{"status":"success",}', [400]), ('// {}\n{"status":"success"}', [400]), ("{\"status\":\"success\"\x1a}", [400]), ("<status>success</status>", [400]), ("---\nstatus: success", [400])]
FORMS = [("status=success&status=failure", [400]), ("status=success&" * 4300, [400]), ("&" * 65000, [400]), ("=&=&=", [400]), ("status[]=success", [400]), ("status=success%00", [400]), ("%73tatus=nothing", [400]), ("status=success;run_id=a", [400]),
         ("exit_code=%2b1", [400]), ("exit_code=1e1", [400]), ("exit_code= 1", [400]), ("at=yesterday", [400]), ("__proto__=x", [400]), ("a" * 65000, [400])]
ORIGINS = ["Origin: https://evil.example", "Origin: null", "Origin: http://h.evil.example", "Origin: http://h@evil", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site", "Sec-Fetch-Site: \xff", "Origin: file://"]
TOKENS = ["Bearer", "Bearer ", "Bearer " + TOKEN + "x", "Bearer " + TOKEN[:-1], "bearer", "Basic " + TOKEN, TOKEN, "Bearer  " + TOKEN, "Bearer \xff\xfe", "Bearer " + "x" * 10000, "Digest username=\"a\"", "Bearer %s, Bearer x" % TOKEN]
GARBAGE = [("nothing at all", b"", CLOSED), ("one byte", b"G", [408]), ("blank lines", b"\r\n\r\n", [400]), ("a line feed alone", b"\n", [408]), ("nulls", b"\x00" * 1000, [408]),
           ("random bytes", bytes((i * 131 + 7) % 256 for i in range(4000)), [408]), ("HTTP/0.9", b"GET /\r\n\r\n", [400]), ("HTTP/2 preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00", [400]),
           ("TLS hello", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 508, [408]), ("SSLv2 hello", b"\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10", [408]), ("SSH", b"SSH-2.0-OpenSSH_9.2\r\n", [408]), ("SMTP", b"EHLO a\r\nMAIL FROM:<a@b>\r\nDATA\r\n\r\n", [400]),
           ("PROXY protocol", b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n" + get("/"), [400]), ("Redis", b"*1\r\n$4\r\nPING\r\n", [408]), ("RDP", b"\x03\x00\x00\x13\x0e\xe0\x00\x00\x00\x00\x00\x01\x00\x08\x00\x03\x00\x00\x00", [408]),
           ("a reply", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", [400]), ("a byte order mark", b"\xef\xbb\xbf" + get("/"), [400]), ("UTF-16", get("/").decode().encode("utf-16"), [408]), ("a line that never ends", b"GET /" + b"a" * 200000, [431]),
           ("a header that never ends", b"GET / HTTP/1.1\r\nX: " + b"a" * 200000, [431]), ("line feeds only", b"GET / HTTP/1.1\nHost: h\nConnection: close\n\n", [408]), ("carriage returns only", b"GET / HTTP/1.1\rHost: h\r\r", [408]),
           ("half a line", b"GET /metr", [408]), ("half a head", b"GET /metrics HTTP/1.1\r\nHost: h\r\n", [408]), ("half a body", raw("POST %s HTTP/1.1" % BEAT, BEARER, JSON, "Content-Length: 100", body=b'{"st'), [408])]


def smuggling():
    """What two readers could take for two different requests."""
    yield from table("Content-Length", lambda text: beat("{}", JSON, length=text), LENGTHS)
    for text in TRANSFER:
        yield "Transfer-Encoding %r" % text, raw("POST %s HTTP/1.1" % BEAT, BEARER, "Transfer-Encoding: " + text, body=b"0\r\n\r\n"), [411]
        yield "Transfer-Encoding %r and a length" % text, raw("POST %s HTTP/1.1" % BEAT, BEARER, "Content-Length: 4", "Transfer-Encoding: " + text, body=b"0\r\n\r\n" + SMUGGLED), [411]
    for name in HEADER_NAMES:
        yield "header name %r" % name, raw("POST %s HTTP/1.1" % BEAT, BEARER, "%s: 5" % name, body=SMUGGLED), [400]
    yield "two lengths", raw("POST %s HTTP/1.1" % BEAT, BEARER, "Content-Length: 2", "Content-Length: 37", body=b"{}" + SMUGGLED), [400]
    yield "two equal lengths", raw("POST %s HTTP/1.1" % BEAT, BEARER, "Content-Length: 2", "content-length: 2", body=b"{}"), [400]
    yield "a folded header", raw("GET / HTTP/1.1", "X: a", " Content-Length: 5", body=SMUGGLED), [400]
    yield "a folded first header", b"GET / HTTP/1.1\r\n Host: h\r\n\r\n", [400]
    yield "a body of GET", get("/", "Content-Length: 5", body=b"hello"), [400]
    yield "a body of HEAD", raw("HEAD / HTTP/1.1", "Content-Length: 5", body=b"hello"), [400]
    yield "no host", get("/", host=None), [400]
    yield "two hosts", get("/", "Host: evil.example"), [400]
    yield "a second request in a body of no length", raw("POST %s HTTP/1.1" % BEAT, "Connection: close", BEARER, body=SMUGGLED), [200]
    yield "a method override", get("/-/reload", "X-HTTP-Method-Override: POST"), [405]
    yield "an address that is rewritten", get("/", "X-Original-URL: /-/reload", "X-Rewrite-URL: /-/reload"), [200]
    yield "an address that is believed", get("/", "X-Forwarded-For: 127.0.0.1", "REMOTE_ADDR: 127.0.0.1", "X-Forwarded-Host: evil"), [200]


def grammar():
    yield from table("target", get, TARGETS)
    yield from table("method", lambda text: raw("%s /metrics HTTP/1.1" % text, "Connection: close", "Content-Length: 0"), METHODS)
    yield from table("version", lambda text: raw("GET /-/healthy " + text, "Connection: close"), VERSIONS)
    for control in CONTROLS:
        yield "control %r in a header" % control, get("/", b"X: a" + control + b"b"), [400]
        yield "control %r in the target" % control, b"GET /a" + control + b"b HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", [400]
    for text in ("GET  / HTTP/1.1", "GET /a b HTTP/1.1", "GET\t/\tHTTP/1.1", "GET / HTTP/1.1 HTTP/1.1", "GET /", "GET"):
        yield "first line %r" % text, raw(text), [400]
    yield "no colon", get("/", "X"), [400]
    yield "an empty line within the headers", get("/") + b"X: y\r\n\r\n", [200]


def sizes():
    yield "the longest target", get("/" + "a" * (TARGET_LIMIT - 1)), [404]
    yield "a target too long", get("/" + "a" * TARGET_LIMIT), [414]
    yield "a target of 1 MiB", get("/" + "a" * (1 << 20)), [431]
    yield "a header of 20 KiB", get("/", "X: " + "a" * 20000), [431]
    yield "a cookie of 15 KiB", get("/", "Cookie: " + "a=b; " * 3000), [200]
    yield "as many headers as may be", get("/", *["X%d: y" % i for i in range(HEADERS_LIMIT - 2)]), [200]
    yield "a header too many", get("/", *["X%d: y" % i for i in range(HEADERS_LIMIT - 1)]), [431]
    yield "10,000 headers", get("/", *["X: y"] * 10000), [431]
    yield "a header 98 times", get("/", *["X: y"] * 98), [200]
    yield "the largest body", beat(b'{"status":"success"' + b" " * (BODY_LIMIT - 20) + b"}", JSON), [200]
    yield "a body too large", beat(b" " * (BODY_LIMIT + 1), JSON), [413]
    yield "a message of 60 KB", beat(json.dumps({"status": "failure", "message": "x" * 60_000}), JSON), [200]
    for text in RANGES:
        yield "range %r" % text[:30], get("/metrics", "Range: " + text), [200]
    yield "a range and a date", get("/metrics", "Range: bytes=0-1", "If-Range: x"), [200]
    for text in ACCEPTS:
        yield "accept %r" % text[:30], get("/metrics", "Accept: " + text), [200]
    for text in ENCODINGS:
        yield "accept-encoding %r" % text[:30], get("/metrics", "Accept-Encoding: " + text), [200]


def bodies():
    yield from table("JSON", lambda text: beat(text, JSON), BODIES)
    yield from table("form", lambda text: beat(text, FORM), FORMS)
    yield from table("expect", lambda text: beat('{"status":"success"}', JSON, "Expect: " + text), EXPECTS)
    bomb = gzip.compress(b" " * (20 << 20))
    for coding in ("gzip", "deflate", "br", "x-gzip", "gzip, gzip"):
        yield "a bomb in " + coding, beat(bomb, JSON, "Content-Encoding: " + coding), [415]
    yield "a bomb that is not named", beat(bomb, JSON), [400]
    for kind in ("", "multipart/form-data; boundary=x", "application/xml", "text/html", "application/json/x", "application/jsonx", "image/png", "\xff", "application/json" + ";a=b" * 2000 + "x"):
        yield "type %r" % kind[:40], beat("<a/>", "Content-Type: " + kind), [400]
    yield "no type", beat('{"status":"success"}'), [400]
    yield "a plain text that says no status", beat("all is well", "Content-Type: text/plain"), [400]
    yield "said twice, in body and address", beat('{"status":"success"}', JSON, path=BEAT + "?status=failure"), [400]
    yield "an unknown key in the address", beat('{"status":"success"}', JSON, path=BEAT + "?token=x"), [400]


def permissions():
    for header in ORIGINS:
        yield "a foreign page: %r" % header, raw("POST %s HTTP/1.1" % BEAT, "Connection: close", header, "Content-Length: 0"), [403]
        yield "a foreign page reloads: %r" % header, raw("POST /-/reload HTTP/1.1", "Connection: close", header, "Content-Length: 0"), [403]
    for value in TOKENS:
        yield "authorization %r" % value[-40:], raw("POST %s HTTP/1.1" % BEAT, "Connection: close", "Authorization: " + value, "Content-Length: 0"), [404]
    yield "two tokens", raw("POST %s HTTP/1.1" % BEAT, "Connection: close", "Authorization: Bearer x", BEARER, "Content-Length: 0"), [404]
    yield "an unknown job", beat('{"status":"success"}', JSON, path="/api/v1/heartbeat/nobody"), [404]
    yield "a job with steps", beat('{"status":"success"}', JSON, path="/api/v1/heartbeat/x/../backup"), [404]
    yield "a job of 7 KB", beat('{"status":"success"}', JSON, path="/api/v1/heartbeat/" + "x" * 7000), [404]


def connections():
    yield "websocket", raw("GET / HTTP/1.1", "Connection: Upgrade, close", "Upgrade: websocket", "Sec-WebSocket-Key: eA==", "Sec-WebSocket-Version: 13"), [200]
    yield "h2c", raw("GET / HTTP/1.1", "Connection: Upgrade, HTTP2-Settings, close", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk"), [200]
    yield "three at once", raw("GET /-/healthy HTTP/1.1") * 2 + get("/-/healthy"), [200, 200, 200]
    yield "a bad one among good ones", raw("GET /-/healthy HTTP/1.1") + b"BAD\r\n\r\n" + get("/-/healthy"), [200, 400]
    yield "200 at once", raw("GET /-/healthy HTTP/1.1") * 199 + get("/-/healthy"), [200] * 200
    yield "one after the last", get("/-/healthy") + get("/-/healthy"), [200]
    yield "a good body and garbage behind it", raw("POST %s HTTP/1.1" % BEAT, BEARER, JSON, "Content-Length: 20", body=b'{"status":"success"}\x00\x00\r\n\r\n'), [200, 400]
    for text, answer in (("keep-alive, close", [200]), ("\x01", [400]), ("close" * 2000, [400]), ("Host, Content-Length, close", [200])):
        yield "connection %r" % text[:20], raw("GET /-/healthy HTTP/1.1", "Connection: " + text), answer
    yield from GARBAGE


CASES = [case for make in (smuggling, grammar, sizes, bodies, permissions, connections) for case in make()]
