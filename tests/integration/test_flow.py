"""The main job, as its users see it: an order goes from POST to CONFIRMED and on."""

import unittest

from harness import (CUSTOMER, EPINEPHRINE, IBUPROFEN, PARACETAMOL, SALINE, SiteCase, Subscriber,
                     wait_for)


class Flow(SiteCase):
    @classmethod
    def setUpClass(cls):
        cls.site = cls.new_site().__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.site.close()

    def test_an_order_goes_from_post_to_completed(self):
        with Subscriber(self.site.orderd.publish, "order.").synchronise() as events:
            created = self.site.create((IBUPROFEN, 2), (PARACETAMOL, 1), token="customer")
            order = created.json
            self.assertEqual(order["status"], "PENDING")
            self.assertEqual(order["total_amount"], "27.97")
            self.assertEqual(order["user_id"], CUSTOMER)
            self.assertEqual(order["version"], 1)
            self.assertEqual(created.headers["location"], "/order/orders/" + order["order_id"])
            self.assertEqual(created.headers["etag"], '"1"')

            confirmed = self.site.wait_status(order["order_id"], "CONFIRMED")
            self.assertEqual(confirmed["version"], 2)
            done = self.site.curl("PUT", "/order/orders/" + order["order_id"],
                                  {"status": "COMPLETED"}, token="pharmacist")
            self.assertEqual(done.status, 200, done)
            self.assertEqual(done.json["version"], 3)
            self.assertIsNotNone(done.json["completed_at"])

            seen = events.wait_topics(order["order_id"], "order.created", "order.status_changed",
                                      "order.status_changed", "order.completed")
            self.assertEqual([e[3]["data"].get("new_status") for e in seen],
                             [None, "CONFIRMED", "COMPLETED", "COMPLETED"])

    def test_a_failing_release_cancels_with_its_reason(self):
        with Subscriber(self.site.orderd.publish, "order.").synchronise() as events:
            order = self.site.create((SALINE, 1)).json
            cancelled = self.site.wait_status(order["order_id"], "CANCELLED")
            self.assertRegex(cancelled["reason"], "^stock release failed: .+: .+")
            self.assertIn(SALINE, cancelled["reason"])
            seen = events.wait_topics(order["order_id"], "order.created", "order.status_changed",
                                      "order.cancelled")
            self.assertEqual(seen[1][3]["data"]["reason"], cancelled["reason"])
            self.assertEqual(seen[1][3]["data"]["old_status"], "PENDING")

    def test_cancelling_a_released_order_restocks_it(self):
        def stock():
            return self.demo_stock(EPINEPHRINE)
        self.assertEqual(stock(), 1)
        order = self.site.create((EPINEPHRINE, 1)).json
        self.site.wait_status(order["order_id"], "CONFIRMED")
        self.assertEqual(stock(), 0)
        short = self.site.create((EPINEPHRINE, 1), expect=409)
        self.assertEqual(short.code, "out-of-stock")
        answer = self.site.curl("DELETE", f"/order/orders/{order['order_id']}?reason=changed%20mind",
                                token="admin")
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(answer.json["reason"], "changed mind")
        wait_for("the unit to be back", lambda: stock() == 1)

    def demo_stock(self, product_id):
        import json
        import urllib.request
        url = f"http://{self.site.demo.address}/inventory/stock/{product_id}"
        with urllib.request.urlopen(url, timeout=5) as answer:
            return json.load(answer)["available"]

    def test_two_lines_of_one_product_share_its_stock(self):
        short = self.site.create((EPINEPHRINE, 1), (EPINEPHRINE, 1), expect=409)
        self.assertEqual(short.code, "out-of-stock")
        self.assertIn('"requested":2', short.body.replace(" ", ""))

    def test_two_lines_of_one_product_become_one(self):
        order = self.site.create((IBUPROFEN, 1), (PARACETAMOL, 1), (IBUPROFEN, 2)).json
        self.assertEqual([(i["product_id"], i["quantity"]) for i in order["items"]],
                         [(IBUPROFEN, 3), (PARACETAMOL, 1)])
        self.assertEqual(order["total_amount"], "38.96")

    def test_the_notes_are_in_the_order_and_in_no_event_and_no_log(self):
        secret = "allergic-to-penicillin-4711"
        with Subscriber(self.site.orderd.publish, "order.").synchronise() as events:
            order = self.site.create((IBUPROFEN, 1), notes=secret).json
            self.assertEqual(order["notes"], secret)
            self.site.wait_status(order["order_id"], "CONFIRMED")
            events.until(lambda: len(events.events(order["order_id"])) >= 2)
            self.assertNotIn(secret.encode(), b"".join(b"".join(m) for m in events.messages))
        self.assertNotIn(secret, self.site.orderd.log())


if __name__ == "__main__":
    unittest.main()
