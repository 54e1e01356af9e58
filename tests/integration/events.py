"""A subscriber that does what docs/EVENTS.md tells, on bare sockets: PUB for speed, REPLAY for what it
missed. It must end with exactly the stream that stands in the store, in order, each event once."""

import json
import threading
import uuid
from typing import NamedTuple

import zmq

from harness import wait_for

CREDIT = 500


class Event(NamedTuple):
    topic: str
    position: str
    previous: str
    envelope: dict


def event_of(frames):
    topic, position, previous, body = (frame.decode() for frame in frames)
    return Event(topic, position, previous, json.loads(body))


class Reader:
    """`publish`: the addresses of PUB of all processes, or of one; `replay` of one. A thread of its own
    owns the sockets. `gaps` counts how often something was missing, `error` is what ended it."""

    def __init__(self, publish, replay, high_water_mark=0, buffer=None):
        self.publish = [publish] if isinstance(publish, str) else publish
        self.replay = replay
        self.high_water_mark, self.buffer = high_water_mark, buffer
        self.events = []
        self.last, self.gaps, self.replayed = "", 0, 0
        self.paused = threading.Event()
        self.stopping = threading.Event()
        self.error = None
        self.context = zmq.Context()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _socket(self, kind, *endpoints):
        socket = self.context.socket(kind)
        for option, value in ((zmq.LINGER, 0), (zmq.RECONNECT_IVL, 20),
                              (zmq.RECONNECT_IVL_MAX, 20), (zmq.RCVHWM, self.high_water_mark)):
            socket.setsockopt(option, value)
        if self.buffer:
            socket.setsockopt(zmq.RCVBUF, self.buffer)
        if kind == zmq.SUB:
            socket.setsockopt(zmq.SUBSCRIBE, b"order.")
            socket.setsockopt(zmq.SUBSCRIBE, b"heartbeat")
        for endpoint in endpoints:
            socket.connect(endpoint)
        return socket

    def _run(self):
        live = self._socket(zmq.SUB, *self.publish)
        self.dealer = self._socket(zmq.DEALER, self.replay)
        try:
            self._catch_up()
            while not self.stopping.is_set():
                while self.paused.is_set() and not self.stopping.is_set():
                    self.stopping.wait(0.02)
                if live.poll(50):
                    self._take(event_of(live.recv_multipart()))
        except Exception as error:  # pylint: disable=broad-except
            self.error = error
            raise
        finally:
            live.close(0)
            self.dealer.close(0)

    # ---- the live feed ----

    def _take(self, event):
        if event.position <= self.last:
            return
        if event.topic != "heartbeat" and event.envelope["follows"] == self.last:
            self._keep(event)
        else:
            self.gaps += 1
            self._catch_up()

    def _keep(self, event):
        assert event.envelope["follows"] == self.last, \
            f"{event.position} follows {event.envelope['follows']}, and not {self.last}"
        self.events.append(event)
        self.last = event.position

    # ---- replay ----

    def _catch_up(self):
        while not self.stopping.is_set() and not self._read():
            self.stopping.wait(0.05)

    def _read(self):
        """One attempt to read to the head; false when there was no answer in time."""
        read_id = uuid.uuid4().hex.encode()
        self.dealer.send_multipart([b"READ", read_id, json.dumps(
            {"after": self.last, "credit": CREDIT}).encode()])
        left = CREDIT
        while self.dealer.poll(1000):
            kind, answer_id, *frames = self.dealer.recv_multipart()
            if answer_id != read_id:
                continue
            if kind == b"END":
                return True
            if kind == b"ERROR":
                told = json.loads(frames[0])
                assert told["code"] in ("unavailable", "limit"), told
                return False
            self._keep(event_of(frames))
            self.replayed += 1
            left -= 1
            if left == CREDIT // 2:
                self.dealer.send_multipart([b"CREDIT", read_id, json.dumps(
                    {"credit": CREDIT - left}).encode()])
                left = CREDIT
        return False

    # ---- judging ----

    def check(self, stored, seconds=60):
        """Waits for the end of what is stored, and compares."""
        last = stored.events[-1].position if stored.events else ""
        wait_for("the subscriber to have all", lambda: self.error or self.last >= last, seconds)
        assert not self.error, self.error
        got = [(event.position, event.topic, event.envelope["id"], event.envelope["subject"],
                event.envelope["data"]) for event in self.events]
        assert got == [(event.position, event.topic, event.event_id, event.order_id, event.data)
                       for event in stored.events], "not the stream that is stored"
        chain = {}
        for event in self.events:
            assert event.previous == chain.get(event.topic, ""), event
            chain[event.topic] = event.position

    def close(self):
        self.stopping.set()
        self.thread.join()
        self.context.term()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
