"""A POST that comes twice under one Idempotency-Key, as clients see it."""

import concurrent.futures
import contextlib
import json
import os
import socket
import sqlite3
import threading
import unittest
import uuid

from harness import AMOXICILLIN, IBUPROFEN, PARACETAMOL, Site, SiteCase, product, wait_for

CALLERS = 24
KEYS = 60


def body_of(product_id=IBUPROFEN, quantity=1, **more):
    return dict({"items": [{"product_id": product_id, "quantity": quantity}]}, **more)


def sqlite(site):
    """A connection that may write."""
    return contextlib.closing(sqlite3.connect(os.path.join(site.state, "orderd.db"), timeout=10))


def count(site, table):
    sql = f"SELECT count(*) FROM {table}"
    if site.cluster:
        return int(site.cluster.value(sql, site.database_name))
    with contextlib.closing(site.database()) as db:
        return db.execute(sql).fetchone()[0]


def age(site, key, seconds):
    """Makes a key that much older."""
    where = f"WHERE key = '{key}'"
    if site.cluster:
        site.cluster.sql("UPDATE idempotency_keys SET created_at = created_at - "
                         f"interval '{seconds} s' {where}", site.database_name)
        return
    with sqlite(site) as db, db:
        assert db.execute("UPDATE idempotency_keys SET created_at = created_at - "
                          f"{seconds * 1000} {where}").rowcount == 1


class Base(SiteCase):
    settings = ()

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.site = cls.new_site(settings=list(cls.settings)).__enter__()
        cls.site.create((IBUPROFEN, 1))  # the products are in the cache from now on

    @classmethod
    def tearDownClass(cls):
        cls.site.close()
        super().tearDownClass()

    def post(self, key, body=None, token="pharmacist", raw=None):
        return self.site.curl("POST", "/order/orders", None if raw is not None else
                              body or body_of(), token=token, raw=raw,
                              headers=[f"Idempotency-Key: {key}"])

    def created(self, answer):
        self.assertEqual(answer.status, 201, answer)
        self.assertNotIn("idempotent-replayed", answer.headers)
        return answer

    def replayed(self, answer, first):
        self.assertEqual(answer.headers.get("idempotent-replayed"), "true", answer)
        self.assertEqual(answer.status, first.status)
        self.assertEqual(answer.body, first.body)
        for name in ("location", "etag", "content-type"):
            self.assertEqual(answer.headers[name], first.headers[name])

    def problem(self, answer, status, code):
        self.assertEqual((answer.status, answer.code), (status, code), answer)
        self.assertNotIn("idempotent-replayed", answer.headers)
        return answer


class Idempotency(Base):
    settings = [("idempotency_seconds = 86400", "idempotency_seconds = 60")]

    # ---- the same again ----

    def test_a_repeated_request_is_answered_the_same_and_done_once(self):
        key, before = uuid.uuid4(), count(self.site, "orders")
        first = self.created(self.post(key))
        for _ in range(3):
            self.replayed(self.post(key), first)
        self.assertEqual(count(self.site, "orders"), before + 1)

    def test_the_answer_is_the_first_one_whatever_became_of_the_order(self):
        key = uuid.uuid4()
        first = self.created(self.post(key))
        self.site.wait_status(first.json["order_id"], "CONFIRMED")
        self.replayed(self.post(key), first)

    def test_a_key_in_quotes_is_the_same_key(self):
        key = f"a\\b-{uuid.uuid4()}"
        first = self.created(self.post(key))
        escaped = key.replace("\\", "\\\\")
        self.replayed(self.post(f'"{escaped}"'), first)

    def test_a_key_holds_through_restarts(self):
        keys = [uuid.uuid4(), uuid.uuid4()]
        first = [self.created(self.post(key)) for key in keys]
        self.site.orderd.kill()
        self.site.orderd.start()
        self.replayed(self.post(keys[0]), first[0])
        self.assertEqual(self.site.orderd.stop(), 0)
        self.site.orderd.start()
        self.replayed(self.post(keys[1]), first[1])

    def test_an_answer_with_notes_comes_back_byte_for_byte(self):
        key, body = uuid.uuid4(), body_of(notes="für Müller: \"klingeln\"\n🔔")
        first = self.created(self.post(key, body))
        self.replayed(self.post(key, body), first)

    def test_requests_without_a_key_are_orders_of_their_own(self):
        before = count(self.site, "orders")
        for _ in range(2):
            self.created(self.site.curl("POST", "/order/orders", body_of(), token="pharmacist"))
        self.assertEqual(count(self.site, "orders"), before + 2)

    # ---- something else under the same key ----

    def test_another_body_is_refused(self):
        key, before = uuid.uuid4(), count(self.site, "orders")
        first = self.created(self.post(key))
        for other in (body_of(quantity=2), body_of(PARACETAMOL)):
            self.problem(self.post(key, other), 422, "idempotency-key-reused")
        self.problem(self.post(key, raw=b"no JSON"), 422, "idempotency-key-reused")
        same_but_for_a_blank = json.dumps(body_of()).encode() + b" "
        self.problem(self.post(key, raw=same_but_for_a_blank), 422, "idempotency-key-reused")
        self.replayed(self.post(key), first)
        self.assertEqual(count(self.site, "orders"), before + 1)

    def test_a_key_is_its_users_own(self):
        key = uuid.uuid4()
        mine = self.created(self.post(key, token="customer"))
        theirs = self.created(self.post(key, body_of(quantity=2), token="neighbour"))
        self.assertNotEqual(mine.json["order_id"], theirs.json["order_id"])
        self.replayed(self.post(key, token="customer"), mine)
        self.replayed(self.post(key, body_of(quantity=2), token="neighbour"), theirs)

    def test_who_may_not_order_hears_nothing_of_the_key(self):
        key = uuid.uuid4()
        self.created(self.post(key))
        self.problem(self.post(key, token=None), 401, "unauthenticated")

    # ---- what is refused does not use up the key ----

    def test_a_create_that_is_refused_leaves_the_key_free(self):
        refusals = [
            (body_of(quantity=0), 422, "validation-failed", "pharmacist"),
            (body_of(product("ff")), 422, "unknown-product", "pharmacist"),
            (body_of(product("08"), 1000), 409, "out-of-stock", "pharmacist"),
            (body_of(AMOXICILLIN), 422, "policy-denied", "customer"),
        ]
        for body, status, code, token in refusals:
            with self.subTest(code):
                key = uuid.uuid4()
                self.problem(self.post(key, body, token=token), status, code)
                self.problem(self.post(key, body, token=token), status, code)
                first = self.created(self.post(key, token=token))
                self.replayed(self.post(key, token=token), first)
        key = uuid.uuid4()
        self.problem(self.post(key, raw=b'{"items":'), 400, "invalid-json")
        self.created(self.post(key))

    # ---- keys that expire ----

    def test_a_key_is_kept_as_long_as_conf_says(self):
        key = uuid.uuid4()
        first = self.created(self.post(key))
        age(self.site, key, 40)
        self.replayed(self.post(key), first)
        age(self.site, key, 21)
        other = body_of(quantity=3)
        second = self.created(self.post(key, other))
        self.assertNotEqual(second.json["order_id"], first.json["order_id"])
        self.replayed(self.post(key, other), second)
        self.problem(self.post(key), 422, "idempotency-key-reused")

    # ---- what is no key ----

    def test_what_is_no_key_is_refused_and_named(self):
        before = count(self.site, "orders")
        bad = ["Idempotency-Key;", "Idempotency-Key: two words", 'Idempotency-Key: "',
               'Idempotency-Key: ""', 'Idempotency-Key: "open', 'Idempotency-Key: "a" b',
               'Idempotency-Key: "a";b=1', "Idempotency-Key: " + "k" * 256,
               "Idempotency-Key: schlüssel", 'Idempotency-Key: "a\\b"']
        for header in bad:
            with self.subTest(header[:40]):
                answer = self.site.curl("POST", "/order/orders", body_of(), token="pharmacist",
                                        headers=[header])
                self.problem(answer, 422, "validation-failed")
                self.assertEqual([e["pointer"] for e in answer.json["errors"]],
                                 ["/Idempotency-Key"])
                self.assertIn("Idempotency-Key", answer.json["detail"])
        self.assertEqual(count(self.site, "orders"), before)

    def test_a_key_that_is_given_twice_is_none(self):
        for keys in (("a", "b"), ("a", "a"), ('"a"', '"b"')):
            answer = self.site.curl("POST", "/order/orders", body_of(), token="pharmacist",
                                    headers=["Idempotency-Key: " + key for key in keys])
            self.problem(answer, 422, "validation-failed")

    def test_the_longest_key_is_taken(self):
        key = (str(uuid.uuid4()) + "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~" + "k" * 255)[:255]
        first = self.created(self.post(key))
        self.replayed(self.post(key), first)

    # ---- many at once ----

    def test_of_many_callers_with_one_key_one_makes_the_order(self):
        for _ in range(3):
            key, before = uuid.uuid4(), count(self.site, "orders")
            self.site.token("0190b000-0000-7000-8000-000000000003", "pharmacist")
            with concurrent.futures.ThreadPoolExecutor(CALLERS) as pool:
                answers = list(pool.map(lambda _, key=key: self.post(key), range(CALLERS)))
            self.assertEqual(count(self.site, "orders"), before + 1)
            first = [a for a in answers if a.status == 201 and
                     "idempotent-replayed" not in a.headers]
            self.assertEqual(len(first), 1)
            for answer in answers:
                if answer is first[0]:
                    continue
                if answer.status == 201:
                    self.replayed(answer, first[0])
                else:
                    self.problem(answer, 409, "idempotency-in-flight")
                    self.assertEqual(answer.headers["retry-after"], "1")
            self.replayed(self.post(key), first[0])


class StoreUnavailable(Base):
    """SQLite: another program holds the write lock."""

    settings = [("deadline_seconds = 5", "deadline_seconds = 1")]

    @classmethod
    def new_site(cls, *arguments, **options):
        return Site(*arguments, **options)

    def test_a_store_that_is_down_leaves_the_key_free_and_answers_what_it_has(self):
        old, new = uuid.uuid4(), uuid.uuid4()
        first = self.created(self.post(old))
        before = count(self.site, "orders")
        with sqlite(self.site) as lock:
            lock.isolation_level = None
            lock.execute("begin immediate")
            answer = self.problem(self.post(new), 503, "store-unavailable")
            self.assertEqual(answer.headers["retry-after"], "1")
            self.replayed(self.post(old), first)
            lock.execute("rollback")
        wait_for("a create to be taken again", lambda: self.post(new).status == 201)
        self.assertEqual(count(self.site, "orders"), before + 1)


class Crash(Base):
    def test_after_a_crash_every_key_has_made_one_order_when_it_comes_again(self):
        keys = [str(uuid.uuid4()) for _ in range(KEYS)]
        before, answered = count(self.site, "orders"), threading.Event()
        self.site.token("0190b000-0000-7000-8000-000000000003", "pharmacist")

        def send(key):
            try:
                answer = self.post(key)
            except AssertionError:
                return None  # curl was cut off
            if answer.status == 201:
                answered.set()
            return answer
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            sent = [pool.submit(send, key) for key in keys]
            self.assertTrue(answered.wait(20))
            self.site.orderd.kill()
            first = [future.result() for future in sent]
        self.site.orderd.start()
        for key, early in zip(keys, first):
            late = self.post(key)
            self.assertEqual(late.status, 201, late)
            if early is not None and early.status == 201:
                self.replayed(late, early)
        self.assertEqual(count(self.site, "orders"), before + KEYS)
        self.assertEqual(count(self.site, "idempotency_keys"), KEYS)


class InFlight(unittest.TestCase):
    """With a Product service that takes a request and says nothing until it is told to hang up."""

    def setUp(self):
        self.peer = socket.create_server(("127.0.0.1", 0))
        self.peer.settimeout(20)
        port = self.peer.getsockname()[1]
        self.site = Site(environment={"ORDERD_PRODUCTS_URL": f"http://127.0.0.1:{port}"})
        self.site.__enter__()

    def tearDown(self):
        self.peer.close()
        self.site.close()

    def post(self, key, token="pharmacist", quantity=1):
        return self.site.curl("POST", "/order/orders", body_of(quantity=quantity), token=token,
                              headers=[f"Idempotency-Key: {key}"])

    def test_while_the_first_is_under_way_the_second_is_told_to_come_again(self):
        key = uuid.uuid4()
        self.site.token("0190b000-0000-7000-8000-000000000003", "pharmacist")
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            first = pool.submit(self.post, key)
            connection, _ = self.peer.accept()
            for quantity in (1, 2):
                second = self.post(key, quantity=quantity)
                self.assertEqual((second.status, second.code), (409, "idempotency-in-flight"))
                self.assertEqual(second.headers["retry-after"], "1")
            self.assertFalse(first.done())
            connection.close()
            self.assertEqual(first.result(30).code, "integration-unavailable")
            # It ended without an order, and the next one begins anew.
            third = pool.submit(self.post, key)
            connection, _ = self.peer.accept()
            connection.close()
            self.assertEqual(third.result(30).code, "integration-unavailable")


if __name__ == "__main__":
    unittest.main()
