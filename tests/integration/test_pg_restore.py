"""A dump of the database, restored on another server: orders and events are there, and the stream
goes on although the numbers of transactions there begin anew."""

import subprocess
import unittest
import uuid

from cluster import Cluster
from feed import Feed
from harness import IBUPROFEN, wait_for
from on_postgres import QUIET, Faults
from psql import environment
from stored import Stored, check_promises


class Restore(Faults):
    def dump(self, cluster, name):
        return subprocess.run(
            [cluster.bin + "/pg_dump", "--no-owner", "-h", cluster.sockets, "-p",
             str(cluster.port.number), "-U", "postgres", name], capture_output=True, check=True,
            env=environment(), text=True, timeout=60).stdout

    def restore(self, cluster, dump):
        name = cluster.create_database("restored_" + uuid.uuid4().hex[:8])
        cluster.psql("SET ROLE orderd;\n" + dump, name)
        return name

    def filled(self):
        """A database with three orders whose events are published, and its dump."""
        with self.new_site(QUIET) as site:
            with Feed(site) as feed:
                for _ in range(3):
                    site.create((IBUPROFEN, 1))
                before = feed.check()
            epoch = site.orderd.control("GET", "/status").json["epoch"]
        return before, epoch, self.dump(self.cluster, site.database_name)

    def goes_on(self, cluster, dump, before):
        """orderd on the restored database; gives its epoch and what it has published."""
        name = self.restore(cluster, dump)
        site = self.site(dict(QUIET, DATABASE_URL=cluster.url(name)))
        site.cluster, site.database_name = cluster, name
        with Feed(site) as feed:
            self.assertEqual(set(Stored(site).orders), set(before.orders))
            order_id = site.create((IBUPROFEN, 1)).json["order_id"]
            wait_for("its event", lambda: order_id in [one.envelope["subject"]
                                                       for one in feed.received])
            after = Stored(site)
            check_promises(after)
            self.assertEqual([event.event_id for event in after.events[:3]],
                             [event.event_id for event in before.events])
            # What was published before is not published again.
            self.assertEqual([one.position for one in feed.received], [after.events[3].position])
            self.assertEqual(feed.received[0].previous, after.events[2].position)
        # Somebody who starts later finds the same.
        site.orderd.stop()
        site.orderd.start()
        self.assertEqual(site.get(order_id).json["order_id"], order_id)
        return site.orderd.control("GET", "/status").json["epoch"]

    def test_on_a_server_whose_transactions_have_lower_numbers(self):
        """The old positions lie ahead of all that the new server will give out for long."""
        self.cluster.psql("SELECT pg_current_xact_id();\n" * 4000)
        before, epoch, dump = self.filled()
        with Cluster() as other:
            self.assertNotEqual(self.goes_on(other, dump, before), epoch, "it is a new stream")

    def test_on_a_server_whose_transactions_have_higher_numbers(self):
        before, _, dump = self.filled()
        with Cluster() as other:
            other.psql("SELECT pg_current_xact_id();\n" * 8000)
            self.goes_on(other, dump, before)


if __name__ == "__main__":
    unittest.main()
