"""A foreign sender to the INGEST socket: a DEALER of python3-zmq (docs/EVENTS.md)."""

import json
import time

import zmq

TOPIC = b"inventory.stock_release_processed"


class Sender:
    def __init__(self, endpoint, kind=zmq.DEALER, keys=None):
        self.context = zmq.Context()
        self.socket = self.context.socket(kind)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.setsockopt(zmq.SNDHWM, 0)
        self.socket.setsockopt(zmq.RCVHWM, 0)
        self.socket.setsockopt(zmq.RECONNECT_IVL, 20)
        self.socket.setsockopt(zmq.RECONNECT_IVL_MAX, 20)
        if keys:
            keys.put(self.socket)
        self.socket.connect(endpoint)
        self.last_id = 0

    def send(self, payload, topic=TOPIC):
        """Gives the id of the request."""
        self.last_id += 1
        self.raw(b"PUT", str(self.last_id).encode(), topic, payload)
        return str(self.last_id)

    def raw(self, *frames):
        self.socket.send_multipart(frames)

    def answer(self, seconds=20.0):
        """The next answer: (kind, id, JSON)."""
        assert self.socket.poll(seconds * 1000), "waited in vain for an answer"
        kind, request_id, body = self.socket.recv_multipart()
        return kind.decode(), request_id.decode(), json.loads(body)

    def put(self, payload, topic=TOPIC):
        """Sends it and gives kind and JSON of its answer."""
        request_id = self.send(payload, topic)
        kind, answered, body = self.answer()
        assert answered == request_id, (kind, answered, body)
        return kind, body

    def put_until_taken(self, payload, topic=TOPIC, seconds=30.0, pause=0.5):
        """As a sender that means it: again after silence and after what may pass; the JSON of the
        ACK."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            request_id = self.send(payload, topic)
            while self.socket.poll(pause * 1000):
                kind, answered, body = self.answer()
                if kind == "ACK" and answered == request_id:
                    return body
                if answered == request_id:
                    assert body["retry"], body
                    break
        raise AssertionError("it was never taken")

    def quiet(self, seconds=0.3):
        """Nothing comes for a moment."""
        return not self.socket.poll(seconds * 1000)

    def close(self):
        self.socket.close()
        self.context.term()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


