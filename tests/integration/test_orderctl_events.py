"""What an operator sees of the events from a shell: the stream, replayed and as it comes, who reads
it, and what nobody could handle. On SQLite and on PostgreSQL."""

import contextlib
import http.client
import json
import os
import signal
import sqlite3
import subprocess
import tempfile
import threading
import unittest
import uuid

import zmq

from harness import BIN, IBUPROFEN, PHARMACIST, ROOT, SiteCase, Subscriber, publisher, wait_for
from load import UNLIMITED
from on_postgres import OnPostgres
from stored import Stored

INBOUND = b"inventory.stock_release_processed"

FRAGILE = """local hook = require "orderd.hook"
hook.on("order.created",
    {{ name = "fragile", retry = {{ attempts = 2, first_seconds = 0.01, longest_seconds = 0.01 }} }},
    function(event) {body} end)
"""


class Tail:
    """A running `orderctl events tail`."""

    def __init__(self, site, *arguments):
        self.errors = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            [os.path.join(BIN, "orderctl"), "events", "tail", "--state-dir", site.state,
             *arguments], cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=self.errors)
        self.lines = []
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def complaints(self):
        self.errors.seek(0)
        return self.errors.read()

    def wait(self, count):
        wait_for(f"{count} events of tail", lambda: len(self.lines) >= count)
        return self.lines

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(10)
        self.thread.join()
        return code

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.thread.join()
        self.process.stdout.close()
        self.errors.close()


def create_many(site, count):
    """Orders by one connection; each has at least one event."""
    connection = http.client.HTTPConnection("127.0.0.1", site.orderd.port, timeout=30)
    headers = {"Authorization": "Bearer " + site.token(PHARMACIST, "pharmacist"),
               "Content-Type": "application/json"}
    body = json.dumps({"items": [{"product_id": IBUPROFEN, "quantity": 1}]})
    for _ in range(count):
        connection.request("POST", "/order/orders", body, headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 201, answer.status
    connection.close()


def confirmed(site):
    order_id = site.create((IBUPROFEN, 1)).json["order_id"]
    site.wait_status(order_id, "CONFIRMED")
    return order_id


def replay(site, *arguments):
    """The events of `events replay --json`."""
    text = site.orderctl("events", "replay", "--json", *arguments)
    return [json.loads(line) for line in text.splitlines()]


class Events(SiteCase):
    """The stream."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.site = cls.enterClassContext(cls.new_site(settings=UNLIMITED))

    def test_a_replay_prints_what_pub_sent_byte_for_byte(self):
        head = self.site.orderctl("events", "head", "--json")
        with Subscriber(self.site.orderd.publish, "order.").synchronise() as feed:
            for _ in range(3):
                confirmed(self.site)
            feed.until(lambda: len(feed.events()) >= 6)
            published = [m[3] for m in feed.messages if m[0] != b"heartbeat"]
        text = self.site.orderctl("events", "replay", "--json", "--from",
                                  json.loads(head)["head"] or "beginning")
        self.assertEqual(text.encode().splitlines(), published)

    def test_a_replay_has_every_event_once_and_in_order(self):
        create_many(self.site, 600)
        wait_for("the releases", lambda: len(Stored(self.site).events) >= 1200)
        stored = Stored(self.site)
        events = replay(self.site, "--to", stored.events[-1].position)
        self.assertEqual([event["sequence"] for event in events],
                         [event.position for event in stored.events])
        self.assertEqual([event["id"] for event in events],
                         [event.event_id for event in stored.events])
        for before, event in zip(events, events[1:]):
            self.assertEqual(event["follows"], before["sequence"])

    def test_a_position_behind_the_head_is_refused(self):
        """It would skip what comes up to it, and say nothing."""
        confirmed(self.site)
        for command in ("replay", "tail"):
            answer = self.site.orderctl("events", command, "--from", "9" * 16, check=False)
            self.assertEqual(answer.returncode, 1)
            self.assertIn("lies behind its last event", answer.stderr)

    def test_a_replay_takes_a_part(self):
        confirmed(self.site)
        confirmed(self.site)
        events = replay(self.site)
        first, last = events[-3], events[-1]
        self.assertEqual(replay(self.site, "--from", first["sequence"], "--to",
                                events[-2]["sequence"]), [events[-2]])
        self.assertEqual(replay(self.site, "--limit", "2"), events[:2])
        self.assertEqual(replay(self.site, "--from", last["sequence"]), [])
        created = replay(self.site, "--topic", "order.c")
        self.assertEqual(created, [e for e in events if e["type"] != "OrderStatusChangedEvent"])
        self.assertEqual(replay(self.site, "--topic", "order.created", "--topic", "order.st"),
                         events)

    def test_a_replay_begins_and_ends_at_a_time(self):
        confirmed(self.site)
        confirmed(self.site)
        events = replay(self.site)
        since = events[-3]["time"]
        place = next(i for i, event in enumerate(events) if event["time"] >= since)
        self.assertEqual(replay(self.site, "--from", since), events[place:])
        until = replay(self.site, "--to", since)
        self.assertEqual(until, events[:len(until)])
        self.assertGreater(events[len(until)]["time"], since)
        self.assertEqual(replay(self.site, "--from", "2001-01-01T00:00:00Z"), events)
        self.assertEqual(replay(self.site, "--from", "2999-01-01T00:00:00Z"), [])

    def test_the_form_for_people_is_a_line_for_each(self):
        order_id = confirmed(self.site)
        lines = self.site.orderctl("events", "replay").splitlines()
        event = replay(self.site)[-1]
        self.assertEqual(lines[-1].split(), [event["time"], event["sequence"],
                                             "order.status_changed", order_id, "CONFIRMED"])

    def test_the_head_is_where_the_table_ends(self):
        confirmed(self.site)
        last = Stored(self.site).events[-1]
        head = json.loads(self.site.orderctl("events", "head", "--json"))
        self.assertEqual((head["head"], head["heads"][last.topic], head["floor"]),
                         (last.position, last.position, ""))
        self.assertEqual(head["epoch"], self.site.orderd.control("GET", "/status").json["epoch"])

    def test_a_tail_prints_what_comes_until_it_is_interrupted(self):
        confirmed(self.site)
        with Tail(self.site) as tail, Tail(self.site, "--topic", "order.created", "--json") as few:
            # It begins at a head that nobody tells: the first order that it has is the barrier.
            def begun():
                confirmed(self.site)
                return tail.lines and few.lines
            wait_for("the tails to begin", begun)
            order_id = confirmed(self.site)
            wait_for("the order", lambda: sum(order_id in line for line in tail.lines) == 2)
            wait_for("the order", lambda: any(order_id in line for line in few.lines))
            self.assertEqual(tail.interrupt(), -signal.SIGINT)
            self.assertEqual({json.loads(line)["type"] for line in few.lines},
                             {"OrderCreatedEvent"})
            self.assertEqual(tail.complaints(), "")

    def test_a_reader_that_closes_early_ends_a_replay(self):
        confirmed(self.site)
        result = subprocess.run(
            f"{BIN}/orderctl events replay --state-dir {self.site.state} | head -n 1",
            shell=True, capture_output=True, text=True, timeout=30, check=True)
        self.assertEqual(len(result.stdout.splitlines()), 1)

    def test_a_position_of_nowhere_is_refused(self):
        result = self.site.orderctl("events", "replay", "--from", "f" * 33, check=False)
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        self.assertIn("is not a position of this stream", result.stderr)


class Restarts(SiteCase):
    """A tail outlives the orderd that it reads from."""

    def test_a_tail_goes_on_where_it_was(self):
        with self.new_site() as site:
            confirmed(site)
            with Tail(site, "--from", "beginning", "--json") as tail:
                tail.wait(2)
                site.orderd.stop()
                wait_for("the word", lambda: "waiting for it" in tail.complaints())
                site.orderd.start()
                wait_for("the word", lambda: "answers again; going on after" in tail.complaints())
                confirmed(site)
                tail.wait(4)
                site.orderd.kill()
                site.orderd.start()
                confirmed(site)
                tail.wait(6)
                self.assertEqual([json.loads(line)["sequence"] for line in tail.lines],
                                 [event.position for event in Stored(site).events])

    def test_a_tail_that_finds_another_stream_says_so(self):
        if getattr(self, "cluster", None):
            self.skipTest("the same in every store")
        with self.new_site() as site:
            confirmed(site)
            with Tail(site) as tail:
                wait_for("the tail to have begun", lambda: (confirmed(site), tail.lines)[1])
                site.orderd.stop()
                for suffix in ("", "-wal", "-shm"):
                    with contextlib.suppress(FileNotFoundError):
                        os.unlink(os.path.join(site.state, "orderd.db" + suffix))
                site.orderd.start()
                self.assertEqual(tail.process.wait(20), 1)
                self.assertIn("this is another stream of events now", tail.complaints())


class Floor(SiteCase):
    """What retention has removed."""

    def make_old(self, site):
        if site.cluster:
            site.cluster.sql("UPDATE events SET occurred_at = occurred_at - interval '3 days'",
                             site.database_name)
            return
        with contextlib.closing(sqlite3.connect(os.path.join(site.state, "orderd.db"),
                                                timeout=10)) as db, db:
            db.execute("UPDATE events SET occurred_at = occurred_at - 3 * 86400000")

    def test_a_position_below_the_floor_is_refused_with_the_floor(self):
        with self.new_site(settings=[("events_days = 0", "events_days = 2")]) as site:
            confirmed(site)
            first = Stored(site).events[0].position
            wait_for("everybody to have read", lambda: all(
                json.loads(line)["lag"] == 0
                for line in site.orderctl("cursors", "--json").splitlines()))
            site.orderd.stop()
            self.make_old(site)
            site.orderd.start()
            wait_for("old events to be gone", lambda: not Stored(site).events)
            confirmed(site)
            head = json.loads(site.orderctl("events", "head", "--json"))
            self.assertGreater(head["floor"], first)
            for command in ("replay", "tail"):
                result = site.orderctl("events", command, "--from", first, check=False)
                self.assertEqual((result.returncode, result.stdout), (1, ""))
                self.assertIn("begin after the floor, " + head["floor"], result.stderr)
            whole = [event.position for event in Stored(site).events]
            for place in (head["floor"], "beginning"):
                self.assertEqual([e["sequence"] for e in replay(site, "--from", place)], whole)


class Cursors(SiteCase):
    """Who reads the events."""

    def test_the_services_own_are_shown_and_kept(self):
        with self.new_site() as site:
            confirmed(site)

            def read():
                rows = [json.loads(line)
                        for line in site.orderctl("cursors", "--json").splitlines()]
                return rows if rows and all(row["lag"] == 0 for row in rows) else None
            rows = wait_for("everybody to have read", read)
            kinds = {row["name"]: row["kind"] for row in rows}
            self.assertEqual(kinds.pop("relay"), "relay")
            self.assertEqual(set(kinds.values()), {"hook"})
            table = site.orderctl("cursors").splitlines()
            self.assertEqual(table[0].split(), ["NAME", "KIND", "POSITION", "LAG", "MOVED"])
            self.assertEqual(len(table), len(rows) + 1)
            for name in ("relay", sorted(kinds)[0]):
                result = site.orderctl("cursors", "delete", name, check=False)
                self.assertEqual(result.returncode, 1)
                self.assertIn("refused (409)", result.stderr)
            result = site.orderctl("cursors", "delete", "relay", "--force", check=False)
            self.assertEqual(result.returncode, 1)
            result = site.orderctl("cursors", "delete", "nobody", check=False)
            self.assertEqual(result.returncode, 1)
            self.assertIn("refused (404)", result.stderr)
            self.assertEqual(len(site.orderctl("cursors", "--json").splitlines()), len(rows))

    def test_a_cursor_of_a_client_is_shown_and_deleted(self):
        with self.new_site() as site:
            confirmed(site)
            with zmq.Context() as context, context.socket(zmq.DEALER) as client:
                client.setsockopt(zmq.LINGER, 0)
                client.connect("tcp://" + site.orderd.status["replay"])
                client.send_multipart([b"CURSOR-CREATE", b"1", json.dumps(
                    {"cursor": "warehouse", "at": "beginning"}).encode()])
                self.assertTrue(client.poll(20000))
                self.assertEqual(client.recv_multipart()[0], b"OK")
            rows = [json.loads(line) for line in site.orderctl("cursors", "--json").splitlines()]
            row = next(row for row in rows if row["name"] == "warehouse")
            self.assertEqual((row["kind"], row["position"], row["lag"]), ("outside", "", 2))
            self.assertIn("beginning", site.orderctl("cursors"))
            self.assertEqual(site.orderctl("cursors", "delete", "warehouse"), "warehouse: deleted")
            self.assertNotIn("warehouse", site.orderctl("cursors"))


class Letters(SiteCase):
    """What nobody could handle: here the Inventory's answers for orders that nobody knows."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        context, cls.pub, endpoint = publisher()
        cls.addClassCleanup(context.term)
        cls.addClassCleanup(cls.pub.close)
        cls.site = cls.enterClassContext(cls.new_site({"ORDERD_SUBSCRIBE": endpoint}))

    def letters(self, *arguments):
        text = self.site.orderctl("dead-letters", "list", "--json", *arguments)
        return [json.loads(line) for line in text.splitlines()]

    def setUp(self):
        self.site.orderctl("dead-letters", "drop", "--all")
        self.assertEqual(self.letters(), [])

    def send(self, payload):
        """Until it has become a dead letter; gives that."""
        def arrived():
            self.pub.send_multipart([INBOUND, payload])
            return self.letters()
        wait_for("a dead letter", arrived)
        return self.letters()

    @staticmethod
    def unknown_order():
        return json.dumps({"event_id": str(uuid.uuid4()), "order_id": str(uuid.uuid4()),
                           "success": True, "items": [],
                           "timestamp": "2026-01-01T00:00:00Z"}).encode()

    def test_a_letter_is_listed_shown_and_dropped(self):
        payload = self.unknown_order()
        letter = self.send(payload)[0]
        self.assertEqual((letter["source"], letter["topic"], letter["retrying"]),
                         ("inbound", INBOUND.decode(), False))
        table = self.site.orderctl("dead-letters", "list").splitlines()
        self.assertEqual(table[0].split()[:3], ["ID", "RECEIVED", "SOURCE"])
        self.assertIn("inbound", table[1])
        shown = self.site.orderctl("dead-letters", "show", str(letter["id"]))
        self.assertIn("reason: " + letter["reason"], shown)
        self.assertTrue(shown.endswith("payload:\n" + payload.decode()), shown)
        self.assertEqual(self.site.orderctl("dead-letters", "show", str(letter["id"]),
                                            "--payload"), payload.decode())
        self.assertEqual(self.letters("--source", "hook:nobody"), [])
        result = self.site.orderctl("dead-letters", "drop", str(letter["id"]), "999999999",
                                    check=False)
        self.assertEqual(result.returncode, 1)
        self.assertEqual(result.stdout, f"{letter['id']}: dropped\n")
        self.assertIn("there is no dead letter 999999999", result.stderr)
        self.assertNotIn(letter["id"], [one["id"] for one in self.letters()])

    def test_what_would_steer_a_terminal_is_shown_as_question_marks(self):
        letter = self.send(b'{"order_id":"\\u001b[2J\x1b[2J')[0]
        for arguments in (("list",), ("show", str(letter["id"]))):
            shown = self.site.orderctl("dead-letters", *arguments)
            self.assertNotIn("\x1b", shown.split("payload:")[0])

    def test_all_of_a_source_are_dropped(self):
        self.send(self.unknown_order())
        self.site.orderctl("dead-letters", "drop", "--all", "--source", "hook:nobody")
        self.assertTrue(self.letters())
        self.site.orderctl("dead-letters", "drop", "--all", "--source", "inbound")
        self.assertEqual(self.letters(), [])


class Retries(SiteCase):
    """A hook that fails, as docs/OPERATING.md tells to mend it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.site = cls.enterClassContext(cls.new_site(own_scripts=True))

    def write(self, body):
        """Puts the hook in force; None takes it away."""
        path = os.path.join(self.site.scripts, "hooks", "fragile.lua")
        if body is None:
            os.unlink(path)
        else:
            with open(path, "w", encoding="utf-8") as file:
                file.write(FRAGILE.format(body=body))
        self.site.orderctl("reload")

    def letters(self):
        text = self.site.orderctl("dead-letters", "list", "--json", "--source", "hook:fragile")
        return [json.loads(line) for line in text.splitlines()]

    def cursors(self):
        text = self.site.orderctl("cursors", "--json")
        return {row["name"]: row for row in map(json.loads, text.splitlines())}

    def test_what_a_hook_could_not_do_is_done_when_it_is_mended(self):
        self.write('error("not yet")')
        orders = [confirmed(self.site) for _ in range(3)]
        letters = wait_for("the dead letters",
                           lambda: (lambda found: found if len(found) == 3 else None)(
                               self.letters()))
        self.assertEqual({letter["about"] for letter in letters}, set(orders))
        self.assertEqual({letter["attempts"] for letter in letters}, {2})
        first = str(letters[0]["id"])
        event = json.loads(self.site.orderctl("dead-letters", "show", first, "--payload"))
        self.assertEqual((event["subject"], event["type"]),
                         (letters[0]["about"], "OrderCreatedEvent"))
        result = self.site.orderctl("dead-letters", "retry", first, "--wait", "25", check=False)
        self.assertEqual(result.returncode, 1, result.stdout)
        self.assertIn(f"{first}: failed again (attempt 3): ", result.stdout)
        self.assertIn("not yet", result.stdout)
        self.write("")
        told = self.site.orderctl("dead-letters", "retry", "--all", "--source", "hook:fragile",
                                  "--wait", "25").splitlines()
        self.assertEqual(told[3:], [f"{letter['id']}: handled" for letter in letters])
        self.assertEqual(self.letters(), [])

    def test_the_cursor_of_a_hook_that_is_gone_is_deleted_for_good(self):
        self.write("")
        confirmed(self.site)
        wait_for("the cursor", lambda: self.cursors().get("hook:fragile", {}).get("lag") == 0)
        self.write(None)
        result = self.site.orderctl("cursors", "delete", "hook:fragile", check=False)
        self.assertEqual(result.returncode, 1)
        self.assertIn("it belongs to a hook", result.stderr)
        result = self.site.orderctl("cursors", "delete", "hook:fragile", "--force", check=False)
        self.assertEqual((result.returncode, result.stdout), (0, "hook:fragile: deleted\n"))
        self.assertIn("the hook begins anew", result.stderr)
        confirmed(self.site)
        wait_for("everybody to have read",
                 lambda: all(row["lag"] == 0 for row in self.cursors().values()))
        self.assertNotIn("hook:fragile", self.cursors())


class EventsOnPostgres(OnPostgres, Events):
    pass


class RestartsOnPostgres(OnPostgres, Restarts):
    pass


class FloorOnPostgres(OnPostgres, Floor):
    pass


class CursorsOnPostgres(OnPostgres, Cursors):
    pass


class LettersOnPostgres(OnPostgres, Letters):
    pass


class RetriesOnPostgres(OnPostgres, Retries):
    pass


if __name__ == "__main__":
    unittest.main()
