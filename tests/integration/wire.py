"""The wire between orderd and PostgreSQL, in a test's hand: a TCP proxy that can be cut just when
an answer is on its way, or swallow everything."""

import selectors
import socket
import threading
import time

from harness import Port


class Pair:
    """One connection: what comes from either side goes to the other one."""

    def __init__(self, client, server):
        self.client, self.server = client, server

    def other(self, side):
        return self.server if side is self.client else self.client

    def close(self):
        self.client.close()
        self.server.close()


class Wire:
    """Listens on `port` and forwards to a cluster. A thread of its own does all of it."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.port = Port()
        self.mode = "open"
        self.lost = 0  # bytes of answers that never arrived
        self.pairs = []
        self.lock = threading.Lock()
        self.selector = selectors.DefaultSelector()
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", self.port.number))
        self.listener.listen(64)
        self.selector.register(self.listener, selectors.EVENT_READ)
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def url(self, database, **options):
        """The cluster's URL, by this wire."""
        return self.cluster.url(database, **options).replace(self.cluster.port.address,
                                                             self.port.address)

    def _run(self):
        while not self.stopping.is_set():
            for key, _ in self.selector.select(0.05):
                with self.lock:
                    if key.fileobj is self.listener:
                        self._accept()
                    elif key.data in self.pairs:
                        self._forward(key.data, key.fileobj)

    def _accept(self):
        client, _ = self.listener.accept()
        try:
            server = socket.create_connection(("127.0.0.1", self.cluster.port.number), timeout=5)
        except OSError:
            client.close()
            return
        pair = Pair(client, server)
        self.pairs.append(pair)
        for side in (client, server):
            side.settimeout(5)
            side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.selector.register(side, selectors.EVENT_READ, pair)

    def _forward(self, pair, side):
        try:
            data = side.recv(1 << 16)
            answer = side is pair.server
            if data and (self.mode == "open" or self.mode == "deaf" and not answer):
                pair.other(side).sendall(data)
            elif answer:
                self.lost += len(data)
        except OSError:
            data = b""
        if not data:
            self._drop(pair)

    def _drop(self, pair):
        self.pairs.remove(pair)
        for side in (pair.client, pair.server):
            self.selector.unregister(side)
        pair.close()

    # ---- what a test does ----

    def cut(self, seconds):
        """Ends all connections, after a while in which what orderd sends still arrives, and no
        answer does: what it has sent to be committed is committed, and it is not told."""
        with self.lock:
            self.mode = "deaf"
        time.sleep(seconds)
        with self.lock:
            while self.pairs:
                self._drop(self.pairs[0])
            self.mode = "open"

    def swallow(self):
        """Nothing arrives any more, on connections that stay and on new ones."""
        with self.lock:
            self.mode = "swallow"

    def mend(self):
        """What was swallowed is gone for ever: the connections from before are of no use."""
        with self.lock:
            while self.pairs:
                self._drop(self.pairs[0])
            self.mode = "open"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.thread.join()
        self.mend()
        self.listener.close()
        self.selector.close()
        self.port.close()
