"""test_ingest.py again, on PostgreSQL; and the server goes away, and two processes share it."""

import unittest

import test_ingest
from harness import released, wait_for
from ingest import TOPIC
from on_postgres import OnPostgres


class PostgresIngest(OnPostgres, test_ingest.Ingest):
    pass


class PostgresRestarts(OnPostgres, test_ingest.Restarts):
    pass


class Outages(OnPostgres, test_ingest.IngestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.site, cls.pub = cls.listening()

    def tearDown(self):
        self.cluster.thaw()
        if not self.cluster.running():
            self.cluster.start()

    def refused(self, sender, body):
        kind, told = sender.put(body)
        self.assertEqual((kind, told["code"], told["retry"]), ("NACK", "unavailable", True))

    def confirmed(self, order_ids):
        for order_id in order_ids:
            self.site.wait_status(order_id, "CONFIRMED")
            self.assertEqual(self.moves(order_id), ["CONFIRMED"])

    def test_while_the_server_is_down_senders_are_told_and_later_it_is_fine(self):
        order_ids = self.pending(5)
        bodies = [released(order_id) for order_id in order_ids]
        sender = self.sender()
        self.cluster.kill9()
        for body in bodies:
            self.refused(sender, body)
        self.cluster.start()
        for body in bodies:
            sender.put_until_taken(body)
        self.confirmed(order_ids)

    def test_while_the_server_stands_still_senders_are_told_and_nothing_happens_twice(self):
        """What timed out may have been committed all the same."""
        order_ids = self.pending(5)
        bodies = [released(order_id) for order_id in order_ids]
        sender = self.sender()
        self.cluster.freeze()
        for body in bodies:
            sender.send(body)
        answers = [sender.answer(30) for _ in bodies]
        self.assertEqual({(kind, told["retry"]) for kind, _, told in answers}, {("NACK", True)})
        self.cluster.thaw()
        for body in bodies:
            sender.put_until_taken(body)
        self.confirmed(order_ids)

    def test_what_was_published_meanwhile_is_held_and_handled_later(self):
        order_ids = self.pending(20)
        self.cluster.kill9()
        for order_id in order_ids:
            self.pub.send_multipart([TOPIC, released(order_id)])
        wait_for("messages to wait", lambda: "messages wait for the store" in self.site.orderd.log())
        self.cluster.start()
        self.confirmed(order_ids)


class TwoProcesses(OnPostgres, test_ingest.IngestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.site, cls.pub = cls.listening(processes=2)

    def test_every_process_takes_messages_and_one_handles_them(self):
        order_ids = self.pending(20)
        senders = [self.sender(program=program) for program in self.site.programs]
        for order_id in order_ids:
            body = released(order_id)
            told = [sender.put(body) for sender in senders]
            self.assertEqual([kind for kind, _ in told], ["ACK", "ACK"])
            self.assertEqual([body["duplicate"] for _, body in told], [False, True])
        for order_id in order_ids:
            self.site.wait_status(order_id, "CONFIRMED")
            self.assertEqual(self.moves(order_id), ["CONFIRMED"])

    def test_who_takes_the_lead_handles_what_the_other_acknowledged(self):
        order_ids = self.pending(20)
        leader, = [program for program in self.site.programs
                   if program.control("GET", "/status").json["leading"]]
        sender = self.sender(program=leader)
        for order_id in order_ids:
            sender.send(released(order_id))
        for _ in order_ids:
            self.assertEqual(sender.answer()[0], "ACK")
        leader.kill()
        other, = [program for program in self.site.programs if program is not leader]
        for order_id in order_ids:
            wait_for("the order", lambda: self.site.curl(
                "GET", "/order/orders/" + order_id, token="admin",
                program=other).json["status"] == "CONFIRMED")
        leader.start()


if __name__ == "__main__":
    unittest.main()
