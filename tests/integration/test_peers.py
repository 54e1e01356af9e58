"""The three peers, when they answer, when they do not, and a foreign inventory's own events."""

import json
import threading
import unittest
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from harness import (CUSTOMER, EPINEPHRINE, IBUPROFEN, Site, publisher, released, wait_for)


class ForeignInventory(unittest.TestCase):
    """A foreign program publishes inventory.stock_release_processed with python3-zmq."""

    @classmethod
    def setUpClass(cls):
        cls.context, cls.pub, endpoint = publisher()
        cls.site = Site({"ORDERD_SUBSCRIBE": endpoint}).__enter__()
        cls.warm_up()

    @classmethod
    def tearDownClass(cls):
        cls.site.close()
        cls.pub.close()
        cls.context.term()

    @classmethod
    def warm_up(cls):
        """PUB drops until the subscription has arrived: asks until an order moves."""
        order_id = cls.site.create((IBUPROFEN, 1)).json["order_id"]

        def moved():
            cls.publish(released(order_id))
            return cls.site.get(order_id).json["status"] == "CONFIRMED"
        wait_for("the subscription", moved)

    @classmethod
    def publish(cls, body):
        cls.pub.send_multipart([b"inventory.stock_release_processed", body])

    def pending(self):
        return self.site.create((IBUPROFEN, 1)).json["order_id"]

    def dead_letters(self):
        with self.site.database() as db:
            return db.execute("select count(*) from dead_letters").fetchone()[0]

    def test_success_confirms_and_the_same_event_twice_changes_nothing(self):
        order_id, event = self.pending(), str(uuid.uuid4())
        self.publish(released(order_id, event_id=event))
        order = self.site.wait_status(order_id, "CONFIRMED")
        self.publish(released(order_id, event_id=event))
        self.barrier()
        self.assertEqual(self.site.get(order_id).json, order)

    def barrier(self):
        """What was published before has been handled."""
        order_id = self.pending()
        self.publish(released(order_id))
        self.site.wait_status(order_id, "CONFIRMED")

    def test_failure_cancels_with_every_products_message(self):
        order_id = self.pending()
        self.publish(released(order_id, False, [
            {"product_id": IBUPROFEN, "success": False, "message": "damaged"},
            {"product_id": EPINEPHRINE, "success": False, "message": "expired"}]))
        order = self.site.wait_status(order_id, "CANCELLED")
        self.assertEqual(order["reason"], f"stock release failed: {IBUPROFEN}: damaged, "
                                          f"{EPINEPHRINE}: expired")

    def test_unknown_and_malformed_events_become_dead_letters(self):
        bad = [released(str(uuid.uuid4())), b"", b"{", b"[]", b"\xff\x00", b"{}",
               released("no uuid"), b'{"order_id":7}', b"[" * 5000]
        before = self.dead_letters()
        for body in bad:
            self.publish(body)
        wait_for("the dead letters", lambda: self.dead_letters() == before + len(bad))
        self.barrier()

    def test_odd_frames_are_dropped_and_harm_nobody(self):
        topic = b"inventory.stock_release_processed"
        self.pub.send_multipart([topic])
        self.pub.send_multipart([topic] + [b"x"] * 50)
        self.pub.send_multipart([topic, b"x" * (4 << 20)])
        self.pub.send_multipart([topic + b".other", b"{}"])
        # A message over the size limit costs the connection; the service joins anew after 1 s.
        order_id = self.pending()

        def moved():
            self.publish(released(order_id))
            return self.site.get(order_id).json["status"] == "CONFIRMED"
        wait_for("the subscriber to be back", moved)

    def test_a_late_success_for_a_cancelled_order_leaves_it_cancelled(self):
        order_id = self.pending()
        self.site.curl("DELETE", "/order/orders/" + order_id, token="admin")
        order = self.site.get(order_id).json
        self.publish(released(order_id))
        self.barrier()
        self.assertEqual(self.site.get(order_id).json, order)


class RecordingInventory:
    """An inventory that takes everything, and keeps what it was asked."""

    def __init__(self):
        asked = self.asked = []

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                asked.append((self.path.rsplit("/", 1)[1], json.loads(body).get("order_id")))
                answer = b'{"short":[]}' if self.path.endswith("/check") else b""
                self.send_response(200 if answer else 202)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class LateAnswers(unittest.TestCase):
    def test_a_late_success_for_a_cancelled_order_asks_for_restock(self):
        inventory = RecordingInventory()
        self.addCleanup(inventory.close)
        context, pub, endpoint = publisher()
        self.addCleanup(context.term)
        self.addCleanup(pub.close)
        with Site({"ORDERD_INVENTORY_URL": inventory.url, "ORDERD_SUBSCRIBE": endpoint}) as site:
            order_id = site.create((IBUPROFEN, 1)).json["order_id"]
            wait_for("the release", lambda: ("release", order_id) in inventory.asked)
            site.curl("DELETE", "/order/orders/" + order_id, token="admin")
            wait_for("the restock of the cancelled order",
                     lambda: inventory.asked.count(("restock", order_id)) == 1)

            def asked_again():
                pub.send_multipart([b"inventory.stock_release_processed", released(order_id)])
                return inventory.asked.count(("restock", order_id)) > 1
            wait_for("the restock of what was released too late", asked_again)
            self.assertEqual(site.get(order_id).json["status"], "CANCELLED")


class PeersGone(unittest.TestCase):
    """Without its peers the service says so, and does not hang."""

    def test_a_create_without_products_service_is_503_with_retry_after(self):
        dead = "http://127.0.0.1:9"
        with Site({"ORDERD_PRODUCTS_URL": dead, "ORDERD_INVENTORY_URL": dead,
                   "ORDERD_AUTH_URL": dead}, peers=False) as site:
            answer = site.create((IBUPROFEN, 1), expect=503)
            self.assertEqual(answer.code, "integration-unavailable")
            self.assertIn("retry-after", answer.headers)
            self.assertNotIn("127.0.0.1", answer.body)
            self.assertEqual(site.curl("GET", "/readyz", token=None).status, 200)
            self.assertEqual(site.curl("GET", "/order/user/orders").status, 200)

    def test_a_release_is_asked_again_until_the_inventory_is_back(self):
        with Site() as site:
            site.create((IBUPROFEN, 1))  # fills the cache of products
            site.demo.process.send_signal(19)  # SIGSTOP
            try:
                answer = site.create((IBUPROFEN, 1), expect=503)
                self.assertEqual(answer.code, "integration-unavailable")
            finally:
                site.demo.process.send_signal(18)  # SIGCONT
            order = site.create((IBUPROFEN, 1)).json
            site.wait_status(order["order_id"], "CONFIRMED")

    def test_peers_that_answer_rubbish_are_unavailable_not_believed(self):
        answers = [b"", b"[]", b"{", b'{"products":7}', b'{"products":[{"product_id":1}]}',
                   b'{"products":[{}],"missing":{}}', b"\xff" * 100, b"[" * 100000]

        class Rubbish(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(200)
                self.send_header("Content-Length", str(len(answers[0])))
                self.end_headers()
                self.wfile.write(answers[0])

            def log_message(self, *_):
                pass
        server = ThreadingHTTPServer(("127.0.0.1", 0), Rubbish)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        try:
            with Site({"ORDERD_PRODUCTS_URL": url, "ORDERD_INVENTORY_URL": url},
                      peers=False) as site:
                while answers:
                    with self.subTest(answers[0][:20]):
                        answer = site.create((IBUPROFEN, 1), expect=503)
                        self.assertEqual(answer.code, "integration-unavailable")
                    answers.pop(0)
                    if not answers:
                        answers.append(b"")
                        break
        finally:
            server.shutdown()
            server.server_close()


class Concurrency(unittest.TestCase):
    def test_concurrent_orders_for_the_last_unit_confirm_exactly_one(self):
        with Site() as site:
            token = site.token(CUSTOMER, "pharmacist")
            results = []

            def order():
                answer = site.curl("POST", "/order/orders", {
                    "items": [{"product_id": EPINEPHRINE, "quantity": 1}]}, token=token)
                results.append(answer)
            threads = [threading.Thread(target=order) for _ in range(12)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            made = [a.json["order_id"] for a in results if a.status == 201]
            refused = [a.code for a in results if a.status != 201]
            self.assertTrue(made)
            self.assertEqual(set(refused) - {"out-of-stock"}, set())
            ends = [wait_for("an end", lambda i=i: (lambda s: s if s != "PENDING" else None)(
                site.get(i).json["status"])) for i in made]
            self.assertEqual(ends.count("CONFIRMED"), 1, ends)
            self.assertEqual(ends.count("CANCELLED"), len(made) - 1)

    def test_concurrent_changes_of_one_order_let_one_win(self):
        with Site({"ORDERD_SUBSCRIBE": "tcp://127.0.0.1:9"}) as site:
            order_id = site.create((IBUPROFEN, 1)).json["order_id"]
            token = site.token(CUSTOMER, "admin")
            results = []

            def change():
                results.append(site.curl("PUT", "/order/orders/" + order_id,
                                         {"status": "CONFIRMED"}, token=token).status)
            threads = [threading.Thread(target=change) for _ in range(10)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual(results.count(200), 1, results)
            self.assertEqual(set(results), {200, 409})
            self.assertEqual(site.get(order_id).json["version"], 2)


if __name__ == "__main__":
    unittest.main()
