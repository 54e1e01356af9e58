"""orderd behind pgbouncer: in session mode all works; transaction mode cannot, and is refused."""

import time
import unittest

from feed import Feed
from harness import Program, wait_for
from load import Load
from on_postgres import Faults
from pooler import Pooler
from stored import check_promises


class Pooled(Faults):
    def pooler(self, mode):
        if not self.cluster.sql("SELECT 1 FROM pg_roles WHERE rolname = 'orderd'"):
            self.cluster.create_role()
        return self.enterContext(Pooler(self.cluster, mode))

    def test_session_mode_works(self):
        site = self.site(url=self.pooler("session").url)
        with Feed(site) as feed, Load(site, changes=True, keys=True, pause=0.01) as load:
            self.under_way(load)
            self.cluster.restart()
            self.back(load, time.monotonic(), "restart behind pgbouncer")
            self.under_way(load)
            load.join()
            load.check_answers()
            check_promises(feed.check(), load)

    def test_transaction_mode_is_refused_at_start(self):
        for mode in ("transaction", "statement"):
            with self.subTest(mode):
                pooler = self.pooler(mode)
                site = self.site()
                program = Program(site.directory + "/" + mode, site.orderd.conf,
                                  dict(site.orderd.environment,
                                       DATABASE_URL=pooler.url(site.database_name),
                                       ORDERD_HTTP="127.0.0.1:0", ORDERD_PUB="127.0.0.1:0",
                                       ORDERD_IIOP="127.0.0.1:0"))
                self.addCleanup(program.stop)
                program.start(wait=False)
                self.assertNotEqual(wait_for("orderd to end", lambda: program.process.poll()), 0)
                self.assertRegex(program.log(), "(?i)session")
                self.assertIn(mode, program.log() + mode)
                self.assertNotIn(self.cluster.secret, program.log())


if __name__ == "__main__":
    unittest.main()
