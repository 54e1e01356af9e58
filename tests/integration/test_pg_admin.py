"""What administrators do to a database that is in use: limits, passwords, read-only phases, changes
of the schema. orderd refuses what it cannot do, and goes on when it can."""

import time
import unittest

from feed import Feed
from harness import IBUPROFEN, wait_for
from load import Load
from on_postgres import QUIET, Faults
from stored import Stored, check_promises

ONE = {"items": [{"product_id": IBUPROFEN, "quantity": 1}]}


class Admin(Faults):
    def post(self, site):
        return site.curl("POST", "/order/orders", ONE, token="pharmacist")

    def refuses(self, site):
        """It cannot serve now, says so in time, and lives."""
        wait_for("not ready", lambda: self.ready(site) == 503)
        begun = time.monotonic()
        answer = self.post(site)
        self.assertEqual((answer.status, answer.code), (503, "store-unavailable"), answer)
        self.assertIn("retry-after", answer.headers)
        self.assertLess(time.monotonic() - begun, 5 + 3)
        self.assertEqual(self.alive(site), 200)

    def serves(self, site, what):
        begun = time.monotonic()
        wait_for("ready", lambda: self.ready(site) == 200)
        wait_for("a create", lambda: self.post(site).status == 201)
        print(f"\n  {what}: served again after {time.monotonic() - begun:.2f} s", flush=True)
        check_promises(Stored(site))

    def role(self, site, change):
        """A role of the site's own, so that no other test feels it."""
        del site
        self.cluster.sql(f"ALTER ROLE orderd {change}")

    def test_no_connection_is_to_be_had_at_start(self):
        site = self.new_site(QUIET, peers=True)
        self.role(site, "CONNECTION LIMIT 0")
        self.addCleanup(self.role, site, "CONNECTION LIMIT -1")
        with site:
            self.refuses(site)
            self.role(site, "CONNECTION LIMIT -1")
            self.serves(site, "no connections")

    def test_few_connections_are_enough(self):
        """Whoever gets none waits for it; the others serve."""
        site = self.new_site(dict(QUIET, ORDERD_WORKERS="1"))
        self.role(site, "CONNECTION LIMIT 6")
        self.addCleanup(self.role, site, "CONNECTION LIMIT -1")
        with site:
            self.serves(site, "few connections")

    def test_the_password_is_changed_and_changed_back(self):
        """At a start it would be refused; under way it is an outage like others."""
        site = self.site(QUIET)
        self.assertEqual(self.post(site).status, 201)
        # Two for each of the two workers, the bus thread and the control socket: one that is still
        # being made would be refused.
        wait_for("every connection", lambda: "\norderd_store_connections 8\n" in site.curl(
            "GET", "/metrics", token=None).body)
        quoted = self.cluster.password.replace("'", "''")
        self.addCleanup(self.role, site, f"PASSWORD '{quoted}'")
        self.role(site, "PASSWORD 'another'")
        self.assertEqual(self.post(site).status, 201, "connections stay")
        self.cluster.terminate(site.database_name)
        self.refuses(site)
        self.role(site, f"PASSWORD '{quoted}'")
        self.serves(site, "another password")

    def test_sessions_that_are_idle_are_ended(self):
        self.cluster.set(idle_session_timeout="300ms")
        self.addCleanup(self.cluster.set, idle_session_timeout="0")
        site = self.site(QUIET)
        with Feed(site) as feed:
            for _ in range(4):
                self.assertEqual(self.post(site).status, 201)
                time.sleep(0.8)
            self.assertEqual(len(feed.check().orders), 4)

    def test_the_database_takes_no_writes_for_a_while(self):
        site = self.site(QUIET)
        made = self.post(site).json["order_id"]
        name = site.database_name
        self.cluster.sql(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        self.cluster.terminate(name)
        self.refuses(site)
        self.cluster.sql(f"ALTER DATABASE {name} RESET default_transaction_read_only")
        self.serves(site, "read-only")
        self.assertEqual(site.get(made).json["order_id"], made)

    def test_statements_are_cancelled(self):
        site = self.site()
        with Feed(site) as feed, Load(site, changes=True, keys=True, pause=0.01) as load:
            self.under_way(load)
            cancelled = 0
            while cancelled < 30:
                cancelled += int(self.cluster.value(
                    "SELECT count(*) FILTER (WHERE pg_cancel_backend(pid)) FROM pg_stat_activity "
                    f"WHERE datname = '{site.database_name}' AND state = 'active' "
                    "AND pid <> pg_backend_pid()"))
            self.back(load, time.monotonic(), "cancelled statements")
            load.join()
            load.check_answers()
            check_promises(feed.check(), load)

    def test_the_schema_changes_under_load(self):
        """As a later version's migration would: prepared statements must live with it."""
        site = self.site()
        with Feed(site) as feed, Load(site, changes=True, keys=True, pause=0.01) as load:
            self.under_way(load)
            for statement in ("ALTER TABLE orders ADD COLUMN later text",
                              "ALTER TABLE events ADD COLUMN later int DEFAULT 7",
                              "CREATE INDEX later ON events (occurred_at)",
                              "ALTER TABLE orders DROP COLUMN later", "VACUUM FULL events",
                              "REINDEX TABLE orders"):
                self.cluster.sql(statement, site.database_name)
                self.under_way(load)
            load.join()
            load.check_answers()
            check_promises(feed.check(), load)


if __name__ == "__main__":
    unittest.main()
