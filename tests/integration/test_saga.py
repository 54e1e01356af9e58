"""An order and its stock: the Inventory away, late, twice, in any order, or silent for ever. Whatever
happens, in the end its books hold what the orders hold."""

import concurrent.futures
import http.client
import json
import os
import random
import shutil
import signal
import subprocess
import tempfile
import threading
import unittest
import urllib.request
import uuid

import zmq

from harness import (BIN, IBUPROFEN, PARACETAMOL, ROOT, SALINE, Program, SiteCase, Subscriber,
                     publisher, wait_for)

TOPIC = b"inventory.stock_release_processed"


class Inventory:
    """A demo inventory in a process of its own, whose answers go through the hands of the test:
    `hold` keeps them, `deliver` hands them on."""

    def __init__(self, directory, jwks):
        self.program = Program(directory, os.path.join(ROOT, "conf", "demo.lua"),
                               {"ORDERD_HTTP": "127.0.0.1:0", "ORDERD_PUB": "127.0.0.1:0",
                                "ORDERD_JWKS": jwks})
        self.answers = {}  # by order: what the inventory has said last
        self.hold = False
        self.context, self.pub, self.endpoint = publisher()
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._relay, daemon=True)

    def start(self):
        self.program.start()
        self.thread.start()
        return self

    def _relay(self):
        sub = self.context.socket(zmq.SUB)
        sub.setsockopt(zmq.SUBSCRIBE, TOPIC)
        sub.setsockopt(zmq.RCVHWM, 0)
        sub.setsockopt(zmq.LINGER, 0)
        sub.connect(self.program.publish)
        while not self.stopping.is_set():
            if sub.poll(50):
                body = sub.recv_multipart()[1]
                self.answers[json.loads(body)["order_id"]] = body
                if not self.hold:
                    self._send(body)
        sub.close()

    def _send(self, body):
        with self.lock:
            self.pub.send_multipart([TOPIC, body])

    def answered(self, *order_ids):
        """Waits until it has answered for all of these."""
        wait_for("the inventory's answers", lambda: all(o in self.answers for o in order_ids))

    def deliver(self, *order_ids):
        for order_id in order_ids:
            self._send(self.answers[order_id])

    def stop_for_a_while(self):
        self.program.process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.program.process.send_signal(signal.SIGCONT)

    def get(self, path):
        with urllib.request.urlopen(f"http://{self.program.address}{path}", timeout=10) as answer:
            return json.load(answer)

    def books(self):
        return self.get("/inventory/books")

    def state(self, order_id):
        return self.get("/inventory/books/" + order_id)["state"]

    def close(self):
        self.stopping.set()
        if self.thread.is_alive():
            self.thread.join()
        self.program.stop()
        self.pub.close()
        self.context.term()


class SagaCase(SiteCase):
    """A site with an inventory of its own, and these settings.release."""

    release = {"ask_again_seconds": 1, "ask_again_per_second": 1000, "alert_seconds": 3600,
               "give_up_seconds": 3600}

    def setUp(self):
        defaults = {"ask_again_seconds": 30, "ask_again_per_second": 100, "alert_seconds": 300,
                    "give_up_seconds": 3600}
        settings = [(f"{name} = {value},", f"{name} = {self.release[name]},")
                    for name, value in defaults.items()]
        settings.append(("stock_check = true", "stock_check = false"))
        settings.append(("timeout_seconds = 2,\n\n            -- Ask for stock",
                         "timeout_seconds = 0.5,\n\n            -- Ask for stock"))
        self.site = self.new_site(settings=settings)
        self.inventory = Inventory(os.path.join(self.site.directory, "inventory"), self.site.jwks)
        self.addCleanup(self.close)
        self.inventory.start()
        self.site.orderd.environment.update(
            ORDERD_INVENTORY_URL=f"corbaloc:iiop:{self.inventory.program.iiop}/Inventory",
            ORDERD_SUBSCRIBE=self.inventory.endpoint)
        self.site.__enter__()
        self.site.wait_status(self.create(), "CONFIRMED")  # the way back is open, too

    def close(self):
        try:
            self.inventory.close()
        finally:
            self.site.close()

    def create(self, *items):
        return self.site.create(*(items or ((IBUPROFEN, 1),))).json["order_id"]

    def cancel(self, order_id):
        """True when it was cancelled."""
        return self.site.curl("DELETE", "/order/orders/" + order_id, token="admin").status == 200

    def orders(self):
        found, cursor = [], ""
        while cursor is not None:
            page = self.site.curl("GET", f"/order/orders?limit=100{cursor}", token="admin").json
            found += page["orders"]
            cursor = page["next_cursor"] and "&cursor=" + page["next_cursor"]
        return found

    def held(self):
        """By product, what the orders hold that are CONFIRMED or COMPLETED; None while any waits."""
        held = {}
        for order in self.orders():
            if order["status"] == "PENDING":
                return None
            for item in order["items"] if order["status"] != "CANCELLED" else ():
                held[item["product_id"]] = held.get(item["product_id"], 0) + item["quantity"]
        return held

    def check_books(self):
        """Waits until the inventory's books hold what the orders hold; nothing was lost or made."""
        def agree():
            books, held = self.inventory.books(), self.held()
            for product in books["products"]:
                assert product["available"] + product["taken"] == product["at_start"], product
            taken = {p["product_id"]: p["taken"] for p in books["products"] if p["taken"]}
            return held is not None and taken == held
        wait_for("the books to agree with the orders", agree, 60)

    def asked_again(self):
        return self.inventory.books()["asked"]["release_again"]


class Away(SagaCase):
    def test_orders_wait_while_the_inventory_is_away_and_are_confirmed_when_it_is_back(self):
        self.inventory.stop_for_a_while()
        try:
            waiting = [self.create((IBUPROFEN, n), (PARACETAMOL, 1)) for n in range(1, 13)]
            given_back = waiting[::4]
            for order_id in given_back:
                self.assertTrue(self.cancel(order_id))
            for order_id in set(waiting) - set(given_back):
                self.assertEqual(self.site.get(order_id).json["status"], "PENDING")
        finally:
            self.inventory.go_on()
        for order_id in set(waiting) - set(given_back):
            self.site.wait_status(order_id, "CONFIRMED")
        self.check_books()
        for order_id in given_back:
            self.assertEqual(self.site.get(order_id).json["status"], "CANCELLED")

    def test_an_answer_that_is_lost_is_asked_for_again(self):
        self.inventory.hold = True
        order_id = self.create()
        self.inventory.answered(order_id)  # and nobody hears it
        before = self.asked_again()
        wait_for("the release to be asked again", lambda: self.asked_again() > before)
        self.assertEqual(self.site.get(order_id).json["status"], "PENDING")
        self.inventory.hold = False
        self.site.wait_status(order_id, "CONFIRMED")
        self.check_books()


class OutOfOrder(SagaCase):
    release = dict(SagaCase.release, ask_again_seconds=3600)

    def test_answers_twice_reversed_and_among_cancels_leave_the_books_right(self):
        self.inventory.hold = True
        orders = [self.create((IBUPROFEN, 1 + n % 3)) for n in range(20)]
        orders += [self.create((SALINE, 1)) for _ in range(4)]
        self.inventory.answered(*orders)
        early = orders[::4]
        for order_id in early:  # before the answer
            self.assertTrue(self.cancel(order_id))
        self.inventory.deliver(*reversed(orders))
        wait_for("all to be settled", lambda: self.held() is not None)
        for order_id in orders[1::4]:  # after the answer
            self.cancel(order_id)
        self.inventory.deliver(*orders, *orders)
        self.check_books()
        states = {order["order_id"]: order["status"] for order in self.orders()}
        self.assertEqual({states[o] for o in early}, {"CANCELLED"})
        self.assertEqual({states[o] for o in orders[2:20:4]}, {"CONFIRMED"})

    def test_a_cancel_and_the_answer_at_the_same_moment(self):
        self.inventory.hold = True
        orders = [self.create() for _ in range(40)]
        self.inventory.answered(*orders)

        def both(order_id):
            self.inventory.deliver(order_id)
            return self.cancel(order_id)
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            self.assertTrue(all(pool.map(both, orders)))
        self.inventory.deliver(*orders)
        self.check_books()
        self.assertEqual({self.inventory.state(order_id) for order_id in orders}, {"given_up"})


class GivingUp(SagaCase):
    release = dict(SagaCase.release, alert_seconds=1, give_up_seconds=4)
    REASON = "the inventory did not answer within 4 s"

    def alerts(self, events):
        return [json.loads(m[1]) for m in events.messages if m[0] == b"alert.release_overdue"]

    def test_no_answer_tells_people_and_then_cancels_and_a_late_success_is_put_back(self):
        self.inventory.hold = True
        with Subscriber(self.site.orderd.publish, "alert.").synchronise() as events:
            order_id = self.create((IBUPROFEN, 7))
            self.inventory.answered(order_id)
            events.until(lambda: self.alerts(events))
            order = self.site.wait_status(order_id, "CANCELLED")
            self.assertEqual(order["reason"], self.REASON)
            wait_for("the restock", lambda: self.inventory.state(order_id) == "given_up")
            alert, = self.alerts(events)
        self.assertEqual(alert["order_id"], order_id)
        self.assertEqual(set(alert), {"order_id", "age_seconds", "asked", "created_at", "occurred_at"})
        metrics = self.site.curl("GET", "/metrics", token=None).body
        self.assertIn("\norderd_script_release_alerts_total 1\n", metrics)
        self.assertIn("\norderd_script_releases_given_up_total 1\n", metrics)
        self.assertIn("the inventory leaves an order without an answer", self.site.orderd.log())

        def restocks():
            asked = self.inventory.books()["asked"]
            return asked["restock"] + asked["restock_again"]
        before = restocks()
        self.inventory.deliver(order_id)
        wait_for("the late success to be put back", lambda: restocks() > before)
        self.assertEqual(self.site.get(order_id).json, order)
        self.check_books()

    def test_a_release_that_comes_after_giving_up_takes_nothing(self):
        self.inventory.stop_for_a_while()
        try:
            order_id = self.create((IBUPROFEN, 5))
            order = self.site.wait_status(order_id, "CANCELLED")
            self.assertEqual(order["reason"], self.REASON)
        finally:
            self.inventory.go_on()
        self.check_books()
        wait_for("the restock", lambda: self.inventory.state(order_id) == "given_up")


class Alerts(SagaCase):
    release = dict(SagaCase.release, alert_seconds=1)

    def test_people_are_told_once_of_an_order_also_after_a_crash(self):
        self.inventory.hold = True
        order_id = self.create()

        def alerts():
            return self.site.orderd.log().count("the inventory leaves an order without an answer")
        wait_for("the alert", alerts)
        self.site.orderd.kill()
        self.site.orderd.start()
        before = self.asked_again()
        wait_for("two turns more", lambda: self.asked_again() >= before + 2)
        self.assertEqual(alerts(), 1)
        self.inventory.hold = False
        self.site.wait_status(order_id, "CONFIRMED")
        self.check_books()


class Flood(unittest.TestCase):
    """The demo inventory alone, asked by many at once, in every order, again and again."""

    PLANS = {"taken": ("release", "release", "release"), "given_up": ("release", "restock", "restock"),
             "never": ("restock", "release", "release"), "both": ("release", "restock", "release")}

    def setUp(self):
        directory = tempfile.mkdtemp(prefix="orderd-test-")
        self.addCleanup(shutil.rmtree, directory)
        jwks = os.path.join(directory, "jwks.json")
        subprocess.run([os.path.join(BIN, "orderctl"), "keys", "generate", "--jwks", jwks], cwd=ROOT,
                       check=True, capture_output=True)
        self.inventory = Inventory(directory, jwks)
        self.addCleanup(self.inventory.close)
        self.inventory.start()

    def ask(self, calls):
        """Makes these calls on one connection, one after the other."""
        connection = http.client.HTTPConnection(self.inventory.program.address, timeout=30)
        for operation, order_id in calls:
            body = {"order_id": order_id}
            if operation == "release":
                body["items"] = [{"product_id": IBUPROFEN, "quantity": 3}]
            connection.request("POST", "/inventory/" + operation, json.dumps(body),
                               {"Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
            self.assertEqual(answer.status, 202)
        connection.close()

    def test_releases_and_restocks_in_every_order_leave_the_books_right(self):
        orders = {str(uuid.uuid4()): plan for plan in self.PLANS for _ in range(250)}
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            for step in range(3):
                calls = [(self.PLANS[plan][step], order_id) for order_id, plan in orders.items()]
                random.Random(step).shuffle(calls)
                list(pool.map(self.ask, [calls[n::6] for n in range(6)]))
        books = self.inventory.books()
        for product in books["products"]:
            self.assertEqual(product["available"] + product["taken"], product["at_start"])
        taken, = [p["taken"] for p in books["products"] if p["product_id"] == IBUPROFEN]
        self.assertEqual(taken, 250 * 3)
        self.assertEqual(books["orders"], {"taken": 250, "refused": 0, "given_up": 750})
        self.assertEqual(books["asked"], {"release": 750, "release_again": 1250, "restock": 750,
                                          "restock_again": 250})


if __name__ == "__main__":
    unittest.main()
