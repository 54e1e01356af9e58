"""The broker beside omniORB: the same omniORB client calls the same interface (everything.idl's
Measured) as an omniORB servant, as a C servant of ours and as a Lua servant in orderd."""

import contextlib
import os
import re
import statistics
import subprocess

import harness
from measure import cpu_seconds_of, pin, say

BIN = os.environ["ORDERD_BIN"]
ONE_CONNECTION = ("-ORBmaxGIOPConnectionPerServer", "1", "-ORBoneCallPerConnection", "0",
                  "-ORBmaxInterleavedCallsPerConnection", "8")


class Server:
    """One of those that are compared: its process and what is called."""

    def __init__(self, pid, reference):
        self.pid = pid
        self.reference = reference


@contextlib.contextmanager
def servers():
    """All of them, by name."""
    with contextlib.ExitStack() as stack:
        tcp = stack.enter_context(harness.Peer(os.path.join(BIN, "tcp_pingpong"), "server"))
        omni = stack.enter_context(harness.Peer(*harness.omni("everything_server")))
        c = stack.enter_context(harness.Peer(os.path.join(BIN, "orb_servant")))
        lua = stack.enter_context(harness.Everything())
        yield {
            "TCP": Server(tcp.process.pid, tcp.references["port"]),
            "omniORB": Server(omni.process.pid, omni.references["Measured"]),
            "C": Server(c.process.pid, c.references["Measured"]),
            "Lua": Server(lua.orderd.process.pid, lua.reference("Measured")),
        }


def command_of(name, server, what, seconds):
    if name == "TCP":
        return ("tcp_pingpong", "client", server.reference, str(seconds))
    options = ONE_CONNECTION if what == "callers" else ()
    return ("orb_client", *options, server.reference, what, str(seconds))


def run(name, server, what, core, seconds):
    """One run: calls a second, microseconds of the server's CPU for each, and p50, p99."""
    pin(server.pid, 0)
    program, *arguments = command_of(name, server, what, seconds)
    before = cpu_seconds_of(server.pid)
    out = subprocess.run(["taskset", "-c", str(core), os.path.join(BIN, program), *arguments],
                         capture_output=True, text=True, check=True, timeout=seconds + 30).stdout
    used = cpu_seconds_of(server.pid) - before
    calls, lasted = re.search(r"calls (\d+) seconds ([\d.]+)", out).groups()
    latency = re.search(r"p50 ([\d.]+) p99 ([\d.]+)", out)
    return (int(calls) / float(lasted), used / int(calls) * 1e6,
            *(float(f) for f in (latency.groups() if latency else ())))


def medians(all_servers, names, what, core, options):
    """Each in turn, so that what else happens on the machine happens to all."""
    runs = {name: [] for name in names}
    for _ in range(options.times):
        for name in names:
            runs[name].append(run(name, all_servers[name], what, core, options.seconds))
    return {name: [statistics.median(column) for column in zip(*rows)]
            for name, rows in runs.items()}


# For calls that wait, with all on one core: across two the wake-ups are what is measured.
AIMS = {"C": "0.8 of omniORB", "Lua": "15 us of CPU"}


def say_rates(what, figures, base=None, aims=None):
    for name, (rate, cpu, *_) in figures.items():
        compared = f"CPU {cpu:5.1f} us"
        if name != "TCP":
            compared += f"; {rate / base:.2f} of TCP" if base else ""
        if name in ("C", "Lua"):
            compared += f", {rate / figures['omniORB'][0]:.2f} of omniORB"
        say(f"{what}, {name}", f"{rate:9,.0f}/s", compared,
            (aims or {}).get(name))


def bench_orb(options):
    """IIOP: pings, structs, many callers and oneways, against omniORB and raw TCP."""
    with servers() as them:
        for core, where in ((0, "one core"), (1, "two cores")):
            tcp = medians(them, ["TCP"], "ping", core, options)
            base = tcp["TCP"][0]
            say_rates(f"round trip, {where}", tcp)
            for what, shown in (("ping", "ping"), ("sum", "3 structs")):
                figures = medians(them, ["omniORB", "C", "Lua"], what, core, options)
                say_rates(f"{shown}, {where}", figures, base, AIMS if core == 0 else None)
        figures = medians(them, ["omniORB", "C", "Lua"], "oneway", 1, options)
        say_rates("oneways, two cores", figures)
        figures = medians(them, ["omniORB", "C", "Lua"], "callers", 1, options)
        for name, (rate, _, p50, p99) in figures.items():
            say(f"8 callers on one connection, {name}", f"p99 {p99:7.1f} us",
                f"p50 {p50:.1f} us, {rate:,.0f}/s", None if name == "omniORB" else "below omniORB")
