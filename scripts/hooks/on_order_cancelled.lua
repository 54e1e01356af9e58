-- A cancelled order: ask the Inventory to put its stock back. Only the Inventory knows for certain
-- whether it was taken, so it is always asked, and puts back nothing that it did not take. It is asked
-- until it answers: nobody else would.

local hook = require "orderd.hook"
local inventory = require "integrations.inventory"

hook.on("order.cancelled", { name = "ask_restock", start = "beginning", retry = { attempts = 0 } },
    function(event) inventory.restock(event.order_id) end)
