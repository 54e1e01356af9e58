"""What the tests on PostgreSQL share: a cluster for each class of tests, sites on it, and waiting
for the service to come back."""

import time

from cluster import Cluster
from harness import Site, SiteCase, wait_for
from load import UNLIMITED

QUIET = {"ORDERD_SUBSCRIBE": "tcp://127.0.0.1:9"}  # the Inventory's answers change no order


class OnPostgres(SiteCase):
    """Put before a class of tests, it runs them on PostgreSQL."""

    cluster = None

    @classmethod
    def make_cluster(cls):
        return Cluster()

    @classmethod
    def setUpClass(cls):
        cls.cluster = cls.make_cluster()
        cls.addClassCleanup(cls.cluster.close)
        cls.cluster.start()
        super().setUpClass()

    @classmethod
    def new_site(cls, *arguments, **options):
        return Site(*arguments, cluster=cls.cluster, **options)


class Faults(OnPostgres):
    """The base of tests that hurt the cluster or the service under load."""

    def site(self, environment=None, settings=(), **options):
        """A running site that ends with the test, before the cluster does."""
        site = self.new_site(environment, settings=[*UNLIMITED, *settings], **options)
        self.enterContext(site)
        return site

    def tearDown(self):
        """The next test finds the cluster as it was at first."""
        if not self.cluster.running():
            self.cluster.start()
        self.cluster.thaw()

    @staticmethod
    def under_way(load, count=20):
        """The load runs: so many creates have been answered from now on."""
        since = time.monotonic()
        wait_for("the load to run", lambda: len(load.succeeded(since)) >= count)

    @staticmethod
    def back(load, since, what):
        """Waits until creates that began after `since` succeed; prints how long that took."""
        wait_for("the service to come back", lambda: load.succeeded(since), 30)
        seconds = min(call.ended for call in load.succeeded(since)) - since
        print(f"\n  {what}: served again after {seconds:.2f} s", flush=True)

    @staticmethod
    def refused_in_time(load, deadline=5.0):
        """The outage was seen, and told as one."""
        assert load.refused(), "nobody was refused"
        load.check_answers(deadline)

    def ready(self, site, program=None):
        return site.curl("GET", "/readyz", token=None, program=program).status

    def alive(self, site, program=None):
        return site.curl("GET", "/livez", token=None, program=program).status
