"""How orderd starts on PostgreSQL: with a server that is not there yet, with one that it must not
trust, side by side with others, and with no more rights than it needs."""

import time
import unittest
import uuid

from feed import Feed
from harness import IBUPROFEN, wait_for
from load import Load
from manual import statements
from on_postgres import QUIET, Faults
from stored import Stored, check_promises

ONE = {"items": [{"product_id": IBUPROFEN, "quantity": 1}]}


class Start(Faults):
    def refused(self, url, *said):
        """An orderd that ends with a message: these words, and no secret."""
        site = self.new_site({"DATABASE_URL": url}, peers=False)
        self.addCleanup(site.close, True)
        site.orderd.start(wait=False)
        code = wait_for("orderd to end", lambda: site.orderd.process.poll() is not None and
                        (site.orderd.process.returncode,))
        log = site.orderd.log()
        self.assertNotEqual(code, (0,), log)
        for part in said:
            self.assertRegex(log, part)
        self.assertNotIn(self.cluster.secret, log)

    def test_a_server_that_is_not_there_yet(self):
        site = self.new_site()
        self.cluster.stop()
        with site:
            self.assertEqual((self.alive(site), self.ready(site)), (200, 503))
            for method, path, body in (("POST", "/order/orders", ONE),
                                       ("GET", "/order/user/orders", None)):
                begun = time.monotonic()
                answer = site.curl(method, path, body)
                self.assertEqual((answer.status, answer.code), (503, "store-unavailable"))
                self.assertGreaterEqual(int(answer.headers["retry-after"]), 1)
                self.assertLess(time.monotonic() - begun, 5 + 3)
            self.cluster.start()
            begun = time.monotonic()
            wait_for("ready", lambda: self.ready(site) == 200)
            print(f"\n  refused at start: ready after {time.monotonic() - begun:.2f} s", flush=True)
            order_id = site.create((IBUPROFEN, 1)).json["order_id"]
            site.wait_status(order_id, "CONFIRMED")
            check_promises(Stored(site))
            with Feed(site) as feed:
                site.create((IBUPROFEN, 1))
                wait_for("its events", lambda: len(feed.received) >= 2)

    def test_a_server_that_is_starting_up_or_shutting_down(self):
        """It takes connections, and says that it cannot serve them now."""
        site = self.new_site(peers=False)
        with self.cluster.session() as session:
            self.cluster.process.send_signal(15)  # smart: waits for the session
            with site:
                self.assertEqual(self.ready(site), 503)
                session.close()
                self.cluster.process.wait(30)
                self.cluster.start()
                wait_for("ready", lambda: self.ready(site) == 200)

    def test_a_wrong_password(self):
        self.refused(self.cluster.url(self.cluster.create_database("locked"), password="wrong"),
                     "password authentication failed", "orderd")

    def test_an_unknown_database(self):
        self.refused(self.cluster.url("nowhere"), '\\\\?"nowhere\\\\?"')

    def test_an_unknown_user(self):
        self.refused(self.cluster.url("postgres", user="nobody"), "nobody")

    def test_a_server_that_does_not_sync(self):
        url = self.cluster.url(self.cluster.create_database("unsafe"))
        self.cluster.set(fsync="off")
        self.addCleanup(self.cluster.set, fsync="on")
        wait_for("the setting", lambda: self.cluster.value("SHOW fsync") == "off")
        self.refused(url, "fsync")

    def test_a_schema_of_a_later_version(self):
        with self.new_site(peers=False) as site:
            self.assertEqual(self.ready(site), 200)
        self.cluster.sql("UPDATE meta SET value = '999' WHERE name = 'schema'", site.database_name)
        self.refused(self.cluster.url(site.database_name), "999", "(?i)newer|later")

    def test_a_table_meta_of_another_program(self):
        """Whatever it says of its schema is not taken for a version of ours."""
        for value in ("-5", "20260101120000", "1.2", "latest"):
            name = self.cluster.create_database("foreign_" + uuid.uuid4().hex[:8])
            self.cluster.sql("CREATE TABLE meta (name text, value text);"
                             f"INSERT INTO meta VALUES ('schema', '{value}');"
                             "GRANT ALL ON meta TO orderd", name)
            self.refused(self.cluster.url(name), "meta")

    def test_several_at_once_on_an_empty_database(self):
        site = self.new_site(processes=3)
        self.addCleanup(site.close)
        for program in site.programs:
            program.start(wait=False)
        for program in site.programs:
            program.wait_ready()
        for program in site.programs:
            wait_for("ready", lambda p=program: self.ready(site, p) == 200)
        epochs = {program.control("GET", "/status").json["epoch"] for program in site.programs}
        self.assertEqual(len(epochs), 1)
        with Feed(site) as feed:
            made = [site.curl("POST", "/order/orders", ONE, program=program)
                    for program in site.programs]
            self.assertEqual([answer.status for answer in made], [201] * 3)
            for answer in made:
                site.wait_status(answer.json["order_id"], "CONFIRMED")
            check_promises(feed.check(turns=1))

    def test_two_services_share_a_database_in_schemas_of_their_own(self):
        name = self.cluster.create_database("shared")
        sites = []
        for schema in ("one", "two"):
            self.cluster.sql(f"CREATE SCHEMA {schema} AUTHORIZATION orderd", name)
            url = self.cluster.url(name, options="-csearch_path=" + schema)
            sites.append(self.site(dict(QUIET, DATABASE_URL=url)))
        made = [site.create((IBUPROFEN, 1)).json["order_id"] for site in sites]
        for site, other in ((0, 1), (1, 0)):
            wait_for("it to lead", lambda s=sites[site]: s.orderd.control(
                "GET", "/status").json["leading"])
            self.assertEqual(sites[site].get(made[site]).status, 200)
            self.assertEqual(sites[site].get(made[other]).status, 404)
        epochs = {site.orderd.control("GET", "/status").json["epoch"] for site in sites}
        self.assertEqual(len(epochs), 2)

    # ---- rights ----

    def test_a_role_with_no_more_rights_than_the_manual_names(self):
        """The owner makes the schema; the service runs as somebody who can change none of it."""
        with self.new_site(QUIET, peers=False) as site:
            self.assertEqual(self.ready(site), 200)
        self.cluster.create_role("orderd_service")
        self.cluster.sql(statements("grants"), site.database_name)
        url = self.cluster.url(site.database_name, user="orderd_service")
        served = self.site({"DATABASE_URL": url})
        served.database_name = site.database_name
        with Feed(served) as feed, Load(served, changes=True, keys=True, pause=0.02) as load:
            self.under_way(load, 40)
            load.join()
            load.check_answers()
            self.assertEqual(load.refused(), [])
            check_promises(feed.check(turns=1), load)
        self.assertEqual(self.ready(served), 200)
        denied = self.cluster.psql("SET ROLE orderd_service; DROP TABLE orders", site.database_name,
                                   check=False)
        self.assertIn("must be owner", denied.stderr)


if __name__ == "__main__":
    unittest.main()
