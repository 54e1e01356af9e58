"""An order and its stock (test_saga.py) on PostgreSQL."""

import unittest

import test_saga
from on_postgres import OnPostgres


class Away(OnPostgres, test_saga.Away):
    pass


class OutOfOrder(OnPostgres, test_saga.OutOfOrder):
    pass


class GivingUp(OnPostgres, test_saga.GivingUp):
    pass


class Alerts(OnPostgres, test_saga.Alerts):
    pass


if __name__ == "__main__":
    unittest.main()
