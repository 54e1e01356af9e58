"""Subscribers in trouble: each ends with exactly what the store holds, in order, each event once; and
none slows the service or the others."""

import os
import signal
import subprocess
import sys
import time
import unittest

from events import Reader
from harness import IBUPROFEN, SiteCase, wait_for
from load import UNLIMITED, Load
from stored import Stored, check_promises, last_position


class Subscribers(SiteCase):
    def setUp(self):
        self.site = self.enterContext(self.new_site(settings=UNLIMITED))

    def reader(self, **options):
        orderd = self.site.orderd
        return self.enterContext(Reader(orderd.publish, "tcp://" + orderd.status["replay"],
                                        **options))

    def load(self, seconds=3.0):
        with Load(self.site, 6, changes=True) as load:
            time.sleep(seconds)
        load.check_answers()
        return load

    def settle(self):
        """Until nothing changes any more: the releases are answered."""
        def settled():
            before = last_position(self.site)
            time.sleep(1)
            return last_position(self.site) == before
        wait_for("the stream to stand still", settled, 60)
        return Stored(self.site)

    def finish(self, load, *readers):
        stored = self.settle()
        check_promises(stored, load)
        for reader in readers:
            reader.check(stored)

    def test_one_from_the_beginning_and_one_that_joins_late(self):
        early = self.reader()
        load = self.load()
        late = self.reader()
        self.finish(load, early, late)
        self.assertGreater(late.replayed, 50)

    def test_one_with_a_high_water_mark_of_ten(self):
        """It takes nothing for a while, so that its socket overflows."""
        quick, small = self.reader(), self.reader(high_water_mark=10, buffer=4096)
        small.paused.set()
        load = self.load(4)
        small.paused.clear()
        self.finish(load, quick, small)


class Stopped(SiteCase):
    """A subscriber's whole process stands still: the kernel's buffers and the publisher's queue fill."""

    def test_one_in_sigstop_misses_nothing_and_nobody_waits_for_it(self):
        with self.new_site(settings=UNLIMITED + [("high_water_mark = 10000", "high_water_mark = 10")
                                                 ]) as site:
            orderd = site.orderd
            command = [sys.executable, os.path.abspath(__file__), "--read", orderd.publish,
                       "tcp://" + orderd.status["replay"]]
            with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  text=True) as child:
                self.addCleanup(child.kill)
                self.assertEqual(child.stdout.readline(), "ready\n")
                with Reader(orderd.publish, "tcp://" + orderd.status["replay"]) as other:
                    with Load(site, 6, changes=True) as load:
                        time.sleep(0.5)
                        child.send_signal(signal.SIGSTOP)
                        since = time.monotonic()
                        time.sleep(10)
                        self.assertTrue(load.succeeded(since + 5), "the service waits")
                        wait_for("the other one to hear", lambda: other.events)
                        child.send_signal(signal.SIGCONT)
                    load.check_answers()
                    last = self.quiet(site)
                    other.check(Stored(site))
                told, _ = child.communicate(last + "\n", timeout=60)
            positions = told.split()
            self.assertEqual(positions, [event.position for event in Stored(site).events])

    @staticmethod
    def quiet(site):
        def still():
            before = last_position(site)
            time.sleep(1)
            return before if last_position(site) == before else None
        return wait_for("the stream to stand still", still, 60)


def read_until_told(publish, replay):
    """A subscriber as a program: says when it is ready, is told the last position, and prints all that
    it has."""
    with Reader(publish, replay) as reader:
        print("ready", flush=True)
        last = sys.stdin.readline().strip()
        wait_for("the last event", lambda: reader.error or reader.last >= last, 60)
        assert not reader.error, reader.error
        print("\n".join(event.position for event in reader.events))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--read"]:
        read_until_told(*sys.argv[2:])
    else:
        unittest.main()
