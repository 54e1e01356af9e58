"""What the publishers of a site send, from all its processes, and whether it is the stream that
stands in the store: nothing left out, in order."""

import json
import threading
from typing import NamedTuple

import zmq
from zmq.utils.monitor import recv_monitor_message

from harness import wait_for
from stored import Stored, last_position


class Received(NamedTuple):
    program: int  # its index in site.programs
    start: int    # which connection to it brought this: 1, 2, ...
    topic: str
    position: str
    previous: str
    envelope: dict


class Feed:
    """One subscriber for each process. A thread of its own owns the sockets."""

    def __init__(self, site):
        self.site = site
        self.context = zmq.Context()
        self.received = []
        self.heartbeats = [0] * len(site.programs)
        self.starts = [0] * len(site.programs)
        self.stopping = threading.Event()
        self.sockets = [self._connect(program) for program in site.programs]
        self.monitors = [socket.get_monitor_socket(zmq.EVENT_HANDSHAKE_SUCCEEDED)
                         for socket in self.sockets]
        for socket, program in zip(self.sockets, site.programs):
            socket.connect(program.publish)
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _connect(self, program):
        socket = self.context.socket(zmq.SUB)
        for option, value in ((zmq.RCVHWM, 0), (zmq.LINGER, 0), (zmq.RECONNECT_IVL, 5),
                              (zmq.RECONNECT_IVL_MAX, 5)):
            socket.setsockopt(option, value)
        socket.setsockopt(zmq.SUBSCRIBE, b"")
        return socket

    def _run(self):
        poller = zmq.Poller()
        for socket in self.sockets + self.monitors:
            poller.register(socket, zmq.POLLIN)
        while not self.stopping.is_set():
            ready = dict(poller.poll(100))
            for number, monitor in enumerate(self.monitors):
                if monitor in ready:
                    recv_monitor_message(monitor)
                    self.starts[number] += 1
            for number, socket in enumerate(self.sockets):
                if socket in ready:
                    self._take(number, socket.recv_multipart())

    def _take(self, number, frames):
        topic, position, previous, body = (frame.decode() for frame in frames)
        if topic == "heartbeat":
            self.heartbeats[number] += 1
        else:
            self.received.append(Received(number, self.starts[number], topic, position, previous,
                                          json.loads(body)))

    # ---- waiting ----

    def synchronise(self):
        """From now on nothing is missed: all are connected, and one of them was heard."""
        wait_for("the feed to be connected", lambda: all(self.starts))
        wait_for("a heartbeat", lambda: any(self.heartbeats))
        return self

    def wait_connected(self, number, since):
        """Until a process that had `since` connections has one more."""
        wait_for("the feed to be connected again", lambda: self.starts[number] > since)

    def wait_published_by(self, number, since, seconds=20):
        """Until a process has published an event or a heartbeat after `since` (see count)."""
        wait_for(f"process {number} to publish", lambda: self.count(number) > since, seconds)

    def count(self, number):
        """How much a process has published so far."""
        return self.heartbeats[number] + sum(1 for one in list(self.received)
                                             if one.program == number)

    # ---- judging ----

    def check(self, turns=None, seconds=60):
        """Waits until all that is in the store was received, and compares. The stream may begin
        again only as often as a process has begun to lead, and at most `turns` times. Gives the
        store as it was found."""
        before = []

        def caught_up():
            positions = {one.position for one in list(self.received)}
            if not {last_position(self.site)} <= positions | {None}:
                return False
            before[:] = [Stored(self.site)]
            return {event.position for event in before[0].events} <= \
                {one.position for one in list(self.received)}
        wait_for("all events to be published", caught_up, seconds)
        received = list(self.received)
        stored = Stored(self.site)
        places = {event.position: place for place, event in enumerate(stored.events)}
        self._check_content(received, stored, places)
        self._check_order(received)
        found = self._runs(received, places)
        leads = sum(program.log().count("this process leads now") for program in self.site.programs)
        assert len(found) <= min(leads, turns or leads), \
            f"the stream was begun {len(found)} times, by {leads} leads: {found}"
        return stored

    def _check_content(self, received, stored, places):
        previous, last = {}, {}
        for event in stored.events:
            previous[event.position] = last.get(event.topic, "")
            last[event.topic] = event.position
        for one in received:
            assert one.position in places, f"published, and not in the store: {one}"
            event = stored.events[places[one.position]]
            assert (one.topic, one.envelope["id"], one.envelope["subject"], one.envelope["data"]) \
                == (event.topic, event.event_id, event.order_id, event.data), (one, event)
            assert one.previous == previous[one.position], \
                f"{one.position} names {one.previous}, and not {previous[one.position]}"
            assert one.envelope["sequence"] == one.position

    @staticmethod
    def _check_order(received):
        """The events of each order come in their order, repeats left aside."""
        seen, last = set(), {}
        for one in received:
            order_id = one.envelope["subject"]
            if one.position not in seen:
                assert last.get(order_id, "") < one.position, f"too late: {one}"
                last[order_id] = one.position
            seen.add(one.position)

    @staticmethod
    def _runs(received, places):
        """What was published in one go: (process, first place, last place). Within one go nothing
        is left out and nothing repeated."""
        found, current = [], {}
        for one in received:
            place, run = places[one.position], current.get(one.program)
            if run and run["start"] == one.start and place == run["last"] + 1:
                run["last"] = place
            else:
                current[one.program] = {"program": one.program, "start": one.start,
                                        "first": place, "last": place}
                found.append(current[one.program])
        return [(run["program"], run["first"], run["last"]) for run in found]

    def close(self):
        self.stopping.set()
        self.thread.join()
        for socket in self.sockets:
            socket.disable_monitor()
        for socket in self.sockets + self.monitors:
            socket.close(0)
        self.context.term()

    def __enter__(self):
        try:
            return self.synchronise()
        except BaseException:
            self.close()
            raise

    def __exit__(self, *_):
        self.close()
