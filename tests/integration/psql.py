"""The programs of PostgreSQL: where they are, as whom they run, and psql as a session."""

import glob
import os
import pwd
import secrets
import subprocess


def programs():
    """The folder of the newest server that is installed; it is not in the PATH."""
    found = glob.glob("/usr/lib/postgresql/*/bin/initdb")
    assert found, "no PostgreSQL server is installed (Debian: postgresql)"
    newest = max(found, key=lambda path: float(path.split("/")[4]))
    return os.path.dirname(newest)


def unprivileged():
    """What makes subprocess start a program as a user without rights. PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    raise AssertionError("there is no user postgres or nobody to run a server as")


def environment():
    """Without anything that would lead libpq elsewhere."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return dict(kept, LC_ALL="C.UTF-8")


class Session:
    """A connection that stays open, by psql: for a transaction that does not end, a lock."""

    def __init__(self, cluster, database):
        self.process = subprocess.Popen(
            cluster.psql_command(database), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, env=environment())
        self.run("SELECT 1")

    def run(self, sql):
        """Waits for the end of the statement; gives its rows as text, or raises its error."""
        end = secrets.token_hex(8)
        self.process.stdin.write(f"{sql};\n\\echo {end}\n")
        self.process.stdin.flush()
        lines = []
        for line in self.process.stdout:
            if line.strip() == end:
                break
            lines.append(line.rstrip("\n"))
        else:
            raise AssertionError("the session has ended: " + "\n".join(lines))
        if any("ERROR: " in line or "FATAL: " in line for line in lines):
            raise AssertionError("\n".join(lines))
        return lines

    def close(self):
        """Ends the connection; the server rolls back what is open."""
        try:
            self.process.stdin.close()
            self.process.wait(10)
        except (OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
