"""Callers that create and change orders without a pause, and keep what they were told."""

import http.client
import json
import random
import threading
import time
import uuid
from typing import NamedTuple

from harness import IBUPROFEN, PARACETAMOL, PHARMACIST

# So that the customers of a load can have any number of orders.
UNLIMITED = [("open_orders = ", "-- open_orders = ")]

SLACK = 3.0  # seconds that a slow machine may add to a deadline

EXPECTED = {"create": {201, 409, 503}, "change": {200, 409, 412, 503}, "get": {200, 503}}


class Call(NamedTuple):
    what: str         # create, change, get
    status: int       # None: the connection broke before the answer was there
    code: str         # of a problem
    retry_after: str
    begun: float      # time.monotonic()
    seconds: float

    @property
    def ended(self):
        return self.begun + self.seconds


class Caller(threading.Thread):
    """One of them, with a connection of its own and the orders that it has made."""

    def __init__(self, load, number):
        super().__init__(daemon=True)
        self.load = load
        self.turn = number
        self.connection = None
        self.orders = {}  # id: (version, status) as far as it was told
        self.random = random.Random(number)

    def run(self):
        while not self.load.stopping.is_set():
            if self.load.changes and self.orders and self.random.random() < 0.5:
                self.change()
            else:
                self.create()
            if self.load.pause:
                self.load.stopping.wait(self.load.pause)
        self.disconnect()

    # ---- one call ----

    def connect(self):
        """To the next process: where there are several, none of them is special."""
        programs = self.load.programs
        self.turn += 1
        port = programs[self.turn % len(programs)].port
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=40)

    def disconnect(self):
        if self.connection:
            self.connection.close()
        self.connection = None

    def call(self, what, method, path, body=None, **headers):
        """(status, headers, body), or None when the connection broke."""
        token = self.load.token if what == "create" else self.load.changer
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        headers.update({"Authorization": "Bearer " + token, "Content-Type": "application/json"})
        begun = time.monotonic()
        try:
            if not self.connection:
                self.connect()
            self.connection.request(method, path, body and json.dumps(body), headers)
            answer = self.connection.getresponse()
            told = json.loads(answer.read() or b"null")
        except (OSError, http.client.HTTPException, ValueError):
            self.load.calls.append(Call(what, None, None, None, begun, time.monotonic() - begun))
            self.broken()
            return None
        code = told.get("code") if answer.status >= 400 else None
        self.load.calls.append(Call(what, answer.status, code, answer.headers.get("Retry-After"),
                                    begun, time.monotonic() - begun))
        return answer.status, answer.headers, told

    def broken(self):
        self.disconnect()
        if not self.load.lasting:
            self.load.stopping.set()
        self.load.stopping.wait(0.02)

    # ---- what they do ----

    def create(self):
        notes = f"load {uuid.uuid4()}"
        body = {"notes": notes, "items": [{"product_id": IBUPROFEN, "quantity": 1},
                                          {"product_id": PARACETAMOL, "quantity": 2}]}
        headers = {"Idempotency_Key": str(uuid.uuid4())} if self.load.keys else {}
        self.load.sent[notes] = None
        while True:
            answer = self.call("create", "POST", "/order/orders", body, **headers)
            if answer and answer[0] == 201:
                return self.created(notes, answer)
            if answer and answer[0] != 503 and not (self.load.keys and answer[0] == 409):
                return None
            if not self.load.keys or self.load.stopping.is_set():
                return None  # nobody knows what became of it
            self.load.stopping.wait(0.05)

    def created(self, notes, answer):
        order = answer[2]
        self.load.sent[notes] = order["order_id"]
        self.load.promised.append(order["order_id"])
        self.load.replayed += answer[1].get("Idempotent-Replayed") == "true"
        self.orders[order["order_id"]] = (order["version"], order["status"])
        while len(self.orders) > 8:
            self.orders.pop(next(iter(self.orders)))

    def change(self):
        order_id = self.random.choice(list(self.orders))
        version, status = self.orders[order_id]
        path, match = "/order/orders/" + order_id, f'"{version}"'
        if status in ("COMPLETED", "CANCELLED"):
            del self.orders[order_id]
            return
        if self.random.random() < 0.3:
            answer = self.call("change", "DELETE", path + "?reason=load", If_Match=match)
        else:
            new = "CONFIRMED" if status == "PENDING" else "COMPLETED"
            answer = self.call("change", "PUT", path, {"status": new}, If_Match=match)
        if answer and answer[0] == 200:
            told = answer[2]
            self.load.changed.append((order_id, told["version"], told["status"]))
            self.orders[order_id] = (told["version"], told["status"])
        else:
            self.look(order_id)

    def look(self, order_id):
        answer = self.call("get", "GET", "/order/orders/" + order_id)
        if answer and answer[0] == 200:
            self.orders[order_id] = (answer[2]["version"], answer[2]["status"])


class Load:
    """`changes`: they also change what they have made, with If-Match. `keys`: each create has an
    Idempotency-Key and is sent again until it is answered. `lasting`: they go on after a connection
    broke, with the next of the site's processes; otherwise all end with the first that breaks.
    `pause`: seconds between the calls of one."""

    def __init__(self, site, callers=4, changes=False, keys=False, lasting=True, pause=0):
        self.programs = site.programs
        self.token = site.token()
        self.changer = site.token(PHARMACIST, "pharmacist")
        self.changes, self.keys, self.lasting, self.pause = changes, keys, lasting, pause
        self.calls = []
        self.promised = []  # ids that got a 201
        self.changed = []   # (id, version, status) that got a 200
        self.sent = {}      # the notes of each create: the id that was promised, or None
        self.replayed = 0
        self.stopping = threading.Event()
        self.callers = [Caller(self, number) for number in range(callers)]
        for caller in self.callers:
            caller.start()

    def join(self):
        self.stopping.set()
        for caller in self.callers:
            caller.join()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.join()

    # ---- what they were told ----

    def succeeded(self, since=0.0):
        """Creates that began after a moment and got their 201."""
        return [call for call in list(self.calls)
                if call.what == "create" and call.status == 201 and call.begun >= since]

    def refused(self, since=0.0):
        return [call for call in list(self.calls) if call.status == 503 and call.begun >= since]

    def unexpected(self):
        """Answers that nobody should get, whatever happens to the store."""
        return [call for call in list(self.calls)
                if call.status is not None and call.status not in EXPECTED[call.what]]

    def check_answers(self, deadline=5.0):
        """Every answer was one that a caller can deal with, and none came late."""
        assert not self.unexpected(), self.unexpected()[:5]
        for call in self.refused():
            assert call.code == "store-unavailable", call
            assert call.retry_after and int(call.retry_after) >= 1, call
        late = [call for call in self.calls if call.seconds > deadline + SLACK]
        assert not late, f"{len(late)} answers came late: {late[:3]}"
