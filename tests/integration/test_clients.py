"""The clients under tools/clients: what they print is what stands in the table, in order, once."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import uuid

import zmq

import clients
import test_replay
from clients import Between, Client, stored
from harness import IBUPROFEN, ROOT, SiteCase, released, wait_for
from ingest import TOPIC
from load import UNLIMITED, Load
from replay import ReplayClient
from test_replay import QUIET, confirm, create

sys.path.insert(0, os.path.join(ROOT, "tools", "clients", "python"))
import orderd_events  # noqa: E402  pylint: disable=wrong-import-position

SMALL = [*UNLIMITED, ("high_water_mark = 10000", "high_water_mark = 10")]


class ClientCase(SiteCase):
    command = None

    def client(self, *arguments, **options):
        return self.enterContext(Client(self.command, self.site, *arguments, **options))

    def cursors(self):
        with ReplayClient(self.site.orderd.replay) as replay:
            return {one["cursor"]: one["position"] for one in replay.call("CURSOR-LIST")["cursors"]}

    def epoch(self):
        with ReplayClient(self.site.orderd.replay) as replay:
            return replay.call("HEAD")["epoch"]

    def under_way(self, load, count):
        """So many creates more have been answered."""
        before = len(load.succeeded())
        wait_for("the load to run", lambda: len(load.succeeded()) >= before + count, 60)


class Reading(ClientCase):
    """Of a service that stays where it is."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.site = cls.enterClassContext(cls.new_site(QUIET, settings=SMALL))
        confirm(cls.site, create(cls.site, 10))

    def test_who_joins_late_prints_everything(self):
        client = self.client("--from-beginning")
        client.wait_lines(1)
        create(self.site, 10)
        client.check()

    def test_a_new_cursor_begins_at_the_head(self):
        before = stored(self.site)
        name = f"head-{uuid.uuid4()}"
        client = self.client("--cursor", name)
        wait_for("the cursor", lambda: name in self.cursors())
        create(self.site, 5)
        expected = stored(self.site)[len(before):]
        client.wait_last(expected)
        self.assertEqual(client.lines(), expected)

    def test_who_kept_a_position_goes_on_behind_it(self):
        all_of_them = stored(self.site)
        client = self.client("--after", all_of_them[4][0], "--epoch", self.epoch(), "--limit", "3")
        self.assertEqual(client.process.wait(60), 0)
        self.assertEqual(client.lines(), all_of_them[5:8])

    def test_only_the_topics_that_are_wanted_are_printed(self):
        created = self.client("--from-beginning", "--topic", "order.created")
        none = self.client("--from-beginning", "--topic", "order.crea")
        some = self.client("--from-beginning", "--topic", "order.created", "--topic",
                           "order.cancelled")
        every = self.client("--from-beginning", "--topic", "order.")
        some.wait_lines(1)
        order_id = create(self.site, 2)[0]
        confirm(self.site, create(self.site, 1))
        self.site.curl("DELETE", f"/order/orders/{order_id}?reason=test", token="admin")
        create(self.site, 1)
        created.check("order.created")
        some.check("order.created", "order.cancelled")
        every.check()
        self.assertEqual(none.lines(), [], "a topic is meant, and not its beginning")

    def test_one_that_stands_still_under_load_has_all_in_the_end(self):
        client = self.client("--from-beginning", "--receive-mark", "10")
        with Load(self.site, changes=True) as load:
            client.wait_lines(20)
            client.pause()
            self.under_way(load, 300)
            client.go_on()
            self.under_way(load, 50)
        client.check()

    def test_what_the_feed_loses_is_read_again(self):
        with Between(self.site.orderd, lambda number: number % 3 != 0) as between:
            several = self.client("--from-beginning", publish=[between.publish])
            alone = self.client("--from-beginning", "--topic", "order.created",
                                publish=[between.publish])
            with Load(self.site, changes=True) as load:
                several.wait_lines(20)
                wait_for("losses", lambda: between.lost >= 20, 60)
                self.under_way(load, 20)
            several.check()
            alone.check("order.created")

    def test_without_the_feed_it_is_slower_and_complete(self):
        client = self.client("--from-beginning", publish=["tcp://127.0.0.1:9"])
        client.wait_lines(1)
        create(self.site, 3)
        client.check()

    def test_another_stream_is_a_clear_error(self):
        position = stored(self.site)[0][0]
        client = self.client("--after", position, "--epoch", str(uuid.uuid4()))
        self.assertEqual(client.process.wait(60), 1)
        self.assertIn(f"is gone: this is {self.epoch()}", client.errors())

    def test_what_orderd_refuses_is_told(self):
        for cursor, reason in (("relay", "forbidden"), ("a b", "malformed")):
            client = self.client("--cursor", cursor)
            self.assertEqual(client.process.wait(60), 1)
            self.assertIn(reason + ": ", client.errors())

    def test_strangers_are_told_from_orderd(self):
        """Somebody else's PUB, or REPLAY, that sends nonsense."""
        source = f"/orderd/{self.epoch()}".encode()
        for frames in ([b"order.created", b"1", b"", b"no JSON"],
                       [b"order.created", b"z", b"", b"[]"],
                       [b"order.created", b"1", b"", b"{}"],
                       [b"heartbeat", b"z", b"", b"[7]"],
                       [b"heartbeat", b"", b"", b'{"epoch": {}, "heads": 7}'],
                       [b"", b"", b"", b""],
                       [b"x", b"z", b"", b'{"source": "' + source + b'", "follows": 7}'],
                       [b"x", b"\xff\0", b"", b"{}"],
                       [b"y" * 100000, b"z" * 100000, b"", b"\0" * 9]):
            messages = [[b""], [b"z"] * 20, frames]
            with self.subTest(frames=frames), Stranger(zmq.XPUB, messages) as one:
                client = self.client("--from-beginning", publish=[one.endpoint])
                self.assertEqual(client.process.wait(60), 1)
                self.assertIn("orderd says", client.errors())

    def test_strange_answers_are_no_answers(self):
        for answer in ([b"OK", b"1", b"["], [b"OK", b"1", b"{}"], [b"OK", b"1", b"7"],
                       [b"OK", b"1", b'{"epoch": 7, "head": []}'], [b"", b"1", b"\xff"]):
            with self.subTest(answer=answer), Stranger(
                    zmq.ROUTER, [[b"OK"], [b""] * 7, [b"OK", b"\0" * 99, b"{}"],
                                 [b"OK", b"0", b"{}"], answer]) as one:
                client = self.client("--from-beginning", replay=[one.endpoint])
                self.assertEqual(client.process.wait(60), 1)
                self.assertIn("orderd says", client.errors())


class Stranger:
    """A socket that sends all these messages to whoever says anything."""

    def __init__(self, kind, messages):
        self.context = zmq.Context()
        self.socket = self.context.socket(kind)
        self.endpoint = f"tcp://127.0.0.1:{self.socket.bind_to_random_port('tcp://127.0.0.1')}"
        self.kind, self.messages = kind, messages
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while not self.stopping.is_set():
            if self.socket.poll(20):
                heard = self.socket.recv_multipart()
                for message in self.messages:
                    self.socket.send_multipart(
                        [*(heard[:1] if self.kind == zmq.ROUTER else []), *message])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.thread.join()
        self.socket.close(0)
        self.context.term()


class Encrypted(ClientCase):
    """A service with CURVE."""

    def setUp(self):
        self.site = self.new_site(QUIET, settings=[*SMALL, (
            "curve = false,",
            'curve = true, feeds = { ["127.0.0.1:0"] = { "order.created" } },')])
        self.site.orderctl("keys", "curve")
        self.all = self.site.client_keys("all", "--read", "", "--cursors")
        self.created = self.site.client_keys("created", "--read", "order.created", "--cursors")
        self.enterContext(self.site)

    def client(self, *arguments, keys=None, **options):
        if keys:
            arguments += ("--key", keys.path, "--server-key", keys.server)
        return super().client(*arguments, **options)

    def test_keys_open_it(self):
        client = self.client("--from-beginning", "--cursor", "books", keys=self.all)
        stranger = self.client("--from-beginning")
        with Load(self.site, changes=True) as load:
            self.under_way(load, 30)
        client.check()
        wait_for("a word about silence", lambda: "no answer so far" in stranger.errors())
        self.assertEqual(stranger.lines(), [])
        self.assertEqual(client.errors(), "")

    def test_wrong_keys_are_told_at_once(self):
        short = os.path.join(self.site.directory, "none.key")
        with open(short, "w", encoding="utf-8") as file:
            file.write("curve\n")
        for arguments, complaint in ((("--key", self.all.path, "--server-key", "short"), "40"),
                                     (("--key", short, "--server-key", self.all.server), short),
                                     (("--key", "/nowhere", "--server-key", "x" * 40), "/nowhere"),
                                     (("--key", self.all.path), "--server-key")):
            client = self.client(*arguments)
            self.assertIn(client.process.wait(60), (1, 2))
            self.assertIn(complaint, client.errors())
            self.assertNotIn("Traceback", client.errors())

    def test_who_may_read_one_topic_has_it_from_a_feed(self):
        feed = "tcp://" + self.site.orderd.status["feeds"][0]
        client = self.client("--from-beginning", "--topic", "order.created", "--cursor", "new",
                             publish=[feed], keys=self.created)
        with Load(self.site, changes=True) as load:
            self.under_way(load, 30)
        client.check("order.created")
        curious = self.client("--topic", "order.cancelled", "--from-beginning", publish=[feed],
                              keys=self.created)
        self.assertEqual(curious.process.wait(60), 1)
        self.assertIn("forbidden: ", curious.errors())

    def test_a_new_key_works_from_the_reload_on(self):
        keys = self.site.client_keys("new", "--read", "")
        create(self.site, 3)
        client = self.client("--from-beginning", keys=keys)
        time.sleep(1)
        self.assertEqual(client.lines(), [])
        self.site.orderctl("reload")
        client.check()


class Breaking(ClientCase):
    """A service, and clients, that go away and come back."""

    def setUp(self):
        self.site = self.enterContext(self.new_site(QUIET, settings=SMALL, steady=True))

    def test_a_killed_service_is_waited_for_and_nothing_is_lost(self):
        client = self.client("--from-beginning")
        with Load(self.site, changes=True) as load:
            client.wait_lines(20)
            for _ in range(2):
                self.site.orderd.kill()
                self.site.orderd.start()
                self.under_way(load, 20)
        client.check()

    def test_a_service_that_is_not_there_yet_is_waited_for(self):
        create(self.site, 3)
        self.site.orderd.stop()
        client = self.client("--from-beginning", "--cursor", "early")
        self.site.orderd.start()
        client.check()
        self.assertEqual(client.stop(), 0)

    def test_a_killed_client_goes_on_behind_its_last_ack(self):
        with Load(self.site, changes=True) as load:
            client = self.client("--from-beginning", "--cursor", "billing")
            client.wait_lines(250)
            client.kill()
            first = client.lines()
            self.under_way(load, 30)
        position = self.cursors()["billing"]
        again = self.client("--cursor", "billing")
        everything = stored(self.site)
        again.wait_last(everything)
        self.assertEqual(first, everything[:len(first)])
        self.assertEqual(again.lines(), [one for one in everything if one[0] > position])
        self.assertGreater(position, "", "it was acknowledged meanwhile")
        self.assertLessEqual(position, first[-1][0])

    def test_a_client_that_is_stopped_repeats_nothing(self):
        lines = []
        with Load(self.site, changes=True) as load:
            for _ in range(3):
                client = self.client("--from-beginning", "--cursor", "billing")
                client.wait_lines(20)
                self.assertEqual(client.stop(), 0)
                lines += client.lines()
                self.under_way(load, 20)
        last = self.client("--cursor", "billing")
        everything = stored(self.site)
        last.wait_last(everything)
        self.assertEqual(lines + last.lines(), everything)

    def test_an_idle_cursor_keeps_up_with_what_is_not_for_it(self):
        client = self.client("--from-beginning", "--cursor", "lazy", "--topic", "order.completed")
        create(self.site, 5)
        wait_for("the cursor to pass what nobody wanted",
                 lambda: self.cursors().get("lazy") == stored(self.site)[-1][0])
        self.assertEqual(client.lines(), [])


class Vanishing(ClientCase):
    """Streams that are not what they were."""

    run_sql = test_replay.Floors.run_sql
    all_read = test_replay.Floors.all_read
    make_old = test_replay.Floors.make_old

    def test_events_that_are_gone_are_a_clear_error(self):
        settings = [*UNLIMITED, ("events_days = 0", "events_days = 1")]
        with self.new_site(QUIET, settings=settings) as self.site:
            create(self.site, 5)
            old, epoch = stored(self.site), self.epoch()
            self.make_old(self.site)
            wait_for("the old events to go", lambda: not stored(self.site))
            create(self.site, 1)
            client = self.client("--after", old[1][0], "--epoch", epoch)
            self.assertEqual(client.process.wait(60), 1)
            self.assertIn(f"have been removed from the stream, up to {old[-1][0]}", client.errors())


class NewDatabases(ClientCase):
    """Of SQLite only: a database is a file that can be taken away."""

    def test_a_new_database_is_noticed_while_it_reads(self):
        with self.new_site(QUIET, settings=UNLIMITED, steady=True) as self.site:
            create(self.site, 3)
            client = self.client("--from-beginning")
            client.check()
            epoch = self.epoch()
            self.site.orderd.stop()
            for name in os.listdir(self.site.state):
                if name.startswith("orderd.db"):
                    os.unlink(os.path.join(self.site.state, name))
            self.site.orderd.start()
            create(self.site, 1)
            self.assertEqual(client.process.wait(60), 1)
            self.assertIn(f"the stream {epoch} is gone", client.errors())
            self.assertEqual(len(client.lines()), 3)


class PythonReading(Reading):
    command = clients.PYTHON


class PythonBreaking(Breaking):
    command = clients.PYTHON


class PythonVanishing(Vanishing, NewDatabases):
    command = clients.PYTHON


class PythonEncrypted(Encrypted):
    command = clients.PYTHON


class CReading(Reading):
    command = clients.C


class CBreaking(Breaking):
    command = clients.C


class CEncrypted(Encrypted):
    command = clients.C


class CVanishing(Vanishing, NewDatabases):
    command = clients.C


class Module(ClientCase):
    """orderd_events.Subscriber as a program uses it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.site = cls.enterClassContext(cls.new_site(QUIET, settings=UNLIMITED))
        create(cls.site, 10)

    def subscriber(self, *arguments, **options):
        return orderd_events.Subscriber(self.site.orderd.publish, self.site.orderd.replay,
                                        *arguments, **options)

    @staticmethod
    def next(subscriber):
        event = subscriber.next(60)
        assert event, "waited in vain for an event"
        return event

    def live(self, subscriber):
        """Until an event has come by the feed."""
        while subscriber.position is None:
            subscriber.next(0.1)
        while True:
            replays = subscriber.replays
            create(self.site, 1)
            self.next(subscriber)
            if subscriber.replays == replays:
                return

    def test_what_was_not_acknowledged_comes_again(self):
        expected = [one[0] for one in stored(self.site)]
        with self.subscriber(cursor="half", start="beginning") as subscriber:
            events = [self.next(subscriber) for _ in range(10)]
            subscriber.ack(events[5])
        self.assertEqual(self.cursors()["half"], expected[5])
        with self.subscriber(cursor="half") as subscriber:
            self.assertEqual(self.next(subscriber).position, expected[6])

    def test_an_interrupted_wait_loses_nothing(self):
        """A signal's exception in the middle of everything, again and again."""
        def interrupt(_, frame):
            while frame and frame.f_code.co_name != "_next":
                frame = frame.f_back
            if frame:  # else the event is the caller's already
                raise InterruptedError
        before = signal.signal(signal.SIGALRM, interrupt)
        self.addCleanup(signal.signal, signal.SIGALRM, before)
        expected = [one[0] for one in stored(self.site)]
        got, interrupts, until = [], 0, 0.0001
        with self.subscriber(after="") as subscriber:
            while len(got) < len(expected):
                try:
                    signal.setitimer(signal.ITIMER_REAL, until)
                    event = subscriber.next(60)
                    signal.setitimer(signal.ITIMER_REAL, 0)
                    got.append(event.position)
                except InterruptedError:
                    interrupts, until = interrupts + 1, until * 1.2
        self.assertGreater(interrupts, 3)
        self.assertEqual(got, expected)

    def test_an_error_acknowledges_nothing_more(self):
        with self.assertRaises(ZeroDivisionError):
            with self.subscriber(cursor="error", start="beginning", ack_seconds=1000) as subscriber:
                subscriber.ack(self.next(subscriber))
                raise ZeroDivisionError
        self.assertEqual(self.cursors()["error"], "")

    def test_whoever_hears_everything_reads_nothing_again(self):
        for topics in ((), "order.created"):
            with self.subTest(topics=topics), self.subscriber(topics) as subscriber:
                self.live(subscriber)
                replays = subscriber.replays
                order_ids = create(self.site, 5)
                confirm(self.site, order_ids[:3])
                last = create(self.site, 1)[0]
                while self.next(subscriber).data["subject"] != last:
                    pass
                self.assertEqual(subscriber.replays, replays)
                self.assertEqual(subscriber.position, stored(self.site)[-1][0])

    def test_nothing_in_time_is_none(self):
        with self.subscriber(topics=["no.such."]) as subscriber:
            self.assertIsNone(subscriber.next(0.3))

    def test_options_that_contradict_each_other_are_refused(self):
        for options in ({"cursor": "c", "after": ""}, {"after": "1"}, {"start": "middle"}):
            with self.assertRaises(ValueError):
                self.subscriber(**options)


class Sending(SiteCase):
    """orderd_events.Sender."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.site = cls.enterClassContext(cls.new_site(QUIET, settings=UNLIMITED, steady=True))

    def sender(self):
        return self.enterContext(orderd_events.Sender(self.site.orderd.ingest))

    def put(self, sender, payload):
        return sender.put(TOPIC.decode(), payload, seconds=60)

    def test_what_was_put_is_handled_and_known_when_it_comes_again(self):
        order_id, sender = create(self.site, 1)[0], self.sender()
        event = json.loads(released(order_id))
        self.assertFalse(self.put(sender, event))
        self.assertTrue(self.put(sender, event))
        self.assertTrue(self.put(sender, json.dumps(event)))
        self.site.wait_status(order_id, "CONFIRMED")

    def test_an_event_gets_an_id_and_keeps_it(self):
        event, sender = json.loads(released(create(self.site, 1)[0])), self.sender()
        del event["event_id"]
        self.assertFalse(self.put(sender, event))
        uuid.UUID(event["event_id"])
        self.assertTrue(self.put(sender, event))

    def test_what_is_refused_is_told(self):
        sender = self.sender()
        for topic, payload, code in ((TOPIC.decode(), b"[]", "malformed"),
                                     ("no.such.topic", {}, "unknown-topic")):
            with self.assertRaises(orderd_events.Refused) as refused:
                sender.put(topic, payload, seconds=60)
            self.assertEqual(refused.exception.code, code)

    def test_it_sends_again_until_a_killed_service_is_back(self):
        order_ids = create(self.site, 20)
        taken = []

        def send():
            with orderd_events.Sender(self.site.orderd.ingest) as sender:
                for order_id in order_ids:
                    self.put(sender, released(order_id))
                    taken.append(order_id)
        thread = threading.Thread(target=send)
        thread.start()
        wait_for("the first to be taken", lambda: taken)
        self.site.orderd.kill()
        self.site.orderd.start()
        thread.join(120)
        self.assertEqual(taken, order_ids)
        for order_id in order_ids:
            self.site.wait_status(order_id, "CONFIRMED")

    def test_nobody_there_is_told_in_time(self):
        with orderd_events.Sender("tcp://127.0.0.1:9") as sender:
            with self.assertRaises(orderd_events.TimedOut):
                sender.put("x", {}, seconds=0.3)


class Alone(unittest.TestCase):
    def test_the_c_client_is_two_files_and_two_libraries(self):
        folder = os.path.join(ROOT, "tools", "clients", "c")
        with tempfile.TemporaryDirectory() as directory:
            subprocess.run(["cc", "-std=c11", "-Wall", "-Wextra", "-Werror",
                            "-D_DEFAULT_SOURCE", os.path.join(folder, "orderd_subscriber.c"),
                            os.path.join(folder, "example.c"), "-o", directory + "/example",
                            "-lzmq", "-ljansson"], check=True)
            usage = subprocess.run([directory + "/example", "--help"], capture_output=True,
                                   check=True, text=True).stdout
            self.assertIn("--cursor NAME", usage)


def load_tests(loader, _, __):
    """Without the bases, which have no command."""
    suite = unittest.TestSuite()
    for case in (PythonReading, PythonBreaking, PythonVanishing, PythonEncrypted, CReading,
                 CBreaking, CVanishing, CEncrypted, Module, Sending, Alone):
        suite.addTests(loader.loadTestsFromTestCase(case))
    return suite


if __name__ == "__main__":
    unittest.main()
