#!/usr/bin/python3
"""Runs the integration modules, some at a time, and closes with `total: N passed, N failed`."""

import argparse
import concurrent.futures
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def run(module, logs):
    """One module in a process of its own: (module, passed, failed, what it said)."""
    try:
        result = subprocess.run([sys.executable, "-m", "unittest", "-v", module], cwd=HERE,
                                text=True, capture_output=True, timeout=600, check=False)
        text, code = result.stdout + result.stderr, result.returncode
    except subprocess.TimeoutExpired as error:
        text, code = f"{error}\n{error.stderr}", 1
    if logs:
        with open(os.path.join(logs, module + ".log"), "w", encoding="utf-8") as file:
            file.write(text)
    ran = re.search(r"^Ran (\d+) tests?", text, re.M)
    ran = int(ran.group(1)) if ran else 0
    failed = sum(int(n) for n in re.findall(r"(?:failures|errors)=(\d+)", text.splitlines()[-1]
                                            if text.splitlines() else ""))
    skipped = sum(int(n) for n in re.findall(r"skipped=(\d+)", text))
    if code and not failed:
        failed = 1
    return module, max(ran - failed - skipped, 0), failed, text


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=3)
    parser.add_argument("--logs")
    parser.add_argument("modules", nargs="*")
    options = parser.parse_args()
    modules = options.modules or sorted(
        name[:-3] for name in os.listdir(HERE) if re.fullmatch(r"test_\w+\.py", name))
    passed = failed = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for module, ok, bad, text in pool.map(lambda m: run(m, options.logs), modules):
            print(f"  {module:26} {ok:4} passed, {bad} failed", flush=True)
            passed, failed = passed + ok, failed + bad
            if bad:
                print("\n".join(text.splitlines()[-150:]))
    print(f"total: {passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
