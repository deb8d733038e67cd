"""What stands before a healthy server: it lets connections through, or answers them as a fault does. What speaks over them is another's matter.

    gateway.put(answer)  # all that is open breaks; what comes then is answered so
    gateway.put(None)
"""
import select
import socket
import struct
import threading

MIB = bytes(1 << 20)


class Meeting:
    """One connection that a fault meets; `peer` is the daemon."""

    def __init__(self, gateway, peer, answer):
        self.gateway, self.peer, self.put = gateway, peer, answer

    def send(self, data):
        self.peer.sendall(data)

    def goes_on(self, seconds):
        """After so long: whether the fault is still there, and the peer too."""
        gone = select.poll()
        gone.register(self.peer, select.POLLRDHUP)
        return not gone.poll(seconds * 1000) and self.gateway.answer is self.put


class Gateway:
    """Of each kind of server there is one class, with `serve`: all that happens on one connection."""

    def __init__(self, target):
        self.target, self.answer = target, None
        self.peers, self.lock = set(), threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def serve(self, peer):
        raise NotImplementedError

    def put(self, answer):
        self.answer = answer
        with self.lock:
            peers = list(self.peers)
        for peer in peers:
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
                peer = self.listener.accept()[0]
            except OSError:
                return
            with self.lock:
                self.peers.add(peer)
            threading.Thread(target=self._meet, args=(peer,), daemon=True).start()

    def _meet(self, peer):
        try:
            if self.answer is not refused:
                self.serve(peer)
        except (OSError, ValueError):
            pass
        finally:
            with self.lock:
                self.peers.discard(peer)
            peer.close()


# ---- answers of any server ----

def refused(_):
    """Each connection is closed as soon as it is there."""


def closes(_):
    pass


def says(data):
    return lambda meeting: meeting.send(data)


def hangs(meeting):
    while meeting.goes_on(1):
        pass


def reset_after(data):
    def answer(meeting):
        meeting.send(data)
        meeting.peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return answer


def drips(data):
    """A byte at a time, of what would be good."""
    def answer(meeting):
        for byte in data:
            if not meeting.goes_on(0.1):
                return
            meeting.send(bytes([byte]))
    return answer


def flood(data, first=b"", pause=0):
    """The same again and again, without an end; a pause makes of this machine a far one."""
    def answer(meeting):
        meeting.send(first)
        while meeting.goes_on(pause):
            meeting.send(data)
    return answer
