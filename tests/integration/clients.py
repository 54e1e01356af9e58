"""The programs under tools/clients as somebody runs them, and what stands between them and orderd
when a test wants to lose something."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading

import zmq

from harness import BIN, ROOT, wait_for
from stored import Stored

PYTHON = [sys.executable, os.path.join(ROOT, "tools", "clients", "python", "orderd_events.py")]
C = [os.path.join(BIN, "orderd_example")]


def told(event):
    return event["sequence"], event["id"], event["subject"], event["data"]


def stored(site, *topics):
    """What is to be printed of the events that stand in the table now."""
    return [(event.position, event.event_id, event.order_id, event.data)
            for event in Stored(site).events if not topics or event.topic in topics]


class Client:
    """One of them, running. What it prints goes to a file, as a user would keep it."""

    def __init__(self, command, site, *arguments, publish=None, replay=None):
        self.site = site
        self.directory = tempfile.mkdtemp(prefix="orderd-client-")
        self.path = os.path.join(self.directory, "out")
        self.errors_path = os.path.join(self.directory, "errors")
        command = [*command, *arguments]
        for name, endpoints in (("publish", publish), ("replay", replay)):
            for endpoint in endpoints or [getattr(one, name) for one in site.programs]:
                command += ["--" + name, endpoint]
        with open(self.path, "wb") as out, open(self.errors_path, "wb") as errors:
            self.process = subprocess.Popen(command, stdout=out, stderr=errors,
                                            stdin=subprocess.DEVNULL)

    def lines(self):
        with open(self.path, encoding="utf-8") as file:
            return [told(json.loads(line)) for line in file if line.endswith("\n")]

    def errors(self):
        with open(self.errors_path, encoding="utf-8") as file:
            return file.read()

    def wait_lines(self, count):
        wait_for(f"{count} lines", lambda: self._running() and len(self.lines()) >= count, 60)

    def _running(self):
        assert self.process.poll() is None, f"it ended: {self.errors()}"
        return True

    def wait_last(self, expected):
        """Until the last of these events has been printed."""
        wait_for("the client to have all", lambda: self._running() and (
            not expected or expected[-1] in self.lines()[-1:]), 60)

    def check(self, *topics):
        """It prints what stands in the table, in order, each event once."""
        expected = stored(self.site, *topics)
        self.wait_last(expected)
        got = self.lines()
        assert got == expected, f"{len(got)} lines of {len(expected)} events, first difference: " \
            f"{next((pair for pair in zip(got, expected) if pair[0] != pair[1]), None)}"

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        """SIGTERM; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def close(self):
        if self.process.poll() is None:
            self.go_on()
            self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
        if "Sanitizer" in (errors := self.errors() if os.path.exists(self.errors_path) else ""):
            raise AssertionError(errors)


class Between:
    """Stands between clients and one process: `loses` says of the number of a message of the feed
    whether it is lost."""

    def __init__(self, program, loses=lambda number: False):
        self.program, self.loses = program, loses
        self.context = zmq.Context()
        self.lost = 0
        self.stopping = threading.Event()
        self.feed, self.publish = self._door(zmq.XPUB)
        self.source = self._socket(zmq.XSUB)
        self.source.connect(program.publish)
        self.front, self.replay = self._door(zmq.ROUTER)
        self.backs = {}  # by routing id: each client has a line of its own to orderd
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _socket(self, kind):
        socket = self.context.socket(kind)
        for option in (zmq.SNDHWM, zmq.RCVHWM, zmq.LINGER):
            socket.setsockopt(option, 0)
        return socket

    def _door(self, kind):
        socket = self._socket(kind)
        return socket, f"tcp://127.0.0.1:{socket.bind_to_random_port('tcp://127.0.0.1')}"

    def _run(self):
        number = 0
        while not self.stopping.is_set():
            poller = zmq.Poller()
            for socket in (self.feed, self.source, self.front, *self.backs.values()):
                poller.register(socket, zmq.POLLIN)
            ready = dict(poller.poll(100))
            if self.feed in ready:
                self.source.send_multipart(self.feed.recv_multipart())
            if self.source in ready:
                self._publish(self.source.recv_multipart(), number)
                number += 1
            if self.front in ready:
                self._ask(*self.front.recv_multipart())
            for routing_id, back in self.backs.items():
                if back in ready:
                    self.front.send_multipart([routing_id, *back.recv_multipart()])

    def _publish(self, frames, number):
        if self.loses(number):
            self.lost += 1
        else:
            self.feed.send_multipart(frames)

    def _ask(self, routing_id, *frames):
        if routing_id not in self.backs:
            self.backs[routing_id] = self._socket(zmq.DEALER)
            self.backs[routing_id].connect(self.program.replay)
        self.backs[routing_id].send_multipart(frames)

    def close(self):
        self.stopping.set()
        self.thread.join()
        for socket in (self.feed, self.source, self.front, *self.backs.values()):
            socket.close(0)
        self.context.term()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
