"""What the service says of its events, and the events themselves, judged by others: AsyncAPI's parser,
the JSON schema of CloudEvents, and a validator of JSON schemas (registry.py)."""

import copy
import http.server
import json
import os
import shutil
import subprocess
import tempfile
import threading
import unittest

import registry
from harness import IBUPROFEN, ROOT, SALINE, SiteCase, Subscriber


class Judge:
    """validate.js, asked line by line."""

    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="orderd-test-")
        try:
            registry.unpack(self.directory)
            self.process = subprocess.Popen(
                ["node", os.path.join(ROOT, "tests", "integration", "validate.js"), self.directory],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        except BaseException:
            shutil.rmtree(self.directory)
            raise

    def complaints(self, **question):
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait(20)
        self.process.stdout.close()
        shutil.rmtree(self.directory)


class Documents(SiteCase):
    @classmethod
    def setUpClass(cls):
        cls.judge = Judge()
        cls.addClassCleanup(cls.judge.close)
        cls.site = cls.new_site().__enter__()
        cls.addClassCleanup(cls.site.close)
        answer = cls.site.curl("GET", "/asyncapi.json", token=None)
        assert answer.status == 200 and answer.headers["content-type"] == "application/json", answer
        cls.text, cls.document = answer.body, answer.json
        cls.messages = cls._real_messages()

    @classmethod
    def _real_messages(cls):
        """What PUB sends of orders that take every way, and heartbeats: the frames as they came."""
        with Subscriber(cls.site.orderd.publish, "").synchronise() as events:
            done = cls.site.create((IBUPROFEN, 2), notes="ring twice").json["order_id"]
            cls.site.wait_status(done, "CONFIRMED")
            cls.site.curl("PUT", "/order/orders/" + done, {"status": "COMPLETED"}, token="admin")
            failed = cls.site.create((SALINE, 1), (IBUPROFEN, 1)).json["order_id"]
            cls.site.wait_status(failed, "CANCELLED")
            given_up = cls.site.create((IBUPROFEN, 1)).json["order_id"]
            cls.site.wait_status(given_up, "CONFIRMED")
            cls.site.curl("DELETE", "/order/orders/" + given_up, token="admin")
            expected = {done: 4, failed: 3, given_up: 4}
            events.until(lambda: all(len(events.events(o)) == n for o, n in expected.items()))
            beats = len([m for m in events.messages if m[0] == b"heartbeat"])
            events.until(lambda: len([m for m in events.messages if m[0] == b"heartbeat"]) > beats)
            return events.messages

    def events(self):
        return [json.loads(m[3]) for m in self.messages if m[0] != b"heartbeat"]

    def message_of(self, topic):
        """The place of a topic's only message in the document."""
        name, = self.document["channels"][topic]["messages"]
        return "#/components/messages/" + name

    # ---- AsyncAPI ----

    def test_asyncapis_own_parser_has_nothing_to_say_of_the_document(self):
        self.assertEqual(self.judge.complaints(asyncapi=self.text), [])

    def test_the_parser_does_find_mistakes(self):
        broken = copy.deepcopy(self.document)
        broken["operations"]["send.order.created"]["channel"]["$ref"] = "#/channels/nowhere"
        self.assertNotEqual(self.judge.complaints(asyncapi=json.dumps(broken)), [])
        broken = copy.deepcopy(self.document)
        del broken["servers"]["pub"]["protocol"]
        self.assertNotEqual(self.judge.complaints(asyncapi=json.dumps(broken)), [])

    def test_the_servers_are_where_the_sockets_are(self):
        self.assertEqual("tcp://" + self.document["servers"]["pub"]["host"],
                         self.site.orderd.publish)

    def test_every_message_is_as_the_document_says(self):
        topics = {m[0].decode() for m in self.messages}
        self.assertEqual(topics, {"order.created", "order.status_changed", "order.cancelled",
                                  "order.completed", "heartbeat"})
        for topic, position, previous, body in self.messages:
            place = self.message_of(topic.decode())
            headers = {"topic": topic.decode(), "position": position.decode(),
                       "previous": previous.decode()}
            for part, value in (("payload", json.loads(body)), ("headers", headers)):
                self.assertEqual(self.judge.complaints(
                    document=self.document, at=f"{place}/{part}", value=value), [], value)

    def test_every_example_is_as_the_document_says(self):
        examples = 0
        for name, message in self.document["components"]["messages"].items():
            for example in message.get("examples", []):
                examples += 1
                for part in {"payload", "headers"} & set(example):
                    self.assertEqual(self.judge.complaints(
                        document=self.document, at=f"#/components/messages/{name}/{part}",
                        value=example[part]), [], name)
        self.assertGreaterEqual(examples, 6)

    def test_a_message_that_is_not_as_the_document_says_is_found(self):
        event = next(e for e in self.events() if e["type"] == "OrderCancelledEvent")
        place = self.message_of("order.cancelled") + "/payload"
        for change in ({"type": "OrderCreatedEvent"}, {"time": "yesterday"}, {"data": {}},
                       {"data": dict(event["data"], status="LOST")},
                       {"data": dict(event["data"], items=[{}])}):
            self.assertNotEqual(self.judge.complaints(
                document=self.document, at=place, value=dict(event, **change)), [], change)

    # ---- CloudEvents ----

    def test_every_event_is_a_cloudevent(self):
        events = self.events()
        self.assertEqual(len(events), 11)
        for event in events:
            self.assertEqual(self.judge.complaints(cloudevent=event), [], event)

    def test_the_schema_of_cloudevents_does_find_mistakes(self):
        event = self.events()[0]
        for name in ("id", "source", "specversion", "type"):
            without = {key: value for key, value in event.items() if key != name}
            self.assertNotEqual(self.judge.complaints(cloudevent=without), [], name)
        for change in ({"id": ""}, {"source": "not a uri"}, {"time": "yesterday"}, {"type": 7},
                       {"subject": ""}, {"datacontenttype": ""}):
            self.assertNotEqual(
                self.judge.complaints(cloudevent=dict(event, **change)), [], change)


class Registry(unittest.TestCase):
    """Where there is no npm, packages are downloaded; what is not the package that was meant, or
    cannot be had, fails."""

    def setUp(self):
        self.cache = tempfile.mkdtemp(prefix="orderd-test-")
        self.addCleanup(shutil.rmtree, self.cache)
        self.asked, self.body = [], b""
        test = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                test.asked.append(self.path)
                self.send_response(200 if test.body else 404)
                self.send_header("Content-Length", str(len(test.body)))
                self.end_headers()
                self.wfile.write(test.body)

            def log_message(self, *_):
                pass
        server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        kept = os.environ.get("NPM_CONFIG_REGISTRY")
        self.addCleanup(lambda: os.environ.pop("NPM_CONFIG_REGISTRY") if kept is None
                        else os.environ.update(NPM_CONFIG_REGISTRY=kept))
        os.environ["NPM_CONFIG_REGISTRY"] = f"http://127.0.0.1:{server.server_port}/"

    def test_a_package_is_downloaded_once(self):
        with open(registry.package("@asyncapi/parser"), "rb") as file:
            self.body = file.read()
        for _ in range(2):
            registry.package("@asyncapi/parser", self.cache, npm=None)
        self.assertEqual(self.asked, ["/@asyncapi/parser/-/parser-3.6.6.tgz"])

    def test_another_package_than_the_one_that_was_meant_is_refused(self):
        self.body = b"anything"
        with self.assertRaisesRegex(AssertionError, "is not cloudevents 10.0.0"):
            registry.package("cloudevents", self.cache, npm=None)

    def test_a_registry_without_it_fails_the_test(self):
        with self.assertRaisesRegex(AssertionError, "cannot be had"):
            registry.package("cloudevents", self.cache, npm=None)


if __name__ == "__main__":
    unittest.main()
