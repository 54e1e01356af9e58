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
OPEN_FILES = 300  # enough to run
GUESTS = 100  # at each socket; all together would leave nothing to others


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


def figures(site, metric):
    """By socket."""
    text = site.curl("GET", "/metrics", token=None).body
    return {name: int(count) for name, count in
            re.findall(rf'(?m)^{metric}\{{socket="([^"]+)"\}} (\d+)$', text)}


def connections(site):
    return figures(site, "orderd_bus_connections")


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
            guests = []  # a socket that nobody names is closed
            with zmq.Context() as crowd:
                for kind, endpoint in ((zmq.SUB, site.orderd.publish),
                                       (zmq.DEALER, site.orderd.replay),
                                       (zmq.DEALER, site.orderd.ingest)):
                    for _ in range(GUESTS):
                        guest = crowd.socket(kind)
                        guest.setsockopt(zmq.LINGER, 0)
                        guest.connect(endpoint)
                        guests.append(guest)
                wait_for("all to have been full",
                         lambda: all(figures(site, "orderd_bus_full_total").values()), seconds=60)
                for _ in range(20):
                    self.assertEqual(site.curl("GET", "/readyz", token=None).status, 200)
                self.assertIn("ready", site.orderctl("status"))
                crowd.destroy(linger=0)
            wait_for("all to have gone", lambda: not any(connections(site).values()))


if __name__ == "__main__":
    unittest.main()
