"""The stream of events on PostgreSQL: nothing is skipped although transactions end in another order
than they began, and of several processes one publishes."""

import json
import signal
import time
import unittest
import uuid

from feed import Feed
from harness import CUSTOMER, IBUPROFEN, wait_for
from load import Load
from on_postgres import QUIET, Faults
from stored import Stored, check_events, check_promises

# An order as orderd would write it, by a transaction that takes its time.
ORDER = """
INSERT INTO orders (order_id, user_id, status, currency, total_amount, version, created_at,
                    updated_at)
    VALUES ('{order_id}', '{user_id}', 0, 'USD', 1099, 1, now(), now());
INSERT INTO order_items (order_id, line, product_id, quantity, price)
    VALUES ('{order_id}', 0, '{product_id}', 1, 1099);
INSERT INTO events (event_id, order_id, topic, type, occurred_at, data)
    VALUES ('{event_id}', '{order_id}', 'order.created', 'OrderCreatedEvent', now(), '{data}')
"""


class OpenTransactions(Faults):
    def begin(self, site):
        """A session in a transaction that has its number and is older than all that follow."""
        session = self.enterContext(self.cluster.session(site.database_name))
        session.run("BEGIN")
        return session, int(session.run("SELECT pg_current_xact_id()")[0])

    def write_order(self, session):
        order_id = str(uuid.uuid4())
        data = json.dumps({
            "order_id": order_id, "user_id": CUSTOMER, "status": "PENDING", "version": 1,
            "total_amount": "10.99", "currency": "USD", "occurred_at": "2026-01-31T12:00:00.000Z",
            "items": [{"product_id": IBUPROFEN, "quantity": 1, "price": "10.99"}]})
        session.run(ORDER.format(order_id=order_id, user_id=CUSTOMER, product_id=IBUPROFEN,
                                 event_id=uuid.uuid4(), data=data))
        return order_id

    def beats(self, feed, count=2):
        """The stream has had its time to publish what it may."""
        since = feed.heartbeats[0]
        wait_for("heartbeats", lambda: feed.heartbeats[0] >= since + count)

    def test_an_event_that_is_committed_late_comes_first(self):
        site = self.site(QUIET)
        with Feed(site) as feed:
            session, xid = self.begin(site)
            slow = self.write_order(session)
            made = [site.create((IBUPROFEN, 1)).json["order_id"] for _ in range(5)]
            self.beats(feed)
            self.assertEqual(feed.received, [], "published before an older transaction has ended")
            session.run("COMMIT")
            self.print_wait(feed, "the end of an old transaction", 6)
            check_events(feed.check(turns=1))
        self.assertEqual([one.envelope["subject"] for one in feed.received], [slow, *made])
        self.assertEqual(int(feed.received[0].position[:16], 16), xid)

    def print_wait(self, feed, what, count):
        begun = time.monotonic()
        wait_for(f"{count} events", lambda: len(feed.received) >= count)
        print(f"\n  events after {what}: {time.monotonic() - begun:.2f} s", flush=True)

    def test_an_old_transaction_that_is_rolled_back_or_cut_off_lets_the_others_go(self):
        site = self.site(QUIET)
        with Feed(site) as feed:
            for number, end in enumerate(("ROLLBACK", None)):
                session, _ = self.begin(site)
                self.write_order(session)
                site.create((IBUPROFEN, 1))
                self.beats(feed)
                self.assertEqual(len(feed.received), number)
                session.run(end) if end else session.close()
                wait_for("the event", lambda n=number: len(feed.received) == n + 1)
            self.assertEqual(len(feed.check(turns=1).orders), 2)

    def test_a_reader_holds_nobody_up(self):
        site = self.site(QUIET)
        first = site.create((IBUPROFEN, 1)).json["order_id"]
        with Feed(site) as feed, self.cluster.session(site.database_name) as session:
            session.run("BEGIN ISOLATION LEVEL REPEATABLE READ")
            self.assertIn("1", session.run("SELECT count(*) FROM orders"))
            second = site.create((IBUPROFEN, 1)).json["order_id"]
            wait_for("the event", lambda: second in [one.envelope["subject"]
                                                     for one in feed.received])
        self.assertEqual(set(Stored(site).orders), {first, second})

    def test_transactions_that_end_in_any_order_under_load(self):
        site = self.site()
        with Feed(site) as feed, Load(site, changes=True, pause=0.01) as load:
            slow = []
            for _ in range(12):
                session, _ = self.begin(site)
                slow.append(self.write_order(session))
                self.under_way(load, 8)
                session.run("COMMIT")
            load.join()
            load.check_answers()
            stored = feed.check(turns=1)
        self.assertLessEqual(set(slow), set(stored.orders))
        check_promises(stored, load)


class TwoProcesses(Faults):
    def pair(self, callers=3):
        site = self.site(processes=2)
        feed = self.enterContext(Feed(site))
        load = self.enterContext(Load(site, callers, changes=True, keys=True, pause=0.02))
        self.under_way(load)
        return site, feed, load

    def leader(self, feed):
        """Which of the two publishes."""
        since = [feed.count(number) for number in (0, 1)]
        wait_for("somebody to publish", lambda: self.published(feed, since))
        return self.published(feed, since)[0]

    @staticmethod
    def published(feed, since):
        return [number for number in (0, 1) if feed.count(number) > since[number]]

    def take_over(self, feed, load, number, what):
        """Waits until a process publishes; prints how long it took."""
        begun = time.monotonic()
        feed.wait_published_by(number, feed.count(number))
        print(f"\n  {what}: the other publishes after {time.monotonic() - begun:.2f} s", flush=True)
        self.under_way(load)

    def finish(self, feed, load, turns):
        load.join()
        load.check_answers()
        check_promises(feed.check(turns=turns), load)

    def test_one_publishes_what_both_write(self):
        _, feed, load = self.pair()
        self.finish(feed, load, turns=1)
        self.assertEqual(len({one.program for one in feed.received}), 1)
        self.assertEqual(sum(1 for beats in feed.heartbeats if beats), 1)

    def test_the_publisher_is_killed(self):
        site, feed, load = self.pair()
        for _ in range(2):
            leader = self.leader(feed)
            starts = feed.starts[leader]
            site.programs[leader].kill()
            self.take_over(feed, load, 1 - leader, "kill -9 of the publisher")
            site.programs[leader].start()
            feed.wait_connected(leader, starts)
        self.finish(feed, load, turns=3)

    def test_the_publisher_stops_in_good_order(self):
        site, feed, load = self.pair()
        leader = self.leader(feed)
        self.assertEqual(site.programs[leader].stop(), 0)
        self.take_over(feed, load, 1 - leader, "stop of the publisher")
        self.finish(feed, load, turns=2)
        places = [one.position for one in feed.received]
        self.assertEqual(len(set(places)), len(places), "an orderly hand-over repeats nothing")

    def test_the_publisher_stands_still_for_a_while(self):
        """It is not dead, and cannot know that another publishes now; when it goes on, it finds
        out."""
        site, feed, load = self.pair()
        leader = self.leader(feed)
        process = site.programs[leader].process
        process.send_signal(signal.SIGSTOP)
        try:
            begun = time.monotonic()
            feed.wait_published_by(1 - leader, feed.count(1 - leader))
            print(f"\n  SIGSTOP of the publisher: the other publishes after "
                  f"{time.monotonic() - begun:.2f} s", flush=True)
        finally:
            process.send_signal(signal.SIGCONT)
        self.under_way(load)
        self.finish(feed, load, turns=None)
        self.assertEqual(len(self.leaders(site)), 1)

    @staticmethod
    def leaders(site):
        return [program for program in site.programs
                if program.control("GET", "/status").json["leading"]]

    def test_all_connections_are_ended(self):
        site, feed, load = self.pair()
        for _ in range(4):
            self.cluster.terminate(site.database_name)
            self.leader(feed)
            self.under_way(load)
        self.finish(feed, load, turns=None)


if __name__ == "__main__":
    unittest.main()
