"""The bus part of tools/bench: how long an event takes to a subscriber, how many come through, and
how fast the stored ones are given again."""

import json
import os
import re
import signal
import sqlite3
import statistics
import subprocess
import tempfile
import time
import uuid

import harness
from measure import cpu_seconds_of, say
from stored import Stored

BODY = {"items": [{"product_id": harness.IBUPROFEN, "quantity": 2},
                  {"product_id": harness.PARACETAMOL, "quantity": 1}]}
SETTINGS = [("stock_check = true", "stock_check = false"), ("open_orders = ", "-- open_orders = ")]
LOSSLESS = ("high_water_mark = 10000,", "high_water_mark = 10000000,")
CREDIT = 10000


def client(name, *arguments, **options):
    return subprocess.Popen([os.path.join(os.environ["ORDERD_BIN"], name), *map(str, arguments)],
                            stdout=subprocess.PIPE, text=True, **options)


def figures_of(process):
    """The numbers on the last line that it prints."""
    out, _ = process.communicate()
    if process.returncode != 0:
        raise SystemExit(f"{process.args[0]} failed")
    return [float(number) for number in out.split("\n")[-2].split()]


def without_hooks(**options):
    site = harness.Site(settings=SETTINGS + options.pop("settings", []), own_scripts=True,
                        peers=options.pop("peers", True), **options)
    subprocess.run(["rm", "-r", os.path.join(site.scripts, "hooks")], check=True)
    return site


# ---- latency ----

def bench_latency(options):
    for rate in (1000, 5000):
        runs = []
        with without_hooks() as site:
            host, port = site.orderd.address.split(":")
            for _ in range(options.times):
                runs.append(figures_of(client(
                    "bus_latency", host, port, site.orderd.publish, site.token(),
                    json.dumps(BODY), rate, options.seconds)))
        reached, half, most, lost = (statistics.median(column) for column in zip(*runs))
        say(f"from the commit to a subscriber, {reached:,.0f} orders/s",
            f"p50 {half:.2f} ms, p99 {most:.2f} ms", f"{lost:.0f} events lost",
            "p99 below 10 ms" if rate == 5000 else None)


# ---- a subscriber that stands still ----

STILL_SECONDS = 10


def printed(path):
    """(position, id) of each event that a client printed, whole lines only."""
    with open(path, encoding="utf-8") as file:
        events = (json.loads(line) for line in file if line.endswith("\n"))
        return [(event["sequence"], event["id"]) for event in events]


def last_printed(path):
    with open(path, "rb") as file:
        file.seek(max(0, os.path.getsize(path) - 65536))
        lines = [line for line in file.read().split(b"\n")[:-1] if line.endswith(b"}")]
        return json.loads(lines[-1])["sequence"] if lines else None


def bench_stopped(options):
    """One is in SIGSTOP under load; it must end with the table's stream all the same, and the other
    one must not notice."""
    seconds = max(options.seconds, STILL_SECONDS + 8)
    with without_hooks() as site, tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "out")
        host, port = site.orderd.address.split(":")
        with open(path, "wb") as out:
            still = subprocess.Popen(
                [os.path.join(os.environ["ORDERD_BIN"], "orderd_example"), "--from-beginning",
                 "--publish", site.orderd.publish, "--replay", site.orderd.replay], stdout=out)
        try:
            load = client("bus_latency", host, port, site.orderd.publish, site.token(),
                          json.dumps(BODY), 5000, seconds)
            time.sleep(3)
            still.send_signal(signal.SIGSTOP)
            time.sleep(STILL_SECONDS)
            still.send_signal(signal.SIGCONT)
            missed = time.monotonic()
            reached, half, most, lost = figures_of(load)
            expected = [(event.position, event.event_id) for event in Stored(site).events]
            harness.wait_for("the one that stood still to have all",
                             lambda: last_printed(path) == expected[-1][0], 120)
            missed = time.monotonic() - missed
            assert printed(path) == expected, "it has another stream than the table"
        finally:
            still.kill()
            still.wait()
    say(f"a subscriber in SIGSTOP for {STILL_SECONDS} s, {reached:,.0f} orders/s",
        f"{len(expected):,} events, each once, in order",
        f"all of them {missed:.1f} s after it went on; the other one: p50 {half:.2f} ms, "
        f"p99 {most:.2f} ms, {lost:.0f} lost")


# ---- a stream that is there already ----

def fill(path, count):
    """Events as orders of two items make them, put in where the last real one stands. Gives the
    position of the last."""
    with sqlite3.connect(path) as db:
        order_id, user, type_, data = db.execute(
            "SELECT order_id, event_id, type, data FROM events WHERE topic = 'order.created'"
            " ORDER BY position DESC LIMIT 1").fetchone()
        first = db.execute("SELECT max(position) FROM events").fetchone()[0] + 1
        last = db.execute("SELECT position FROM heads WHERE topic = 'order.created'").fetchone()[0]
        now = int(time.time() * 1000)
        db.executemany(
            "INSERT INTO events (position, previous, event_id, order_id, topic, type, occurred_at,"
            " data) VALUES (?, ?, ?, ?, 'order.created', ?, ?, ?)",
            ((first + i, first + i - 1 if i else last, uuid.uuid4().bytes, order_id, type_, now, data)
             for i in range(count)))
        db.execute("UPDATE heads SET position = ? WHERE topic = 'order.created'",
                   (first + count - 1,))
        db.execute("DELETE FROM cursors")
        db.execute("DELETE FROM events WHERE position < ?", (first,))
    return first + count - 1


def filled_site(count, **options):
    """A site that is stopped, with so many events in its store that nobody has read."""
    site = without_hooks(**options)
    site.__enter__()
    site.create((harness.IBUPROFEN, 2), (harness.PARACETAMOL, 1), token="customer")
    site.orderd.stop()
    fill(os.path.join(site.state, "orderd.db"), count)
    return site


def forget_publishing(site):
    with sqlite3.connect(os.path.join(site.state, "orderd.db")) as db:
        db.execute("DELETE FROM cursors")


def live_rate(site, sockets, count):
    """Events a second that all subscribers together took of the backlog, and gaps."""
    publish = site.orderd.environment["ORDERD_PUB"]
    forget_publishing(site)
    subscriber = client("bus_subscribe", "tcp://" + publish, sockets, count)
    assert subscriber.stdout.readline() == "ready\n"
    site.orderd.start()
    figures = figures_of(subscriber)
    site.orderd.stop()
    return figures


def bench_live(options):
    """The publisher has a backlog; subscribers are there before it begins, and take what comes."""
    port = harness.Port()
    with_address = {"ORDERD_PUB": port.address}
    site = filled_site(options.events // 4, settings=[LOSSLESS], environment=with_address)
    try:
        for sockets in (1, 50):
            runs = [live_rate(site, sockets, options.events // 4) for _ in range(options.times)]
            total, rate, gaps = (statistics.median(column) for column in zip(*runs))
            say(f"live events/s to {sockets} subscriber{'s' * (sockets > 1)}",
                f"{rate / sockets:,.0f} each", f"{rate:,.0f} together; {gaps:.0f} gaps")
    finally:
        site.close()
        port.close()


# ---- replay ----

def thr(count, size):
    """Messages a second by libzmq alone."""
    receiver = client("zmq_thr", "receive", count, size)
    endpoint = receiver.stdout.readline().strip()
    sender = client("zmq_thr", "send", endpoint, count, size)
    rate = figures_of(receiver)[0]
    sender.wait()
    return rate


def peak_kb(program):
    with open(f"/proc/{program.process.pid}/status", encoding="ascii") as file:
        return int(re.search(r"VmHWM:\s+(\d+)", file.read()).group(1))


def bench_replay(options):
    site = filled_site(options.events)
    ours, theirs, costs = [], [], []
    try:
        site.orderd.start()
        endpoint = "tcp://" + site.orderd.status["replay"]
        figures_of(client("bus_replay", endpoint, CREDIT))  # the pages are in memory then
        before = peak_kb(site.orderd)
        for _ in range(options.times):
            cpu = cpu_seconds_of(site.orderd.process.pid)
            count, rate, size, broken = figures_of(client("bus_replay", endpoint, CREDIT))
            assert count >= options.events and broken <= 1, (count, broken)
            costs.append((cpu_seconds_of(site.orderd.process.pid) - cpu) / count * 1e6)
            ours.append(rate)
            theirs.append(thr(int(count), int(size)))
        grown = peak_kb(site.orderd) - before
    finally:
        site.close()
    a, b = statistics.median(ours), statistics.median(theirs)
    say(f"replay of {options.events:,} events of {size:.0f} bytes, SQLite, events/s", f"{a:,.0f}",
        f"libzmq alone, messages of that size: {b:,.0f}; ratio {a / b:.2f}", "0.5 or better")
    say("CPU of orderd for each event", f"{statistics.median(costs):.2f} us")
    say("memory of orderd: at the most, and grown by replays", f"{(before + grown) / 1024:.0f} MB",
        f"{grown / 1024:.1f} MB by {options.times} more of them")


def bench_bus(options):
    """Events from the commit to subscribers, and replay beside libzmq alone."""
    bench_latency(options)
    bench_stopped(options)
    bench_live(options)
    bench_replay(options)
