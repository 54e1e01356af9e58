"""The pharmacy over IIOP with foreign programs: an omniORB client of Gateway, Session and Order, and
an omniORB server in the place of Inventory."""

import os
import os
import shutil
import unittest

from harness import (CUSTOMER, IBUPROFEN, NEIGHBOUR, PARACETAMOL, PHARMACIST, Peer, Site,
                     address_of, omni, run_checks, start_again, wait_for)


def site_over_iiop(**urls):
    """A site that asks its peers over IIOP; `urls` replace those of some."""
    site = Site(own_scripts=True)
    for name in ("Inventory", "Products", "Auth"):
        site.orderd.environment[f"ORDERD_{name.upper()}_URL"] = urls.get(
            name, f"corbaloc::1.2@{site.demo.status['iiop']}/{name}")
    return site


class OmniOrders(unittest.TestCase):
    """tests/peers/pharmacy_client.cc logs in, orders, confirms, is refused."""

    @classmethod
    def setUpClass(cls):
        cls.site = site_over_iiop()
        # Nobody asks for the stock's release, so that the client is the one that confirms.
        shutil.rmtree(os.path.join(cls.site.scripts, "hooks"))
        cls.enterClassContext(cls.site)

    def run_client(self, *options):
        site = self.site
        run_checks(*omni("pharmacy_client", *options,
                         f"corbaloc::1.2@{site.orderd.status['iiop']}/Gateway",
                         site.token(PHARMACIST, "pharmacist"), site.token(CUSTOMER, "customer"),
                         site.token(NEIGHBOUR, "customer")))

    def test_an_omniorb_client_does_all_that_a_pharmacy_does(self):
        self.run_client()

    def test_it_does_so_in_giop_1_0_and_with_utf_8(self):
        self.run_client("-ORBmaxGIOPVersion", "1.0")
        self.run_client("-ORBnativeCharCodeSet", "UTF-8")


class OmniInventory(unittest.TestCase):
    """tests/peers/inventory_server.cc has five packs of ibuprofen."""

    @classmethod
    def setUpClass(cls):
        cls.inventory = Peer(*omni("inventory_server", IBUPROFEN + "=5"))
        cls.addClassCleanup(lambda: cls.inventory.close())
        cls.site = cls.enterClassContext(
            site_over_iiop(Inventory=cls.inventory.references["Inventory"]))

    def test_it_is_asked_before_and_after_an_order(self):
        order = self.site.create((IBUPROFEN, 5), (PARACETAMOL, 1)).json
        self.assertIn("check 2", self.inventory.lines())
        wait_for("the release",
                 lambda: f"release {order['order_id']}" in self.inventory.lines())

    def test_out_of_stock_names_the_product(self):
        answer = self.site.create((IBUPROFEN, 6), (PARACETAMOL, 1), expect=409)
        self.assertEqual(answer.code, "out-of-stock")
        self.assertEqual(answer.json["products"],
                         [{"product_id": IBUPROFEN, "requested": 6, "available": 5}])

    def test_while_it_is_gone_orders_are_refused_and_after_that_taken(self):
        address = address_of(self.inventory.references["Inventory"])
        self.inventory.close()
        answer = self.site.create((IBUPROFEN, 1), expect=503)
        self.assertEqual(answer.code, "integration-unavailable")
        self.assertIn("retry-after", answer.headers)
        type(self).inventory = start_again("inventory_server", address, IBUPROFEN + "=5")
        body = {"items": [{"product_id": IBUPROFEN, "quantity": 1}]}
        wait_for("orders to be taken again", lambda: self.site.curl(
            "POST", "/order/orders", body).status == 201)


if __name__ == "__main__":
    unittest.main()
