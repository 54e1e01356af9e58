"""pgbouncer between orderd and a cluster, started by a test as a user without rights."""

import os
import shutil
import signal
import subprocess
import tempfile

from harness import Port, wait_for
from psql import environment, unprivileged


def quoted(text):
    return '"' + text.replace('"', '""') + '"'


class Pooler:
    """`mode` is "session", "transaction" or "statement"."""

    def __init__(self, cluster, mode, user="orderd"):
        self.cluster = cluster
        self.port = Port()
        self.directory = tempfile.mkdtemp(prefix="orderd-pgbouncer-")
        self.process = None
        self.run_as = unprivileged()
        self._write("users", f"{quoted(user)} {quoted(cluster.password)}\n")
        self._write("pgbouncer.ini", f"""
[databases]
* = host=127.0.0.1 port={cluster.port.number}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {self.port.number}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {self.directory}/users
pool_mode = {mode}
default_pool_size = 20
server_login_retry = 1
""")
        if self.run_as:
            os.chown(self.directory, self.run_as["user"], self.run_as["group"])

    def _write(self, name, text):
        path = os.path.join(self.directory, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        if self.run_as:
            os.chown(path, self.run_as["user"], self.run_as["group"])

    def url(self, database, **options):
        """The cluster's URL, by way of this."""
        return self.cluster.url(database, **options).replace(self.cluster.port.address,
                                                             self.port.address)

    def log(self):
        with open(os.path.join(self.directory, "log"), encoding="utf-8") as file:
            return file.read()

    def answers(self):
        assert self.process.poll() is None, "pgbouncer ended: " + self.log()
        return subprocess.run(
            [os.path.join(self.cluster.bin, "psql"), "-X", "-q", "-c", "SELECT 1",
             self.url("postgres")],
            env=environment(), capture_output=True, timeout=20, check=False).returncode == 0

    def __enter__(self):
        with open(os.path.join(self.directory, "log"), "ab") as log:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "INT",
                 shutil.which("pgbouncer", path="/usr/sbin:/usr/bin"),
                 os.path.join(self.directory, "pgbouncer.ini")],
                cwd=self.directory, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=environment(), **self.run_as)
        try:
            wait_for("pgbouncer to take connections", self.answers)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)
        self.port.close()
