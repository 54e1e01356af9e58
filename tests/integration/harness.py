"""A whole site for a test: orderd with its demo peers in a temporary directory, on ports that the
kernel picks, and the foreign clients that talk to it: curl, raw sockets and ZeroMQ."""

import http.client
import json
import os
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time
import unittest
import urllib.parse
import uuid

import zmq
import zmq.auth

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.environ.get("ORDERD_BIN", os.path.join(ROOT, "build", "asan", "bin"))

CUSTOMER = "0190b000-0000-7000-8000-000000000001"
NEIGHBOUR = "0190b000-0000-7000-8000-000000000002"
PHARMACIST = "0190b000-0000-7000-8000-000000000003"
ADMIN = "0190b000-0000-7000-8000-000000000004"


def product(number):
    """The id of a product of the demo catalogue, by its two last digits."""
    return "0190a000-0000-7000-8000-0000000000" + number


IBUPROFEN = product("01")
PARACETAMOL = product("02")
EPINEPHRINE = product("03")
RANITIDINE = product("04")
AMOXICILLIN = product("05")
SALINE = product("0a")


def wait_for(what, check, seconds=20.0):
    """Asks until the answer is truthy, and gives it back."""
    end = time.monotonic() + seconds
    while True:
        answer = check()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds} s in vain for {what}")
        time.sleep(0.02)


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path, timeout=10):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Port:
    """A TCP port of the loopback that stays ours while nobody listens on it: a socket that is bound
    and never listens keeps everybody away who does not ask for just this number."""

    def __init__(self):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(("127.0.0.1", 0))
        self.number = self.socket.getsockname()[1]

    @property
    def address(self):
        return f"127.0.0.1:{self.number}"

    def close(self):
        self.socket.close()


class Answer:
    """What came back: status, headers (names in lower case) and body."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        """The code of a problem."""
        return self.json.get("code") if self.body else None

    def __repr__(self):
        return f"{self.status} {self.headers} {self.body[:2000]!r}"


class Program:
    """One orderd process."""

    def __init__(self, directory, conf, environment):
        self.state = directory
        self.conf = conf
        self.environment = dict(os.environ, **environment)
        self.environment.pop("ORDERD_BIN", None)
        self.environment["ORDERD_STATE_DIR"] = directory
        self.environment.setdefault("ORDERD_LOG_FORMAT", "json")
        for name in ("ORDERD_IIOP", "ORDERD_REPLAY", "ORDERD_INGEST"):
            self.environment.setdefault(name, "127.0.0.1:0")
        self.log_path = os.path.join(directory, "log")
        self.open_files = None  # as many descriptors as it is granted; None: as many as we are
        self.process = None
        self.status = None

    def _limit_open_files(self):
        if self.open_files:
            resource.setrlimit(resource.RLIMIT_NOFILE, (self.open_files, self.open_files))

    def start(self, wait=True):
        os.makedirs(self.state, exist_ok=True)
        log = open(self.log_path, "ab")
        self.process = subprocess.Popen(
            [os.path.join(BIN, "orderd"), "-c", self.conf],
            cwd=ROOT, env=self.environment, stderr=log, stdout=log, stdin=subprocess.DEVNULL,
            preexec_fn=self._limit_open_files)
        log.close()
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self):
        def ready():
            if self.process.poll() is not None:
                raise AssertionError(f"orderd ended with {self.process.returncode}:\n{self.log()}")
            try:
                self.status = self.control("GET", "/status").json
                return self.status.get("ready", True)
            except (OSError, http.client.HTTPException, ValueError):
                return None
        wait_for("orderd to be ready", ready)

    def control(self, method, path):
        connection = UnixConnection(os.path.join(self.state, "control.sock"))
        try:
            connection.request(method, path)
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.getheaders()), answer.read().decode())
        finally:
            connection.close()

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def kill(self):
        """kill -9."""
        self.process.kill()
        self.process.wait()

    def stop(self, seconds=20):
        """SIGTERM, as an operator would; gives the exit code."""
        if self.process is None or self.process.poll() is not None:
            return self.process.returncode if self.process else None
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError("orderd did not stop in time:\n" + self.log()[-4000:]) from None

    @property
    def address(self):
        return self.status["http"]

    @property
    def port(self):
        return int(self.address.rsplit(":", 1)[1])

    @property
    def iiop(self):
        return self.status["iiop"]

    @property
    def publish(self):
        return "tcp://" + self.status["publish"]

    @property
    def replay(self):
        return "tcp://" + self.status["replay"]

    @property
    def ingest(self):
        return "tcp://" + self.status["ingest"]


class Keys:
    """What a client with CURVE has: its own pair, and the service's public key."""

    def __init__(self, path, server):
        self.path, self.server = path, server
        self.public, self.secret = (key.decode() for key in zmq.auth.load_certificate(path))

    def put(self, socket):
        socket.curve_publickey, socket.curve_secretkey = self.public.encode(), self.secret.encode()
        socket.curve_serverkey = self.server.encode()


class Site:
    """orderd and its peers. `environment` overrides settings, `scripts` and `demo_scripts` replace
    directories of scripts by changed copies (edit them under site.directory). `transport` is the
    way to the peers: "iiop" or "http".

    With a `cluster` (cluster.py) it runs on a new database there, and can have several `processes`
    (site.programs; the first is site.orderd, too) that keep their addresses over a restart. `url`
    makes the store's url of the database's name, where it is not the cluster's own. `steady`: on
    SQLite, too, the addresses stay over a restart."""

    def __init__(self, environment=None, own_scripts=False, peers=True, settings=None,
                 transport="iiop", cluster=None, processes=1, url=None, steady=False):
        self.directory = tempfile.mkdtemp(prefix="orderd-test-")
        self.tokens = {}
        self.state = os.path.join(self.directory, "state")
        os.makedirs(self.state)
        self.jwks = os.path.join(self.state, "jwks.json")
        self.orderctl("keys", "generate", "--jwks", self.jwks)
        variables = {"ORDERD_HTTP": "127.0.0.1:0", "ORDERD_PUB": "127.0.0.1:0",
                     "ORDERD_IIOP": "127.0.0.1:0", "ORDERD_WORKERS": "2", "ORDERD_JWKS": self.jwks}
        self.demo = None
        if peers:
            self.demo = Program(os.path.join(self.directory, "demo"),
                                os.path.join(ROOT, "conf", "demo.lua"),
                                {"ORDERD_HTTP": "127.0.0.1:0", "ORDERD_PUB": "127.0.0.1:0",
                                 "ORDERD_IIOP": "127.0.0.1:0", "ORDERD_JWKS": self.jwks}).start()
            for name in ("Inventory", "Products", "Auth"):
                variables[f"ORDERD_{name.upper()}_URL"] = (
                    f"corbaloc:iiop:{self.demo.iiop}/{name}" if transport == "iiop"
                    else "http://" + self.demo.address)
            variables["ORDERD_SUBSCRIBE"] = self.demo.publish
        conf = os.path.join(ROOT, "conf", "orderd.lua")
        if own_scripts or settings:
            conf = self._own_conf(conf, own_scripts, settings or [])
        self.cluster, self.database_name, self.ports = cluster, None, []
        self.steady = steady or bool(cluster)
        if cluster:
            self.database_name = cluster.create_database("site_" + uuid.uuid4().hex[:12])
            variables["DATABASE_URL"] = (url or cluster.url)(self.database_name)
        variables.update(environment or {})
        self.orderd = Program(self.state, conf, dict(variables, **self._own_ports()))
        self.programs = [self.orderd] + [
            Program(f"{self.state}{number}", conf, dict(variables, **self._own_ports()))
            for number in range(2, processes + 1)]

    def _own_ports(self):
        """Addresses of one process that stay its own."""
        if not self.steady:
            return {}
        ports = {name: Port() for name in ("ORDERD_HTTP", "ORDERD_PUB", "ORDERD_REPLAY",
                                           "ORDERD_INGEST", "ORDERD_IIOP")}
        self.ports += ports.values()
        return {name: port.address for name, port in ports.items()}

    def _own_conf(self, conf, own_scripts, settings):
        """A copy of the configuration with texts replaced, and of the scripts when asked."""
        with open(conf, encoding="utf-8") as file:
            text = file.read()
        if own_scripts:
            self.scripts = os.path.join(self.directory, "scripts")
            shutil.copytree(os.path.join(ROOT, "scripts"), self.scripts)
            assert 'dir = "scripts"' in text
            text = text.replace('dir = "scripts"', f'dir = "{self.scripts}"')
        for old, new in settings:
            assert old in text, old
            text = text.replace(old, new)
        path = os.path.join(self.directory, "orderd.lua")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def __enter__(self):
        try:
            for program in self.programs:
                program.start()
        except BaseException:
            self.close(failed=True)
            raise
        return self

    def __exit__(self, kind, value, trace):
        self.close(failed=kind is not None)

    def close(self, failed=False):
        try:
            codes = [program.stop() for program in self.programs]
            if self.demo:
                self.demo.stop()
            for program, code in zip(self.programs, codes):
                self._check_end(program, code, failed)
        finally:
            for program in (*self.programs, self.demo):
                if program and program.process and program.process.poll() is None:
                    program.kill()
            for port in self.ports:
                port.close()
            shutil.rmtree(self.directory, ignore_errors=True)

    def _check_end(self, program, code, failed):
        log = program.log() if os.path.exists(program.log_path) else ""
        if not failed and code not in (0, None, -signal.SIGKILL):
            raise AssertionError(f"orderd ended with {code}:\n{log[-6000:]}")
        if any(word in log for word in ("Sanitizer:", "runtime error:")):
            raise AssertionError("a sanitizer complained:\n" + log[-6000:])
        if self.cluster and self.cluster.secret in log:
            raise AssertionError("the password of the database is in the log")

    # ---- clients ----

    def orderctl(self, *arguments, check=True):
        """Runs orderctl; gives its standard output, or the whole result when check is False."""
        environment = dict(os.environ, ORDERD_STATE_DIR=self.state)
        result = subprocess.run([os.path.join(BIN, "orderctl"), *arguments], cwd=ROOT, text=True,
                                env=environment, capture_output=True, timeout=30, check=False)
        if not check:
            return result
        assert result.returncode == 0, result.stderr
        return result.stdout.strip()

    def client_keys(self, name, *rights):
        """Puts a client into the list; its keys. A running orderd lets it in after a reload."""
        path = os.path.join(self.directory, name + ".key")
        self.orderctl("keys", "client", name, "--out", path, *rights)
        return Keys(path, self.orderctl("keys", "curve", "--show"))

    def token(self, user=CUSTOMER, role="customer", *more):
        key = (user, role, more)
        if key not in self.tokens:
            self.tokens[key] = self.orderctl("token", "--user", user, "--role", role, "--jwks",
                                             self.jwks, *more)
        return self.tokens[key]

    def curl(self, method, path, body=None, token="customer", headers=(), raw=None, program=None):
        """One call with curl. `token`: a role, a token, or None for no identity. `program`: another
        process than the first."""
        users = {"customer": CUSTOMER, "neighbour": NEIGHBOUR, "pharmacist": PHARMACIST,
                 "admin": ADMIN}
        if token in users:
            token = self.token(users[token], "customer" if token == "neighbour" else token)
        command = ["curl", "-sS", "-i", "--http1.1", "--max-time", "30", "--path-as-is",
                   f"http://{(program or self.orderd).address}{path}"]
        command += ["--head"] if method == "HEAD" else ["-X", method]
        if token:
            command += ["-H", "Authorization: Bearer " + token]
        if body is not None:
            raw = json.dumps(body).encode()
        if raw is not None:
            if not any(header.lower().startswith("content-type:") for header in headers):
                command += ["-H", "Content-Type: application/json"]
            command += ["--data-binary", "@-"]
        for header in headers:
            command += ["-H", header]
        result = subprocess.run(command, input=raw, capture_output=True, timeout=40, check=False)
        assert result.returncode == 0, result.stderr.decode()
        return parse_answer(result.stdout)

    def create(self, *items, token="pharmacist", expect=201, **more):
        """Creates an order; items are (product_id, quantity)."""
        body = dict({"items": [{"product_id": p, "quantity": q} for p, q in items]}, **more)
        answer = self.curl("POST", "/order/orders", body, token=token)
        assert answer.status == expect, answer
        return answer

    def get(self, order_id, token="admin"):
        return self.curl("GET", "/order/orders/" + order_id, token=token)

    def wait_status(self, order_id, status):
        return wait_for(f"{order_id} to be {status}",
                        lambda: (lambda o: o if o["status"] == status else None)(
                            self.get(order_id).json))

    def raw(self, data, seconds=5.0, chunks=None):
        """Sends bytes on a raw socket and gives what came back until the server closes, or
        nothing more came for a moment."""
        with socket.create_connection(("127.0.0.1", self.orderd.port), timeout=seconds) as s:
            try:
                for piece in (chunks or [data]):
                    s.sendall(piece)
            except OSError:
                pass
            received = b""
            s.settimeout(1.0 if seconds > 1 else seconds)
            try:
                while True:
                    more = s.recv(65536)
                    if not more:
                        return received, True
                    received += more
            except socket.timeout:
                return received, False
            except ConnectionResetError:
                return received, True

    def database(self):
        """The SQLite store, for reading only."""
        path = os.path.join(self.state, "orderd.db")
        return sqlite3.connect(f"file:{path}?mode=ro", uri=True)


class SiteCase(unittest.TestCase):
    """Tests of a site that hold whatever the store is: they make their sites by new_site, and look
    into the store by stored.py."""

    @classmethod
    def new_site(cls, *arguments, **options):
        return Site(*arguments, **options)


def parse_answer(data):
    """The last answer in what curl -i printed (the ones before it are 1xx)."""
    while True:
        head, _, rest = data.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        status = int(lines[0].split(" ")[1])
        if status >= 200 or not rest:
            break
        data = rest
    headers = {}
    for line in lines[1:]:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return Answer(status, headers, rest.decode("utf-8", errors="replace"))


class Subscriber:
    """A ZeroMQ subscriber that keeps what it received."""

    def __init__(self, endpoint, *topics):
        self.context = zmq.Context()
        self.socket = self.context.socket(zmq.SUB)
        self.socket.setsockopt(zmq.RCVHWM, 0)
        self.socket.setsockopt(zmq.LINGER, 0)
        for topic in topics or ("",):
            self.socket.setsockopt(zmq.SUBSCRIBE, topic.encode())
        self.socket.connect(endpoint)
        self.messages = []

    def synchronise(self):
        """Waits for a heartbeat: from then on nothing is missed."""
        self.socket.setsockopt(zmq.SUBSCRIBE, b"heartbeat")
        self.until(lambda: any(m[0] == b"heartbeat" for m in self.messages))
        return self

    def until(self, enough, seconds=20.0):
        end = time.monotonic() + seconds
        while not enough():
            left = end - time.monotonic()
            assert left > 0, f"waited in vain; received {self.messages[-5:]}"
            if self.socket.poll(min(left, 0.2) * 1000):
                self.messages.append(self.socket.recv_multipart())
        return self.messages

    def events(self, order_id=None):
        """(topic, position, previous, envelope) of what is not a heartbeat."""
        found = []
        for message in self.messages:
            if message[0] == b"heartbeat":
                continue
            topic, position, previous, envelope = message
            envelope = json.loads(envelope)
            if order_id is None or envelope["subject"] == order_id:
                found.append((topic.decode(), position, previous, envelope))
        return found

    def wait_topics(self, order_id, *topics):
        """Waits until the order's events are these, in this order."""
        def enough():
            return len(self.events(order_id)) >= len(topics)
        self.until(enough)
        got = [event[0] for event in self.events(order_id)]
        assert got == list(topics), got
        return self.events(order_id)

    def close(self):
        self.socket.close()
        self.context.term()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def publisher():
    """A PUB socket of a foreign inventory, and its endpoint."""
    context = zmq.Context()
    pub = context.socket(zmq.PUB)
    pub.setsockopt(zmq.LINGER, 0)
    port = pub.bind_to_random_port("tcp://127.0.0.1")
    return context, pub, f"tcp://127.0.0.1:{port}"


def released(order_id, success=True, items=(), event_id=None):
    """The body of inventory.stock_release_processed."""
    return json.dumps({
        "event_id": event_id or str(uuid.uuid4()), "order_id": order_id, "success": success,
        "items": list(items), "timestamp": "2026-01-31T12:00:00.000Z"}).encode()


# ---- programs of other ORBs ----

class Peer:
    """A foreign server that prints "NAME REFERENCE" lines, then "ready", then what it likes."""

    def __init__(self, *command):
        self.log = tempfile.NamedTemporaryFile("w+", prefix="orderd-peer-", encoding="utf-8")
        self.process = subprocess.Popen(command, stdout=self.log, stderr=subprocess.STDOUT,
                                        stdin=subprocess.DEVNULL, cwd=ROOT)
        try:
            wait_for(f"{command[0]} to be ready", self._ready)
        except BaseException:
            self.close()
            raise
        lines = self.lines()
        self.references = dict(line.split(" ", 1) for line in lines[:lines.index("ready")])

    def _ready(self):
        if self.process.poll() is not None:
            raise AssertionError(f"it ended with {self.process.returncode}: {self.lines()}")
        return "ready" in self.lines()

    def lines(self):
        """What it has printed so far."""
        with open(self.log.name, encoding="utf-8", errors="replace") as file:
            return file.read().splitlines()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def close(self):
        self.kill()
        self.log.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def start_again(name, address, *arguments):
    """An omniORB server at the address of one that is gone, once the kernel gives it."""
    command = (os.path.join(BIN, name), "-ORBendPoint", f"giop:tcp:{address}", *arguments)

    def start():
        try:
            return Peer(*command)
        except AssertionError:
            return None
    return wait_for(f"{name} to start again at {address}", start)


LOOPBACK = ("-ORBendPoint", "giop:tcp:127.0.0.1:")


def omni(name, *arguments):
    """The command of an omniORB program that listens on the loopback, if at all."""
    return (os.path.join(BIN, name), *LOOPBACK, *arguments)


def run_checks(*command, seconds=120):
    """Runs a foreign client that prints "ok NAME" or "not ok NAME WHY" for each check; raises when
    one was not, or there were none."""
    result = subprocess.run(command, capture_output=True, timeout=seconds, check=False, cwd=ROOT)
    out = result.stdout.decode(errors="replace").splitlines()
    bad = [line for line in out if not line.startswith("ok ")]
    said = result.stderr.decode(errors="replace")[-2000:]
    assert result.returncode == 0 and out and not bad, \
        f"{result.returncode} {os.path.basename(command[0])}: " + "\n".join(bad[:8] + [said])
    return out


class Everything:
    """An orderd that serves everything.idl, and calls others that do (tests/peers)."""

    def __init__(self, settings=(), environment=None):
        self.directory = tempfile.mkdtemp(prefix="orderd-test-")
        with open(os.path.join(ROOT, "tests", "peers", "everything.lua"), encoding="utf-8") as file:
            text = file.read()
        for old, new in settings:
            assert old in text, old
            text = text.replace(old, new)
        conf = os.path.join(self.directory, "everything.lua")
        with open(conf, "w", encoding="utf-8") as file:
            file.write(text)
        self.orderd = Program(os.path.join(self.directory, "state"), conf, environment or {})

    def reference(self, name="Everybody"):
        return self._get("/reference/" + name)[1]

    def check(self, group, reference):
        """Lets orderd run a group of its checks against a foreign object."""
        status, body = self._get(f"/check/{group}?ref={urllib.parse.quote(reference, safe='')}")
        assert status == 200, f"{status} {body}\n{self.orderd.log()[-3000:]}"
        results = json.loads(body)
        bad = [f"{result['name']}: {result['why']}" for result in results if not result["ok"]]
        assert results and not bad, "\n".join(bad[:8])

    def naming(self, what, root, expect=200, **query):
        """Lets orderd bind or resolve a name in a naming service; gives what it says."""
        query = urllib.parse.urlencode(dict(query, root=root))
        status, body = self._get(f"/naming/{what}?{query}")
        assert status == expect, f"{status} {body}\n{self.orderd.log()[-3000:]}"
        return body

    def _get(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.orderd.port, timeout=60)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    @property
    def iiop(self):
        """Where it serves IIOP: "127.0.0.1:40112"."""
        return self.orderd.status["iiop"]

    def __enter__(self):
        try:
            self.orderd.start()
        except BaseException:
            shutil.rmtree(self.directory, ignore_errors=True)
            raise
        return self

    def __exit__(self, kind, *_):
        try:
            code = self.orderd.stop()
            log = self.orderd.log()
            if kind is None and code != 0:
                raise AssertionError(f"orderd ended with {code}:\n{log[-6000:]}")
            if any(word in log for word in ("Sanitizer:", "runtime error:")):
                raise AssertionError("a sanitizer complained:\n" + log[-6000:])
        finally:
            shutil.rmtree(self.directory, ignore_errors=True)


def address_of(reference):
    """"127.0.0.1:40112" of an IOR."""
    data = bytes.fromhex(reference.removeprefix("IOR:"))
    host = data.index(b"127.0.0.1\0")
    order = "little" if data[host - 8] else "big"
    return "127.0.0.1:" + str(int.from_bytes(data[host + 10:host + 12], order))


def connections_to(address):
    """How many TCP connections this machine has to a server of its own."""
    port = f":{int(address.rsplit(':', 1)[1]):04X}"
    with open("/proc/net/tcp", encoding="ascii") as file:
        rows = [line.split() for line in file.readlines()[1:]]
    return sum(1 for row in rows if row[2].endswith(port) and row[3] == "01")
