"""test_bus_kill.py again, on PostgreSQL."""

import unittest

import test_bus_kill
from on_postgres import OnPostgres


class PostgresKills(OnPostgres, test_bus_kill.Kills):
    pass


if __name__ == "__main__":
    unittest.main()
