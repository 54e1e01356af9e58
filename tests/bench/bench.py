#!/usr/bin/python3
"""Measures orderd and what it is compared to, in one run, and prints both with their ratio.

Figures are medians. Where latency or a single core counts, programs are pinned: the server to
core 0, the client to core 1."""

import argparse
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
os.environ["ORDERD_BIN"] = os.environ.get("ORDERD_BIN", os.path.join(ROOT, "build/bench/bin"))
sys.path.insert(0, os.path.join(ROOT, "tests", "integration"))

import bench_bus  # noqa: E402
import bench_orb  # noqa: E402  (all need ORDERD_BIN)
import bench_pg  # noqa: E402
import harness  # noqa: E402
from load_http import create_script, wrk  # noqa: E402
from measure import cpu_seconds_of, pin, say  # noqa: E402

BIN = os.environ["ORDERD_BIN"]
USER = harness.CUSTOMER


def median_of(times, run):
    return statistics.median(run() for _ in range(times))


class Nginx:
    """nginx on one core, answering `return 200`."""

    def __enter__(self):
        self.directory = tempfile.mkdtemp(prefix="orderd-bench-")
        self.port = free_port()
        conf = os.path.join(self.directory, "nginx.conf")
        with open(conf, "w", encoding="utf-8") as file:
            file.write(f"""worker_processes 1; daemon off; pid {self.directory}/pid;
error_log {self.directory}/error.log;
events {{ worker_connections 1024; }}
http {{ access_log off; keepalive_requests 1000000000;
  client_body_temp_path {self.directory}/b; proxy_temp_path {self.directory}/p;
  fastcgi_temp_path {self.directory}/f; uwsgi_temp_path {self.directory}/u;
  scgi_temp_path {self.directory}/s;
  server {{ listen 127.0.0.1:{self.port}; location / {{ default_type text/plain;
    return 200 "ok"; }} }} }}
""")
        self.process = subprocess.Popen(["taskset", "-c", "0", "nginx", "-p", self.directory, "-c",
                                         conf], stderr=subprocess.DEVNULL)
        wait_port(self.port)
        return self

    def worker(self):
        """The process that answers: the only child."""
        pid = self.process.pid
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return int(file.read().split()[0])

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()
        subprocess.run(["rm", "-rf", self.directory], check=False)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_port(port):
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise SystemExit(f"nothing listens on port {port}")


def resident_kb(program):
    with open(f"/proc/{program.process.pid}/status", encoding="ascii") as file:
        return int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1))


def cpu_seconds(program):
    return cpu_seconds_of(program.process.pid)


EMPTY_ROUTE = """local http = require "orderd.http"
http.get("/empty", function()
    return http.text(200, "ok")
end)
"""


def bench_http(options):
    """An empty Lua route against nginx's `return 200`, one core each, the client on the other."""
    site = harness.Site({"ORDERD_WORKERS": "1"}, own_scripts=True, peers=False)
    with open(os.path.join(site.scripts, "routes", "empty.lua"), "w", encoding="utf-8") as file:
        file.write(EMPTY_ROUTE)
    rates = {"ours": [], "theirs": []}
    costs = {"ours": [], "theirs": []}

    def run(name, pid, url):
        before = cpu_seconds_of(pid)
        rate = wrk(url, options.seconds, core=1)
        rates[name].append(rate)
        costs[name].append((cpu_seconds_of(pid) - before) / (rate * options.seconds) * 1e6)

    with site, Nginx() as nginx:
        pin(site.orderd.process.pid, 0)
        for _ in range(options.times):
            run("ours", site.orderd.process.pid, f"http://{site.orderd.address}/empty")
            run("theirs", nginx.worker(), f"http://127.0.0.1:{nginx.port}/")
    a, b = (statistics.median(rates[name]) for name in ("ours", "theirs"))
    say("empty Lua route, req/s, 1 worker, 32 connections", f"{a:,.0f}",
        f"nginx return 200: {b:,.0f}; ratio {a / b:.2f}", "0.6 or better")
    a, b = (statistics.median(costs[name]) for name in ("ours", "theirs"))
    say("CPU of the server for each of them (client aside)", f"{a:.1f} us",
        f"nginx: {b:.1f} us; ratio {b / a:.2f}", "0.6 or better")


def order_site(hooks):
    """A site without the stock check (products come from their cache), and no open-order limit:
    what is measured is this service, not its peers. Without hooks an order stays PENDING, and a
    create writes just the rows that it is compared to."""
    site = harness.Site(settings=[("stock_check = true", "stock_check = false"),
                                  ("open_orders = ", "-- open_orders = ")], own_scripts=True)
    if not hooks:
        shutil.rmtree(os.path.join(site.scripts, "hooks"))
    return site


def baseline(seconds):
    """Orders a second by the sqlite3 library alone, the same rows in groups of 32."""
    with tempfile.TemporaryDirectory(prefix="orderd-bench-", dir=os.environ.get("TMPDIR")) as where:
        out = subprocess.run([os.path.join(BIN, "sqlite_baseline"), str(seconds), where],
                             capture_output=True, text=True, check=True).stdout
    return float(re.search(r"([\d.]+)", out.replace(",", "")).group(1))


def create_rate(site, options):
    """Creates a second, and microseconds of orderd's CPU for each."""
    script = create_script(site)
    url = f"http://{site.orderd.address}/order/orders"
    wrk(url, 1, script=script)
    before = cpu_seconds(site.orderd)
    rate = wrk(url, options.seconds, script=script)
    return rate, (cpu_seconds(site.orderd) - before) / (rate * options.seconds) * 1e6


def bench_orders(options):
    """Creates and reads over HTTP on SQLite."""
    creates, alone, flow = [], [], []
    for _ in range(options.times):
        with order_site(hooks=False) as site:
            creates.append(create_rate(site, options))
        alone.append(baseline(options.seconds))
        with order_site(hooks=True) as site:
            flow.append(create_rate(site, options))
    (a, cpu), b = map(statistics.median, zip(*creates)), statistics.median(alone)
    say("creates/s over HTTP, SQLite, 32 connections", f"{a:,.0f}",
        f"sqlite3 alone, groups of 32: {b:,.0f}; ratio {a / b:.2f}", "0.5 or better")
    say("CPU of orderd for each create", f"{cpu:,.0f} us")
    a, cpu = map(statistics.median, zip(*flow))
    say("creates/s while the peers release and confirm", f"{a:,.0f}",
        f"CPU of orderd for each: {cpu:,.0f} us")
    with order_site(hooks=False) as site:
        order_id = site.create((harness.IBUPROFEN, 2), (harness.PARACETAMOL, 1)).json["order_id"]
        reads = os.path.join(site.directory, "read.lua")
        with open(reads, "w", encoding="utf-8") as file:
            file.write(f'wrk.headers["Authorization"] = "Bearer {site.token(USER, "admin")}"\n')
        url = f"http://{site.orderd.address}/order/orders/{order_id}"
        rate = median_of(options.times, lambda: wrk(url, options.seconds, script=reads))
        say("reads of one order/s, 32 connections", f"{rate:,.0f}")


def bench_memory(options):
    """Resident memory at the start and with many idle connections; from start to ready."""
    count = options.connections
    starts = []
    with harness.Site({"ORDERD_HTTP": f"127.0.0.1:{free_port()}"}, peers=False, settings=[
            ("connections = 10000", "connections = 20000"),
            ("idle_seconds = 60", "idle_seconds = 600")]) as site:
        at_start = resident_kb(site.orderd)
        say("resident memory at the start", f"{at_start / 1024:.1f} MB", None, "below 20 MB")
        address = ("127.0.0.1", site.orderd.port)
        request = b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"
        held = []
        for _ in range(count):
            s = socket.create_connection(address)
            s.sendall(request)
            s.recv(4096)
            held.append(s)
        time.sleep(1)
        used = resident_kb(site.orderd)
        say(f"with {count:,} idle connections that were used once", f"{used / 1024:.1f} MB",
            f"{(used - at_start) * 1024 / count / 1000:.1f} KB each", "below 10 KB")
        for s in held:
            s.close()
        for _ in range(options.times):
            site.orderd.stop()
            begun = time.monotonic()
            site.orderd.start(wait=False)
            while time.monotonic() - begun < 10:
                try:
                    with urllib.request.urlopen(f"http://{site.orderd.address}/readyz",
                                                timeout=1) as answer:
                        if answer.status == 200:
                            break
                except OSError:
                    time.sleep(0.002)
            starts.append((time.monotonic() - begun) * 1000)
    say("from start to a ready answer", f"{statistics.median(starts):.0f} ms", None,
        "below 200 ms")


PARTS = {"http": bench_http, "orders": bench_orders, "memory": bench_memory,
         "orb": bench_orb.bench_orb, "pg": bench_pg.bench_pg,
         "bus": bench_bus.bench_bus}


def main():
    parser = argparse.ArgumentParser(prog="tools/bench", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART",
                        help=", ".join(f"{name}: {part.__doc__}" for name, part in PARTS.items()))
    parser.add_argument("--times", type=int, default=5, help="runs for each median")
    parser.add_argument("--seconds", type=int, default=5, help="of each run")
    parser.add_argument("--connections", type=int, default=10000, help="idle ones for memory")
    parser.add_argument("--orders", type=int, default=1000000, help="in the list of pg")
    parser.add_argument("--events", type=int, default=1000000, help="in the stream of bus")
    options = parser.parse_args()
    unknown = set(options.parts) - set(PARTS)
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    for name in options.parts or PARTS:
        PARTS[name](options)


if __name__ == "__main__":
    main()
