"""A foreign client of the REPLAY socket: a DEALER of python3-zmq (docs/EVENTS.md)."""

import json
import time

import zmq


class Replayed:
    """What one READ gave: `events` as (topic, position, previous, CloudEvent), and how it ended:
    `kind` END or ERROR, and its JSON as `end`."""

    def __init__(self, events, kind, end):
        self.events = events
        self.kind = kind
        self.end = end

    @property
    def positions(self):
        return [event[1] for event in self.events]


class ReplayClient:
    def __init__(self, endpoint, kind=zmq.DEALER, keys=None):
        self.context = zmq.Context()
        self.socket = self.context.socket(kind)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.setsockopt(zmq.RCVHWM, 0)
        if keys:
            keys.put(self.socket)
        self.socket.connect(endpoint)
        self.last_id = 0

    # ---- asking ----

    def ask(self, verb, request_id=None, **members):
        """Sends a request; gives its id."""
        if request_id is None:
            self.last_id += 1
            request_id = str(self.last_id)
        self.socket.send_multipart([verb.encode(), request_id.encode(),
                                    json.dumps(members).encode()])
        return request_id

    def answer(self, seconds=20.0):
        """The next answer: (kind, id, JSON), or ("EVENT", id, topic, position, previous, JSON)."""
        assert self.socket.poll(seconds * 1000), "waited in vain for an answer"
        kind, request_id, *rest = self.socket.recv_multipart()
        *texts, last = rest
        return (kind.decode(), request_id.decode(), *(text.decode() for text in texts),
                json.loads(last))

    def call(self, verb, **members):
        """A call that must succeed; its JSON."""
        request_id = self.ask(verb, **members)
        kind, answered, told = self.answer()
        assert (kind, answered) == ("OK", request_id), (kind, told)
        return told

    def refused(self, verb, **members):
        """A call that must not; its JSON."""
        request_id = self.ask(verb, **members)
        kind, answered, told = self.answer()
        assert (kind, answered) == ("ERROR", request_id), (kind, told)
        return told

    # ---- reading ----

    def events(self, request_id, count):
        """The next `count` answers, which are events of this READ."""
        got = []
        for _ in range(count):
            kind, answered, *event = self.answer()
            assert (kind, answered) == ("EVENT", request_id), (kind, event)
            got.append(tuple(event))
        return got

    def read(self, credit=None, **members):
        """READ up to its end; gives credit again for what it has taken."""
        if credit is not None:
            members["credit"] = credit
        request_id = self.ask("READ", **members)
        events = []
        while True:
            kind, answered, *rest = self.answer()
            assert answered == request_id, (kind, answered)
            if kind != "EVENT":
                return Replayed(events, kind, rest[0])
            events.append(tuple(rest))
            if credit is not None:
                self.ask("CREDIT", request_id, credit=1)

    def quiet(self, seconds=0.3):
        """Nothing comes for a moment."""
        return not self.socket.poll(seconds * 1000)

    def until_answered(self, verb, seconds=20.0, **members):
        """Asks again and again, as after a restart, until there is an answer; what an earlier
        connection has lost is not waited for."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            request_id = self.ask(verb, **members)
            while self.socket.poll(500):
                kind, answered, *rest = self.socket.recv_multipart()
                if answered.decode() == request_id:
                    return kind.decode(), json.loads(rest[-1])
        raise AssertionError(f"{verb} was never answered")

    def close(self):
        self.socket.close()
        self.context.term()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
