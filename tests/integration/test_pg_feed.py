"""test_events.py again, on PostgreSQL."""

import unittest

import test_events
from on_postgres import OnPostgres


class PostgresEvents(OnPostgres, test_events.Events):
    pass


if __name__ == "__main__":
    unittest.main()
