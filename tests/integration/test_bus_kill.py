"""orderd killed at random and at named points of an event's way, with an inventory that keeps its books:
nothing is lost, nothing is taken twice, and a subscriber ends with the stream as it stands in the store."""

import os
import random
import threading
import time
import unittest

from events import Reader
from harness import BIN, SiteCase, wait_for
from inventory import Inventory, wait_decided
from load import UNLIMITED, Load
from stored import Stored, check_promises

QUICK = UNLIMITED + [("ask_again_seconds = 30", "ask_again_seconds = 1")]


class Kills(SiteCase):
    def setUp(self):
        self.inventory = self.enterContext(Inventory())
        self.site = self.enterContext(self.new_site({"ORDERD_INVENTORY_URL": self.inventory.url},
                                                    settings=QUICK, steady=True))
        self.inventory.answer_to("tcp://" + self.site.orderd.status["ingest"])

    def reader(self):
        orderd = self.site.orderd
        return self.enterContext(Reader(orderd.publish, "tcp://" + orderd.status["replay"]))

    def start_with(self, point=None):
        """Starts orderd; with a point it will kill itself there (tests/faults/kill_at.c)."""
        own = self.site.orderd.environment
        for name in ("ORDERD_KILL_AT", "LD_PRELOAD"):
            own.pop(name, None)
        if point:
            own.update(ORDERD_KILL_AT=point, LD_PRELOAD=os.path.join(BIN, "libkill_at.so"),
                       ASAN_OPTIONS="verify_asan_link_order=0")
        self.site.orderd.start(wait=not point)

    def wait_dead(self):
        wait_for("orderd to kill itself", lambda: self.site.orderd.process.poll() is not None, 60)

    def finish(self, reader, *loads):
        """Everything is as was promised, to everybody."""
        stored = wait_decided(self.site, self.inventory, Stored)
        check_promises(stored, *loads)
        reader.check(stored)
        created = {event.order_id for event in stored.of_topic("order.created")}
        self.assertLessEqual(created, set(self.inventory.releases) | set(self.inventory.restocks))

    def load(self):
        return Load(self.site, 6, changes=True, lasting=False)

    def test_twenty_times_at_random(self):
        reader, loads, chance = self.reader(), [], random.Random(4711)
        for _ in range(20):
            loads.append(self.load())
            time.sleep(0.2 + chance.random() / 2)
            self.site.orderd.kill()
            loads[-1].join()
            self.site.orderd.start()
        self.assertGreater(sum(len(load.promised) for load in loads), 50)
        self.finish(reader, *loads)

    def kill_at(self, *points):
        reader, loads = self.reader(), []
        for point in points:
            self.site.orderd.kill()
            self.start_with(point)
            self.site.orderd.wait_ready()
            loads.append(self.load())
            self.wait_dead()
            loads[-1].join()
            self.start_with()
        self.finish(reader, *loads)

    def test_before_the_commit(self):
        self.kill_at("sync:40", "sync:41", "sync:55")

    def test_after_the_commit_and_before_anybody_heard(self):
        self.kill_at("publish:1", "publish:7", "publish:20")

    def test_after_the_event_was_published_and_before_the_cursor_moved(self):
        self.kill_at("published:1", "published:8", "published:25")

    def kill_in_hook(self, when):
        """The inventory kills orderd while a hook waits for its answer."""
        reader, loads = self.reader(), []
        for number in (1, 3, 6):
            killed, countdown = threading.Event(), [number]

            def on_release(_order_id, what, killed=killed, countdown=countdown):
                if what == when and not killed.is_set():
                    countdown[0] -= 1
                    if countdown[0] <= 0:
                        self.site.orderd.kill()
                        killed.set()
            self.inventory.on_release = on_release
            loads.append(self.load())
            self.assertTrue(killed.wait(60))
            self.inventory.on_release = None
            loads[-1].join()
            self.site.orderd.start()
        self.finish(reader, *loads)

    def test_in_a_hook_before_its_call_has_had_its_effect(self):
        self.kill_in_hook("before")

    def test_in_a_hook_after_its_call_has_had_its_effect(self):
        self.kill_in_hook("after")


if __name__ == "__main__":
    unittest.main()
