"""kill -9 in the middle of creates, and orderly stops: what was promised is there, once."""

import http.client
import json
import threading
import time
import unittest

from harness import IBUPROFEN, PARACETAMOL, Site, Subscriber, wait_for

ROUNDS = 4


class Load:
    """Callers that create orders until they are told to stop; keeps every id that got a 201."""

    def __init__(self, site, callers=8):
        self.site = site
        self.token = site.token()
        self.promised = []
        self.refused = []
        self.stop = threading.Event()
        self.threads = [threading.Thread(target=self.run) for _ in range(callers)]
        for thread in self.threads:
            thread.start()

    def run(self):
        body = json.dumps({"items": [{"product_id": IBUPROFEN, "quantity": 1},
                                     {"product_id": PARACETAMOL, "quantity": 2}]})
        connection = http.client.HTTPConnection("127.0.0.1", self.site.orderd.port, timeout=20)
        try:
            while not self.stop.is_set():
                connection.request("POST", "/order/orders", body, {
                    "Authorization": "Bearer " + self.token, "Content-Type": "application/json"})
                answer = connection.getresponse()
                text = answer.read()
                if answer.status == 201:
                    self.promised.append(json.loads(text)["order_id"])
                else:
                    self.refused.append((answer.status, text))
        except (OSError, http.client.HTTPException):
            pass  # the connection ended with the process
        finally:
            connection.close()

    def join(self):
        self.stop.set()
        for thread in self.threads:
            thread.join()


class Crash(unittest.TestCase):
    def check_promises(self, site, promised):
        """Every promised order is there once with its items and its one created event, and no
        order is there without them."""
        db = site.database()
        try:
            orders = [row[0] for row in db.execute("select lower(hex(order_id)) from orders")]
            events = [row[0] for row in db.execute(
                "select lower(hex(order_id)) from events where topic = 'order.created'")]
            lines = dict(db.execute(
                "select lower(hex(order_id)), count(*) from order_items group by 1"))
        finally:
            db.close()
        wanted = [order_id.replace("-", "") for order_id in promised]
        self.assertEqual(len(set(wanted)), len(wanted), "an id was promised twice")
        self.assertEqual(set(wanted) - set(orders), set(), "promised, and lost")
        self.assertEqual(sorted(orders), sorted(events), "orders and created events differ")
        self.assertEqual({lines.get(order) for order in orders} - {2}, set())

    def test_kill_9_in_the_middle_of_creates_loses_no_promise(self):
        with Site(settings=[("open_orders = ", "-- open_orders = ")]) as site:
            promised = []
            for round_ in range(ROUNDS):
                load = Load(site)
                wait_for("some orders", lambda: len(load.promised) > 30 or load.refused)
                time.sleep(0.05 * round_)
                site.orderd.kill()
                load.join()
                self.assertEqual(load.refused, [])
                promised += load.promised
                self.check_promises(site, promised)
                site.orderd.start()
                some = load.promised[-1]
                self.assertEqual(site.get(some).status, 200)
            # What was cut off between commit and release goes on by itself.
            for order_id in (promised[0], promised[-1]):
                site.wait_status(order_id, "CONFIRMED")

    def test_a_stop_answers_what_is_in_flight(self):
        with Site(settings=[("open_orders = ", "-- open_orders = ")]) as site:
            load = Load(site)
            wait_for("some orders", lambda: len(load.promised) > 30 or load.refused)
            begun = time.monotonic()
            self.assertEqual(site.orderd.stop(), 0)
            self.assertLess(time.monotonic() - begun, 12)
            load.join()
            self.assertEqual(load.refused, [])
            self.check_promises(site, load.promised)
            site.orderd.start()

    def test_after_a_crash_the_live_feed_goes_on_without_a_gap(self):
        with Site({"ORDERD_SUBSCRIBE": "tcp://127.0.0.1:9"},
                  settings=[("open_orders = ", "-- open_orders = ")]) as site:
            with Subscriber(site.orderd.publish, "order.").synchronise() as events:
                load = Load(site, 4)
                wait_for("some orders", lambda: len(load.promised) > 20 or load.refused)
                events.until(lambda: len(events.events()) > 10)
            site.orderd.kill()
            load.join()
            site.orderd.start()
            with Subscriber(site.orderd.publish, "order.").synchronise() as events:
                order_id = site.create((IBUPROFEN, 1)).json["order_id"]
                event = events.wait_topics(order_id, "order.created")[0]
            with site.database() as db:
                rows = [row[0] for row in db.execute(
                    "select position from events where topic = 'order.created' "
                    "order by position desc limit 2")]
            self.assertEqual([int(event[1]), int(event[2])], rows)


class OneProcessOnly(unittest.TestCase):
    def test_a_second_orderd_on_the_same_store_is_refused(self):
        with Site(peers=False) as site:
            import harness
            second = harness.Program(site.state, site.orderd.conf,
                                     dict(site.orderd.environment))
            second.log_path = site.directory + "/second.log"
            second.start(wait=False)
            self.assertNotEqual(second.process.wait(20), 0)
            self.assertIn("orderd.db", second.log())
            self.assertEqual(site.curl("GET", "/livez", token=None).status, 200)

    def test_an_address_in_use_is_told(self):
        with Site(peers=False) as site, self.assertRaises(AssertionError) as raised:
            with Site({"ORDERD_HTTP": site.orderd.address}, peers=False):
                pass
        self.assertIn(site.orderd.address, str(raised.exception))


if __name__ == "__main__":
    unittest.main()
