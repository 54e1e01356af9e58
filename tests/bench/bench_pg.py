"""The PostgreSQL part of tools/bench: orderd beside pgbench, on one cluster, with the same rows."""

import base64
import http.client
import os
import re
import shutil
import statistics
import subprocess
import time
import uuid

import harness
from cluster import Cluster
from load_http import create_script, paced_load, wrk
from measure import cpu_seconds_of, say

# Room enough that neither side waits for a checkpoint of the other.
SETTINGS = {"shared_buffers": "512MB", "max_wal_size": "8GB", "checkpoint_timeout": "30min"}
CREATING, READING = 128, 32  # connections; pgbench is at its best with 16

# One order of two items with its event, in one statement and so one transaction: the fastest way
# that pgbench has.
CREATE = """WITH o AS (INSERT INTO orders (order_id, user_id, status, currency, total_amount, version,
 created_at, updated_at) VALUES (gen_random_uuid(), '{user}', 0, 'USD', 2797, 1, now(), now())
 RETURNING order_id), i AS (INSERT INTO order_items (order_id, line, product_id, quantity, price)
 SELECT order_id, line, product_id, quantity, price FROM o, (VALUES (0::int2, '{one}'::uuid, 2, 1099),
 (1::int2, '{other}'::uuid, 1, 599)) AS v (line, product_id, quantity, price))
 INSERT INTO events (event_id, order_id, topic, type, occurred_at, traceparent, data)
 SELECT gen_random_uuid(), order_id, 'order.created', 'OrderCreatedEvent', now(),
 '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', '{data}' FROM o;
"""
READ = """SELECT o.*, i.product_id, i.quantity, i.price FROM orders AS o JOIN order_items AS i
 USING (order_id) WHERE o.order_id = '{order_id}' ORDER BY i.line;
"""


def site_on(cluster, hooks=False, seeded=None):
    """As bench.order_site, on a new database of the cluster (or on one that was seeded)."""
    site = harness.Site(settings=[("stock_check = true", f"stock_check = {str(hooks).lower()}"),
                                  ("open_orders = ", "-- open_orders = ")],
                        own_scripts=True, cluster=cluster,
                        environment={"DATABASE_URL": cluster.url(seeded)} if seeded else None)
    if not hooks:
        shutil.rmtree(os.path.join(site.scripts, "hooks"))
    return site


def pgbench(cluster, database, sql, seconds, clients=16):
    """Transactions a second."""
    path = os.path.join(cluster.directory, "pgbench.sql")
    with open(path, "w", encoding="utf-8") as file:
        file.write(sql.replace("\n", " ") + "\n")
    out = subprocess.run(
        [os.path.join(cluster.bin, "pgbench"), "-n", "-M", "prepared", "-c", str(clients), "-j", "2",
         "-T", str(seconds), "-f", path, cluster.url(database)],
        capture_output=True, text=True, check=True).stdout
    return float(re.search(r"tps = ([\d.]+)", out).group(1))


def create_sql(site):
    """What pgbench writes: the same rows as one that orderd has just written."""
    order = site.create((harness.IBUPROFEN, 2), (harness.PARACETAMOL, 1), token="customer").json
    data = site.cluster.value(
        f"SELECT data FROM events WHERE order_id = '{order['order_id']}'", site.database_name)
    return CREATE.format(user=order["user_id"], one=harness.IBUPROFEN, other=harness.PARACETAMOL,
                         data=data.replace("'", "''")), order["order_id"]


def rate_of(site, script, seconds, connections=CREATING):
    """Creates a second, and microseconds of orderd's CPU for each."""
    url = f"http://{site.orderd.address}/order/orders"
    before = cpu_seconds_of(site.orderd.process.pid)
    rate = wrk(url, seconds, connections, script)
    return rate, (cpu_seconds_of(site.orderd.process.pid) - before) / (rate * seconds) * 1e6


def bench_creates(cluster, options):
    ours, few, theirs, cpu = [], [], [], []
    for _ in range(options.times):
        with site_on(cluster) as site:
            script = create_script(site)
            sql, _order = create_sql(site)
            rate_of(site, script, 1)
            rate, cost = rate_of(site, script, options.seconds)
            ours.append(rate)
            cpu.append(cost)
            theirs.append(pgbench(cluster, site.database_name, sql, options.seconds))
            few.append(rate_of(site, script, options.seconds, READING)[0])
    a, b, c = (statistics.median(rates) for rates in (ours, theirs, few))
    say(f"creates/s over HTTP, PostgreSQL, {CREATING} connections", f"{a:,.0f}",
        f"pgbench -M prepared -c 16, one order a transaction: {b:,.0f}; ratio {a / b:.2f}",
        "1.2 or better")
    say(f"the same with {READING} connections", f"{c:,.0f}", f"ratio {c / b:.2f}")
    say("CPU of orderd for each create", f"{statistics.median(cpu):,.0f} us")
    return a


def bench_latency(cluster, options, peak):
    cluster.sql("CHECKPOINT")  # what the runs before have left to be written
    with site_on(cluster) as site:
        script, url = create_script(site), f"http://{site.orderd.address}/order/orders"
        runs = [paced_load(url, options.seconds, peak / 2, script) for _ in range(options.times)]
    rate, half, most = (statistics.median(column) for column in zip(*runs))
    say(f"a create at half of that ({rate:,.0f}/s)", f"p50 {half:.1f} ms, p99 {most:.1f} ms")


def bench_flow(cluster, options):
    rates = []
    for _ in range(options.times):
        with site_on(cluster, hooks=True) as site:
            script = create_script(site)
            rate_of(site, script, 1)
            rates.append(rate_of(site, script, options.seconds))
    rate, cpu = (statistics.median(column) for column in zip(*rates))
    say("creates/s with check, release and confirmation", f"{rate:,.0f}",
        f"CPU of orderd for each: {cpu:,.0f} us")


def bench_reads(cluster, options):
    ours, theirs = [], []
    with site_on(cluster) as site:
        _sql, order_id = create_sql(site)
        script = os.path.join(site.directory, "read.lua")
        with open(script, "w", encoding="utf-8") as file:
            file.write(f'wrk.headers["Authorization"] = "Bearer '
                       f'{site.token(harness.CUSTOMER, "admin")}"\n')
        url = f"http://{site.orderd.address}/order/orders/{order_id}"
        for _ in range(options.times):
            ours.append(wrk(url, options.seconds, READING, script))
            theirs.append(pgbench(cluster, site.database_name, READ.format(order_id=order_id),
                                  options.seconds))
    a, b = statistics.median(ours), statistics.median(theirs)
    say(f"reads of one order/s, {READING} connections", f"{a:,.0f}",
        f"pgbench -M prepared -c 16: {b:,.0f}; ratio {a / b:.2f}", "0.9 or better")


# ---- lists ----

def cursor_below(order_id):
    """The cursor of the page that begins below this order (core/store/list_cursor.c)."""
    text = base64.urlsafe_b64encode(b"\x01" + uuid.UUID(order_id).bytes).decode()
    return text.rstrip("=")


def page_ms(site, query, times=300):
    """The median of reading one page on one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", site.orderd.port)
    headers = {"Authorization": "Bearer " + site.token(harness.ADMIN, "admin")}
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        connection.request("GET", "/order/orders?limit=20" + query, headers=headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200
        taken.append((time.perf_counter() - begun) * 1000)
    connection.close()
    return statistics.median(taken)


def bench_lists(cluster, options):
    database = cluster.create_database("seeded")
    with site_on(cluster, seeded=database) as site:
        begun = time.monotonic()
        subprocess.run([os.path.join(harness.BIN, "orderctl"), "seed", "--url",
                        cluster.url(database), "--orders", str(options.orders)],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        took = time.monotonic() - begun
        cluster.sql("VACUUM ANALYZE", database)
        deep = cluster.value("SELECT order_id FROM orders ORDER BY order_id DESC"
                             f" OFFSET {options.orders // 10} LIMIT 1", database)
        first, tenth = [], []
        for _ in range(options.times):
            first.append(page_ms(site, ""))
            tenth.append(page_ms(site, "&cursor=" + cursor_below(deep)))
    a, b = statistics.median(first), statistics.median(tenth)
    say(f"orderctl seed, {options.orders:,} orders", f"{took:.0f} s")
    say(f"a page of 20 of {options.orders:,} orders, at depth 1", f"{a:.2f} ms")
    say(f"at depth {options.orders // 10:,}", f"{b:.2f} ms", f"ratio {b / a:.2f}", "within 1.5")


def bench_pg(options):
    """Creates, reads and lists over HTTP on PostgreSQL, beside pgbench."""
    with Cluster(settings=SETTINGS) as cluster:
        peak = bench_creates(cluster, options)
        bench_latency(cluster, options, peak)
        bench_reads(cluster, options)
        bench_flow(cluster, options)
        bench_lists(cluster, options)
