"""The configuration: what is wrong stops the start with file:line and the key."""

import os
import subprocess
import tempfile
import unittest

from harness import BIN, ROOT, Site


def check(text, environment=None):
    """orderd --check on this configuration: exit code and what it said."""
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "conf.lua")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        result = subprocess.run(
            [os.path.join(BIN, "orderd"), "--check", "-c", path], cwd=ROOT, text=True,
            capture_output=True, timeout=30, check=False,
            env=dict(os.environ, ORDERD_STATE_DIR=directory, **(environment or {})))
        return result.returncode, result.stdout + result.stderr


class Conf(unittest.TestCase):
    def refused(self, text, *said, environment=None):
        code, output = check(text, environment)
        self.assertNotEqual(code, 0, output)
        for part in said:
            self.assertIn(part, output)

    def test_an_empty_table_is_a_good_configuration(self):
        code, output = check("return {}")
        self.assertEqual(code, 0, output)

    def test_the_shipped_files_are_good(self):
        for name in ("orderd.lua", "demo.lua"):
            with open(os.path.join(ROOT, "conf", name), encoding="utf-8") as file:
                code, output = check(file.read())
            self.assertEqual(code, 0, output)

    def test_unknown_keys_are_named_with_their_line(self):
        self.refused("return {\n  htp = {},\n}", "conf.lua:2", "htp")
        self.refused("return {\n  http = {\n    -- a comment\n    lisen = 'x',\n  },\n}",
                     "conf.lua:4", "http.lisen")

    def test_wrong_types_and_values_are_named(self):
        self.refused("return {\n\n workers = 'many' }", "conf.lua:3", "workers")
        self.refused("return { workers = -1 }", "conf.lua:1", "workers")
        self.refused("return { workers = 1.5 }", "conf.lua:1", "workers")
        self.refused("return { http = 7 }", "conf.lua:1", "http")
        self.refused("return { http = { listen = 'nowhere' } }", "http.listen")
        self.refused("return { http = {\n listen = '127.0.0.1:99999' } }", "conf.lua:2",
                     "http.listen")
        self.refused("return { log = { level = 'loud' } }", "log.level")
        self.refused("return { order = { currency = 'XXQ' } }", "order.currency")
        self.refused("return { store = { url = 'mysql:x' } }", "store.url")
        self.refused("return { scripts = { dir = '/nowhere/at/all' } }", "/nowhere/at/all")

    def test_files_that_are_no_configuration_are_refused(self):
        self.refused("return 7", "conf.lua")
        self.refused("return {", "conf.lua:1")
        self.refused("while true do end", "conf.lua")
        self.refused("return { http = function() end }", "conf.lua")
        self.refused("return { x = os.getenv('HOME') }", "conf.lua:1")

    def test_the_environment_overrides_and_is_checked_as_well(self):
        self.refused("return {}", "ORDERD_WORKERS", environment={"ORDERD_WORKERS": "many"})
        self.refused("return {}", "ORDERD_HTTP", environment={"ORDERD_HTTP": "x"})
        with Site({"ORDERD_WORKERS": "3"}, peers=False) as site:
            threads = site.orderd.control("GET", "/status").json["threads"]
            workers = [thread for thread in threads if thread["name"].startswith("worker-")]
            self.assertEqual(len(workers), 3, threads)

    def test_a_misspelt_variable_is_warned_of(self):
        code, output = check("return {}", {"ORDERD_WROKERS": "2"})
        self.assertEqual(code, 0, output)
        self.assertIn("ORDERD_WROKERS", output)
        self.assertNotIn("ORDERD_STATE_DIR", check("return {}")[1])

    def test_help_and_version(self):
        def run(*arguments):
            return subprocess.run([os.path.join(BIN, "orderd"), *arguments], text=True,
                                  capture_output=True, timeout=30, check=False)
        text = run("--help")
        self.assertEqual(text.returncode, 0)
        for word in ("--check", "--test", "ORDERD_HTTP", "DATABASE_URL", "http.listen"):
            self.assertIn(word, text.stdout)
        self.assertRegex(run("--version").stdout, r"^orderd \d+\.\d+")
        self.assertEqual(run("--nonsense").returncode, 2)
        missing = run("-c", "/nowhere/conf.lua")
        self.assertNotEqual(missing.returncode, 0)
        self.assertIn("/nowhere/conf.lua", missing.stderr)

    def test_a_test_run_hides_what_scripts_log_unless_it_is_asked_for(self):
        def run(**environment):
            return subprocess.run(
                [os.path.join(BIN, "orderd"), "--test", "-c", "conf/demo.lua"], cwd=ROOT, text=True,
                env={**os.environ, **environment}, capture_output=True, timeout=60, check=False)
        quiet = run()
        self.assertRegex(quiet.stdout, r"(?m)^[1-9]\d* passed, 0 failed$")
        self.assertEqual(quiet.stderr, "")
        self.assertIn("schema migrated", run(ORDERD_LOG_LEVEL="info").stderr)

    def test_a_loopback_address_is_the_default(self):
        with open(os.path.join(ROOT, "conf", "orderd.lua"), encoding="utf-8") as file:
            text = file.read()
        self.assertIn('listen = "127.0.0.1:8080"', text)
        self.assertNotIn("0.0.0.0", text)


if __name__ == "__main__":
    unittest.main()
