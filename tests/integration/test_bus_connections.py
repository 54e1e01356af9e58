"""How many may be connected to the ZeroMQ sockets at a time, and that the rest of the service does
not pay for it."""

import re
import socket
import unittest

import zmq

from harness import Site, wait_for
from replay import ReplayClient

LIMIT = 8
FEW = [("        connections = 1000,\n", f"        connections = {LIMIT},\n")]
OPEN_FILES = 300  # enough to run, and far fewer than a thousand connections at each socket take


class Crowd:
    """Connections that say nothing, to several addresses."""

    def __init__(self):
        self.sockets = []

    def knock(self, endpoint, count):
        host, port = endpoint.split("//")[-1].rsplit(":", 1)
        for _ in range(count):
            guest = socket.socket()
            guest.setblocking(False)
            guest.connect_ex((host, int(port)))
            self.sockets.append(guest)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for guest in self.sockets:
            guest.close()


def connections(site):
    """By socket."""
    figures = site.curl("GET", "/metrics", token=None).body
    return {name: int(count) for name, count in
            re.findall(r'(?m)^orderd_bus_connections\{socket="([^"]+)"\} (\d+)$', figures)}


class Limited(unittest.TestCase):
    def test_one_more_than_may_be_waits_for_its_turn(self):
        with Site(settings=FEW) as site, Crowd() as crowd:
            endpoint = site.orderd.replay
            crowd.knock(endpoint, LIMIT)
            wait_for("the limit", lambda: connections(site)["replay"] == LIMIT)
            with ReplayClient(endpoint) as client:
                client.ask("HEAD", "late")
                self.assertEqual(client.socket.poll(700), 0)
                self.assertEqual(connections(site), {"publish": 0, "replay": LIMIT, "ingest": 0})
                crowd.sockets.pop().close()
                self.assertEqual(client.answer()[:2], ("OK", "late"))
            self.assertIn("as many connections as may be", site.orderd.log())

    def test_who_says_nothing_loses_his_place(self):
        with Site(settings=FEW) as site, Crowd() as crowd:
            crowd.knock(site.orderd.publish, 3 * LIMIT)
            with zmq.Context() as context, context.socket(zmq.SUB) as subscriber:
                subscriber.setsockopt(zmq.LINGER, 0)
                subscriber.setsockopt(zmq.SUBSCRIBE, b"")
                subscriber.connect(site.orderd.publish)
                wait_for("a heartbeat", lambda: subscriber.poll(100), seconds=60)


class FewOpenFiles(unittest.TestCase):
    def test_a_crowd_at_the_bus_leaves_descriptors_to_others(self):
        site = Site(peers=False)
        site.orderd.open_files = OPEN_FILES
        with site:
            self.assertIn("bus.connections is lowered", site.orderd.log())
            with Crowd() as crowd:
                for endpoint in (site.orderd.publish, site.orderd.replay, site.orderd.ingest):
                    crowd.knock(endpoint, OPEN_FILES)
                wait_for("all to be full", lambda: min(connections(site).values()) >= 20)
                for _ in range(20):
                    self.assertEqual(site.curl("GET", "/readyz", token=None).status, 200)
                self.assertIn("ready", site.orderctl("status"))
            wait_for("all to have gone", lambda: not any(connections(site).values()))


if __name__ == "__main__":
    unittest.main()
