"""Hooks that scripts add, take away, and get wrong, in a running service."""

import json
import os
import unittest

from harness import IBUPROFEN, SiteCase, wait_for
from on_postgres import OnPostgres

NOTE = """local hook = require "orderd.hook"
local log = require "orderd.log"
hook.on("order.created", { name = "NAME", START retry = { attempts = 3, first_seconds = 0.01 } },
    function(event)
        if event.data.items[1].quantity == 13 then error("thirteen") end
        log.info("noted", { by = "NAME", order = event.order_id })
    end)
"""


class Hooks(SiteCase):
    def setUp(self):
        self.site = self.enterContext(self.new_site(own_scripts=True))

    def script(self, name):
        return os.path.join(self.site.scripts, "hooks", name + ".lua")

    def add(self, name, start=None):
        with open(self.script(name), "w", encoding="utf-8") as file:
            file.write(NOTE.replace("NAME", name).replace(
                "START", f'start = "{start}",' if start else ""))
        self.reload()

    def remove(self, name):
        os.remove(self.script(name))
        self.reload()

    def reload(self):
        self.site.orderctl("reload")

    def create(self, quantity=1):
        return self.site.create((IBUPROFEN, quantity)).json["order_id"]

    def noted(self, name):
        """The orders that a hook has noted; ids sort as they were made."""
        lines = (json.loads(line) for line in self.site.orderd.log().splitlines()
                 if line.startswith("{"))
        return [line["order"] for line in lines
                if line.get("message") == "noted" and line.get("by") == name]

    def wait_noted(self, name, orders):
        wait_for(f"{name} to have noted all", lambda: set(orders) <= set(self.noted(name)))

    def cursors(self):
        return [line.split()[0] for line in self.site.orderctl("cursors").splitlines()[1:]]

    def wait_cursor(self, name):
        wait_for(f"the cursor of {name}", lambda: f"hook:{name}" in self.cursors())

    def test_a_new_hook_begins_at_the_head_or_at_the_beginning(self):
        before = [self.create() for _ in range(3)]
        self.add("oldest", "beginning")
        self.add("newest")
        self.wait_cursor("newest")
        after = [self.create() for _ in range(3)]
        self.wait_noted("oldest", before + after)
        self.wait_noted("newest", after)
        self.assertEqual(sorted(self.noted("oldest")), before + after)
        self.assertEqual(sorted(self.noted("newest")), after)

    def test_one_that_is_taken_away_goes_on_where_it_was_when_it_comes_back(self):
        self.add("visitor")
        self.wait_cursor("visitor")
        first = self.create()
        self.wait_noted("visitor", [first])
        self.remove("visitor")
        wait_for("a word about its cursor", lambda: "hook:visitor" in self.site.orderd.log())
        missed = [self.create() for _ in range(3)]
        self.assertIn("hook:visitor", self.cursors())
        self.add("visitor")
        self.wait_noted("visitor", missed)
        self.assertEqual(sorted(self.noted("visitor")), [first] + missed)

    def test_it_goes_on_where_it_was_after_kill_9(self):
        self.add("steady")
        self.wait_cursor("steady")
        before = [self.create() for _ in range(5)]
        self.site.orderd.kill()
        self.site.orderd.start()
        after = self.create()
        self.wait_noted("steady", before + [after])

    def test_a_poison_event_holds_up_nobody_and_becomes_a_dead_letter(self):
        self.add("careful")
        self.wait_cursor("careful")
        poison = self.create(13)
        others = [self.create() for _ in range(5)]
        self.wait_noted("careful", others)

        def letters():
            text = self.site.orderctl("dead-letters", "list", "--json", "--source", "hook:careful")
            return [json.loads(line) for line in text.splitlines()]
        found = wait_for("the dead letter", letters)
        self.assertEqual([letter["about"] for letter in found], [poison])
        self.assertEqual(found[0]["attempts"], 3)
        self.assertIn("thirteen", found[0]["reason"])
        self.assertEqual(sorted(self.noted("careful")), others)

    def test_a_name_that_is_taken_is_refused_and_changes_nothing(self):
        self.add("one")
        with open(self.script("two"), "w", encoding="utf-8") as file:
            file.write(NOTE.replace("NAME", "one").replace("START", ""))
        refused = self.site.orderctl("reload", check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("there is a hook 'one' already", refused.stderr)
        self.wait_cursor("one")
        self.wait_noted("one", [self.create()])


class HooksOnPostgres(OnPostgres, Hooks):
    pass


if __name__ == "__main__":
    unittest.main()
