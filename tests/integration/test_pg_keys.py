"""Idempotency keys with several processes on one database: one key makes one order."""

import json
import threading
import unittest
import uuid

from harness import IBUPROFEN, wait_for
from load import UNLIMITED
from on_postgres import Faults
from stored import Stored, check_promises

ROUNDS = 25


class Keys(Faults):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pair = cls.new_site(settings=UNLIMITED, processes=2).__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.pair.close()

    def post(self, number, key, quantity=1, user="customer"):
        return self.pair.curl("POST", "/order/orders",
                              {"items": [{"product_id": IBUPROFEN, "quantity": quantity}]},
                              token=user, headers=["Idempotency-Key: " + key],
                              program=self.pair.programs[number % 2])

    def at_once(self, key, count):
        """The same request from `count` callers at the same moment."""
        answers, barrier = [], threading.Barrier(count)

        def call(number):
            barrier.wait()
            answers.append(self.post(number, key))
        threads = [threading.Thread(target=call, args=(number,)) for number in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return answers

    def test_the_same_key_at_the_same_moment_makes_one_order(self):
        before = set(Stored(self.pair).orders)
        ids, in_flight = [], 0
        for round_ in range(ROUNDS):
            key = str(uuid.uuid4())
            answers = self.at_once(key, 2 + 2 * (round_ % 2))
            taken = [answer for answer in answers if answer.status == 201]
            others = [answer for answer in answers if answer.status != 201]
            self.assertTrue(taken, answers)
            self.assertEqual({(a.status, a.code) for a in others}
                             - {(409, "idempotency-in-flight")}, set())
            self.assertEqual(len({answer.body for answer in taken}), 1, "one answer for all")
            fresh = [a for a in taken if a.headers.get("idempotent-replayed") != "true"]
            self.assertEqual(len(fresh), 1, answers)
            in_flight += len(others)
            ids.append(taken[0].json["order_id"])
            for number in (0, 1):  # later, everybody gets the stored answer
                again = self.post(number, key)
                self.assertEqual((again.status, again.body), (201, taken[0].body))
                self.assertEqual(again.headers["idempotent-replayed"], "true")
        stored = Stored(self.pair)
        self.assertEqual(set(stored.orders) - before, set(ids))
        self.assertEqual(len(set(ids)), ROUNDS)
        check_promises(stored)

    def test_another_body_under_a_key_of_the_other_process_is_refused(self):
        key = str(uuid.uuid4())
        self.assertEqual(self.post(0, key).status, 201)
        other = self.post(1, key, quantity=2)
        self.assertEqual((other.status, other.code), (422, "idempotency-key-reused"))

    def test_another_users_key_is_another_key(self):
        key = str(uuid.uuid4())
        ids = {self.post(number, key, user=user).json["order_id"]
               for number, user in ((0, "customer"), (1, "neighbour"))}
        self.assertEqual(len(ids), 2)

    def answered(self, number, key):
        """What the service says as soon as its store answers; the key makes it safe to ask again."""
        answer = self.post(number, key)
        return None if answer.code == "store-unavailable" else answer

    def test_an_answer_outlives_its_process_and_the_servers_restart(self):
        key = str(uuid.uuid4())
        first = self.post(0, key)
        self.pair.programs[0].kill()
        self.cluster.restart("immediate")
        self.pair.programs[0].start()
        for number in (0, 1):
            # Connections to the server that is back are made anew, in a moment.
            again = wait_for("the store", lambda n=number: self.answered(n, key))
            self.assertEqual((again.status, json.loads(again.body)), (201, first.json), again)


if __name__ == "__main__":
    unittest.main()
