"""The row of sql on a real PostgreSQL, behind a door: faults when it is greeted, and when it is asked."""
import os
import socket
import struct
import threading

from door import HTML, RETRY_AFTER
from gateway import MIB, Gateway, Meeting, closes, drips, flood, hangs, refused, reset_after, says
from faults import NIGHTLY
from names import NAMES
from rows import Cannot, Case, Row

NO_HTTP = "it speaks no HTTP"
WHY = {**dict.fromkeys(["400", "204", "redirect", "503, Retry-After seconds", "[]", "{}", "null", "a number", "cut in the JSON", "nested", "lists for leaves", "broken gzip", "gzip bomb",
                        *("429, Retry-After " + form for form in RETRY_AFTER)], NO_HTTP),
       **dict.fromkeys(["page 2 fails", "deleted and recreated", "50,000 objects", "empty list", "nulls", "dated ahead", "unknown zone", "clock ahead", "clock behind", "no date"],
                       "the same code as SQLite's, or tests/peers/postgresql"),
       **dict.fromkeys(["awkward names", "NUL in a name"], "the names of its tables are the configuration's")}
# By the name of the fault: SQLSTATE, and what it says.
REFUSALS = {"401": ("28P01", 'password authentication failed for user "slo"'), "403": ("42501", "permission denied for view alive"), "404": ("42P01", 'relation "alive" does not exist'),
            "409": ("40001", "could not serialize access"), "429": ("53300", "too many connections for role slo"), "500": ("XX000", "cache lookup failed"), "503": ("57P03", "the database system is starting up"),
            "unknown enum values": ("ZZZZZ", "no such state"), "awkward words": ("XX000", " ".join(name.replace("\0", "") for name in NAMES))}
GIB = b"D" + struct.pack(">i", 1 << 30)
CLEARTEXT = b"R" + struct.pack(">ii", 8, 3)  # it wants the password so


def message(kind, data):
    return kind + struct.pack(">i", len(data) + 4) + data


def refusal(kind, state, text):
    return message(kind, b"".join(name + value.encode() + b"\0" for name, value in ((b"S", "FATAL"), (b"C", state), (b"M", text))) + b"\0")


def repeats(talk):
    """It wants the password as it is, and says it again in its refusal."""
    talk.send(CLEARTEXT)
    told = talk.peer.recv(4096)[5:-1].decode()
    talk.send(refusal(b"E", "XX000", "not so: " + told))


ANSWERS = {"refused": refused, "closes": closes, "reset": reset_after(b"R\0\0"), "hangs": hangs, "drips": drips(message(b"S", b"server_version\0" + b"1" * 1000)),
           "truncated": says(message(b"D", b"x" * 500)[:100]), "empty": says(b""), "endless": flood(refusal(b"N", "01000", "notice \x1b[31m" * 100)),
           "announces a GiB": flood(MIB, GIB) if NIGHTLY else flood(MIB[:1 << 18], GIB, pause=0.001), "HTML with 200": says(HTML), "wrong types": says(message(b"\x01", b"?")),
           "invalid UTF-8": says(refusal(b"E", "XX000", "x").replace(b"x", b"\xff\xfe\xc0\x80")),
           **{name: says(refusal(b"E", *what)) for name, what in REFUSALS.items()}, "repeats our secrets": repeats}


class SqlDoor(Gateway):
    """Passes bytes on; an answer meets a connection at its first bytes, or when a table is asked for."""

    def __init__(self, target, stage):
        self.stage = stage
        super().__init__(target)

    def serve(self, near):
        with socket.create_connection(("127.0.0.1", self.target)) as far:
            try:
                self._pass(near, far)
            finally:
                far.shutdown(socket.SHUT_RDWR)  # closed alone, it stays open until the other thread has read from it

    def _pass(self, near, far):
        threading.Thread(target=self._back, args=(near, far), daemon=True).start()
        while data := near.recv(65536):
            answer = self.answer
            if answer and (self.stage == "greeting" or b"loaded_at" in data):
                return answer(Meeting(self, near, answer))
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
        memory = 1 << 30 if NIGHTLY and (name, fault) == ("answer", "announces a GiB") else 0  # libpq takes it in where it comes faster than it can be read
        case = Case(lambda: made.put({**ANSWERS, None: None}[fault]), lambda: made.put(None), memory=memory)
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
