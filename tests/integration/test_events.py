"""The live feed, as a foreign ZeroMQ subscriber sees it."""

import json
import re
import unittest

from harness import IBUPROFEN, SiteCase, Subscriber, wait_for
from stored import Stored


class Events(SiteCase):
    @classmethod
    def setUpClass(cls):
        cls.site = cls.new_site({"ORDERD_SUBSCRIBE": "tcp://127.0.0.1:9"}).__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.site.close()

    def test_an_event_is_a_cloudevent_and_tells_what_happened(self):
        with Subscriber(self.site.orderd.publish).synchronise() as events:
            order = self.site.create((IBUPROFEN, 2)).json
            self.site.curl("PUT", "/order/orders/" + order["order_id"],
                           {"status": "CANCELLED", "reason": "why not"}, token="admin")
            created, changed, cancelled = events.wait_topics(
                order["order_id"], "order.created", "order.status_changed", "order.cancelled")
        envelope = created[3]
        self.assertEqual(envelope["specversion"], "1.0")
        self.assertEqual(envelope["type"], "OrderCreatedEvent")
        self.assertRegex(envelope["source"], "^/orderd/.+")
        self.assertEqual(envelope["datacontenttype"], "application/json")
        self.assertEqual(envelope["sequence"].encode(), created[1])
        self.assertEqual(envelope["partitionkey"], order["order_id"])
        self.assertRegex(envelope["time"], r"^\d{4}-\d\d-\d\dT.*Z$")
        self.assertRegex(envelope["id"], r"^[0-9a-f-]{36}$")
        self.assertTrue(all(re.fullmatch("[a-z0-9]+", name) for name in envelope), envelope)
        data = envelope["data"]
        self.assertEqual(
            {k: data[k] for k in ("order_id", "user_id", "status", "total_amount", "currency",
                                  "items", "version")},
            {k: order[k] for k in ("order_id", "user_id", "status", "total_amount", "currency",
                                   "items", "version")})
        self.assertIn("occurred_at", data)
        self.assertNotIn("notes", data)
        self.assertEqual(changed[3]["type"], "OrderStatusChangedEvent")
        self.assertEqual((changed[3]["data"]["old_status"], changed[3]["data"]["new_status"],
                          changed[3]["data"]["reason"]), ("PENDING", "CANCELLED", "why not"))
        self.assertEqual(cancelled[3]["type"], "OrderCancelledEvent")
        self.assertEqual(cancelled[3]["data"]["version"], 2)

    def test_positions_rise_and_name_the_one_before_on_their_topic(self):
        with Subscriber(self.site.orderd.publish).synchronise() as events:
            ids = [self.site.create((IBUPROFEN, 1)).json["order_id"] for _ in range(5)]
            for order_id in ids:
                self.site.curl("PUT", "/order/orders/" + order_id, {"status": "CONFIRMED"},
                               token="admin")
            events.until(lambda: len(events.events()) >= 10)
            seen = events.events()
        positions = [position for _, position, _, _ in seen]
        self.assertEqual(positions, sorted(positions))
        self.assertEqual(len(set(positions)), len(positions))
        last = {}
        for topic, position, previous, _ in seen:
            if topic in last:
                self.assertEqual(previous, last[topic])
            last[topic] = position

    def test_an_idle_stream_beats_and_names_its_heads(self):
        self.site.create((IBUPROFEN, 1))
        with Subscriber(self.site.orderd.publish, "heartbeat") as beats:
            beats.until(lambda: len(beats.messages) >= 2)
        topic, head, previous, body = beats.messages[-1]
        self.assertEqual((topic, previous), (b"heartbeat", b""))
        body = json.loads(body)
        self.assertIn("order.created", body["heads"])
        self.assertEqual(max(body["heads"].values()).encode(), head)
        self.assertTrue(body["epoch"])

    def test_a_service_that_shares_its_store_with_nobody_leads_and_says_so(self):
        wait_for("the lead", lambda: self.site.orderd.control("GET", "/status").json["leading"])
        self.assertIn("leading: yes", self.site.orderctl("status").splitlines())
        figures = self.site.curl("GET", "/metrics", token=None).body
        self.assertIn("orderd_leading 1", figures.splitlines())

    def test_a_refused_change_publishes_nothing(self):
        with Subscriber(self.site.orderd.publish, "order.").synchronise() as events:
            order_id = self.site.create((IBUPROFEN, 1)).json["order_id"]
            self.site.curl("PUT", "/order/orders/" + order_id, {"status": "COMPLETED"},
                           token="admin")
            self.site.curl("PUT", "/order/orders/" + order_id, {"status": "CONFIRMED"},
                           token="admin")
            events.wait_topics(order_id, "order.created", "order.status_changed")

    def test_what_was_committed_while_nobody_published_comes_after_a_restart(self):
        """Stopped and started again: the stream goes on where it was."""
        with self.new_site({"ORDERD_SUBSCRIBE": "tcp://127.0.0.1:9"}) as site:
            with Subscriber(site.orderd.publish).synchronise() as events:
                first = site.create((IBUPROFEN, 1)).json["order_id"]
                events.wait_topics(first, "order.created")
            self.assertEqual(site.orderd.stop(), 0)
            site.orderd.start()
            with Subscriber(site.orderd.publish).synchronise() as events:
                second = site.create((IBUPROFEN, 1)).json["order_id"]
                event = events.wait_topics(second, "order.created")[0]
                created = [e.position.encode() for e in Stored(site).of_topic("order.created")]
                self.assertEqual([event[2], event[1]], created, "the second event names the first")
                self.assertNotIn(first, [e[3]["subject"] for e in events.events()])


if __name__ == "__main__":
    unittest.main()
