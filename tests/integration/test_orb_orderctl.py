"""orderctl call, ior and idl check against a running service, and the names that it keeps."""

import json
import os
import subprocess
import tempfile
import unittest

from harness import (CUSTOMER, IBUPROFEN, NEIGHBOUR, PHARMACIST, RANITIDINE, ROOT, Program, Site,
                     wait_for)


class Calls(unittest.TestCase):
    """The way of an order, from a shell."""

    @classmethod
    def setUpClass(cls):
        cls.site = cls.enterClassContext(Site())

    def call(self, *arguments):
        """What is printed, as JSON; None for nothing."""
        out = self.site.orderctl("call", *arguments)
        return json.loads(out) if out else None

    def refused(self, *arguments):
        """What is said on standard error."""
        result = self.site.orderctl("call", *arguments, check=False)
        self.assertEqual(result.returncode, 1, result)
        self.assertEqual(result.stdout, "")
        return result.stderr

    def log_in(self, user, role):
        return self.call(f"corbaloc:iiop:1.2@{self.site.orderd.iiop}/Gateway", "login",
                         self.site.token(user, role))

    def create(self, session, product, quantity=1):
        order = {"items": [{"product_id": product, "quantity": quantity, "price": []}],
                 "notes": "über den Hof, ☎ 3"}
        return self.call(session, "create", json.dumps(order))

    def test_an_order_goes_its_way(self):
        session = self.log_in(PHARMACIST, "pharmacist")
        made = self.create(session, IBUPROFEN, 3)
        self.assertEqual(made["created"]["total_amount"],
                         {"minor_units": 3297, "currency": "USD"})
        self.assertEqual(made["created"]["notes"], "über den Hof, ☎ 3")
        order = made["result"]
        wait_for("the release",
                 lambda: self.call(order, "get")["order_status"] == "CONFIRMED")
        self.assertIn('InvalidTransition:1.0 {"from_status":"CONFIRMED","to_status":"CONFIRMED",'
                      '"allowed":["COMPLETED","CANCELLED"]}', self.refused(order, "confirm"))
        self.assertEqual(self.call(order, "complete")["order_status"], "COMPLETED")
        self.assertEqual(self.call(order, "_get_order_id"), made["created"]["order_id"])
        self.assertEqual(self.site.get(made["created"]["order_id"]).json["status"], "COMPLETED")

    def test_errors_of_rest_are_exceptions(self):
        session = self.log_in(CUSTOMER, "customer")
        made = self.create(session, IBUPROFEN)
        other = self.log_in(NEIGHBOUR, "customer")
        order_id = made["created"]["order_id"]
        self.assertIn("NotFound:1.0", self.refused(other, "find", order_id))
        self.assertIn("Forbidden:1.0", self.refused(made["result"], "confirm"))
        unknown = json.dumps({"items": [{"product_id": RANITIDINE, "quantity": 1, "price": []}],
                              "notes": ""})
        self.assertIn("UnknownProduct:1.0", self.refused(session, "create", unknown))
        self.assertIn("Unauthenticated:1.0", self.refused(
            f"corbaloc:iiop:1.2@{self.site.orderd.iiop}/Gateway", "login", "nonsense"))

    def test_a_reference_that_was_tampered_with_is_no_session(self):
        session = self.log_in(CUSTOMER, "customer")
        digits = session.index(b"Session/".hex()) + 2 * len("Session/") + 40
        forged = session[:digits] + ("41" if session[digits:digits + 2] != "41" else "42") \
            + session[digits + 2:]
        self.assertIn("Unauthenticated:1.0", self.refused(forged, "list", "[]", "5", ""))
        self.assertIn("OBJECT_NOT_EXIST", self.refused(forged, "_get_user_id"))

    def test_a_session_lives_through_a_restart(self):
        site = self.site
        site.orderd.environment["ORDERD_IIOP"] = site.orderd.iiop
        session = self.log_in(CUSTOMER, "customer")
        site.orderd.stop()
        site.orderd.start()
        self.assertEqual(self.call(session, "_get_user_id"), CUSTOMER)

    def test_what_is_not_there_is_said(self):
        at = self.site.orderd.iiop
        self.assertIn("OBJECT_NOT_EXIST",
                      self.refused(f"corbaloc:iiop:{at}/Nobody", "login", "x"))
        self.assertIn("no interface of the IDL file has this operation",
                      self.refused(f"corbaloc:iiop:{at}/Gateway", "dance"))
        self.assertTrue(self.call(f"corbaloc:iiop:{at}/Gateway", "_is_a",
                                  "IDL:orderd.org/Pharmacy/Gateway:1.0"))
        self.assertFalse(self.call(f"corbaloc:iiop:{at}/Gateway", "_is_a",
                                   "IDL:orderd.org/Pharmacy/Order:1.0"))

    def test_idl_is_checked(self):
        self.assertEqual(self.site.orderctl("idl", "check", "bindings/idl/pharmacy.idl"),
                         "bindings/idl/pharmacy.idl: ok")


class Names(unittest.TestCase):
    """The naming service is killed; what it had answered is there again."""

    def test_names_that_were_answered_survive_a_kill(self):
        with tempfile.TemporaryDirectory(prefix="orderd-test-") as directory:
            state = os.path.join(directory, "state")
            program = Program(state, os.path.join(ROOT, "tests", "peers", "everything.lua"),
                              {"ORDERD_HTTP": "127.0.0.1:0", "ORDERD_PUB": "127.0.0.1:0",
                               "ORDERD_IIOP": "127.0.0.1:0"}).start()
            try:
                root = f"corbaloc:iiop:1.2@{program.iiop}/NameService"
                for number in range(20):
                    self.nameclt(root, "bind", f"object-{number}.kind", root)
                program.kill()
                program.start()
                root = f"corbaloc:iiop:1.2@{program.iiop}/NameService"
                names = self.nameclt(root, "list").split()
                self.assertEqual(sorted(names),
                                 sorted(f"object-{number}.kind" for number in range(20)))
            finally:
                program.stop()

    def nameclt(self, root, *arguments):
        result = subprocess.run(["nameclt", "-ORBInitRef", "NameService=" + root, *arguments],
                                capture_output=True, text=True, timeout=30, check=False)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        return result.stdout


if __name__ == "__main__":
    unittest.main()
