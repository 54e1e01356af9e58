"""test_flow.py again, on PostgreSQL."""

import unittest

import test_flow
from on_postgres import OnPostgres


class PostgresFlow(OnPostgres, test_flow.Flow):
    pass


if __name__ == "__main__":
    unittest.main()
