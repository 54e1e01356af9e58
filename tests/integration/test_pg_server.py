"""The PostgreSQL server dies, restarts, stands still and throws its clients out, under load: what
was promised is there, once, callers are told in time, and the service comes back by itself."""

import os
import signal
import time
import unittest

from feed import Feed
from harness import wait_for
from load import Load
from on_postgres import Faults
from stored import Stored, check_promises


class Server(Faults):
    def loaded(self):
        """A site, its feed and a load on it."""
        site = self.site()
        feed = self.enterContext(Feed(site))
        load = self.enterContext(Load(site, changes=True, keys=True, pause=0.01))
        self.under_way(load)
        return site, feed, load

    def check(self, feed, load):
        load.join()
        load.check_answers()
        check_promises(feed.check(), load)

    def test_kill_9_and_a_start_lose_nothing(self):
        _, feed, load = self.loaded()
        for _ in range(3):
            self.cluster.kill9()
            self.cluster.start()
            self.back(load, time.monotonic(), "kill -9 of PostgreSQL")
            self.under_way(load)
        self.check(feed, load)

    def test_a_restart_is_waited_for(self):
        """A short outage is no failure for anybody. On a machine where a restart takes longer than
        what orderd calls short, callers may be refused."""
        _, feed, load = self.loaded()
        for mode in ("fast", "immediate"):
            since = time.monotonic()
            self.cluster.restart(mode)
            short = time.monotonic() - since < 0.8
            self.back(load, time.monotonic(), f"{mode} restart")
            self.under_way(load)
            if short:
                self.assertEqual(load.refused(since), [])
        self.check(feed, load)

    def test_a_database_that_takes_no_writes(self):
        """Also where the url asks for any server: it is an outage, and not found out anew by every
        call."""
        site = self.site(url=lambda name: self.cluster.url(name, target_session_attrs="any"))
        alter = f"ALTER DATABASE {site.database_name} SET default_transaction_read_only = "
        with Load(site, pause=0.02) as load:
            self.under_way(load)
            self.cluster.sql(alter + "on")
            self.cluster.terminate(site.database_name)
            wait_for("the reason", lambda: "it takes no writes" in site.orderd.log())
            wait_for("everybody to be refused", lambda: len(load.refused()) >= 40, 30)
            self.cluster.sql(alter + "off")
            self.back(load, time.monotonic(), "no writes")
            load.join()
            self.refused_in_time(load)
            check_promises(Stored(site), load)

    def test_a_long_outage_is_told_at_once(self):
        site, feed, load = self.loaded()
        self.cluster.kill9()
        wait_for("somebody to be refused", load.refused, 30)
        wait_for("not ready", lambda: self.ready(site) == 503)
        self.assertEqual(self.alive(site), 200)
        since = time.monotonic()
        wait_for("everybody to be refused", lambda: len(load.refused(since)) >= 20, 30)
        self.cluster.start()
        self.back(load, time.monotonic(), "long outage")
        wait_for("ready", lambda: self.ready(site) == 200)
        self.refused_in_time(load)
        fast = [call.seconds for call in load.refused(since)]
        self.assertLess(sorted(fast)[len(fast) // 2], 2.5, "the outage is known, and calls wait")
        self.check(feed, load)

    def test_stopped_for_10_seconds(self):
        """Connections stay, nothing answers: only the deadlines end it."""
        site, feed, load = self.loaded()
        self.cluster.freeze()
        time.sleep(10)
        self.assertEqual(self.alive(site), 200)
        self.cluster.thaw()
        self.back(load, time.monotonic(), "SIGSTOP for 10 s")
        self.refused_in_time(load)
        self.check(feed, load)

    def test_a_stop_while_nothing_answers(self):
        """An operator can stop orderd although its database does not answer."""
        site, feed, load = self.loaded()
        self.cluster.freeze()
        self.assertEqual(site.orderd.stop(), 0)
        self.cluster.thaw()
        starts = feed.starts[0]
        site.orderd.start()
        feed.wait_connected(0, starts)
        self.back(load, time.monotonic(), "a stop while nothing answered")
        self.check(feed, load)

    def test_every_connection_is_ended_every_second(self):
        site, feed, load = self.loaded()
        ended = 0
        for _ in range(8):
            since = time.monotonic()
            ended += self.cluster.terminate(site.database_name)
            time.sleep(1)
            wait_for("the service to go on", lambda: load.succeeded(since))
        self.assertGreater(ended, 8)
        self.assertEqual(load.refused(), [])
        self.check(feed, load)

    def test_one_backend_is_killed(self):
        """The server then throws everybody out and recovers."""
        site, feed, load = self.loaded()
        for _ in range(3):
            pid = self.cluster.value("SELECT pid FROM pg_stat_activity WHERE datname = "
                                     f"'{site.database_name}' ORDER BY random() LIMIT 1")
            os.kill(int(pid), signal.SIGKILL)
            wait_for("the server to be back", self.cluster.answers, 30)
            self.back(load, time.monotonic(), "kill -9 of a backend")
            self.under_way(load)
        self.check(feed, load)


if __name__ == "__main__":
    unittest.main()
