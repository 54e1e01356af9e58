"""Who may come to the ZeroMQ sockets where CURVE is on, tried by python3-zmq."""

import http.client
import json
import os
import socket
import subprocess
import threading
import time
import unittest
import uuid

import zmq
import zmq.auth
from zmq.utils.monitor import recv_monitor_message

from harness import BIN, IBUPROFEN, ROOT, Keys, Site, wait_for
from ingest import Sender
from replay import ReplayClient

SUCCEEDED = zmq.EVENT_HANDSHAKE_SUCCEEDED
REFUSED = zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL  # the door is shut without a word, and may open
FEED = 'feeds = { ["127.0.0.1:0"] = { "order.created", "alert." } }'
CURVE = [("curve = false,", f"curve = true, {FEED},")]


class Ear:
    """A subscriber, and how its handshakes end."""

    def __init__(self, endpoint, keys=None):
        self.context = zmq.Context()
        self.socket = self.context.socket(zmq.SUB)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.setsockopt(zmq.RECONNECT_IVL, 20)
        self.socket.setsockopt(zmq.SUBSCRIBE, b"")
        if keys:
            keys.put(self.socket)
        self.monitor = self.socket.get_monitor_socket()
        self.socket.connect(endpoint)
        self.heard = []

    def topics(self, *but):
        while self.socket.poll(0):
            self.heard.append([frame.decode() for frame in self.socket.recv_multipart()])
        return [frames[0] for frames in self.heard if frames[0] not in but]

    def handshake(self, seconds=20.0):
        """The event that ends the next handshake."""
        ends = (SUCCEEDED, REFUSED, zmq.EVENT_HANDSHAKE_FAILED_AUTH,
                zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL)
        end = time.monotonic() + seconds
        while self.monitor.poll(max(0, end - time.monotonic()) * 1000):
            event = recv_monitor_message(self.monitor)["event"]
            if event in ends:
                return event
        return None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.disable_monitor()
        self.context.destroy(linger=0)


def message_of(order_id):
    return json.dumps({"event_id": str(uuid.uuid4()), "order_id": order_id,
                       "success": True}).encode()


class CurveCase(unittest.TestCase):
    def setUp(self):
        self.site = Site(settings=CURVE)
        self.site.orderctl("keys", "curve")
        self.full = self.site.client_keys("full", "--read", "", "--send", "inventory.", "--cursors")
        self.some = self.site.client_keys("some", "--read", "order.created", "--read", "alert.")
        self.sender = self.site.client_keys("sender", "--send", "inventory.stock_release")
        self.enterContext(self.site)

    def feed(self):
        return "tcp://" + self.site.orderd.status["feeds"][0]

    def ear(self, endpoint, keys=None):
        return self.enterContext(Ear(endpoint, keys))

    def replay(self, keys):
        client = ReplayClient(self.site.orderd.replay, keys=keys)
        self.addCleanup(client.close)
        return client

    def sender_of(self, keys):
        sender = Sender(self.site.orderd.ingest, keys=keys)
        self.addCleanup(sender.close)
        return sender

    def order(self):
        answer = self.site.create((IBUPROFEN, 1))
        self.assertEqual(answer.status, 201, answer)
        return answer.json["order_id"]

    def hears(self, ear, topic):
        """Orders until the subscription has arrived and one is heard of."""
        def once():
            self.order()
            time.sleep(0.1)
            return topic in ear.topics()
        wait_for(topic, once)

    def reload(self):
        self.site.orderctl("reload")


class Curve(CurveCase):
    def test_who_may_everything_does(self):
        told = self.site.orderctl("status")
        self.assertIn("\ncurve: yes\n", told)
        self.assertIn(f"\nfeeds: {self.feed()[6:]}\n", told)
        ear = self.ear(self.site.orderd.publish, self.full)
        self.assertEqual(ear.handshake(), SUCCEEDED)
        self.hears(ear, "order.created")
        client = self.replay(self.full)
        position = client.call("HEAD")["head"]
        client.call("CURSOR-CREATE", cursor="books", at="beginning")
        client.call("CURSOR-ACK", cursor="books", position=position,
                    epoch=self.site.orderd.status["epoch"])
        read = client.read(after="")
        self.assertGreaterEqual(read.positions[-1], position)
        kind, told = self.sender_of(self.full).put(message_of(self.order()))
        self.assertEqual((kind, told["duplicate"]), ("ACK", False))

    def test_strangers_hear_nothing(self):
        own = os.path.join(self.site.directory, "own")
        os.makedirs(own)
        _, path = zmq.auth.create_certificates(own, "stranger")
        stranger = Keys(path, self.full.server)
        mistaken = Keys(self.full.path, stranger.public)  # takes another one for the service
        good = self.ear(self.site.orderd.publish, self.full)
        ears = [self.ear(endpoint, keys) for keys in (stranger, mistaken, None)
                for endpoint in (self.site.orderd.publish, self.feed())]
        self.assertEqual(ears[0].handshake(), REFUSED)
        self.assertNotEqual(ears[2].handshake(3), SUCCEEDED)
        self.assertNotEqual(ears[4].handshake(3), SUCCEEDED)
        silent = []
        for keys in (stranger, mistaken, None):
            client, sender = self.replay(keys), self.sender_of(keys)
            client.ask("HEAD")
            sender.send(message_of(str(uuid.uuid4())))
            silent += [client, sender]
        self.hears(good, "order.created")
        time.sleep(1)
        for ear in ears:
            self.assertEqual(ear.topics(), [])
        for client in silent:
            self.assertFalse(client.socket.poll(0))
        log = self.site.orderd.log()
        self.assertIn("client refused: its key is not in the list", log)
        self.assertIn(json.dumps(stranger.public), log)  # what an operator would put into the list
        for keys in (stranger, self.full, self.some):
            self.assertNotIn(json.dumps(keys.secret)[1:-1], log)

    def test_who_may_some_gets_some(self):
        good = self.ear(self.site.orderd.publish, self.full)
        refused = self.ear(self.site.orderd.publish, self.some)
        fed = self.ear(self.feed(), self.some)
        self.assertEqual(refused.handshake(), REFUSED)
        self.assertEqual(fed.handshake(), SUCCEEDED)
        self.hears(fed, "order.created")
        wait_for("another topic", lambda: "order.status_changed" in good.topics())
        self.assertEqual(set(fed.topics("heartbeat")), {"order.created"})
        self.assertEqual(refused.topics(), [])
        client = self.replay(self.some)
        self.assertEqual({event[0] for event in client.read(after="").events}, {"order.created"})
        for verb, members in (("READ", {"after": "", "topics": ["order."]}),
                              ("CURSOR-CREATE", {"cursor": "mine", "at": "head"}),
                              ("CURSOR-LIST", {})):
            self.assertEqual(client.refused(verb, **members)["code"], "forbidden", verb)

    def test_who_may_send_need_not_read(self):
        sender = self.sender_of(self.sender)
        order = self.order()
        self.assertEqual(sender.put(message_of(order))[0], "ACK")
        reader = self.sender_of(self.some)
        kind, told = reader.put(message_of(order))
        self.assertEqual((kind, told["code"], told["retry"]), ("NACK", "forbidden", False))
        self.assertEqual(self.ear(self.site.orderd.publish, self.sender).handshake(),
                         REFUSED)
        self.assertEqual(self.replay(self.sender).refused("READ", after="")["code"], "forbidden")

    def test_what_a_reload_takes_away_is_gone(self):
        other = self.site.client_keys("other", "--read", "", "--send", "")
        stays, goes = (self.ear(self.site.orderd.publish, keys) for keys in (self.full, other))
        self.assertEqual(goes.handshake(), REFUSED)
        self.reload()  # from now on it may, and comes by itself
        client, sender = self.replay(other), self.sender_of(other)
        client.call("HEAD")
        self.assertEqual(sender.put(message_of(self.order()))[0], "ACK")
        self.hears(goes, "order.created")
        self.hears(stays, "order.created")
        self.site.orderctl("keys", "revoke", "other")
        self.reload()
        self.assertEqual(client.refused("READ", after="")["code"], "forbidden")
        self.assertEqual(sender.put(message_of(self.order()))[1]["code"], "forbidden")
        time.sleep(0.3)  # what was sent before has come by now
        count, stays.heard = len(goes.topics()), []
        self.hears(stays, "order.created")
        self.assertEqual(len(goes.topics()), count)
        self.assertEqual(self.ear(self.feed(), other).handshake(), REFUSED)

    def test_a_wrong_list_is_refused_and_the_one_in_force_stays(self):
        path = os.path.join(self.site.state, "clients.json")
        for text, complaint in (('[{"name": "x"}]', "/0: the member public_key is missing"),
                                ("[", "clients.json: "),
                                (None, "the list of clients is gone: the one in force stays")):
            os.remove(path)
            if text:
                with open(path, "w", encoding="utf-8") as file:
                    file.write(text)
            answer = self.site.orderctl("reload", check=False)
            self.assertEqual(answer.returncode, 1)
            self.assertIn(complaint, answer.stderr)
            self.replay(self.full).call("HEAD")
            if not text:
                open(path, "w", encoding="utf-8").close()
        with open(path, "w", encoding="utf-8") as file:
            file.write("[]")
        self.reload()
        self.assertEqual(self.ear(self.site.orderd.publish, self.full).handshake(),
                         REFUSED)

    def test_hostile_bytes_do_not_disturb(self):
        good = self.ear(self.site.orderd.publish, self.full)
        greeting = (b"\xff" + b"\0" * 8 + b"\x7f\x03\x01" + b"CURVE".ljust(20, b"\0") + b"\0" * 32)
        for endpoint in (self.site.orderd.publish, self.site.orderd.replay,
                         self.site.orderd.ingest, self.feed()):
            host, port = endpoint[6:].rsplit(":", 1)
            for data in (os.urandom(4096), b"\0" * 4096, greeting + os.urandom(4096),
                         greeting + b"\x04\xc8\x05HELLO" + os.urandom(194) + b"\xff" * 999,
                         greeting[:30], greeting + b"\x06" + b"\xff" * 64):
                with socket.create_connection((host, int(port)), timeout=10) as one:
                    one.sendall(data)
        self.hears(good, "order.created")
        self.replay(self.full).call("HEAD")

    def test_the_document_says_so(self):
        document = self.site.curl("GET", "/asyncapi.json", token=None).json
        self.assertEqual(document["servers"]["feed-1"]["host"],
                         self.site.orderd.status["feeds"][0])
        self.assertEqual(document["servers"]["pub"]["security"],
                         [{"$ref": "#/components/securitySchemes/curve"}])


class Stopping(unittest.TestCase):
    def ask_until_gone(self, program, answers):
        while True:
            try:
                answers.append(program.control("GET", "/status").json["feeds"])
            except (OSError, http.client.HTTPException):
                return

    def test_its_state_is_told_to_the_end(self):
        for _ in range(5):
            with Site(peers=False, settings=[("curve = false,", f"curve = false, {FEED},")]) as site:
                feeds = site.orderd.control("GET", "/status").json["feeds"]
                answers = []
                asking = [threading.Thread(target=self.ask_until_gone,
                                           args=(site.orderd, answers)) for _ in range(4)]
                for thread in asking:
                    thread.start()
                before = len(answers)
                self.assertEqual(site.orderd.stop(), 0)
                for thread in asking:
                    thread.join()
                self.assertGreater(len(answers), before)
                self.assertEqual([told for told in answers if told != feeds], [])


class Starting(unittest.TestCase):
    """What is missing or wrong is said before anything is served."""

    def setUp(self):
        self.site = Site(settings=CURVE + [("open_to_all = false,", "open_to_all = false, -- ")],
                         peers=False)
        self.addCleanup(self.site.close)

    def complaint(self, *options):
        program = self.site.orderd
        result = subprocess.run([os.path.join(BIN, "orderd"), *options, "-c", program.conf],
                                cwd=ROOT, env=program.environment, capture_output=True, text=True,
                                timeout=30, check=False)
        self.assertEqual(result.returncode, 1)
        return result.stdout + result.stderr

    def test_without_a_key_it_does_not_start(self):
        for options in ((), ("--check",)):
            self.assertIn("`orderctl keys curve` makes one", self.complaint(*options))

    def test_a_key_that_others_may_read_is_none(self):
        self.site.orderctl("keys", "curve")
        os.chmod(os.path.join(self.site.state, "curve.key"), 0o644)
        for options in ((), ("--check",)):
            self.assertIn("a secret key that others can read", self.complaint(*options))

    def test_a_wrong_list_is_named(self):
        self.site.orderctl("keys", "curve")
        with open(os.path.join(self.site.state, "clients.json"), "w", encoding="utf-8") as file:
            file.write("{}")
        for options in ((), ("--check",)):
            self.assertIn("clients.json", self.complaint(*options))

    def test_without_a_list_nobody_is_let_in_until_there_is_one(self):
        self.site.orderctl("keys", "curve")
        self.site.orderd.environment["ORDERD_PUB"] = "0.0.0.0:0"  # with CURVE anywhere
        self.site.orderd.start()
        self.assertIn("ZeroMQ lets nobody in until there is one and a reload",
                      self.site.orderd.log())
        keys = self.site.client_keys("first", "--read", "")
        endpoint = self.site.orderd.publish.replace("0.0.0.0", "127.0.0.1")
        with Ear(endpoint, keys) as ear:
            self.assertEqual(ear.handshake(), REFUSED)
            self.site.orderctl("reload")
            wait_for("the door to open", lambda: "heartbeat" in ear.topics())


if __name__ == "__main__":
    unittest.main()
