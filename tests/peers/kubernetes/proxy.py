"""A TCP proxy on loopback that can fail as networks do."""
import selectors
import socket
import threading
import time


class Proxy:
    """Forwards to `port`. cut(): all connections break. silent(): nothing passes either way, and nobody is told; pass_on() ends that.

    silent_after(n): silent once the server has said n bytes."""

    def __init__(self, port):
        self.target, self.pairs, self.lock = port, [], threading.Lock()
        self.passing = threading.Event()
        self.passing.set()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.accepted = []  # when
        self.said, self.last = 0, float("inf")  # bytes by the server; how many are to pass
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                near = self.listener.accept()[0]
            except OSError:
                return
            self.accepted.append(time.monotonic())
            try:
                far = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                near.close()
                continue
            with self.lock:
                self.pairs.append((near, far))
            threading.Thread(target=self._forward, args=(near, far), daemon=True).start()

    def _forward(self, near, far):
        with selectors.DefaultSelector() as ready:
            ready.register(near, selectors.EVENT_READ, far)
            ready.register(far, selectors.EVENT_READ, near)
            try:
                while True:
                    for key, _ in ready.select():
                        self.passing.wait()
                        data = key.fileobj.recv(65536)
                        if not data:
                            return
                        key.data.sendall(data)
                        if key.data is near:
                            self._count(len(data))
            except OSError:
                pass
            finally:
                near.close()
                far.close()

    def _count(self, bytes_said):
        with self.lock:
            self.said += bytes_said
            if self.said >= self.last:
                self.silent()

    def silent_after(self, bytes_said):
        self.last = self.said + bytes_said

    def is_silent(self):
        return not self.passing.is_set()

    def silent(self):
        self.passing.clear()

    def pass_on(self):
        self.last = float("inf")
        self.passing.set()

    def cut(self):
        with self.lock:
            pairs, self.pairs = self.pairs, []
        for pair in pairs:
            for end in pair:
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:  # it has ended by itself
                    pass

    def close(self):
        self.listener.close()
        self.pass_on()
        self.cut()
