"""What answers to MySQL's protocol as it likes, without TLS: it keeps all that it is sent.

    with Rogue(switch_to="mysql_clear_password") as rogue:  # or ask_for="/etc/passwd"
        rogue.port; rogue.heard
"""
import socket
import threading

OK = b"\x00\x00\x00\x02\x00\x00\x00"
LOCAL_FILES, MANY_STATEMENTS = 0x80, 0x10000
# long password, with a database, protocol 4.1, transactions, secure connection, plugins; no TLS
ABILITIES = 0x1 | 0x8 | 0x200 | 0x2000 | 0x8000 | 0x80000 | LOCAL_FILES | MANY_STATEMENTS
AFTER_VERSION = (b"\x00\x01\x00\x00\x00" + b"12345678\x00" + (ABILITIES & 0xffff).to_bytes(2, "little") + b"\x2d\x02\x00" +
                 (ABILITIES >> 16).to_bytes(2, "little") + b"\x15" + bytes(10) + b"123456789012\x00")
SCRAMBLE = b"x" * 20
EOF = b"\xfe\x00\x00\x02\x00"
SELECT, PREPARE, FORGET = b"\x03SELECT", b"\x16", b"\x19"


def prepared(columns):
    """The answer to a PREPARE."""
    return b"\x00\x01\x00\x00\x00" + columns.to_bytes(2, "little") + bytes(5)


def column(kind):
    """How a result describes a column; kind: 7 is TIMESTAMP."""
    return b"\x03def\x00\x00\x00\x01a\x00\x0c\x3f\x00\x13\x00\x00\x00" + bytes([kind]) + bytes(5)


class Rogue:
    """`plugin`: how one logs in at first, `switch_to`: what it wants then; `key`: a caching_sha2_password wants the password, and gives this key for it.
    `answers`: to a command that begins so, these packets."""

    def __init__(self, switch_to=None, ask_for=None, version="5.5.5-10.11.0-MariaDB", plugin="mysql_native_password", key=b"", answers=None):
        self.greeting = b"\x0a" + version.encode() + AFTER_VERSION + plugin.encode() + b"\x00"
        self.switch_to, self.ask_for, self.key, self.answers = switch_to, ask_for, key, answers or {}
        self.heard, self.asked, self.encrypted = b"", 0, b""
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()

    def _serve(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            with peer:
                peer.settimeout(2)
                try:
                    self._talk(peer)
                except OSError:
                    pass

    def _talk(self, peer):
        self._send(peer, 0, self.greeting)
        number, _ = self._receive(peer)
        if self.switch_to:
            self._send(peer, number + 1, b"\xfe" + self.switch_to.encode() + b"\x00" + SCRAMBLE + b"\x00")
            self.asked += 1
            number, _ = self._receive(peer)
            if self.switch_to == "caching_sha2_password":
                number = self._want_password(peer, number)
        self._send(peer, number + 1, OK)
        while True:
            number, body = self._receive(peer)
            is_question = number == 0  # else a piece of a file
            for packet in self._answer(body) if is_question else [OK]:
                number += 1
                self._send(peer, number, packet)
            self.asked += 1

    def _want_password(self, peer, number):
        """It has not got it in its cache, as it says."""
        self._send(peer, number + 1, b"\x01\x04")
        number, said = self._receive(peer)
        if said == b"\x02":
            self._send(peer, number + 1, b"\x01" + self.key)
            number, self.encrypted = self._receive(peer)
        return number

    def _answer(self, body):
        if body.startswith(FORGET):  # a prepared statement: it wants no answer
            return []
        if self.ask_for:
            return [b"\xfb" + self.ask_for.encode()]
        return next((packets for start, packets in self.answers.items() if body.startswith(start)), [OK])

    def _send(self, peer, number, body):
        while True:
            piece, body = body[:0xffffff], body[0xffffff:]
            peer.sendall(len(piece).to_bytes(3, "little") + bytes([number & 0xff]) + piece)
            if len(piece) < 0xffffff:
                return
            number += 1

    def _receive(self, peer):
        """The number of the next packet, and what it holds."""
        head = peer.recv(4, socket.MSG_WAITALL)
        if len(head) < 4:
            raise ConnectionError
        body = peer.recv(int.from_bytes(head[:3], "little"), socket.MSG_WAITALL)
        self.heard += body
        return head[3], body
