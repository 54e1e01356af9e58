"""A foreign Inventory service with books that are kept: HTTP in, its answers sent to INGEST until they
are acknowledged. It never forgets an order, so that what it was asked can be compared with what became
of the orders."""

import http.server
import json
import threading
import uuid

import zmq

from harness import wait_for

STOCK = 1_000_000


class Inventory:
    """`on_release(order_id, when)`, when it is set, runs before (`when` is "before") and after
    ("after") the stock is taken, and before the caller hears of it."""

    def __init__(self):
        self.lock = threading.Lock()
        self.available = {}      # product: pieces; STOCK when it was never asked for
        self.taken = {}          # order: items that are out of stock for it
        self.given_up = set()    # orders that were restocked, released or not
        self.releases = []       # every order that a release was asked for, as often as it was
        self.restocks = []
        self.event_ids = {}      # order: of the answer
        self.on_release = None
        self.stopping = threading.Event()
        self.unsent = []
        self.acknowledged = []
        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.http.handle_error = lambda *_: None  # a caller that was killed
        self.http.daemon_threads = True
        self.threads = []
        self._start(self.http.serve_forever)

    def _start(self, target, *arguments):
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self.threads.append(thread)
        thread.start()

    def answer_to(self, ingest):
        """From now on its answers go there."""
        self._start(self._send, ingest)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.http.server_port}"

    # ---- what it is asked ----

    def _handler(inventory):  # pylint: disable=no-self-argument
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):  # pylint: disable=invalid-name
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                answer = getattr(inventory, self.path.rsplit("/", 1)[1])(body)
                data = json.dumps(answer).encode() if answer is not None else b""
                try:
                    self.send_response(200 if data else 202)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(data)))
                    self.end_headers()
                    self.wfile.write(data)
                except OSError:
                    pass  # the caller is gone

            def log_message(self, *_):
                pass
        return Handler

    def check(self, _body):
        return {"short": []}

    def release(self, body):
        order_id = body["order_id"]
        with self.lock:
            self.releases.append(order_id)
        self._tell(order_id, "before")
        with self.lock:
            if order_id not in self.taken and order_id not in self.given_up:
                self.taken[order_id] = [(i["product_id"], i["quantity"]) for i in body["items"]]
                self._move(order_id, -1)
            self._answer(order_id, order_id in self.taken)
        self._tell(order_id, "after")

    def restock(self, body):
        order_id = body["order_id"]
        with self.lock:
            self.restocks.append(order_id)
            self.given_up.add(order_id)
            if order_id in self.taken:
                self._move(order_id, 1)
                del self.taken[order_id]

    def _tell(self, order_id, when):
        if self.on_release:
            self.on_release(order_id, when)

    def _move(self, order_id, sign):
        for product, quantity in self.taken[order_id]:
            self.available[product] = self.available.get(product, STOCK) + sign * quantity

    # ---- what it answers ----

    def _answer(self, order_id, success):
        """The same answer is the same event."""
        event_id = self.event_ids.setdefault((order_id, success), str(uuid.uuid4()))
        self.unsent.append(json.dumps({
            "event_id": event_id, "order_id": order_id, "success": success, "items": [],
            "timestamp": "2026-01-31T12:00:00.000Z"}).encode())

    def _send(self, ingest):
        context = zmq.Context()
        socket = context.socket(zmq.DEALER)
        socket.setsockopt(zmq.LINGER, 0)
        socket.setsockopt(zmq.RECONNECT_IVL, 20)
        socket.setsockopt(zmq.RECONNECT_IVL_MAX, 20)
        socket.connect(ingest)
        while not self.stopping.is_set():
            with self.lock:
                message = self.unsent[0] if self.unsent else None
            if message is None:
                self.stopping.wait(0.005)
            elif self._put(socket, message):
                with self.lock:
                    self.acknowledged.append(self.unsent.pop(0))
        socket.close()
        context.term()

    def _put(self, socket, message):
        """One attempt; false when there was no ACK in time."""
        put_id = uuid.uuid4().hex.encode()
        socket.send_multipart([b"PUT", put_id, b"inventory.stock_release_processed", message])
        while socket.poll(1000):
            answer, answer_id, told = socket.recv_multipart()
            if answer_id == put_id:
                assert answer == b"ACK" or json.loads(told)["retry"], (answer, told)
                return answer == b"ACK"
        return False

    # ---- judging ----

    def settled(self):
        with self.lock:
            return not self.unsent

    def check_books(self, stored):
        """What is out of stock is with orders that are alive, and with nothing else: stock, reserved and
        sold are together what there was. Every order was asked for, and every cancelled one given
        back."""
        with self.lock:
            alive = {order_id for order_id, order in stored.orders.items()
                     if order.status in ("CONFIRMED", "COMPLETED")}
            cancelled = {order_id for order_id, order in stored.orders.items()
                         if order.status == "CANCELLED"}
            assert set(self.taken) == alive, \
                f"taken and not alive: {list(set(self.taken) - alive)[:5]}; " \
                f"alive and not taken: {list(alive - set(self.taken))[:5]}"
            out = {}
            for items in self.taken.values():
                for product, quantity in items:
                    out[product] = out.get(product, 0) + quantity
            for product, pieces in self.available.items():
                assert pieces + out.get(product, 0) == STOCK, (product, pieces, out)
            missing = cancelled - set(self.restocks)
            assert not missing, f"cancelled, and nobody asked for a restock: {missing}"

    def close(self):
        self.stopping.set()
        self.http.shutdown()
        self.http.server_close()
        for thread in self.threads:
            thread.join()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def wait_decided(site, inventory, stored, seconds=60):
    """Until no order is PENDING, the inventory has told all, and cancelled orders are given back; gives
    the store as it was then."""
    def decided():
        now = stored(site)
        pending = [one for one in now.orders.values() if one.status == "PENDING"]
        if pending or not inventory.settled():
            return None
        try:
            inventory.check_books(now)
        except AssertionError:
            return None
        return now
    try:
        return wait_for("all orders to be decided", decided, seconds)
    except AssertionError:
        inventory.check_books(stored(site))
        raise
