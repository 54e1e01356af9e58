"""Events of other services: what is acknowledged is handled, once, whatever happens meanwhile."""

import json
import os
import random
import socket
import threading
import unittest
import uuid

import zmq

from harness import IBUPROFEN, SiteCase, publisher, released, wait_for
from ingest import TOPIC, Sender
from load import UNLIMITED
from stored import Stored

FAILED = [{"product_id": IBUPROFEN, "success": False, "message": "damaged"}]


class IngestCase(SiteCase):
    """Sites that hear a foreign publisher, and whose orders wait for it."""

    @classmethod
    def listening(cls, **options):
        """A running site, and the publisher that it listens to."""
        context, pub, endpoint = publisher()
        site = cls.enterClassContext(
            cls.new_site({"ORDERD_SUBSCRIBE": endpoint}, settings=UNLIMITED, **options))
        cls.addClassCleanup(context.term)
        cls.addClassCleanup(pub.close)
        cls.hear(site, pub)
        return site, pub

    @staticmethod
    def hear(site, pub):
        """PUB drops until the subscription has arrived: publishes until an order moves."""
        order_id = site.create((IBUPROFEN, 1)).json["order_id"]

        def moved():
            pub.send_multipart([TOPIC, released(order_id)])
            return site.get(order_id).json["status"] == "CONFIRMED"
        wait_for("the subscription", moved)

    @classmethod
    def pending(cls, count=1):
        return [cls.site.create((IBUPROFEN, 1)).json["order_id"] for _ in range(count)]

    def sender(self, kind=zmq.DEALER, program=None):
        return self.enterContext(Sender((program or self.site.orderd).ingest, kind))

    def letters(self):
        text = self.site.orderctl("dead-letters", "list", "--json")
        return [json.loads(line) for line in text.splitlines()]

    def moves(self, order_id):
        """The statuses that it came to, in their order."""
        return [event.data["new_status"] for event in Stored(self.site).events
                if event.order_id == order_id and event.topic == "order.status_changed"]

    def handled(self, sender):
        """What was acknowledged before, about whatever order, has been handled."""
        order_id = self.pending()[0]
        sender.put(released(order_id))
        self.site.wait_status(order_id, "CONFIRMED")


class Ingest(IngestCase):
    @classmethod
    def setUpClass(cls):
        cls.site, cls.pub = cls.listening()

    def test_what_is_acknowledged_is_handled(self):
        order_id, event = self.pending()[0], str(uuid.uuid4())
        kind, body = self.sender().put(released(order_id, event_id=event))
        self.assertEqual((kind, body), ("ACK", {"event_id": event, "duplicate": False}))
        self.site.wait_status(order_id, "CONFIRMED")

    def test_a_cloudevent_is_taken_as_well(self):
        """Its hook wants another form: it is stored, and what cannot be handled is a dead letter."""
        envelope = {"specversion": "1.0", "source": "/inventory", "id": str(uuid.uuid4()),
                    "type": "StockReleased", "subject": self.pending()[0], "data": {}}
        kind, body = self.sender().put(json.dumps(envelope).encode())
        self.assertEqual((kind, body["event_id"]), ("ACK", "/inventory " + envelope["id"]))
        letter = wait_for("the dead letter", lambda: [
            one for one in self.letters() if one["event_id"] == body["event_id"]])[0]
        self.assertEqual((letter["source"], letter["about"]), ("inbound", envelope["subject"]))

    def test_the_same_event_has_its_effect_once(self):
        order_id, event = self.pending()[0], str(uuid.uuid4())
        sender = self.sender()
        self.assertFalse(sender.put(released(order_id, event_id=event))[1]["duplicate"])
        order = self.site.wait_status(order_id, "CONFIRMED")
        for _ in range(3):
            kind, body = sender.put(released(order_id, event_id=event))
            self.assertEqual((kind, body), ("ACK", {"event_id": event, "duplicate": True}))
        self.handled(sender)
        self.assertEqual(self.site.get(order_id).json, order)

    def test_one_event_from_everywhere_at_once_is_one(self):
        order_id, event = self.pending()[0], str(uuid.uuid4())
        body = released(order_id, event_id=event)
        senders = [self.sender() for _ in range(5)]
        for _ in range(2):
            for sender in senders:
                sender.send(body)
            self.pub.send_multipart([TOPIC, body])
        answers = [sender.answer() for sender in senders for _ in range(2)]
        self.assertEqual({kind for kind, _, _ in answers}, {"ACK"})
        new = [told for _, _, told in answers if not told["duplicate"]]
        self.assertLessEqual(len(new), 1, "and none when the publisher was first")
        self.site.wait_status(order_id, "CONFIRMED")
        self.handled(senders[0])
        self.assertEqual(self.moves(order_id), ["CONFIRMED"])

    def test_messages_about_one_order_are_handled_in_the_order_of_their_coming(self):
        """Whichever comes first decides; the other one comes too late."""
        sender = self.sender()
        firsts = {order_id: bool(number % 2) for number, order_id in enumerate(self.pending(12))}
        for order_id, success in firsts.items():
            sender.send(released(order_id, success, () if success else FAILED))
            sender.send(released(order_id, not success, FAILED if success else ()))
        for _ in range(2 * len(firsts)):
            self.assertEqual(sender.answer()[0], "ACK")
        self.handled(sender)
        for order_id, success in firsts.items():
            wanted = "CONFIRMED" if success else "CANCELLED"
            self.site.wait_status(order_id, wanted)
            self.assertEqual(self.moves(order_id), [wanted])

    def test_an_unknown_order_is_acknowledged_and_becomes_a_dead_letter(self):
        event = str(uuid.uuid4())
        kind, _ = self.sender().put(released(str(uuid.uuid4()), event_id=event))
        self.assertEqual(kind, "ACK")
        letter = wait_for("the dead letter", lambda: [
            one for one in self.letters() if one["event_id"] == event])[0]
        self.assertIn("there is no order", letter["reason"])
        self.assertEqual(letter["attempts"], 1)

    def test_what_is_malformed_is_refused_and_kept_nowhere(self):
        sender, before = self.sender(), self.letters()
        for payload, detail in ((b"", ""), (b"{", ""), (b"[]", "object"), (b"\xff\x00", ""),
                                (b"{}", "/event_id"), (b'{"event_id":7}', "/event_id"),
                                (b'{"event_id":"a","event_id":"b"}', ""),
                                (b'{"event_id":"a","order_id":7}', "/order_id"),
                                (b"[" * 262144, ""), (b'{"event_id":"' + b"x" * 256 + b'"}', "255"),
                                (b'{"event_id":"a\\u0000"}', "")):
            with self.subTest(payload[:30]):
                kind, body = sender.put(payload)
                self.assertEqual((kind, body["code"], body["retry"]), ("NACK", "malformed", False))
                self.assertIn(detail, body["detail"])
        self.handled(sender)
        self.assertEqual(self.letters(), before)

    def test_what_is_malformed_on_the_feed_becomes_a_dead_letter(self):
        marker = str(uuid.uuid4())
        self.pub.send_multipart([TOPIC, b'{"order_id":"' + marker.encode()])

        def shown():
            for letter in self.letters():
                text = self.site.orderctl("dead-letters", "show", str(letter["id"]))
                if marker in text:
                    return letter
        self.assertIsNone(wait_for("the dead letter", shown)["event_id"])

    def test_a_topic_that_nobody_takes_is_refused(self):
        for topic in (b"order.created", b"inventory", TOPIC + b".more", b""):
            kind, body = self.sender().put(b'{"event_id":"x"}', topic)
            self.assertEqual((kind, body["code"], body["retry"]), ("NACK", "unknown-topic", False))

    def test_a_req_socket_is_answered(self):
        sender = self.sender(zmq.REQ)
        self.assertEqual(sender.put(released(self.pending()[0]))[0], "ACK")
        self.assertEqual(sender.put(b"{}")[0], "NACK")

    def test_garbage_harms_nobody(self):
        dice = random.Random(4711)
        hostile = self.sender()
        for _ in range(300):
            hostile.raw(*(dice.randbytes(dice.choice((0, 1, 3, 70, 300)))
                          for _ in range(dice.randrange(1, 12))))
        hostile.raw(*[b"x"] * 10000)
        for _ in range(10000):
            hostile.raw(b"")
        host, port = self.site.orderd.ingest.removeprefix("tcp://").split(":")
        for data in (b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 64, dice.randbytes(4096), b"\x00" * 100):
            with socket.create_connection((host, int(port)), timeout=5) as raw:
                raw.sendall(data)
        self.handled(self.sender())

    def test_a_message_above_the_limit_costs_the_line(self):
        big = self.sender()
        fill = b'{"event_id":"%s"}' % uuid.uuid4().hex.encode()
        self.assertEqual(big.put(fill + b" " * (262144 - len(fill)))[0], "ACK")
        big.send(fill + b" " * (262145 - len(fill)))
        self.assertTrue(big.quiet())
        self.handled(self.sender())
        self.assertEqual(big.put_until_taken(fill)["duplicate"], True)

    def test_a_flood_whose_answers_nobody_reads_harms_nobody(self):
        stop = threading.Event()
        flooder = self.sender()

        def flood():
            while not stop.is_set():
                flooder.send(b'{"event_id":"one of a flood"}')
        thread = threading.Thread(target=flood)
        flooder.socket.setsockopt(zmq.SNDHWM, 100)
        flooder.socket.setsockopt(zmq.RCVHWM, 1)
        flooder.socket.setsockopt(zmq.SNDTIMEO, 1000)
        thread.start()
        try:
            for _ in range(3):
                self.handled(self.sender())
            self.assertEqual(self.site.curl("GET", "/readyz", token=None).status, 200)
        finally:
            stop.set()
            thread.join()

    def test_operators_see_where_and_how_much(self):
        sender = self.sender()
        body = released(self.pending()[0])
        for _ in range(2):
            sender.put(body)
        sender.put(b"{}")
        self.assertIn("ingest: " + self.site.orderd.ingest.removeprefix("tcp://"),
                      self.site.orderctl("status").splitlines())
        figures = self.site.curl("GET", "/metrics", token=None).body
        for pattern in (r"orderd_ingest_acks_total [1-9]", r"orderd_ingest_duplicates_total [1-9]",
                        r'orderd_ingest_nacks_total\{code="malformed"\} [1-9]',
                        r'orderd_inbound_pending\{from="ingest"\} 0',
                        r'orderd_inbound_pending\{from="subscribe"\} 0'):
            self.assertRegex(figures, "(?m)^" + pattern)


class Restarts(IngestCase):
    @classmethod
    def setUpClass(cls):
        cls.site, cls.pub = cls.listening()

    def acknowledged(self, order_ids):
        sender = self.sender()
        for order_id in order_ids:
            sender.send(released(order_id))
        for _ in order_ids:
            self.assertEqual(sender.answer()[0], "ACK")

    def check_confirmed(self, order_ids):
        for order_id in order_ids:
            self.site.wait_status(order_id, "CONFIRMED")
            self.assertEqual(self.moves(order_id), ["CONFIRMED"])

    def test_what_was_acknowledged_is_handled_after_kill_9(self):
        for _ in range(3):
            order_ids = self.pending(40)
            self.acknowledged(order_ids)
            self.site.orderd.kill()
            self.site.orderd.start()
            self.check_confirmed(order_ids)

    def test_what_was_acknowledged_is_handled_after_a_stop(self):
        order_ids = self.pending(40)
        self.acknowledged(order_ids)
        self.assertEqual(self.site.orderd.stop(), 0)
        self.site.orderd.start()
        self.check_confirmed(order_ids)

    def test_a_sender_that_is_interrupted_sends_again_and_nothing_happens_twice(self):
        """The service is killed again and again while one sends; it does not know what came."""
        order_ids = self.pending(30)
        bodies = [released(order_id) for order_id in order_ids]
        for start in range(0, len(bodies), 10):
            sender = Sender(self.site.orderd.ingest)
            for body in bodies[start:start + 10]:
                sender.send(body)
            sender.answer()
            self.site.orderd.kill()
            self.site.orderd.start()
            sender.close()
        sender = self.sender()
        for body in bodies:
            self.assertEqual(sender.put(body)[0], "ACK")
        self.check_confirmed(order_ids)


class Scripts(SiteCase):
    def test_a_reload_changes_what_is_taken(self):
        with self.new_site({"ORDERD_SUBSCRIBE": "tcp://127.0.0.1:9"}, own_scripts=True) as site:
            path = os.path.join(site.scripts, "hooks", "stock_counted.lua")
            with Sender(site.orderd.ingest) as sender:
                refused = sender.put(b'{"event_id":"1"}', b"stock.counted")
                self.assertEqual(refused[1]["code"], "unknown-topic")
                with open(path, "w", encoding="utf-8") as file:
                    file.write("local hook, log = require 'orderd.hook', require 'orderd.log'\n"
                               "hook.inbound('stock.counted', function(message)\n"
                               "    log.info('counted ' .. message.id .. message.payload)\n"
                               "end)\n")
                site.orderctl("reload")
                self.assertEqual(sender.put(b'{"event_id":"2"}', b"stock.counted")[0], "ACK")
                wait_for("the hook", lambda: 'counted 2{' in site.orderd.log())
                os.unlink(path)
                site.orderctl("reload")
                refused = sender.put(b'{"event_id":"3"}', b"stock.counted")
                self.assertEqual(refused[1]["code"], "unknown-topic")


if __name__ == "__main__":
    unittest.main()
