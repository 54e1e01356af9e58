"""PostgreSQL behind TLS, as Debian sets it up."""

import time
import unittest

from cluster import Cluster
from feed import Feed
from harness import IBUPROFEN, product
from load import Load
from on_postgres import QUIET, Faults
from stored import check_promises


class Tls(Faults):
    certificate = None

    @classmethod
    def make_cluster(cls):
        cluster = Cluster()
        cls.certificate = cluster.use_tls()
        return cluster

    def secured(self, site):
        """All its connections are."""
        rows = self.cluster.sql("SELECT ssl, count(*) FROM pg_stat_ssl JOIN pg_stat_activity "
                                "USING (pid) WHERE usename = 'orderd' GROUP BY ssl")
        self.assertEqual([row[0] for row in rows], ["t"])
        self.assertGreaterEqual(int(rows[0][1]), len(site.programs) * 3)

    def test_without_a_word_it_is_used(self):
        site = self.site(QUIET)
        site.create((IBUPROFEN, 1))
        self.secured(site)

    def test_the_certificate_can_be_demanded(self):
        site = self.site(url=lambda name: self.cluster.url(
            name, sslmode="verify-full", sslrootcert=self.certificate))
        with Feed(site) as feed, Load(site, changes=True, keys=True, pause=0.01) as load:
            self.under_way(load)
            self.secured(site)
            self.cluster.restart("immediate")
            self.back(load, time.monotonic(), "restart behind TLS")
            self.under_way(load)
            load.join()
            load.check_answers()
            check_promises(feed.check(), load)

    def test_long_answers_come_whole(self):
        """More than one record of TLS and one read of the socket."""
        site = self.site(QUIET)
        notes = "\N{EURO SIGN}" * 2000
        made = [site.create((IBUPROFEN, 1), (product("02"), 2), notes=notes).json["order_id"]
                for _ in range(60)]
        orders = site.curl("GET", "/order/orders?limit=100", token="admin").json["orders"]
        self.assertEqual([order["order_id"] for order in orders], made[::-1])
        self.assertEqual({order["notes"] for order in orders}, {notes})


if __name__ == "__main__":
    unittest.main()
