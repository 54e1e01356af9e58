"""Reading stored events again and keeping cursors, as a foreign ZeroMQ client does."""

import contextlib
import os
import sqlite3
import unittest

import zmq

from harness import IBUPROFEN, SiteCase, Subscriber, wait_for
from load import UNLIMITED
from replay import ReplayClient
from stored import Stored

QUIET = {"ORDERD_SUBSCRIBE": "tcp://127.0.0.1:9"}  # the Inventory's answers change no order
DAY_MS = 24 * 60 * 60 * 1000


def create(site, count):
    return [site.create((IBUPROFEN, 1)).json["order_id"] for _ in range(count)]


def confirm(site, order_ids):
    for order_id in order_ids:
        answer = site.curl("PUT", "/order/orders/" + order_id, {"status": "CONFIRMED"},
                           token="admin")
        assert answer.status == 200, answer


def of_table(site):
    """(topic, position, event_id) of every event, in the order of the stream."""
    return [(event.topic, event.position, event.event_id) for event in Stored(site).events]


def of_socket(events):
    return [(topic, position, event["id"]) for topic, position, _, event in events]


class Replay(SiteCase):
    @classmethod
    def setUpClass(cls):
        cls.site = cls.enterClassContext(cls.new_site(QUIET, settings=UNLIMITED))
        confirm(cls.site, create(cls.site, 8))

    def client(self):
        return self.enterContext(ReplayClient(self.site.orderd.replay))

    def test_everything_is_read_as_it_stands_in_the_store(self):
        replay = self.client()
        stored = of_table(self.site)
        got = replay.read(after="")
        self.assertEqual((got.kind, of_socket(got.events)), ("END", stored))
        self.assertEqual((got.end["position"], got.end["head"]), (stored[-1][1],) * 2)
        self.assertEqual((got.end["count"], got.end["complete"]), (len(stored), True))
        last, follows = {}, ""
        for topic, position, previous, event in got.events:
            self.assertEqual(previous, last.get(topic, ""))
            self.assertEqual((event["sequence"], event["follows"]), (position, follows))
            self.assertEqual(event["source"], "/orderd/" + got.end["epoch"])
            last[topic], follows = position, position

    def test_the_bytes_are_those_that_were_published(self):
        with Subscriber(self.site.orderd.publish, "order.").synchronise() as live:
            order_id = create(self.site, 1)[0]
            published = live.wait_topics(order_id, "order.created") and next(
                message for message in live.messages if message[0] != b"heartbeat")
        replay = self.client()
        replay.ask("READ", "x", after="", topics=["order.created"])
        while True:
            answer = replay.socket.recv_multipart()
            self.assertEqual(answer[0], b"EVENT")
            if answer[3] == published[1]:
                self.assertEqual(answer[2:], published)
                break

    def test_who_joins_late_has_all_by_replay_and_the_live_feed(self):
        """Subscribes first, reads up to the head, and goes on with what the feed brings above it,
        while others order."""
        replay = self.client()
        with Subscriber(self.site.orderd.publish, "order.").synchronise() as live:
            during = create(self.site, 3)
            got = replay.read(after="", credit=2)
            self.assertEqual(got.kind, "END")
            after = create(self.site, 3)
            live.wait_topics(after[-1], "order.created")
            fed = [(topic, position.decode(), event["id"])
                   for topic, position, _, event in live.events()
                   if position.decode() > got.end["position"]]
        self.assertEqual(of_socket(got.events) + fed, of_table(self.site))
        self.assertTrue({during[0], after[0]} <= {e["subject"] for *_, e in got.events}
                        | {e[3]["subject"] for e in live.events()})

    def test_topics_and_a_limit_choose(self):
        replay = self.client()
        created = [event for event in of_table(self.site) if event[0] == "order.created"]
        got = replay.read(after="", topics=["order.cre", "stock."])
        self.assertEqual(of_socket(got.events), created)
        first = replay.read(after="", topics=["order.created"], limit=3)
        self.assertEqual((first.end["count"], first.end["complete"]), (3, False))
        rest = replay.read(after=first.end["position"], epoch=first.end["epoch"],
                           topics=["order.created"])
        self.assertEqual(of_socket(first.events + rest.events), created)

    def test_a_time_is_a_place_to_begin_at(self):
        replay = self.client()
        everything = replay.read(after="").events
        time_of_fifth = everything[4][3]["time"]
        first = next(i for i, event in enumerate(everything) if event[3]["time"] >= time_of_fifth)
        got = replay.read(from_time=time_of_fifth)
        self.assertEqual(of_socket(got.events), of_socket(everything[first:]))
        self.assertEqual(of_socket(replay.read(from_time="2001-01-01T00:00:00Z").events),
                         of_socket(everything))
        nothing = replay.read(from_time="2100-01-01T00:00:00+01:00")
        self.assertEqual((nothing.events, nothing.end["complete"]), ([], True))

    def test_no_more_comes_than_there_is_credit_for(self):
        replay = self.client()
        read = replay.ask("READ", after="", credit=3)
        replay.events(read, 3)
        self.assertTrue(replay.quiet())
        replay.ask("CREDIT", read, credit=2)
        last = replay.events(read, 2)[-1]
        self.assertTrue(replay.quiet())
        replay.ask("CANCEL", read)
        kind, answered, end = replay.answer()
        self.assertEqual((kind, answered), ("END", read))
        self.assertEqual((end["position"], end["count"], end["complete"]), (last[1], 5, False))
        self.assertEqual(replay.refused("CREDIT", credit=1)["code"], "no-such-read")

    def test_another_stream_is_named(self):
        replay = self.client()
        head = replay.call("HEAD")
        refused = replay.read(after=head["head"], epoch="01890000-0000-7000-8000-000000000000")
        self.assertEqual((refused.kind, refused.end["code"], refused.end["epoch"]),
                         ("ERROR", "epoch-mismatch", head["epoch"]))
        for position in ("z", "no position"):
            refused = replay.read(after=position)
            self.assertEqual((refused.kind, refused.end["code"]), ("ERROR", "position-invalid"))
        self.assertEqual(replay.read(after=head["head"], epoch=head["epoch"]).events, [])

    def test_heads_are_those_of_the_heartbeat(self):
        head = self.client().call("HEAD")
        with Subscriber(self.site.orderd.publish, "heartbeat") as beats:
            beats.until(lambda: any(m[1].decode() == head["head"] for m in beats.messages))
        self.assertEqual(head["head"], Stored(self.site).events[-1].position)
        self.assertEqual(max(head["heads"].values()), head["head"])
        self.assertEqual(head["floor"], "")

    def test_a_req_socket_is_answered(self):
        with ReplayClient(self.site.orderd.replay, zmq.REQ) as replay:
            self.assertIn("head", replay.call("HEAD"))
            self.assertEqual(replay.refused("HAED")["code"], "unknown-verb")

    def test_operators_see_where_and_how_much(self):
        self.client().read(after="")
        self.assertIn("replay: " + self.site.orderd.replay.removeprefix("tcp://"),
                      self.site.orderctl("status").splitlines())
        figures = self.site.curl("GET", "/metrics", token=None).body
        self.assertRegex(figures, r"(?m)^orderd_replays \d+$")
        self.assertRegex(figures, r"(?m)^orderd_events_replayed_total [1-9]")
        self.assertRegex(figures, r'(?m)^orderd_replay_errors_total\{code="malformed"\} \d+$')

    # ---- cursors ----

    def test_a_cursor_is_made_read_acknowledged_listed_and_deleted(self):
        replay = self.client()
        stored = of_table(self.site)
        head = replay.call("HEAD")
        self.assertEqual(replay.call("CURSOR-CREATE", cursor="billing", at="beginning"),
                         {"cursor": "billing", "position": ""})
        self.assertEqual(replay.refused("CURSOR-CREATE", cursor="billing", at="head")["code"],
                         "cursor-exists")
        first = replay.read(cursor="billing", limit=3)
        self.assertEqual(of_socket(first.events), stored[:3])
        self.assertEqual(of_socket(replay.read(cursor="billing", limit=3).events), stored[:3],
                         "nothing was acknowledged")
        acked = replay.call("CURSOR-ACK", cursor="billing", position=first.positions[-1],
                            epoch=head["epoch"])
        self.assertEqual(acked, {"cursor": "billing", "position": first.positions[-1]})
        older = replay.call("CURSOR-ACK", cursor="billing", position=first.positions[0],
                            epoch=head["epoch"])
        self.assertEqual(older["position"], first.positions[-1], "it never goes back")
        self.assertEqual(of_socket(replay.read(cursor="billing").events), stored[3:])
        listed = {c["cursor"]: c for c in replay.call("CURSOR-LIST")["cursors"]}
        self.assertEqual(list(listed), ["billing"], "the service's own are not shown")
        self.assertEqual((listed["billing"]["position"], listed["billing"]["lag"]),
                         (first.positions[-1], len(stored) - 3))
        self.assertRegex(listed["billing"]["updated_at"], r"^\d{4}-\d\d-\d\dT.*Z$")
        self.assertEqual(replay.call("CURSOR-DELETE", cursor="billing"), {"cursor": "billing"})
        for verb, members in (("READ", {}), ("CURSOR-DELETE", {}),
                              ("CURSOR-ACK", {"position": stored[0][1], "epoch": head["epoch"]})):
            self.assertEqual(replay.refused(verb, cursor="billing", **members)["code"],
                             "cursor-not-found")

    def test_a_cursor_begins_where_one_wants(self):
        replay = self.client()
        head = replay.call("HEAD")
        middle = of_table(self.site)[4][1]
        made = replay.call("CURSOR-CREATE", cursor="middle", at=middle, epoch=head["epoch"])
        self.assertEqual(made["position"], middle)
        self.assertEqual(replay.read(cursor="middle", limit=1).positions,
                         [of_table(self.site)[5][1]])
        made = replay.call("CURSOR-CREATE", cursor="end", at="head")
        self.assertEqual(made["position"], head["head"])
        order_id = create(self.site, 1)[0]
        got = replay.read(cursor="end").events
        self.assertEqual([event["subject"] for *_, event in got], [order_id])
        ahead = head["head"][:-1] + "z" if "-" not in head["head"] else "f" + head["head"][1:]
        self.assertEqual(replay.refused("CURSOR-ACK", cursor="end", position=ahead,
                                        epoch=head["epoch"])["code"], "position-invalid")
        for cursor in ("middle", "end"):
            replay.call("CURSOR-DELETE", cursor=cursor)

    def test_the_services_own_cursors_are_nobody_elses(self):
        replay = self.client()
        for verb, members in (("CURSOR-DELETE", {}), ("READ", {}),
                              ("CURSOR-CREATE", {"at": "head"})):
            self.assertEqual(replay.refused(verb, cursor="relay", **members)["code"], "forbidden")
        self.assertEqual(replay.refused("CURSOR-DELETE", cursor="hook:x")["code"], "malformed")


class Restarts(SiteCase):
    """What becomes of readers when orderd, or they, go away."""

    def setUp(self):
        self.site = self.enterContext(self.new_site(QUIET, settings=UNLIMITED))
        create(self.site, 6)

    def client(self):
        return self.enterContext(ReplayClient(self.site.orderd.replay))

    def ack(self, replay, position):
        epoch = replay.call("HEAD")["epoch"]
        self.assertEqual(replay.call("CURSOR-ACK", cursor="c", position=position,
                                     epoch=epoch)["position"], position)

    def test_after_a_reconnect_it_begins_at_the_last_ack(self):
        stored = of_table(self.site)
        with ReplayClient(self.site.orderd.replay) as replay:
            replay.call("CURSOR-CREATE", cursor="c", at="beginning")
            self.ack(replay, replay.read(cursor="c", limit=2).positions[-1])
            self.assertEqual(replay.read(cursor="c", limit=2).positions,
                             [event[1] for event in stored[2:4]], "read, and not acknowledged")
        self.assertEqual(of_socket(self.client().read(cursor="c").events), stored[2:])

    def test_an_ack_that_was_answered_survives_a_kill(self):
        stored = of_table(self.site)
        replay = self.client()
        replay.call("CURSOR-CREATE", cursor="c", at="beginning")
        self.ack(replay, replay.read(cursor="c", limit=3).positions[-1])
        self.site.orderd.kill()
        self.site.orderd.start()
        again = self.client()
        wait_for("the stream", lambda: again.until_answered("HEAD")[0] == "OK")
        got = again.read(cursor="c")
        self.assertEqual((got.kind, of_socket(got.events)), ("END", stored[3:]))

    def test_a_stop_ends_reads_and_says_where_to_go_on(self):
        stored = of_table(self.site)
        replay = self.client()
        read = replay.ask("READ", after="", credit=2)
        last = replay.events(read, 2)[-1]
        self.assertEqual(self.site.orderd.stop(), 0)
        kind, answered, error = replay.answer()
        self.assertEqual((kind, answered, error["code"], error["position"]),
                         ("ERROR", read, "unavailable", last[1]))
        self.site.orderd.start()
        got = self.client().read(after=error["position"])
        self.assertEqual(of_socket(got.events), stored[2:])


class Floors(SiteCase):
    """Retention removes old events, and who wants them is told."""

    def run_sql(self, site, sql):
        if site.cluster:
            site.cluster.sql(sql, site.database_name)
            return
        with contextlib.closing(sqlite3.connect(os.path.join(site.state, "orderd.db"),
                                                timeout=10)) as db, db:
            db.execute(sql)

    def all_read(self, site):
        cursors = site.orderd.control("GET", "/cursors").json["cursors"]
        own = [cursor for cursor in cursors if cursor["kind"] != "outside"]
        return {cursor["kind"] for cursor in own} == {"relay", "hook"} and not any(
            cursor["lag"] for cursor in own)

    def make_old(self, site):
        """Every event of now happened three days ago, and the service starts on it, when its own
        readers have read them all."""
        wait_for("the service's own readers", lambda: self.all_read(site))
        self.assertEqual(site.orderd.stop(), 0)
        self.run_sql(site, "update events set occurred_at = occurred_at - interval '3 days'"
                     if site.cluster else
                     f"update events set occurred_at = occurred_at - {3 * DAY_MS}")
        site.orderd.start()

    def test_a_position_below_the_floor_is_gone_and_the_floor_is_named(self):
        settings = [*UNLIMITED, ("events_days = 0", "events_days = 1")]
        with self.new_site(QUIET, settings=settings) as site:
            create(site, 5)
            old = of_table(site)
            self.make_old(site)
            wait_for("the old events to go", lambda: not of_table(site))
            create(site, 3)
            with ReplayClient(site.orderd.replay) as replay:
                head = replay.call("HEAD")
                self.assertEqual(head["floor"], old[-1][1])
                gone = replay.read(after=old[1][1], epoch=head["epoch"])
                self.assertEqual((gone.kind, gone.end["code"]), ("ERROR", "position-gone"))
                self.assertEqual((gone.end["floor"], gone.end["head"]),
                                 (head["floor"], head["head"]))
                for after in (gone.end["floor"], ""):
                    self.assertEqual(of_socket(replay.read(after=after).events), of_table(site))
                refused = replay.refused("CURSOR-CREATE", cursor="c", at=old[1][1],
                                         epoch=head["epoch"])
                self.assertEqual((refused["code"], refused["floor"]),
                                 ("position-gone", head["floor"]))

    def test_what_a_cursor_has_not_passed_stays(self):
        settings = [*UNLIMITED, ("events_days = 0", "events_days = 1")]
        with self.new_site(QUIET, settings=settings) as site:
            create(site, 5)
            old = of_table(site)
            with ReplayClient(site.orderd.replay) as replay:
                epoch = replay.call("HEAD")["epoch"]
                replay.call("CURSOR-CREATE", cursor="slow", at=old[1][1], epoch=epoch)
            self.make_old(site)
            wait_for("what the cursor has passed to go", lambda: of_table(site) == old[2:])
            with ReplayClient(site.orderd.replay) as replay:
                self.assertEqual(of_socket(replay.read(cursor="slow").events), old[2:])


class ManyEvents(SiteCase):
    """The figures of a process that replays more than it could hold."""

    def test_a_slow_reader_and_a_fast_one_take_what_there_is(self):
        with self.new_site(QUIET, settings=[*UNLIMITED, ("replay_credit = 10000",
                                                         "replay_credit = 50")]) as site:
            confirm(site, create(site, 60))
            stored = of_table(site)
            with ReplayClient(site.orderd.replay) as slow, \
                    ReplayClient(site.orderd.replay) as fast:
                read = slow.ask("READ", "slow", after="")
                self.assertEqual(of_socket(fast.read(after="", credit=50).events), stored)
                taken = slow.events(read, 50)
                self.assertTrue(slow.quiet(), "the credit that conf allows at most")
                slow.ask("CANCEL", read)
                kind, _, end = slow.answer()
                self.assertEqual((kind, end["position"]), ("END", taken[-1][1]))


if __name__ == "__main__":
    unittest.main()
