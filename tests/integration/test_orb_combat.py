"""Combat, the ORB in Tcl: a third party to what orderd and omniORB agree on."""

import os
import subprocess
import tempfile
import unittest

from harness import ROOT, Everything, Peer, run_checks

COMBAT = os.path.join(ROOT, "tests", "peers", "combat")
IDL = os.path.join(ROOT, "tests", "peers", "idl", "everything.idl")

# Combat has no fixed, shows TypeCodes without names, and raises no system exceptions.
GROUPS = ["basic", "constructed", "sequences", "arrays", "inheritance", "exceptions", "oneway",
          "callback", "big"]


class Combat(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = cls.enterClassContext(Everything())
        directory = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="orderd-test-"))
        cls.repository = os.path.join(directory, "everything.tcl")
        with open(cls.repository, "w", encoding="utf-8") as file:
            subprocess.run(["omniidl", "-p", COMBAT, "-b", "combat_idl", IDL], stdout=file,
                           stderr=subprocess.DEVNULL, check=True, timeout=30)

    def command(self, program, *arguments):
        return ("tclsh", os.path.join(COMBAT, program), self.repository, *arguments)

    def test_combat_calls_our_servants(self):
        run_checks(*self.command("everything_client.tcl", self.site.reference()))

    def test_combat_names_targets_by_profile_and_by_reference(self):
        """omniORB has an option for it (-ORBgiopTargetAddressMode), but names them by key all the
        same, and its server fails an assertion when anybody else does not."""
        for address in ("1", "2"):
            run_checks(*self.command("everything_client.tcl", self.site.reference(), address))

    def test_we_call_combats_servants(self):
        with Peer(*self.command("everything_server.tcl")) as peer:
            for group in GROUPS:
                with self.subTest(group=group):
                    self.site.check(group, peer.references["Everybody"])

    def test_we_name_targets_by_profile_and_by_reference(self):
        for target in ("profile", "reference"):
            settings = [("naming = true", f'naming = true, target = "{target}"')]
            with Everything(settings) as site, Peer(*self.command("everything_server.tcl")) as peer:
                for group in ("basic", "exceptions", "big"):
                    with self.subTest(target=target, group=group):
                        site.check(group, peer.references["Everybody"])


if __name__ == "__main__":
    unittest.main()
