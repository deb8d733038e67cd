"""A server that takes heartbeats, well or badly."""
import json
import re
import socket
import ssl
import threading

TOKEN = "canary-0123456789abcdef0123456789"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


class Exporter:
    """A server that takes heartbeats and finds fault with every request that is not exactly right."""

    def __init__(self, reply="200 OK", tls=None, listening=True):
        self.reply, self.tls = reply, tls  # reply: a status line's end, or a function of (connection, number of request)
        self.events, self.faults, self.connections = [], [], []
        self.changed = threading.Condition()
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        if listening:
            self.listen()

    def listen(self):
        self.socket.listen(512)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        number = 0
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.connections.append(connection)
            number += 1
            threading.Thread(target=self.serve, args=(connection, number), daemon=True).start()

    def serve(self, connection, number):
        connection.settimeout(30)
        try:
            if self.tls:
                connection = self.tls.wrap_socket(connection, server_side=True)
            event = self.read(connection)
            if callable(self.reply):
                status = self.reply(connection, number)
            else:
                status = self.reply
            if status and status.startswith("200"):
                with self.changed:
                    self.events.append(event)
                    self.changed.notify_all()
            if status:
                connection.sendall(f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{{}}".encode())
        except (OSError, ssl.SSLError):
            pass
        except Exception as fault:  # noqa: BLE001
            self.faults.append(repr(fault))
        finally:
            connection.close()

    def read(self, connection):
        data = b""
        while b"\r\n\r\n" not in data:
            got = connection.recv(65536)
            if not got:
                raise OSError("cut")
            data += got
        head, body = data.split(b"\r\n\r\n", 1)
        lines = head.decode("ascii").split("\r\n")
        method, path, version = lines[0].split(" ")
        headers = dict(line.split(": ", 1) for line in lines[1:])
        assert (method, version) == ("POST", "HTTP/1.1"), lines[0]
        assert len(headers) == len(lines) - 1 == 6, lines
        assert headers["Host"] == self.url.split("//")[1] or headers["Host"].startswith("localhost:"), headers
        assert headers["Authorization"] == "Bearer " + TOKEN, headers
        assert headers["Content-Type"] == "application/json" and headers["Connection"] == "close", headers
        assert re.fullmatch(r"/api/v1/heartbeat/([A-Za-z0-9._~/-]|%[0-9A-F]{2})+", path), path
        while len(body) < int(headers["Content-Length"]):
            body += connection.recv(65536)
        assert len(body) == int(headers["Content-Length"]), "more than announced"
        event = json.loads(body.decode("utf-8"))
        keys = {"start": [], "success": ["exit_code"], "failure": ["exit_code", "message"]}[event["status"]]
        assert set(event) - {"status", "run_id", "at"} <= set(keys), event
        assert TIME.fullmatch(event["at"]) and 0 < len(event["run_id"]) <= 200, event
        assert len(event.get("message", "").encode()) <= 8192
        return dict(event, path=path)

    def wait(self, count, seconds=60):
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.events) >= count, seconds), (self.events, self.faults)
            return list(self.events)

    def close(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        for one in [self.socket, *self.connections]:
            one.close()
