"""What the parts of tools/bench share: printing a figure, pinning a process, its CPU time."""

import os


def say(what, figure, compared=None, aim=None):
    line = f"{what:52} {figure}"
    if compared:
        line += f"   {compared}"
    if aim:
        line += f"   (aim: {aim})"
    print(line, flush=True)


def pin(pid, core):
    """All threads that it has now."""
    for task in os.listdir(f"/proc/{pid}/task"):
        os.sched_setaffinity(int(task), {core})


def cpu_seconds_of(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
