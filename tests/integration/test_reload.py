"""Scripts replaced while the service runs: all or none, and no request fails."""

import http.client
import json
import os
import signal
import threading
import unittest

from harness import IBUPROFEN, Site, wait_for

GREETING = '''local http = require "orderd.http"
http.get("/greeting", function()
    return http.text(200, "%s")
end)
'''


class Reload(unittest.TestCase):
    def setUp(self):
        self.site = Site({"ORDERD_SUBSCRIBE": "tcp://127.0.0.1:9"}, own_scripts=True).__enter__()
        self.addCleanup(self.site.close)

    def write(self, path, text):
        with open(os.path.join(self.site.scripts, path), "w", encoding="utf-8") as file:
            file.write(text)

    def greeting(self):
        return self.site.curl("GET", "/greeting", token=None)

    def test_a_good_script_is_taken_by_every_worker(self):
        self.assertEqual(self.greeting().status, 404)
        self.write("routes/greeting.lua", GREETING % "hello")
        self.site.orderctl("reload")
        self.assertEqual({self.greeting().body for _ in range(20)}, {"hello"})
        status = self.site.orderd.control("GET", "/status").json
        self.assertEqual(status["generation"], 2)

    def test_a_broken_script_leaves_the_old_ones_and_names_its_line(self):
        self.write("routes/greeting.lua", GREETING % "old")
        self.site.orderctl("reload")
        for broken, line in (("local x = = 1\n", 1), ("\n\nerror('no')\n", 3),
                             ("local a = nil\nlocal b = a.b\n", 2),
                             ("\nundeclared = 1\n", 2), ("while true do end\n", 1),
                             ("local t = {}\nfor i = 1, 1e9 do t[i] = {} end\n", None),
                             ("\n\nrequire 'usecases.nowhere'\n", 3), ("\x1bLua", None)):
            with self.subTest(broken):
                self.write("routes/broken.lua", broken)
                result = self.site.orderctl("reload", check=False)
                self.assertEqual(result.returncode, 1, result)
                self.assertIn("routes/broken.lua", result.stderr)
                if line:  # memory that ends has no line, nor has a binary file
                    self.assertIn(f"routes/broken.lua:{line}", result.stderr)
                self.assertEqual(self.greeting().body, "old")
        os.remove(os.path.join(self.site.scripts, "routes/broken.lua"))
        self.site.orderctl("reload")

    def test_sighup_reloads_too(self):
        self.write("routes/greeting.lua", GREETING % "by signal")
        self.site.orderd.process.send_signal(signal.SIGHUP)
        wait_for("the new route", lambda: self.greeting().body == "by signal")

    def test_a_reload_under_load_fails_no_request(self):
        self.write("routes/greeting.lua", GREETING % "0")
        self.site.orderctl("reload")
        stop, failures, done = threading.Event(), [], [0]

        def load():
            connection = http.client.HTTPConnection("127.0.0.1", self.site.orderd.port, timeout=20)
            token = self.site.token()
            body = '{"items":[{"product_id":"%s","quantity":1}]}' % IBUPROFEN
            while not stop.is_set():
                try:
                    connection.request("GET", "/greeting")
                    answer = connection.getresponse()
                    answer.read()
                    if answer.status != 200:
                        failures.append(answer.status)
                    if done[0] % 7 == 0:
                        connection.request("POST", "/order/orders", body, {
                            "Authorization": "Bearer " + token,
                            "Content-Type": "application/json"})
                        answer = connection.getresponse()
                        text = answer.read()
                        if answer.status not in (201, 422) or b"internal" in text:
                            failures.append((answer.status, text))
                    done[0] += 1
                except (OSError, http.client.HTTPException) as error:
                    failures.append(repr(error))
                    break
            connection.close()
        self.site.token()
        threads = [threading.Thread(target=load) for _ in range(6)]
        for thread in threads:
            thread.start()
        try:
            for generation in range(1, 16):
                self.write("routes/greeting.lua", GREETING % generation)
                self.site.orderctl("reload")
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        self.assertEqual(failures, [])
        self.assertGreater(done[0], 100)
        self.assertEqual(self.greeting().body, "15")

    def test_a_script_that_runs_away_is_stopped_and_named(self):
        bodies = {
            "loop": "while true do end",
            "swallow": "while true do pcall(function() while true do end end) end",
            "coroutine": "while true do coroutine.wrap(function() while true do end end)() end",
            "pattern": "string.find(('a'):rep(3000), '.-.-.-.-b$')",
            "memory": "local t = {} while true do t[#t + 1] = ('x'):rep(100000) .. #t end",
            "string": "local s = 'x' while true do s = s .. s end",
            "error": "error('secret-detail-42')",
            "rubbish": "return 7",
            "recursion": "local function f() return 1 + f() end f()",
        }
        routes = ['local http = require "orderd.http"']
        for name, body in bodies.items():
            routes.append(f'http.get("/away/{name}", function()\n{body}\nend)')
        self.write("routes/away.lua", "\n".join(routes) + "\n")
        self.site.orderctl("reload")
        for name in bodies:
            with self.subTest(name):
                answer = self.site.curl("GET", "/away/" + name, token=None)
                self.assertIn((answer.status, answer.code), ((500, "internal"),), answer)
                self.assertNotIn("away.lua", answer.body)
                self.assertNotIn("secret-detail-42", answer.body)
                self.assertEqual(self.site.curl("GET", "/livez", token=None).status, 200)
        failures = [json.loads(line) for line in self.site.orderd.log().splitlines()
                    if "a handler failed" in line]
        self.assertTrue(failures)
        for failure in failures:
            self.assertEqual(failure["generation"], 2, failure)
        self.assertIn("routes/away.lua", self.site.orderd.log())
        self.assertIn("secret-detail-42", self.site.orderd.log())

    def test_a_policy_that_fails_denies(self):
        for body in ("error('oops')", "while true do end", "return 'yes'", "return nil",
                     "local s = 'x' while true do s = s .. s end", "return http == nil and x.y"):
            with self.subTest(body):
                self.write("policies/aaa_broken.lua", 'return { name = "aaa_broken", '
                           'tests = { { name = "any", case = {}, expect = "deny" } }, '
                           "check = function(case) " + body + " end }\n")
                result = self.site.orderctl("reload", check=False)
                self.assertEqual(result.returncode, 0, result.stderr)
                answer = self.site.create((IBUPROFEN, 1), expect=422)
                self.assertEqual((answer.code, answer.json["policy"]),
                                 ("policy-denied", "aaa_broken"))

    def test_the_sandbox_has_no_way_out(self):
        names = ["io", "os.execute", "os.exit", "os.getenv", "debug", "package", "load",
                 "loadstring", "dofile", "loadfile", "require('io')", "require('debug')",
                 "string.dump", "collectgarbage"]
        checks = "\n".join(f'  out[#out + 1] = pcall(function() local v = {name} '
                           f'if v == nil then error("none") end end) and [=[{name}]=] or nil'
                           for name in names)
        self.write("routes/out.lua", 'local http = require "orderd.http"\n'
                   'http.get("/out", function()\n  local out = {}\n' + checks +
                   '\n  return http.text(200, table.concat(out, ","))\nend)\n')
        self.site.orderctl("reload")
        self.assertEqual(self.site.curl("GET", "/out", token=None).body, "")


if __name__ == "__main__":
    unittest.main()
