"""What the store of a site holds, read by foreign programs (sqlite3, psql), and whether it is what
was promised to callers."""

import contextlib
import json
from typing import NamedTuple

LEGAL = {"PENDING": {"CONFIRMED", "CANCELLED"}, "CONFIRMED": {"COMPLETED", "CANCELLED"},
         "COMPLETED": set(), "CANCELLED": set()}
STATUSES = list(LEGAL)  # as they are numbered in the tables
EXTRA = {"CANCELLED": "order.cancelled", "COMPLETED": "order.completed"}


class Order(NamedTuple):
    status: str
    version: int
    total: int
    notes: str
    items: list  # (quantity, price)


class Event(NamedTuple):
    position: str
    topic: str
    event_id: str
    order_id: str
    traceparent: str
    data: dict


POSITION = "lpad(to_hex(xid::text::bigint), 16, '0') || '-' || lpad(to_hex(id), 16, '0')"

# One statement, so that all of it is of one moment.
POSTGRES = """
SELECT json_build_object(
    'orders', (SELECT coalesce(json_agg(json_build_array(
        order_id, status, version, total_amount, notes)), '[]') FROM orders),
    'items', (SELECT coalesce(json_agg(json_build_array(
        order_id, quantity, price)), '[]') FROM order_items),
    'events', (SELECT coalesce(json_agg(json_build_array(
        POSITION, topic, event_id, order_id, traceparent, data) ORDER BY xid, id), '[]')
        FROM events))
""".replace("POSITION", POSITION)

SQLITE = {
    "orders": "SELECT lower(hex(order_id)), status, version, total_amount, notes FROM orders",
    "items": "SELECT lower(hex(order_id)), quantity, price FROM order_items",
    "events": "SELECT printf('%016d', position), topic, lower(hex(event_id)), "
              "lower(hex(order_id)), traceparent, data FROM events ORDER BY position",
}


LAST = {
    "postgres": f"SELECT {POSITION} FROM events ORDER BY xid DESC, id DESC LIMIT 1",
    "sqlite": "SELECT printf('%016d', position) FROM events ORDER BY position DESC LIMIT 1",
}


def last_position(site):
    """Of the events that are committed by now; None when there are none."""
    if site.cluster:
        rows = site.cluster.sql(LAST["postgres"], site.database_name)
    else:
        with contextlib.closing(site.database()) as db:
            rows = db.execute(LAST["sqlite"]).fetchall()
    return rows[0][0] if rows else None


def _read(site):
    if site.cluster:
        return json.loads(site.cluster.value(POSTGRES, site.database_name))
    with contextlib.closing(site.database()) as db:
        db.execute("BEGIN")
        return {name: db.execute(sql).fetchall() for name, sql in SQLITE.items()}


def uuid_text(digits):
    """The usual form of what a store gives with hyphens or without."""
    d = digits.replace("-", "")
    return "-".join((d[:8], d[8:12], d[12:16], d[16:20], d[20:]))


class Stored:
    """Everything at one moment: `orders` by id, and `events` in the order of the stream."""

    def __init__(self, site):
        rows = _read(site)
        self.orders = {}
        for order_id, status, version, total, notes in rows["orders"]:
            order_id = uuid_text(order_id)
            assert order_id not in self.orders, f"{order_id} is there twice"
            self.orders[order_id] = Order(STATUSES[status], version, total, notes, [])
        for order_id, quantity, price in rows["items"]:
            assert uuid_text(order_id) in self.orders, f"items of {order_id}, and no order"
            self.orders[uuid_text(order_id)].items.append((quantity, price))
        self.events = [Event(position, topic, uuid_text(event_id), uuid_text(order_id), trace,
                             json.loads(data))
                       for position, topic, event_id, order_id, trace, data in rows["events"]]

    def of_topic(self, topic):
        return [event for event in self.events if event.topic == topic]


# ---- promises ----

def check_events(stored):
    """Each event once, and the events of each order tell its whole way: created, then legal steps
    up to what it is now."""
    ids = [event.event_id for event in stored.events]
    assert len(set(ids)) == len(ids), "an event is there twice"
    ways = {}
    for event in stored.events:
        ways.setdefault(event.order_id, []).append(event)
    assert set(ways) == set(stored.orders), "orders without events, or events without orders"
    for order_id, events in ways.items():
        _check_way(order_id, stored.orders[order_id], events)


def _check_way(order_id, order, events):
    told = [(event.topic, event.data["version"], event.data["status"]) for event in events]
    first, *rest = events
    assert first.topic == "order.created", f"{order_id} begins with {told}"
    status, version = "PENDING", 1
    expected = [("order.created", 1, "PENDING")]
    for event in rest:
        if event.topic != "order.status_changed":
            continue
        new = event.data["new_status"]
        assert event.data["old_status"] == status and new in LEGAL[status], \
            f"{order_id} went from {status} by {event.data}"
        status, version = new, version + 1
        expected.append(("order.status_changed", version, status))
        if status in EXTRA:
            expected.append((EXTRA[status], version, status))
    assert told == expected, f"{order_id} has the events {told}, and not {expected}"
    assert (order.status, order.version) == (status, version), \
        f"{order_id} is {order.status} of version {order.version}, its events end with {told[-1]}"


def check_orders(stored):
    for order_id, order in stored.orders.items():
        total = sum(quantity * price for quantity, price in order.items)
        assert order.items and total == order.total, f"{order_id}: {order}"


def check_load(stored, load):
    """What a load was told is so: each order that got a 201 is there, with its two items; no
    request made two; each change that got a 200 is among the events."""
    by_notes = {}
    for order_id, order in stored.orders.items():
        if order.notes in load.sent:
            by_notes.setdefault(order.notes, []).append(order_id)
            assert len(order.items) == 2, f"{order_id}: {order}"
    for notes, order_ids in by_notes.items():
        assert len(order_ids) == 1, f"one request made the orders {order_ids}"
    assert len(set(load.promised)) == len(load.promised), "an id was promised twice"
    for notes, order_id in load.sent.items():
        if order_id is not None:
            assert by_notes.get(notes) == [order_id], \
                f"{order_id} was promised; there is {by_notes.get(notes)}"
    steps = {(event.order_id, event.data["version"], event.data["status"])
             for event in stored.of_topic("order.status_changed")}
    lost = [change for change in load.changed if change not in steps]
    assert not lost, f"changes were promised, and are lost: {lost}"


def check_promises(stored, *loads):
    check_orders(stored)
    check_events(stored)
    for load in loads:
        check_load(stored, load)
