"""A PostgreSQL cluster of a test's own: made, started, hurt and removed by the test, as a user
without rights, in a temporary directory, on a port of the loopback. Debian's cluster, if there is
one, is neither used nor touched."""

import csv
import errno
import glob
import io
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.parse

from harness import Port, wait_for
from psql import Session, environment, programs, unprivileged

OWNER = "postgres"  # the cluster's superuser, as in Debian

# A server for tests: small, but as durable as one in production (orderd refuses one that is not).
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "shared_buffers": "32MB",
    "max_connections": "100",
    "max_wal_size": "512MB",
    "fsync": "on",
    "synchronous_commit": "on",
    "wal_level": "replica",
    "hot_standby": "on",
    "log_line_prefix": "%m [%p] %q%a ",
    "timezone": "UTC",
}

# Stops the server and removes what is left when the test's process is gone without having done so:
# its end of the pipe is closed then.
GUARD = """
read -r order && [ "$order" = done ] && exit
while read -r pid; do
    kill -CONT -- $(cat "/proc/$pid/task/$pid/children") "$pid"
    kill -QUIT "$pid"
    while kill -0 "$pid"; do sleep 0.1; done
    break
done < "$1/data/postmaster.pid"
umount -l "$1"/full-*
rm -rf "$1"
"""


class Cluster:
    """`settings` are lines of postgresql.conf. `full` puts "wal" or "data" on a file system of its
    own, of `full_mb` MB, that can be filled (needs root). `primary` makes it a standby of another
    cluster, which knows it by `name`. It runs from start(), or from `with`, to close()."""

    def __init__(self, settings=None, full=None, full_mb=96, initdb=(), primary=None,
                 name="standby"):
        self.bin = programs()
        self.settings = dict(primary.settings if primary else SETTINGS, **(settings or {}))
        self.run_as = unprivileged()
        self.directory = tempfile.mkdtemp(prefix="orderd-pg-")
        self.data = os.path.join(self.directory, "data")
        self.sockets = os.path.join(self.directory, "s")
        self.log_path = os.path.join(self.directory, "log")
        self.port = Port()
        self.process = None
        self.frozen = []
        # The password needs care in a URL, in SQL and in a shell.
        self.secret = primary.secret if primary else secrets.token_hex(12)
        self.password = self.secret + "@:/%'"
        self.guard = subprocess.Popen(
            ["/bin/sh", "-c", GUARD, "sh", self.directory], stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        try:
            self._own(self.directory)
            self._own(self.sockets)
            self.full = self._mount(full, full_mb) if full else None
            if primary:
                self._copy(primary, name)
            else:
                self._make(initdb)
        except BaseException:
            self.close()
            raise

    # ---- making ----

    def _own(self, path):
        os.makedirs(path, mode=0o700, exist_ok=True)
        os.chmod(path, 0o700)
        if self.run_as:
            os.chown(path, self.run_as["user"], self.run_as["group"])

    def _mount(self, what, megabytes):
        path = os.path.join(self.directory, "full-" + what)
        os.mkdir(path)
        options = f"size={megabytes}m,mode=0700"
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", path], check=True)
        self._own(path)
        return path

    def run(self, name, *arguments, check=True):
        """One of the server's own programs, as its user."""
        result = subprocess.run(
            [os.path.join(self.bin, name), *arguments], cwd=self.directory, text=True,
            capture_output=True, timeout=120, check=False, env=environment(), **self.run_as)
        assert not check or result.returncode == 0, f"{name}: {result.stdout}{result.stderr}"
        return result

    def _make(self, arguments):
        inside = os.path.join(self.full, "inside") if self.full else None
        if self.full and self.full.endswith("wal"):
            arguments = (*arguments, "--waldir", inside)
        if self.full and self.full.endswith("data"):
            self.data = inside
            os.symlink(inside, os.path.join(self.directory, "data"))
        self.run("initdb", "-D", self.data, "-U", OWNER, "-E", "UTF8", "--locale=C",
                 "--auth-local=trust", "--auth-host=scram-sha-256", "--no-sync",
                 "--no-instructions", *arguments)
        with open(os.path.join(self.data, "postgresql.conf"), "a", encoding="utf-8") as file:
            file.write("include 'test.conf'\n")

    def _write_settings(self):
        settings = dict(self.settings, port=str(self.port.number),
                        unix_socket_directories=self.sockets)
        path = os.path.join(self.data, "test.conf")
        with open(path, "w", encoding="utf-8") as file:
            for name, value in settings.items():
                quoted = value.replace("'", "''")
                file.write(f"{name} = '{quoted}'\n")
        os.chmod(path, 0o644)
        if self.run_as:  # pg_rewind replaces it
            os.chown(path, self.run_as["user"], self.run_as["group"])

    def set(self, **settings):
        """Changes settings; those that a reload can change are in force at once."""
        self.settings.update(settings)
        self._write_settings()
        if self.running():
            self.sql("SELECT pg_reload_conf()")

    def use_tls(self):
        """Before the start: from then on TLS is offered, and demanded of all that come by TCP.
        Gives the file of the certificate that clients can check it with."""
        certificate, key = (os.path.join(self.data, "server." + end) for end in ("crt", "key"))
        self.run("/usr/bin/openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                 "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1",
                 "-keyout", key, "-out", certificate)
        os.chmod(key, 0o600)
        self.settings["ssl"] = "on"
        path = os.path.join(self.data, "pg_hba.conf")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace("\nhost ", "\nhostssl "))
        return certificate

    # ---- starting and stopping ----

    def launch(self):
        """Starts without waiting for anything."""
        self._write_settings()
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [os.path.join(self.bin, "postgres"), "-D", self.data], cwd=self.directory,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment(),
                start_new_session=True, **self.run_as)
        return self

    def start(self):
        self.launch()
        wait_for("PostgreSQL to take connections", self._ready, 60)
        return self

    def _ready(self):
        assert self.process.poll() is None, \
            f"postgres ended with {self.process.returncode}:\n{self.log()[-4000:]}"
        return self.answers()

    def answers(self):
        """Whether a new connection gets an answer now."""
        return self.psql("SELECT 1", check=False).returncode == 0

    def running(self):
        return self.process is not None and self.process.poll() is None

    def stop(self, mode="fast"):
        """"smart" waits for the clients to go, "fast" ends their transactions, "immediate" leaves
        the rest to the recovery at the next start."""
        signals = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}
        if not self.running():
            return
        self.thaw()
        self.process.send_signal(signals[mode])
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.kill9()
            raise AssertionError("PostgreSQL did not stop:\n" + self.log()[-4000:]) from None

    def restart(self, mode="fast"):
        self.stop(mode)
        self.start()

    @staticmethod
    def _stat(pid):
        """State and parent of a process; ("X", 0) when there is none."""
        try:
            with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
                state, parent = file.read().rsplit(")", 1)[1].split()[:2]
                return state, int(parent)
        except OSError:
            return "X", 0

    def children(self):
        """The processes of the server but the first. They are sessions of their own, so no signal
        to a group would reach them."""
        found = ((int(entry), *self._stat(entry)) for entry in os.listdir("/proc")
                 if entry.isdecimal())
        return [pid for pid, state, parent in found
                if parent == self.process.pid and state not in "ZX"]

    @staticmethod
    def _signal(pids, number):
        for pid in pids:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def _halt(self):
        """The first process makes no others from now on. A signal takes effect a little later."""
        self._signal([self.process.pid], signal.SIGSTOP)
        wait_for("the server to halt", lambda: self._stat(self.process.pid)[0] in "TZX")

    def kill9(self):
        """All its processes at once, as when the power goes: nobody of them can say or write
        anything more. The first is halted before, so that it cannot replace the others."""
        self._halt()
        self._signal(self.children(), signal.SIGKILL)
        wait_for("the server's processes to be gone", lambda: not self.children())
        self.process.kill()
        self.process.wait()
        self.frozen = []

    def freeze(self):
        """SIGSTOP to all: connections stay, new ones are taken by the kernel, nothing answers."""
        self.frozen = [self.process.pid]
        self._halt()
        self.frozen = [*self.children(), self.process.pid]
        self._signal(self.frozen, signal.SIGSTOP)

    def thaw(self):
        self._signal(self.frozen, signal.SIGCONT)
        self.frozen = []

    # ---- asking ----

    def psql_command(self, database):
        return [os.path.join(self.bin, "psql"), "-X", "-q", "-t", "--csv", "-P", "null=\\N",
                "-h", self.sockets, "-p", str(self.port.number), "-U", OWNER, "-d", database]

    def psql(self, sql, database="postgres", check=True, seconds=60):
        """Runs statements as the superuser, outside of what the password protects."""
        result = subprocess.run(
            [*self.psql_command(database), "-v", "ON_ERROR_STOP=1", "-f", "-"], input=sql,
            capture_output=True, timeout=seconds, check=False, env=environment(), text=True)
        assert not check or result.returncode == 0, f"psql: {result.stderr}"
        return result

    def sql(self, sql, database="postgres"):
        """The rows of a query, as lists of texts; NULL is None."""
        csv.field_size_limit(sys.maxsize)
        rows = csv.reader(io.StringIO(self.psql(sql, database).stdout))
        return [[None if value == "\\N" else value for value in row] for row in rows]

    def value(self, sql, database="postgres"):
        return self.sql(sql, database)[0][0]

    def session(self, database="postgres"):
        return Session(self, database)

    def create_role(self, name="orderd"):
        quoted = self.password.replace("'", "''")
        self.sql(f"CREATE ROLE {name} LOGIN PASSWORD '{quoted}'")

    def create_database(self, name="orderd", owner="orderd"):
        """An empty database that belongs to the role `owner`, which is made when it is missing."""
        if not self.sql(f"SELECT 1 FROM pg_roles WHERE rolname = '{owner}'"):
            self.create_role(owner)
        self.sql(f"CREATE DATABASE {name} OWNER {owner}")
        return name

    def url(self, database="orderd", user="orderd", password=None, others=(), **options):
        """For DATABASE_URL; `others` are further clusters, whose hosts follow."""
        hosts = ",".join(cluster.port.address for cluster in (self, *others))
        quoted = urllib.parse.quote(self.password if password is None else password, safe="")
        query = "?" + urllib.parse.urlencode(options) if options else ""
        return f"postgres://{user}:{quoted}@{hosts}/{database}{query}"

    def terminate(self, database):
        """Ends every connection to a database but psql's; gives how many there were."""
        return int(self.value(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            f"WHERE datname = '{database}' AND pid <> pg_backend_pid()"))

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    # ---- a full disk ----

    def fill(self):
        """Takes all that is free on the file system that was asked for with `full`."""
        with open(os.path.join(self.full, "filler"), "wb", buffering=0) as file:
            for size in (1 << 20, 4096):
                try:
                    while file.write(bytes(size)) == size:
                        pass
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise

    def make_room(self):
        os.unlink(os.path.join(self.full, "filler"))

    # ---- replication ----

    def standby(self, name="standby"):
        """A running copy of this cluster that follows it."""
        standby = Cluster(primary=self, name=name)
        try:
            standby.start()
            wait_for("the standby to follow", lambda: self.sql(
                "SELECT 1 FROM pg_stat_replication WHERE state = 'streaming' "
                f"AND application_name = '{name}'"))
        except BaseException:
            standby.close()
            raise
        return standby

    def _copy(self, primary, name):
        self.run("pg_basebackup", "-D", self.data, "-X", "stream", "-c", "fast", "-R", "--no-sync",
                 "-C", "-S", name, "-d", f"host={primary.sockets} port={primary.port.number} "
                 f"user={OWNER} application_name={name}")

    def synchronous(self, name="standby"):
        """From now on a commit is told when the standby has applied it."""
        self.set(synchronous_standby_names=name, synchronous_commit="remote_apply")
        wait_for("the standby to be synchronous", lambda: self.sql(
            "SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync' "
            f"AND application_name = '{name}'"))

    def promote(self):
        self.sql("SELECT pg_promote()")
        wait_for("the standby to be the primary",
                 lambda: self.value("SELECT pg_is_in_recovery()") == "f")

    # ---- the end ----

    def close(self):
        try:
            if self.running():
                self.stop("immediate")
        finally:
            self._remove()

    def _remove(self):
        for path in glob.glob(os.path.join(self.directory, "full-*")):
            subprocess.run(["umount", "-l", path], check=False)
        shutil.rmtree(self.directory, ignore_errors=True)
        self.port.close()
        self.guard.stdin.write(b"done\n")
        self.guard.stdin.close()
        self.guard.wait()

    def __enter__(self):
        if not self.running():
            self.start()
        return self

    def __exit__(self, *_):
        self.close()
