"""Every construct of IDL, between orderd and omniORB, in both directions and every version of GIOP.

The checks themselves are tests/peers/everything_client.cc (omniORB calls) and tests/peers/scripts
(orderd calls)."""

import unittest

from harness import (BIN, Everything, Peer, address_of, connections_to, omni, run_checks,
                     start_again, wait_for)

PLAIN = ["basic", "longdouble", "fixed", "constructed", "sequences", "arrays", "unions", "any",
         "typecode", "object", "inheritance", "exceptions", "system", "oneway", "callback", "big",
         "parallel", "timeout"]
UTF8 = ("-ORBnativeCharCodeSet", "UTF-8")


class OmniCallsUs(unittest.TestCase):
    """An omniORB client and orderd's servants."""

    @classmethod
    def setUpClass(cls):
        cls.site = cls.enterClassContext(Everything())
        cls.reference = cls.site.reference()

    def run_client(self, *options, groups, reference=None):
        run_checks(*omni("everything_client", *options, reference or self.reference, *groups))

    def test_everything_in_giop_1_2(self):
        self.run_client(groups=PLAIN + ["text", "wide"])

    def test_giop_1_1(self):
        self.run_client("-ORBmaxGIOPVersion", "1.1", groups=PLAIN + ["text"])

    def test_giop_1_0(self):
        self.run_client("-ORBmaxGIOPVersion", "1.0", groups=PLAIN + ["text"])

    def test_a_native_code_set_of_utf_8(self):
        self.run_client(*UTF8, groups=["basic", "text", "wide", "any", "exceptions"])

    def test_all_callers_on_one_connection(self):
        self.run_client("-ORBmaxGIOPConnectionPerServer", "1", "-ORBoneCallPerConnection", "0",
                        groups=["parallel", "big", "oneway"])

    def test_a_corbaloc_reference_which_speaks_giop_1_0(self):
        self.run_client(groups=PLAIN, reference=f"corbaloc:iiop:{self.site.iiop}/Everybody")

    def test_a_corbaloc_reference_of_giop_1_2(self):
        self.run_client(groups=PLAIN, reference=f"corbaloc:iiop:1.2@{self.site.iiop}/Everybody")


class WeForward(unittest.TestCase):
    """An object of ours (tests/peers/forwarder.c) that is somewhere else."""

    def test_foreign_clients_follow(self):
        with Peer(*omni("everything_server")) as target, \
                Peer(f"{BIN}/forwarder", target.references["Everybody"]) as forwarder:
            for version in ("1.2", "1.1", "1.0"):
                run_checks(*omni("everything_client", "-ORBmaxGIOPVersion", version,
                                 forwarder.references["Forwarder"], "basic", "exceptions", "big",
                                 "oneway", "parallel"))

    def test_our_client_follows(self):
        with Everything() as site, Peer(*omni("everything_server")) as target, \
                Peer(f"{BIN}/forwarder", target.references["Everybody"]) as forwarder:
            for group in ("basic", "exceptions", "big", "parallel"):
                site.check(group, forwarder.references["Forwarder"])


class SmallFragments(unittest.TestCase):
    """Every reply and request of ours above 1 KiB is cut into fragments."""

    def test_they_are_put_together_again(self):
        settings = [("naming = true", "naming = true, fragment_bytes = 1024")]
        with Everything(settings) as site, Peer(*omni("everything_server")) as peer:
            for version in ("1.2", "1.1"):
                run_checks(*omni("everything_client", "-ORBmaxGIOPVersion", version,
                                 site.reference(), "big", "any", "sequences", "parallel"))
            for group in ("big", "any", "sequences", "parallel"):
                site.check(group, peer.references["Everybody"])


class WeCallOmni(unittest.TestCase):
    """orderd's client and an omniORB server."""

    options = ()
    groups = PLAIN + ["text", "latin", "wide", "forward"]

    def test_every_group(self):
        with Everything() as site, Peer(*omni("everything_server", *self.options)) as peer:
            for group in self.groups:
                with self.subTest(group=group):
                    site.check(group, peer.references["Everybody"])


class WeCallOmniOfUtf8(WeCallOmni):
    options = UTF8
    groups = ["basic", "text", "unicode", "wide", "any", "exceptions"]


class WeCallOmniInGiop11(WeCallOmni):
    options = ("-ORBmaxGIOPVersion", "1.1")
    groups = PLAIN + ["text", "forward"]


class WeCallOmniInGiop10(WeCallOmni):
    options = ("-ORBmaxGIOPVersion", "1.0")
    groups = PLAIN + ["text", "forward"]


class OmniRestarts(unittest.TestCase):
    """A connection that its server closes in order, and one that is cut."""

    def test_calls_go_on_when_idle_connections_are_closed(self):
        options = ("-ORBinConScanPeriod", "1", "-ORBscanGranularity", "1")
        with Everything() as site, Peer(*omni("everything_server", *options)) as peer:
            reference = peer.references["Everybody"]
            for _ in range(2):
                site.check("basic", reference)
                wait_for("the server to close",
                         lambda: connections_to(address_of(reference)) == 0)

    def test_a_new_server_at_the_old_address_is_found(self):
        with Everything() as site:
            with Peer(*omni("everything_server")) as peer:
                reference = peer.references["Everybody"]
                site.check("basic", reference)
            address = address_of(reference)
            with self.assertRaisesRegex(AssertionError, "TRANSIENT|COMM_FAILURE"):
                site.check("basic", reference)
            with start_again("everything_server", address):
                wait_for("the new server to be called",
                         lambda: attempt(lambda: site.check("basic", reference)))


def attempt(run):
    """Whether it went well."""
    try:
        run()
        return True
    except AssertionError:
        return False


if __name__ == "__main__":
    unittest.main()
