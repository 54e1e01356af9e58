"""Loads over HTTP with wrk."""

import json
import os
import re
import subprocess

import harness


def run_wrk(url, seconds, connections, script=None, core=None, latency=False):
    command = ["taskset", "-c", str(core)] if core is not None else []
    command += ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s"]
    command += ["--latency"] if latency else []
    command += ["-s", script] if script else []
    out = subprocess.run(command + [url], capture_output=True, text=True, check=True).stdout
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    if bad:
        raise SystemExit(f"{bad.group(1)} answers were errors:\n{out}")
    return out


def rate_in(out):
    return float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1))


def wrk(url, seconds, connections=32, script=None, core=None):
    """Requests a second; fails when any answer was none of 2xx."""
    return rate_in(run_wrk(url, seconds, connections, script, core))


def percentile(out, which):
    """Milliseconds, from wrk's table of latencies."""
    number, unit = re.search(rf"^\s+{which}%\s+([\d.]+)(us|ms|s)\s*$", out, re.M).groups()
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def paced_script(script, pause):
    """The same requests, each after `pause` milliseconds: wrk takes whole ones, so now and then it
    is one more."""
    paced = script.replace(".lua", "-paced.lua")
    with open(script, encoding="utf-8") as file:
        text = file.read()
    with open(paced, "w", encoding="utf-8") as file:
        file.write(text + f"function delay() return math.random() < {pause % 1} and "
                          f"{int(pause) + 1} or {int(pause)} end\n")
    return paced


def paced_load(url, seconds, rate, script, connections=128):
    """About `rate` requests a second, from callers that pause between two: (requests a second, p50,
    p99), in milliseconds."""
    cycle = connections / rate * 1000
    pause = cycle
    for _ in range(3):  # what a request takes shortens the pause
        reached = rate_in(run_wrk(url, 1, connections, paced_script(script, pause)))
        pause = max(pause - (connections / reached * 1000 - cycle), 0)
    out = run_wrk(url, seconds, connections, paced_script(script, pause), latency=True)
    return rate_in(out), percentile(out, 50), percentile(out, 99)


def create_script(site):
    """A script that creates orders of two items as a customer."""
    path = os.path.join(site.directory, "create.lua")
    body = json.dumps({"items": [{"product_id": harness.IBUPROFEN, "quantity": 2},
                                 {"product_id": harness.PARACETAMOL, "quantity": 1}]})
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"""wrk.method = "POST"
wrk.body = [[{body}]]
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer {site.token()}"
""")
    return path
