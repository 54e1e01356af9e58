"""Names: orderd and omniORB's programs meet in omniNames, and in the naming service of orderd."""

import os
import subprocess
import tempfile
import unittest

from harness import Everything, Peer, address_of, omni, run_checks, wait_for


class OmniNames:
    """omniNames in a directory of its own; `reference` is its root context."""

    def __enter__(self):
        self.directory = tempfile.TemporaryDirectory(prefix="orderd-test-")
        self.log = os.path.join(self.directory.name, "log")
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                ["omniNames", "-start", "-datadir", self.directory.name, "-ORBendPoint",
                 "giop:tcp:127.0.0.1:"], stdout=log, stderr=log)
        wait_for("omniNames", self._started)
        return self

    def _started(self):
        with open(self.log, encoding="utf-8") as file:
            for line in file:
                if "IOR:" in line:
                    self.reference = line[line.index("IOR:"):].strip()
                    return True
        return False

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.directory.cleanup()


def nameclt(root, *arguments):
    result = subprocess.run(["nameclt", "-ORBInitRef", "NameService=" + root, *arguments],
                            capture_output=True, text=True, timeout=30, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


class Names:
    """What both kinds of naming service have to do; `root` is the reference of the service."""

    def test_omni_finds_what_we_bound(self):
        self.call("bind", name="dir/everybody", ref=self.site.reference())
        self.assertIn("everybody", nameclt(self.root, "list", "dir"))
        run_checks(*omni("everything_client", "-ORBInitRef", f"NameService={self.root}",
                         "corbaname:rir:#dir/everybody", "basic", "object"))

    def test_we_find_what_omni_bound(self):
        with Peer(*omni("everything_server", "-ORBInitRef", f"NameService={self.root}", "--bind",
                        "by omni.cc")):
            found = self.call("resolve", name="by omni.cc")
            self.site.check("basic", found)
            self.site.check("object", found)

    def test_an_unbound_name_is_told_apart(self):
        self.assertIn("NotFound", self.call("resolve", expect=404, name="nobody"))
        self.call("bind", name="twice", ref=self.site.reference())
        self.assertIn("AlreadyBound", self.call("bind", expect=409, name="twice",
                                                ref=self.site.reference()))
        nameclt(self.root, "unbind", "twice")
        self.assertIn("NotFound", self.call("resolve", expect=404, name="twice"))

    def call(self, what, expect=200, **query):
        return self.site.naming(what, self.root, expect, **query)


class InOmniNames(Names, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.root = cls.enterClassContext(OmniNames()).reference
        cls.site = cls.enterClassContext(Everything())

    def test_a_corbaname_is_called(self):
        address = address_of(self.root)
        self.call("bind", name="called", ref=self.site.reference())
        self.site.check("basic", f"corbaname::1.2@{address}#called")


class InOurs(Names, unittest.TestCase):
    """orderd serves CosNaming itself."""

    @classmethod
    def setUpClass(cls):
        cls.site = cls.enterClassContext(Everything())
        cls.root = f"corbaloc::1.2@{cls.site.iiop}/NameService"

    def test_a_long_list_goes_through_an_iterator(self):
        for i in range(30):
            self.call("bind", name=f"many{i}", ref=self.site.reference())
        listed = nameclt(self.root, "list")
        for i in range(30):
            self.assertIn(f"many{i}", listed)


if __name__ == "__main__":
    unittest.main()
