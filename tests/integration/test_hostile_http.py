"""Bytes that no honest client sends, on a raw socket."""

import json
import re
import socket
import time
import unittest

from harness import Site


def statuses(data):
    """The status codes of the answers in a stream, bodies skipped by their length."""
    found = []
    while data:
        head, _, rest = data.partition(b"\r\n\r\n")
        match = re.match(rb"HTTP/1\.1 (\d\d\d) ", head)
        if not match:
            raise AssertionError(f"not an answer: {data[:200]!r}")
        found.append(int(match.group(1)))
        length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
        data = rest[int(length.group(1)):] if length else rest
    return found


class Hostile(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = Site(peers=False, settings=[
            ("header_seconds = 10", "header_seconds = 1"),
            ("body_seconds = 30", "body_seconds = 1")]).__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.site.close()

    def alive(self):
        self.assertEqual(self.site.curl("GET", "/livez", token=None).status, 200)

    def refused(self, data, *expected):
        """One answer, an error in problem+json, and the connection closed: nothing after the
        broken part was taken for a request."""
        received, closed = self.site.raw(data)
        got = statuses(received)
        self.assertEqual(len(got), 1, received)
        self.assertIn(got[0], expected or (400,))
        self.assertTrue(closed, "the connection stays open")
        body = received.partition(b"\r\n\r\n")[2]
        problem = json.loads(body)
        self.assertEqual(problem["status"], got[0])
        self.assertRegex(problem["trace_id"], "^[0-9a-f]{32}$")
        self.assertIn(b"application/problem+json", received)

    def test_smuggling_is_refused(self):
        hidden = b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"
        n = str(len(hidden)).encode()
        start = b"POST /livez HTTP/1.1\r\nHost: a\r\n"
        cases = {
            "two lengths": start + b"Content-Length: 0\r\nContent-Length: " + n + b"\r\n\r\n",
            "length list": start + b"Content-Length: 0, " + n + b"\r\n\r\n",
            "space before colon": start + b"Content-Length : " + n + b"\r\n\r\n",
            "plus length": start + b"Content-Length: +5\r\n\r\n12345",
            "hex length": start + b"Content-Length: 0x5\r\n\r\n12345",
            "negative length": start + b"Content-Length: -1\r\n\r\n",
            "empty length": start + b"Content-Length: \r\n\r\n",
            "huge length": start + b"Content-Length: " + b"9" * 30 + b"\r\n\r\n",
            "length and chunked": start + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
                                          b"0\r\n\r\n",
            "chunked twice": start + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
            "chunked not last": start + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
            "x-chunked": start + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
            "bad chunk size": start + b"Transfer-Encoding: chunked\r\n\r\n0x5\r\n12345\r\n0\r\n\r\n",
            "chunk size overflow": start + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 20
                                   + b"\r\n",
            "chunk without CRLF": start + b"Transfer-Encoding: chunked\r\n\r\n5\r\n1234567",
            "bare LF": b"GET /livez HTTP/1.1\nHost: a\n\n",
            "bare LF in header": b"GET /livez HTTP/1.1\r\nHost: a\nX: y\r\n\r\n",
            "bare CR in value": b"GET /livez HTTP/1.1\r\nHost: a\r\nX: y\rz\r\n\r\n",
            "no host": b"GET /livez HTTP/1.1\r\n\r\n",
            "two hosts": b"GET /livez HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
            "folded line": b"GET /livez HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n",
            "name with space": b"GET /livez HTTP/1.1\r\nHost: a\r\nUser : y\r\n\r\n",
            "empty name": b"GET /livez HTTP/1.1\r\nHost: a\r\n: y\r\n\r\n",
            "NUL in path": b"GET /live\0z HTTP/1.1\r\nHost: a\r\n\r\n",
            "NUL in value": b"GET /livez HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n",
            "space in path": b"GET /li vez HTTP/1.1\r\nHost: a\r\n\r\n",
            "no version": b"GET /livez\r\n\r\n",
            "rubbish": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\xaa" * 100,
            "http/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        }
        for name, data in cases.items():
            with self.subTest(name):
                self.refused(data + hidden, 400, 413, 501, 505)
        self.alive()

    def test_other_versions_and_methods_are_refused(self):
        self.refused(b"GET /livez HTTP/3.0\r\nHost: a\r\n\r\n", 400, 505)
        self.refused(b"BREW /livez HTTP/1.1\r\nHost: a\r\n\r\n", 400, 405, 501)

    def test_headers_have_limits(self):
        start = b"GET /livez HTTP/1.1\r\nHost: a\r\n"
        self.refused(start + b"X: " + b"y" * 20000 + b"\r\n\r\n", 431)
        self.refused(start + b"X: y\r\n" * 120 + b"\r\n", 431)
        self.refused(b"GET /" + b"a" * 20000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414, 431)

    def test_pipelined_requests_are_answered_in_order(self):
        one = b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"
        other = b"GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n"
        received, closed = self.site.raw((one + other) * 20)
        self.assertEqual(statuses(received), [200, 404] * 20)
        self.assertFalse(closed)

    def test_a_pipeline_ends_at_the_broken_request(self):
        one = b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"
        received, closed = self.site.raw(one + b"GET /livez HTTP/1.1\r\n\r\n" + one)
        self.assertEqual(statuses(received), [200, 400])
        self.assertTrue(closed)

    def test_chunked_bodies_are_read_in_any_slicing(self):
        request = (b"POST /livez HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                   b"5;x=y\r\nhello\r\n3\r\nabc\r\n0\r\nTrailer: t\r\n\r\n")
        received, _ = self.site.raw(None, chunks=[request[i:i + 1] for i in range(len(request))])
        self.assertEqual(statuses(received), [405])

    def test_expect_continue_is_answered_before_the_body(self):
        with socket.create_connection(("127.0.0.1", self.site.orderd.port), timeout=5) as s:
            s.sendall(b"POST /livez HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n"
                      b"Expect: 100-continue\r\n\r\n")
            self.assertTrue(s.recv(1000).startswith(b"HTTP/1.1 100 "))
            s.sendall(b"{}")
            self.assertTrue(s.recv(1000).startswith(b"HTTP/1.1 405 "))
        self.refused(b"POST /livez HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n"
                     b"Expect: magic\r\n\r\n", 417)

    def test_http_1_0_closes_and_keep_alive_stays(self):
        received, closed = self.site.raw(b"GET /livez HTTP/1.0\r\n\r\n")
        self.assertEqual((statuses(received), closed), ([200], True))
        received, closed = self.site.raw(b"GET /livez HTTP/1.1\r\nHost: a\r\n"
                                         b"Connection: close\r\n\r\n")
        self.assertEqual((statuses(received), closed), ([200], True))

    def drip(self, start, piece):
        """Sends a piece every 0.1 s; gives the seconds until the server had enough."""
        begun = time.monotonic()
        with socket.create_connection(("127.0.0.1", self.site.orderd.port), timeout=5) as s:
            s.sendall(start)
            s.settimeout(0.1)
            while time.monotonic() - begun < 10:
                try:
                    s.sendall(piece)
                    received = s.recv(4096)
                    return time.monotonic() - begun, received
                except socket.timeout:
                    continue
                except OSError:
                    return time.monotonic() - begun, b""
        self.fail("a slow drip was served for ever")

    def test_a_slow_drip_is_cut(self):
        seconds, received = self.drip(b"GET /livez HTTP/1.1\r\n", b"X: y\r\n")
        self.assertLess(seconds, 5)
        self.assertIn(received[9:12], (b"408", b""))
        seconds, received = self.drip(
            b"POST /livez HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n", b"x")
        self.assertLess(seconds, 5)
        self.assertIn(received[9:12], (b"408", b""))
        seconds, received = self.drip(
            b"POST /livez HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"1\r\nx\r\n")
        self.assertLess(seconds, 5)
        self.alive()

    def test_connections_that_vanish_harm_nobody(self):
        for data in (b"", b"G", b"GET /livez HTTP/1.1\r\n", b"POST /order/orders HTTP/1.1\r\n"
                     b"Host: a\r\nContent-Length: 100\r\n\r\nhalf"):
            for _ in range(20):
                with socket.create_connection(("127.0.0.1", self.site.orderd.port)) as s:
                    s.sendall(data)
        self.alive()


class ConnectionLimit(unittest.TestCase):
    def test_connections_beyond_the_limit_are_told_so(self):
        with Site({"ORDERD_WORKERS": "1"}, peers=False,
                  settings=[("connections = 10000", "connections = 20")]) as site:
            held = [socket.create_connection(("127.0.0.1", site.orderd.port), timeout=5)
                    for _ in range(40)]
            try:
                time.sleep(0.3)
                answers = []
                for s in held:
                    s.settimeout(0.05)
                    try:
                        answers.append(s.recv(4096))
                    except (socket.timeout, ConnectionResetError):
                        answers.append(None)
                told = [a for a in answers if a]
                self.assertGreaterEqual(len(told), 15)
                self.assertTrue(all(b" 503 " in a.split(b"\r\n")[0] for a in told))
            finally:
                for s in held:
                    s.close()

            def served():
                try:
                    return site.curl("GET", "/livez", token=None).status == 200
                except AssertionError:
                    return False
            end = time.monotonic() + 5
            while not served():
                self.assertLess(time.monotonic(), end)


if __name__ == "__main__":
    unittest.main()
