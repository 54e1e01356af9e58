"""test_rest.py again, on PostgreSQL."""

import unittest

import test_rest
from on_postgres import OnPostgres


class PostgresRest(OnPostgres, test_rest.Rest):
    pass


if __name__ == "__main__":
    unittest.main()
