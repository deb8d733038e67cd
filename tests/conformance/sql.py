"""The row of sql on a real PostgreSQL, behind a door: faults when it is greeted, and when it is asked."""
import os
import socket
import struct
import threading
import time

import door
from door import HTML, RETRY_AFTER
from names import NAMES
from rows import Cannot, Case, Row

NO_HTTP = "it speaks no HTTP"
WHY = {**dict.fromkeys(["400", "204", "redirect", "503, Retry-After seconds", "[]", "{}", "null", "a number", "cut in the JSON", "nested", "lists for leaves", "broken gzip",
                        *("429, Retry-After " + form for form in RETRY_AFTER)], NO_HTTP),
       **dict.fromkeys(["page 2 fails", "deleted and recreated", "50,000 objects", "empty list", "nulls", "dated ahead", "unknown zone", "clock ahead", "clock behind", "no date"],
                       "the same code as SQLite's, or tests/peers/postgresql"),
       "awkward names": "the names of its tables are the configuration's"}
# By the name of the fault: SQLSTATE, and what it says.
REFUSALS = {"401": ("28P01", 'password authentication failed for user "slo"'), "403": ("42501", "permission denied for view alive"), "404": ("42P01", 'relation "alive" does not exist'),
            "409": ("40001", "could not serialize access"), "429": ("53300", "too many connections for role slo"), "500": ("XX000", "cache lookup failed"), "503": ("57P03", "the database system is starting up"),
            "unknown enum values": ("ZZZZZ", "no such state"), "awkward words": ("XX000", " ".join(name.replace("\0", "") for name in NAMES))}
CLEARTEXT = b"R" + struct.pack(">ii", 8, 3)  # it wants the password so


def message(kind, data):
    return kind + struct.pack(">i", len(data) + 4) + data


def refusal(kind, state, text):
    return message(kind, b"".join(name + value.encode() + b"\0" for name, value in ((b"S", "FATAL"), (b"C", state), (b"M", text))) + b"\0")


class Talk:
    """One connection that the fault meets: the daemon is `near`, the server `far` (none in a greeting)."""

    def __init__(self, owner, near, far, put):
        self.owner, self.near, self.far, self.put = owner, near, far, put

    def goes_on(self, seconds):
        until = time.monotonic() + seconds
        while self.owner.answer is self.put and time.monotonic() < until:
            time.sleep(min(0.1, seconds))
        return self.owner.answer is self.put


def flood(data):
    def answer(talk):
        while talk.goes_on(0):
            talk.near.sendall(data)
    return answer


def hangs(talk):
    while talk.goes_on(1):
        pass


def says(data):
    return lambda talk: talk.near.sendall(data)


def drips(talk):
    for byte in message(b"S", b"server_version\0" + b"1" * 1000):
        if not talk.goes_on(0.1):
            return
        talk.near.sendall(bytes([byte]))


def reset(talk):
    talk.near.sendall(b"R\0\0")
    talk.near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def repeats(talk):
    """It wants the password as it is, and says it again in its refusal."""
    talk.near.sendall(CLEARTEXT)
    told = talk.near.recv(4096)[5:-1].decode()
    talk.near.sendall(refusal(b"E", "XX000", "not so: " + told))


def huge(talk):
    """A message of a GiB."""
    talk.near.sendall(b"D" + struct.pack(">i", 1 << 30))
    flood(door.MIB)(talk)


ANSWERS = {"closes": lambda talk: None, "reset": reset, "hangs": hangs, "drips": drips, "truncated": says(message(b"D", b"x" * 500)[:100]), "empty": says(b""),
           "endless": flood(refusal(b"N", "01000", "notice \x1b[31m" * 100)), "gzip bomb": huge, "HTML with 200": says(HTML), "wrong types": says(message(b"\x01", b"?")),
           "invalid UTF-8": says(refusal(b"E", "XX000", "x").replace(b"x", b"\xff\xfe\xc0\x80")),
           **{name: says(refusal(b"E", *what)) for name, what in REFUSALS.items()}, "repeats our secrets": repeats}


class SqlDoor:
    """Passes bytes on to `port`; an answer meets a connection at its first bytes, or when a table is asked for."""

    def __init__(self, port, stage):
        self.port_of_server, self.stage, self.answer, self.peers, self.lock = port, stage, None, set(), threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def put(self, answer):
        self.answer = answer
        with self.lock:
            for peer in self.peers:
                try:
                    peer.shutdown(socket.SHUT_RDWR)
                except OSError:  # it has ended by itself
                    pass

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.put(None)

    def _accept(self):
        while True:
            try:
                near = self.listener.accept()[0]
            except OSError:
                return
            with self.lock:
                self.peers.add(near)
            threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _serve(self, near):
        try:
            if self.answer is not door.refused:
                with socket.create_connection(("127.0.0.1", self.port_of_server)) as far:
                    self._pass(near, far)
        except OSError:
            pass
        with self.lock:
            self.peers.discard(near)
        near.close()

    def _pass(self, near, far):
        threading.Thread(target=self._back, args=(near, far), daemon=True).start()
        while data := near.recv(65536):
            answer = self.answer
            if answer and (self.stage == "greeting" or b"loaded_at" in data):
                return answer(Talk(self, near, far, answer))
            far.sendall(data)

    @staticmethod
    def _back(near, far):
        try:
            while data := far.recv(65536):
                near.sendall(data)
        except OSError:
            pass


class Sql(Row):
    kind, doors = "sql", ("greeting", "answer")

    def skip(self):
        import server
        return None if server.programs() else "there is no PostgreSQL on this machine"

    def open(self, folder):
        from server import PASSWORD, Server
        self.opened, self.password = [], PASSWORD
        self.server = Server()
        with open(self.server.dir / "data" / "postgresql.conf", "a") as config:
            config.write("max_connections = 200\n")
        self.server.start()
        self.server.sql("create role slo login password '%s'; create view alive as select now() as loaded_at; create table done as select now() as loaded_at; "
                        "create table dead as select now() - interval '2 hours' as loaded_at; grant select on alive, done, dead to slo" % PASSWORD)

    def case(self, name, fault, folder):
        if fault in WHY:
            return Cannot(WHY[fault])
        if fault == "repeats our secrets" and name == "answer":
            return Cannot("nothing secret is told after the login")
        made = SqlDoor(self.server.port, name)
        self.opened.append(made)
        case = Case(lambda: made.put({**ANSWERS, "refused": door.refused, None: None}[fault]), lambda: made.put(None))
        case.door = made
        return case

    def source(self, case, folder):
        file = os.path.join(folder, "password")
        with open(file, "w") as out:
            out.write(self.password)
        return "sql: {url: 'postgresql://slo@127.0.0.1:%d/postgres?sslmode=disable', password: {file: %s}, updated_at: loaded_at}, poll_interval: 1s, timeout: 6s" % (case.door.port, file)

    def job(self, role, source):
        return "output: %s/%s" % (source, role)

    def secrets(self):
        return [self.password]

    def close(self):
        for each in self.opened:
            each.close()
        self.server.remove()
