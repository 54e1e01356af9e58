#!/usr/bin/env python3
"""Events of orderd, each once and in the order of the stream; and events sent in until they are on
disk. One file to take along; it needs pyzmq (Debian: python3-zmq) and nothing else.

    with Subscriber("tcp://127.0.0.1:5556", "tcp://127.0.0.1:5557", cursor="billing") as events:
        for event in events:
            handle(event.topic, event.data)  # the CloudEvent, as a dict
            events.ack(event)

PUB is fast and may lose, REPLAY has everything. The subscriber listens to PUB, knows from each event
which one it follows, and reads from REPLAY what it has missed. docs/EVENTS.md has the protocol.

An object of these classes belongs to one thread.
"""

import argparse
import json
import math
import os
import signal
import sys
import time
import uuid
from typing import NamedTuple

import zmq

__all__ = ["Subscriber", "Sender", "Event", "Keys", "EventsError", "Refused", "EpochChanged",
           "PositionGone", "TimedOut"]

CREDIT = 1000       # events of a replay that may be on their way
HINT_SECONDS = 10   # the command says that it is waiting in vain
AGAIN_SECONDS = 2   # what is silent for so long is asked again
DEAD_SECONDS = 8    # and a connection for so long is made anew; longer than the store may take
QUIET_SECONDS = 5   # PUB without even a heartbeat for so long: REPLAY is asked
PAUSES = (0.2, 0.4, 0.8, 1.6, 3.2)  # between attempts, when orderd says that it cannot just now


class EventsError(Exception):
    """What this module raises; all of it derives from this."""


class Refused(EventsError):
    """orderd does not do what it was asked for, and would not the next time: `code` (docs/EVENTS.md),
    `detail`, and all that it said as `told`."""

    def __init__(self, told):
        super().__init__(f"{told.get('code')}: {told.get('detail')}")
        self.code = told.get("code")
        self.detail = told.get("detail")
        self.told = told


class EpochChanged(EventsError):
    """The stream is another one than the one that was read before: a new database, say. What was
    remembered of the old one (positions above all) means nothing in it. `known` and `found` are the
    epochs. Decide what to do about it, then begin anew."""

    def __init__(self, known, found):
        super().__init__(f"the stream {known} is gone: this is {found}")
        self.known = known
        self.found = found


class PositionGone(EventsError):
    """Events that came after the position have been removed. To go on without them begin after
    `floor`."""

    def __init__(self, told):
        super().__init__("events that were not read have been removed from the stream, up to "
                         f"{told.get('floor')}")
        self.floor = told.get("floor")
        self.head = told.get("head")


class TimedOut(EventsError, TimeoutError):
    """There was no answer in time. It may or may not have happened."""


class Keys(NamedTuple):
    """CURVE: the client's own pair, and the service's public key; 40 characters each (Z85)."""
    public: bytes
    secret: bytes
    server: bytes

    @classmethod
    def load(cls, path, server):
        """The client's own from a file as zmq.auth writes it. Raises ValueError, which says what was
        expected."""
        import zmq.auth
        try:
            public, secret = zmq.auth.load_certificate(path)
        except (OSError, ValueError) as error:
            raise ValueError(f"{path}: {error}") from error
        if not secret:
            raise ValueError(f"{path}: expected a secret key beside the public one")
        server = server.encode() if isinstance(server, str) else server
        if len(server) != 40:
            raise ValueError("the service's public key has 40 characters")
        return cls(public, secret, server)


class Event(NamedTuple):
    topic: str
    position: str
    previous: str  # of the same topic; empty for the first
    data: dict     # the CloudEvent
    json: bytes    # the same as it came


def _text(told, name):
    if not isinstance(told[name], str):
        raise ValueError(f"{name}: expected a text")
    return told[name]


def _listed(value):
    return [value] if isinstance(value, (str, bytes)) else list(value)


def _use_keys(socket, keys):
    if keys:
        socket.curve_publickey, socket.curve_secretkey, socket.curve_serverkey = keys


class _Line:
    """A DEALER to one of several endpoints; a new one, to the next of them, whenever that helps.
    While it is not connected nothing is sent, so nothing old arrives late."""

    def __init__(self, context, endpoints, keys):
        self.context = context
        self.endpoints = endpoints
        self.keys = keys
        self.turn = -1
        self.socket = None
        self.last_id = 0
        self.renew()

    def renew(self):
        self.close()
        self.turn = (self.turn + 1) % len(self.endpoints)
        self.socket = self.context.socket(zmq.DEALER)
        for option, value in ((zmq.LINGER, 0), (zmq.IMMEDIATE, 1), (zmq.RCVHWM, CREDIT + 100),
                              (zmq.RECONNECT_IVL, 100), (zmq.RECONNECT_IVL_MAX, 1000)):
            self.socket.setsockopt(option, value)
        _use_keys(self.socket, self.keys)
        self.socket.connect(self.endpoints[self.turn])

    def send(self, verb, *frames):
        """Under a new id; False: it is not connected."""
        self.last_id += 1
        return self.send_again(verb, *frames)

    def send_again(self, verb, *frames):
        """About what was sent last."""
        try:
            self.socket.send_multipart([verb, b"%d" % self.last_id, *frames], zmq.DONTWAIT)
        except zmq.Again:
            return False
        return True

    def receive(self, seconds):
        """Frames, or None."""
        if not self.socket.poll(max(0.0, seconds) * 1000):
            return None
        return self.socket.recv_multipart()

    def close(self):
        if self.socket:
            self.socket.close()
        self.socket = None


class _Question:
    """One that is asked again until there is an answer, and anew while orderd says that it is not
    available. The same question twice has its effect once, whatever it is."""

    def __init__(self, line, *frames):
        self._line = line
        self._frames = frames
        self._first_id = line.last_id + 1
        self._pauses = iter(PAUSES)
        self._heard_at = self._asked_at = time.monotonic()
        self._again_at = 0.0

    def step(self, seconds):
        """(kind, JSON) of the answer; None when there was none in this time."""
        if time.monotonic() >= self._again_at:
            self._ask(seconds)
        left = min(seconds, max(0.0, self._again_at - time.monotonic()))
        answer = self._line.receive(left)
        if answer and len(answer) == 3 and answer[1].isdigit() and \
                int(answer[1]) >= self._first_id:
            return self._take(answer[0], json.loads(answer[2]))
        return None

    def _ask(self, seconds):
        now = time.monotonic()
        if now - self._heard_at >= DEAD_SECONDS:
            self._line.renew()
            self._heard_at = now
        if self._line.socket.poll(min(seconds, 0.1) * 1000, zmq.POLLOUT) and \
                self._line.send(self._frames[0], *self._frames[1:]):
            self._again_at = time.monotonic() + AGAIN_SECONDS

    def _take(self, kind, told):
        if told.get("code") != "unavailable":
            return kind, told
        self._heard_at = time.monotonic()
        self._first_id = self._line.last_id + 1
        self._again_at = self._heard_at + next(self._pauses, PAUSES[-1])
        return None


class Subscriber:
    """Iterating gives every event of the topics, once, in the order of the stream, without end.

    publish, replay   endpoints of orderd's PUB and REPLAY, a text or a list: where several processes
                      share a store, all of them
    topics            those that are wanted, each a topic, or a beginning of some that ends with
                      a dot; none: all
    cursor            name of a durable cursor, made when there is none: after a restart it goes on
                      behind the last event that was acknowledged (ack)
    after, epoch      instead of a cursor: a position and the epoch that it belongs to, as they were
                      kept somewhere (Subscriber.position, .epoch)
    start             "head" or "beginning": where to begin without `after`, and with a new cursor
    keys              a Keys, where orderd has CURVE
    ack_every,        tell orderd of what was acknowledged after so many events, or so much time;
    ack_seconds       what it does not know comes again after a crash
    receive_mark      events that may wait in the socket; beyond it PUB drops, and REPLAY is asked
    """

    def __init__(self, publish, replay, topics=(), cursor=None, *, after=None, epoch=None,
                 start="head", keys=None, ack_every=100, ack_seconds=1.0, receive_mark=10000):
        if cursor is not None and after is not None:
            raise ValueError("either a cursor or a position")
        if after and not epoch:
            raise ValueError("a position needs the epoch that it belongs to")
        if start not in ("head", "beginning"):
            raise ValueError('start is "head" or "beginning"')
        self.topics = _listed(topics)
        self.cursor = cursor
        self.epoch = epoch       # of the stream; None before it is known
        self.position = after    # every event up to here has been given out; None likewise
        self.replays = 0         # how often REPLAY was read
        # One topic is a chain of its own. Several are only together, in the order of the stream.
        self._alone = len(self.topics) == 1 and not self.topics[0].endswith(".")
        self._start = start
        self._ack_every, self._ack_seconds = ack_every, ack_seconds
        self._given = None       # position of the last event that was given out
        self._marked = None      # of the last one that the user has acknowledged
        self._unsent = 0         # acknowledgements since orderd was told
        self._told = self._telling = None  # what orderd knows, and what it is just told
        self._told_at = time.monotonic()
        self._owed = 0           # events of a READ that were taken since credit was given
        self._silent_since = self._asked_at = self._again_at = 0.0
        self._pauses = iter(PAUSES)
        self._context = zmq.Context()
        publish, replay = _listed(publish), _listed(replay)
        self._quiet_seconds = QUIET_SECONDS if publish else 1.0
        self._feed = self._listen(publish, keys, receive_mark)
        self._heard_at = time.monotonic()
        self._reads = _Line(self._context, replay, keys)
        self._calls = _Line(self._context, replay, keys)
        self._question = _Question(self._calls, b"HEAD", b"{}")
        self._step = self._step_head

    # ---- for users ----

    def __iter__(self):
        while True:
            event = self.next(1.0)
            if event:
                yield event

    def next(self, seconds=None):
        """The next event; None when there was none in time. `seconds` None: waits for ever. While
        orderd is away it is waited for, too."""
        until = None if seconds is None else time.monotonic() + seconds
        while True:
            left = 0.5 if until is None else until - time.monotonic()
            event = self._next(max(0.0, min(left, 0.5)))
            if event or left <= 0:
                return event

    def _next(self, seconds):
        """What is interrupted (a signal's exception, say) was not given out: it is read again."""
        before = self.position
        try:
            self._ack_step()
            event = self._step(seconds)
            if event:
                self._given = event.position
            return event
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise EventsError(f"that is not what orderd says: {error!r}") from error
        except BaseException:
            self.position = before
            if self._step not in (self._step_head, self._step_cursor):
                self._read_begin()
            raise

    @property
    def answered(self):
        """Has orderd said anything yet? Not while it is away, or does not let this client in."""
        return self._step != self._step_head

    def ack(self, event=None):
        """This event and all before it have been handled (None: all that were given out). orderd is
        told when ack_every and ack_seconds say so, while one waits for more, or by flush."""
        self._marked = event.position if event else self._given
        self._unsent += 1

    def flush(self, seconds=30.0):
        """Tells orderd now what has been acknowledged; it is on disk when this returns. TimedOut:
        it may not be."""
        until = time.monotonic() + seconds
        while not self._all_told():
            if time.monotonic() > until:
                raise TimedOut("orderd did not take the acknowledgement")
            self._ack_step(0.1)

    def close(self):
        """What orderd was not told (flush) comes again."""
        for socket in (self._feed, self._reads, self._calls):
            socket.close()
        self._context.term()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        """Unless it ends by an error, what was acknowledged is told."""
        try:
            if kind is None:
                self.flush()
        finally:
            self.close()

    # ---- acknowledging: one under way at a time, so that what comes meanwhile goes together ----

    def _acknowledged(self):
        """When all that was given out is handled, so is what nobody wanted behind it."""
        if self._marked == self._given and self._step == self._step_live:
            return self.position
        return self._marked

    def _all_told(self):
        if self.cursor is None or self._acknowledged() is None:
            return True
        return self._question is None and self._acknowledged() == self._told

    def _ack_due(self):
        late = time.monotonic() - self._told_at >= self._ack_seconds
        return not self._all_told() and (late or self._unsent >= self._ack_every)

    def _ack_step(self, seconds=None):
        """`seconds`: told at once, and waited for so long."""
        if self._step in (self._step_head, self._step_cursor):
            return  # nothing was given out so far
        if self._question is None and not self._all_told() and (seconds or self._ack_due()):
            self._telling, self._unsent = self._acknowledged(), 0
            self._ask("CURSOR-ACK", cursor=self.cursor, position=self._telling, epoch=self.epoch)
        if self._question and self._answered(seconds or 0.0):
            self._told, self._told_at = self._telling, time.monotonic()

    # ---- calls ----

    def _ask(self, verb, **members):
        self._question = _Question(self._calls, verb.encode(), json.dumps(members).encode())

    def _answered(self, seconds):
        """The JSON of an OK, or None so far."""
        answer = self._question.step(seconds)
        if answer is None:
            return None
        self._question = None
        if answer[0] != b"OK":
            self._raise(answer[1])
        return answer[1]

    def _raise(self, told):
        if told.get("code") == "epoch-mismatch":
            raise EpochChanged(self.epoch, told.get("epoch"))
        if told.get("code") == "position-gone":
            raise PositionGone(told)
        raise Refused(told)

    # ---- beginning ----

    def _listen(self, endpoints, keys, receive_mark):
        feed = self._context.socket(zmq.SUB)
        for option, value in ((zmq.LINGER, 0), (zmq.RCVHWM, receive_mark),
                              (zmq.RECONNECT_IVL, 100), (zmq.RECONNECT_IVL_MAX, 1000),
                              (zmq.HEARTBEAT_IVL, 5000)):
            feed.setsockopt(option, value)
        for topic in [self.topics[0], "heartbeat"] if self._alone else [""]:
            feed.setsockopt(zmq.SUBSCRIBE, topic.encode())
        _use_keys(feed, keys)
        for endpoint in endpoints:
            feed.connect(endpoint)
        return feed

    def _check_epoch(self, found):
        if self.epoch is not None and found != self.epoch:
            raise EpochChanged(self.epoch, found)
        self.epoch = found

    # ---- steps: each gives an event, or None after at most so many seconds ----

    def _step_head(self, seconds):
        """The feed is open: what happens from now on is seen there, or missed and noticed."""
        head = self._answered(seconds)
        if head is None:
            return
        self._check_epoch(_text(head, "epoch"))
        at = "" if self._start == "beginning" else _text(head, "head")
        if self.cursor is not None:
            members = {"at": at, "epoch": self.epoch} if at else {"at": "beginning"}
            self._ask("CURSOR-CREATE", cursor=self.cursor, **members)
            self._step = self._step_cursor
        else:
            self.position = at if self.position is None else self.position
            self._read_begin()

    def _step_cursor(self, seconds):
        try:
            made = self._answered(seconds)
        except Refused as refused:
            if refused.code != "cursor-exists":
                raise
            made = refused
        if made:
            self._read_begin()

    def _wanted(self, topic):
        return not self.topics or any(
            topic.startswith(wanted) if wanted.endswith(".") else topic == wanted
            for wanted in self.topics)

    # ---- the live feed ----

    def _step_live(self, seconds):
        if not self._feed.poll(seconds * 1000):
            if time.monotonic() - self._heard_at >= self._quiet_seconds:
                self._read_begin()
            return None
        frames = self._feed.recv_multipart()
        self._heard_at = time.monotonic()
        if len(frames) != 4:
            return None  # what a script publishes is in no store
        topic, position, previous = (frame.decode() for frame in frames[:3])
        if topic == "heartbeat":
            self._beat(json.loads(frames[3]))
            return None
        return self._live(topic, position, previous, frames[3])

    def _beat(self, told):
        """Has each topic come as far as it stands? Then there was nothing else."""
        self._check_epoch(_text(told, "epoch"))
        heads = told["heads"]
        if any(head > self.position for topic, head in heads.items() if self._wanted(topic)):
            self._read_begin()
        elif heads:
            self.position = max(self.position, *heads.values())

    def _live(self, topic, position, previous, body):
        data = json.loads(body)
        self._check_epoch(data["source"].rsplit("/", 1)[-1])
        if position <= self.position:
            return None  # seen: another process has taken over, or it was replayed
        wanted = self._wanted(topic)
        if self._alone and not wanted:
            return None  # its name only begins so
        before = previous if self._alone else _text(data, "follows")
        if before > self.position:
            self._read_begin()
            return None
        self.position = position
        return Event(topic, position, previous, data, body) if wanted else None

    # ---- replay ----

    def _read_begin(self):
        """READ behind what was given out, as soon as the line is there."""
        self.replays += 1
        self._silent_since = self._asked_at = time.monotonic()
        self._step = self._step_connect

    def _step_connect(self, seconds):
        now = time.monotonic()
        if now < self._again_at:
            time.sleep(min(seconds, self._again_at - now))
        elif self._reads.socket.poll(min(seconds, 0.1) * 1000, zmq.POLLOUT):
            self._read_send()
        else:
            self._read_dead()

    def _read_send(self):
        members = {"credit": CREDIT}
        if self.position is None:
            members["cursor"] = self.cursor
        else:
            members.update(after=self.position, epoch=self.epoch)
        if self.topics:
            members["topics"] = self.topics
        if self._reads.send(b"READ", json.dumps(members).encode()):
            self._owed = 0
            self._silent_since = self._asked_at = time.monotonic()
            self._step = self._step_read

    def _step_read(self, seconds):
        answer = self._reads.receive(min(seconds, 0.1))
        if answer is None:
            return self._read_silent()
        if len(answer) < 3 or answer[1] != b"%d" % self._reads.last_id:
            return None  # of an earlier one
        self._silent_since = self._asked_at = time.monotonic()
        if answer[0] == b"EVENT" and len(answer) == 6:
            return self._replayed(answer)
        if answer[0] == b"END":
            self._read_ended(json.loads(answer[2]))
        elif answer[0] == b"ERROR":
            self._read_failed(json.loads(answer[2]))
        return None

    def _read_silent(self):
        """A read is over when its connection is, and nobody says so: one that is asked does."""
        now = time.monotonic()
        if self._owed:
            self._credit(self._owed)
        elif now - self._asked_at >= AGAIN_SECONDS:
            self._credit(0)
            self._asked_at = now
        self._read_dead()

    def _read_dead(self):
        """What says nothing at all is left."""
        if time.monotonic() - self._silent_since >= DEAD_SECONDS:
            self._reads.renew()
            self._read_begin()
            self.replays -= 1

    def _credit(self, count):
        if self._reads.send_again(b"CREDIT", json.dumps({"credit": count}).encode()):
            self._owed = 0

    def _replayed(self, answer):
        topic, position, previous = (frame.decode() for frame in answer[2:5])
        self._pauses = iter(PAUSES)
        self._owed += 1
        if self._owed >= CREDIT // 4:
            self._credit(self._owed)
        if self.position is not None and position <= self.position:
            return None
        self.position = position
        if not self._wanted(topic):
            return None
        return Event(topic, position, previous, json.loads(answer[5]), answer[5])

    def _read_ended(self, told):
        self._check_epoch(_text(told, "epoch"))
        self.position = max(self.position or "", _text(told, "position"))
        self._heard_at = time.monotonic()
        self._step = self._step_live
        if not told["complete"]:
            self._read_begin()

    def _read_failed(self, told):
        code = told.get("code")
        if code in ("unavailable", "limit"):
            self._again_at = time.monotonic() + next(self._pauses, PAUSES[-1])
        elif code not in ("no-such-read", "timed-out"):
            self._raise(told)
        self._read_begin()


class Sender:
    """Sends events in to INGEST.

    ingest   its endpoint, or those of several processes that share a store
    keys     a Keys, where orderd has CURVE
    """

    def __init__(self, ingest, *, keys=None):
        self._context = zmq.Context()
        self._line = _Line(self._context, _listed(ingest), keys)

    def put(self, topic, payload, seconds=None):
        """Sends it until it is on disk, under the same id, so that it has its effect once; True when
        it came before. `payload` is bytes, a text, or a dict, which gets an `event_id` where it has
        none and is no CloudEvent. Raises Refused when orderd will not take it, TimedOut after
        `seconds`: then it may or may not have come, and may be sent again as it was."""
        until = float("inf") if seconds is None else time.monotonic() + seconds
        question = _Question(self._line, b"PUT", topic.encode(), self._body(payload))
        while True:
            left = until - time.monotonic()
            answer = question.step(max(0.0, min(left, 0.5)))
            if answer:
                kind, told = answer
                if kind != b"ACK":
                    raise Refused(told)
                return told["duplicate"]
            if left <= 0:
                raise TimedOut("no answer")

    @staticmethod
    def _body(payload):
        """A dict keeps the id that it gets here, so it is the same event when it is sent again."""
        if isinstance(payload, dict):
            if "specversion" not in payload:
                payload.setdefault("event_id", str(uuid.uuid4()))
            payload = json.dumps(payload)
        return payload.encode() if isinstance(payload, str) else payload

    def close(self):
        self._line.close()
        self._context.term()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


# ---- the command ----

def _arguments():
    parser = argparse.ArgumentParser(
        description="Prints orderd's events, one line of JSON (a CloudEvent) each: every one once "
                    "and in order. With --cursor it goes on, the next time, behind the last line "
                    "that was written.")
    parser.add_argument("--publish", action="append", metavar="ENDPOINT",
                        help="of PUB, once for each process (tcp://127.0.0.1:5556)")
    parser.add_argument("--replay", action="append", metavar="ENDPOINT",
                        help="of REPLAY, likewise (tcp://127.0.0.1:5557)")
    parser.add_argument("--topic", action="append", default=[], metavar="TOPIC",
                        help="only this topic, or, with a dot at the end, those that begin so; "
                             "may be given again")
    parser.add_argument("--cursor", metavar="NAME", help="a durable cursor; made when there is none")
    parser.add_argument("--after", metavar="POSITION", help="begin behind it; needs --epoch")
    parser.add_argument("--epoch", help="of the stream that is expected")
    parser.add_argument("--from-beginning", action="store_true",
                        help="a new cursor, or a reader with none, begins with the oldest event")
    parser.add_argument("--receive-mark", type=int, default=10000, metavar="N",
                        help="events that may wait in the socket (10000)")
    parser.add_argument("--limit", type=int, metavar="N", help="end after so many")
    parser.add_argument("--key", metavar="FILE", help="CURVE: the client's own key pair")
    parser.add_argument("--server-key", metavar="TEXT", help="CURVE: the service's public key")
    arguments = parser.parse_args()
    if bool(arguments.key) != bool(arguments.server_key):
        parser.error("--key and --server-key belong together")
    return arguments


class _Signals:
    """SIGINT and SIGTERM end it between two events; the second one at once."""

    def __init__(self):
        self.came = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._take)

    def _take(self, number, _):
        self.came = True
        signal.signal(number, signal.SIG_DFL)


def _print(subscriber, limit):
    signals, count = _Signals(), 0
    hint_at = time.monotonic() + HINT_SECONDS
    while not signals.came and (limit is None or count < limit):
        event = subscriber.next(0.5)
        if time.monotonic() >= hint_at:
            hint_at = math.inf
            if not subscriber.answered:
                print("orderd_events: no answer so far, still trying: is orderd there, and does it "
                      "let this client in (--key)?", file=sys.stderr, flush=True)
        if event:
            sys.stdout.buffer.write(event.json + b"\n")
            sys.stdout.buffer.flush()
            subscriber.ack(event)
            count += 1


def main():
    arguments = _arguments()
    try:
        keys = Keys.load(arguments.key, arguments.server_key) if arguments.key else None
        with Subscriber(arguments.publish or "tcp://127.0.0.1:5556",
                        arguments.replay or "tcp://127.0.0.1:5557", arguments.topic,
                        arguments.cursor, after=arguments.after, epoch=arguments.epoch,
                        start="beginning" if arguments.from_beginning else "head",
                        keys=keys, receive_mark=arguments.receive_mark) as subscriber:
            try:
                _print(subscriber, arguments.limit)
            except BrokenPipeError:
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (EventsError, ValueError) as error:
        sys.exit(f"orderd_events: {error}")


if __name__ == "__main__":
    main()
