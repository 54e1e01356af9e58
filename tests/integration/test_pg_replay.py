"""test_replay.py again, on PostgreSQL."""

import unittest

import test_replay
from on_postgres import OnPostgres


class PostgresReplay(OnPostgres, test_replay.Replay):
    pass


class PostgresRestarts(OnPostgres, test_replay.Restarts):
    pass


class PostgresFloors(OnPostgres, test_replay.Floors):
    pass


if __name__ == "__main__":
    unittest.main()
