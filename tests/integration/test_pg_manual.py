"""docs/POSTGRESQL.md, done: its statements are run as they stand there, and orderd goes on with what
they leave."""

import os
import subprocess
import time
import unittest

from cluster import OWNER, Cluster
from feed import Feed
from harness import BIN, CUSTOMER, IBUPROFEN, wait_for
from load import Load
from manual import of_the_readme, statements
from on_postgres import QUIET, Faults
from psql import environment
from stored import Stored, check_promises

ONE = {"items": [{"product_id": IBUPROFEN, "quantity": 1}]}


class Readme(unittest.TestCase):
    def test_its_sql_stands_in_the_manual(self):
        lines, missing = of_the_readme()
        self.assertGreater(len(lines), 3)
        self.assertEqual(missing, [])


class Manual(Faults):
    """Roles belong to the cluster, so each test has one of its own."""

    def setUp(self):
        type(self).cluster = Cluster()
        self.addCleanup(self.cluster.close)
        self.cluster.start()

    @classmethod
    def setUpClass(cls):
        pass

    def password(self, *shown):
        quoted = self.cluster.password.replace("'", "''")
        return [(f"PASSWORD '{old}'", f"PASSWORD '{quoted}'") for old in shown]

    def as_role(self, role, sql):
        """As psql run by somebody with this role."""
        url = self.cluster.url("orderd", user=role)
        result = subprocess.run(
            [os.path.join(self.cluster.bin, "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", url],
            input=sql, text=True, capture_output=True, timeout=60, check=False, env=environment())
        self.assertEqual(result.returncode, 0, result.stderr)

    def orderctl(self, role, *arguments):
        return subprocess.run(
            [os.path.join(BIN, "orderctl"), *arguments], text=True, capture_output=True,
            timeout=60, check=False,
            env=dict(os.environ, DATABASE_URL=self.cluster.url("orderd", user=role)))

    def serve(self, role="orderd", **options):
        site = self.site(dict(QUIET, DATABASE_URL=self.cluster.url("orderd", user=role)), **options)
        site.database_name = "orderd"
        return site

    def one_role(self):
        self.cluster.sql(statements("one-role", *self.password("a long one")))

    def loaded(self, site, disturb=None):
        """A load that is served and keeps every promise."""
        with Feed(site) as feed, Load(site, changes=True, keys=True, pause=0.01) as load:
            self.under_way(load, 40)
            if disturb:
                disturb()
                self.under_way(load, 40)
            load.join()
            load.check_answers()
            check_promises(feed.check(), load)

    # ---- roles ----

    def test_one_role_makes_its_tables_itself(self):
        self.one_role()
        site = self.serve()
        self.assertEqual(self.ready(site), 200)
        wait_for("(2 workers + 2) * 2 + 1 connections", lambda: self.cluster.value(
            "SELECT count(*) FROM pg_stat_activity WHERE usename = 'orderd'") == "9")
        self.loaded(site)
        self.as_role("orderd", statements("vacuum"))
        denied = self.cluster.psql("CREATE ROLE other LOGIN; SET ROLE other; SELECT * FROM orders",
                                   "orderd", check=False)
        self.assertIn("permission denied", denied.stderr)

    def test_two_roles_one_that_makes_and_one_that_serves(self):
        self.cluster.sql(statements("two-roles", *self.password("a long one", "another")))
        self.as_role("orderd_owner", statements("grants"))
        early = self.new_site(
            {"DATABASE_URL": self.cluster.url("orderd", user="orderd_service")}, peers=False)
        self.addCleanup(early.close, True)
        early.orderd.start(wait=False)
        wait_for("orderd to end", lambda: early.orderd.process.poll() is not None)
        self.assertIn("orderctl migrate", early.orderd.log())
        refused = self.orderctl("orderd_service", "migrate")
        self.assertEqual(refused.returncode, 1, refused)
        self.assertIn("may not create tables", refused.stderr)
        self.assertIn(", was 0\n", self.orderctl("orderd_owner", "migrate").stdout)
        self.assertIn("up to date", self.orderctl("orderd_service", "migrate").stdout)
        site = self.serve("orderd_service")
        self.loaded(site)
        self.assertNotIn("no room", site.orderd.log())  # expired keys could be looked for
        denied = self.cluster.psql("SET ROLE orderd_service; DROP TABLE orders", "orderd",
                                   check=False)
        self.assertIn("must be owner", denied.stderr)

    def test_the_service_may_seed_and_nobody_hears_of_it(self):
        self.one_role()
        site = self.serve()
        with Feed(site) as feed:
            feed.synchronise()
            seeded = self.orderctl("orderd", "seed", "--orders", "7000", "--users", "3")
            self.assertEqual(seeded.returncode, 0, seeded.stderr)
            self.assertIn("added: 7000 orders\n", seeded.stdout)
            self.assertNotIn(self.cluster.secret, seeded.stdout + seeded.stderr)
            made = site.create((IBUPROFEN, 1), token="customer").json["order_id"]
            wait_for("the event of the new order", lambda: feed.received)
            self.assertEqual({event.envelope["subject"] for event in feed.received}, {made})
        page = site.curl("GET", "/order/user/orders?limit=100").json
        self.assertEqual(page["orders"][0]["order_id"], made)
        self.assertEqual(len(page["orders"]), 100)
        self.assertEqual({order["user_id"] for order in page["orders"]}, {CUSTOMER})

    # ---- partitions ----

    def test_orders_in_partitions(self):
        """Of the past, so that the present lies in one of them."""
        self.one_role()
        self.assertEqual(self.orderctl("orderd", "migrate").returncode, 0)
        past = time.strftime("%Y-%m-01", time.gmtime(time.time() - 61 * 86400))
        self.as_role("orderd", "SET timezone = 'UTC';\n" +
                     statements("partition", ("2027-01-01", past)))
        site = self.serve()
        # Saves that are sent again meet their own rows: the index is a partition's.
        self.loaded(site, lambda: [self.cluster.terminate("orderd") for _ in range(20)])
        rows = self.cluster.sql("SELECT tableoid::regclass, count(*) FROM orders GROUP BY 1",
                                "orderd")
        self.assertEqual([name for name, _ in rows], [time.strftime("orders_%Y_%m", time.gmtime())])
        self.assertEqual(self.orderctl("orderd", "seed", "--orders", "3000", "--users", "1",
                                       "--days", "120").returncode, 0)
        tables = self.cluster.sql("SELECT DISTINCT tableoid::regclass FROM orders", "orderd")
        self.assertGreaterEqual(len(tables), 3)
        self.all_listed(site)

    def all_listed(self, site):
        """Page after page, over the ends of partitions: each order once, newest first."""
        seen, cursor = [], ""
        while cursor is not None:
            page = site.curl("GET", f"/order/orders?limit=100{cursor}", token="admin").json
            seen += [order["order_id"] for order in page["orders"]]
            cursor = page["next_cursor"] and "&cursor=" + page["next_cursor"]
        self.assertEqual(seen, [row[0] for row in self.cluster.sql(
            "SELECT order_id FROM orders ORDER BY order_id DESC", "orderd")])

    # ---- the stream ----

    def test_who_holds_the_stream_back_is_found(self):
        self.one_role()
        site = self.serve()
        self.cluster.create_database("elsewhere")
        with self.cluster.session("elsewhere") as session, \
                self.cluster.session("elsewhere") as reader:
            reader.run("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM pg_class")
            session.run("BEGIN; SELECT pg_current_xact_id()")
            pid = session.run("SELECT pg_backend_pid()")[0]
            with Feed(site) as feed:
                feed.synchronise()
                self.assertEqual(site.curl("POST", "/order/orders", ONE).status, 201)
                found = self.cluster.sql(statements("who-holds"), "orderd")
                self.assertEqual([row[0] for row in found], [pid])
                self.assertEqual(feed.received, [])
                self.cluster.sql(f"SELECT pg_terminate_backend({pid})")
                wait_for("the event", lambda: feed.received)
        self.cluster.sql(statements("no-idling"))
        wait_for("the setting", lambda: self.cluster.value(
            "SHOW idle_in_transaction_session_timeout") == "1min")

    def test_a_new_epoch_names_a_new_stream(self):
        self.one_role()
        with self.new_site(dict(QUIET, DATABASE_URL=self.cluster.url("orderd"))) as site:
            before = site.orderd.control("GET", "/status").json["epoch"]
            site.orderd.stop()
            self.as_role("orderd", statements("new-epoch"))
            site.orderd.start()
            after = site.orderd.control("GET", "/status").json["epoch"]
            self.assertNotEqual(after, before)
            with Feed(site) as feed:
                feed.synchronise()
                site.create((IBUPROFEN, 1))
                wait_for("an event", lambda: feed.received)
                self.assertEqual(feed.received[0].envelope["source"], "/orderd/" + after)

    # ---- failing over ----

    def synchronous(self, primary, name):
        wait_for(f"{name} to follow", lambda: primary.sql(
            "SELECT 1 FROM pg_stat_replication WHERE state = 'streaming' "
            f"AND application_name = '{name}'"))
        primary.sql(statements("synchronous", ("db2", name)))
        wait_for(f"{name} to be synchronous", lambda: primary.sql(
            "SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync' "
            f"AND application_name = '{name}'"))

    def fail_over(self, rebuild):
        """Under load, from db1 to db2, and until the promise is of two machines again."""
        db1 = self.cluster
        self.one_role()
        db2 = db1.standby("db2")
        self.addCleanup(db2.close)
        self.synchronous(db1, "db2")
        site = self.site(dict(QUIET, DATABASE_URL=db1.url("orderd", others=[db2])), processes=2)
        site.database_name = "orderd"
        with Feed(site) as feed, Load(site, changes=True, keys=True, pause=0.01) as load:
            self.under_way(load)
            db1.kill9()
            site.cluster = db2
            db2.sql(statements("promote"))
            self.back(load, time.monotonic(), "failing over by hand")
            self.under_way(load)
            rebuilt = rebuild(db1, db2)
            self.assertEqual(rebuilt.value("SELECT pg_is_in_recovery()"), "t")
            self.synchronous(db2, "db1")
            self.under_way(load)
            load.join()
            load.check_answers()
            check_promises(feed.check(), load)

    def copied(self, _, db2):
        copy = Cluster(primary=db2, name="db1")
        self.addCleanup(copy.close)
        return copy.start()

    @staticmethod
    def rewound(db1, db2):
        db2.sql(statements("before-rewind"))
        source = (f"host={db2.sockets} port={db2.port.number} user={OWNER} dbname=postgres "
                  "application_name=db1")
        db1.run("pg_rewind", f"--target-pgdata={db1.data}", f"--source-server={source}",
                "--write-recovery-conf")
        with open(os.path.join(db1.data, "postgresql.auto.conf"), "a", encoding="utf-8") as file:
            file.write("primary_slot_name = 'db1'\n")
        return db1.start()

    def test_failing_over_and_the_old_primary_made_anew(self):
        self.fail_over(self.copied)

    def test_failing_over_and_the_old_primary_rewound(self):
        self.cluster.set(wal_log_hints="on")
        self.cluster.restart()
        self.fail_over(self.rewound)

    # ---- dump and restore ----

    def test_a_dump_goes_on_in_another_cluster(self):
        """Whose transactions have lower numbers: the stream is numbered anew."""
        self.one_role()
        self.cluster.psql("SELECT pg_current_xact_id();" * 3000)
        site = self.serve()
        self.loaded(site)
        before = site.orderd.control("GET", "/status").json["epoch"]
        self.assertEqual(site.orderd.stop(), 0)
        other = self.enterContext(Cluster())
        other.secret, other.password = self.cluster.secret, self.cluster.password
        other.sql(statements("one-role", *self.password("a long one")))
        dump = os.path.join(self.cluster.directory, "dump")
        at = ["-h", self.cluster.sockets, "-p", str(self.cluster.port.number), "-U", OWNER]
        self.cluster.run("pg_dump", *at, "-Fc", "-f", dump, "orderd")
        os.chmod(self.cluster.directory, 0o755)
        other.run("pg_restore", "-h", other.sockets, "-p", str(other.port.number), "-U", OWNER,
                  "--no-owner", "--role=orderd", "-d", "orderd", dump)
        count = other.value("SELECT count(*) FROM events", "orderd")
        site.cluster = other
        site.orderd.environment["DATABASE_URL"] = other.url("orderd")
        site.orderd.start()
        self.assertNotEqual(site.orderd.control("GET", "/status").json["epoch"], before)
        self.assertEqual(other.value("SELECT count(*) FROM events", "orderd"), count)
        old = Stored(site).of_topic("order.created")[-1]
        with Feed(site) as feed:
            self.assertEqual(site.curl("POST", "/order/orders", ONE).status, 201)
            wait_for("its event", lambda: feed.received)
            self.assertEqual(feed.received[0].previous, old.position)
        check_promises(Stored(site))


if __name__ == "__main__":
    unittest.main()
