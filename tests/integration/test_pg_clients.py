"""test_clients.py again, on PostgreSQL; and two processes share it."""

import unittest

import clients
import test_clients
from load import Load
from on_postgres import QUIET, OnPostgres


class PythonReading(OnPostgres, test_clients.PythonReading):
    pass


class PythonBreaking(OnPostgres, test_clients.PythonBreaking):
    pass


class CReading(OnPostgres, test_clients.CReading):
    pass


class CBreaking(OnPostgres, test_clients.CBreaking):
    pass


class Takeovers(OnPostgres, test_clients.ClientCase):
    """A client connects to both, and neither knows nor cares who publishes."""

    def test_both_clients_have_all_whoever_publishes(self):
        with self.new_site(QUIET, settings=test_clients.SMALL, processes=2) as self.site:
            self.command = clients.PYTHON
            python = self.client("--from-beginning", "--cursor", "python")
            self.command = clients.C
            c = self.client("--from-beginning", "--cursor", "c")
            with Load(self.site, changes=True) as load:
                for program in self.site.programs * 2:
                    python.wait_lines(len(python.lines()) + 20)
                    c.wait_lines(len(c.lines()) + 20)
                    program.kill()
                    self.under_way(load, 20)
                    program.start()
            python.check()
            c.check()
            self.assertEqual((python.stop(), c.stop()), (0, 0))
            last = test_clients.stored(self.site)[-1][0]
            self.assertEqual(self.cursors(), {"python": last, "c": last})


if __name__ == "__main__":
    unittest.main()
