"""kill -9 in the middle of creates, and orderly stops: what was promised is there, once."""

import time
import unittest

import harness
from harness import IBUPROFEN, Site, SiteCase, Subscriber, wait_for
from load import UNLIMITED, Load
from stored import Stored, check_promises

ROUNDS = 4


class Crash(SiteCase):
    def some_load(self, site):
        """A load that has made some orders, and ends with the process."""
        load = Load(site, 8, lasting=False)
        wait_for("some orders", lambda: len(load.promised) > 30 or load.refused())
        return load

    def check(self, site, *loads):
        check_promises(Stored(site), *loads)
        for load in loads:
            self.assertEqual(load.refused() + load.unexpected(), [])

    def test_kill_9_in_the_middle_of_creates_loses_no_promise(self):
        with self.new_site(settings=UNLIMITED) as site:
            loads = []
            for round_ in range(ROUNDS):
                load = self.some_load(site)
                time.sleep(0.05 * round_)
                site.orderd.kill()
                load.join()
                loads.append(load)
                self.check(site, *loads)
                site.orderd.start()
                self.assertEqual(site.get(load.promised[-1]).status, 200)
            # What was cut off between commit and release goes on by itself.
            for order_id in (loads[0].promised[0], loads[-1].promised[-1]):
                site.wait_status(order_id, "CONFIRMED")

    def test_a_stop_answers_what_is_in_flight(self):
        with self.new_site(settings=UNLIMITED) as site:
            load = self.some_load(site)
            begun = time.monotonic()
            self.assertEqual(site.orderd.stop(), 0)
            self.assertLess(time.monotonic() - begun, 12)
            load.join()
            self.check(site, load)
            site.orderd.start()

    def test_after_a_crash_the_live_feed_goes_on_without_a_gap(self):
        with self.new_site({"ORDERD_SUBSCRIBE": "tcp://127.0.0.1:9"},
                  settings=UNLIMITED) as site:
            with Subscriber(site.orderd.publish, "order.").synchronise() as events:
                load = self.some_load(site)
                events.until(lambda: len(events.events()) > 10)
            site.orderd.kill()
            load.join()
            site.orderd.start()
            with Subscriber(site.orderd.publish, "order.").synchronise() as events:
                order_id = site.create((IBUPROFEN, 1)).json["order_id"]
                event = events.wait_topics(order_id, "order.created")[0]
            created = [e.position.encode() for e in Stored(site).of_topic("order.created")]
            self.assertEqual([event[2], event[1]], created[-2:])


class OneProcessOnly(unittest.TestCase):
    def test_a_second_orderd_on_the_same_store_is_refused(self):
        with Site(peers=False) as site:
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
