-- A new order: ask the Inventory to release its stock. The answer comes as an event
-- (stock_release_processed.lua). What raises here is tried again a few times; after that, and for an
-- answer that does not come, ask_again.lua asks.

local clock = require "orderd.clock"
local hook = require "orderd.hook"
local inventory = require "integrations.inventory"
local problem = require "orderd.problem"
local repository = require "orderd.repository"

local ATTEMPTS = 6
local YOUNG_MS = 1000

--- Asked some time later, an order may have been cancelled meanwhile. One that somebody has confirmed by
--- hand needs its stock all the same.
local function is_alive(order_id)
    local order = repository.get(order_id)
    return order and order.status ~= "CANCELLED"
end

hook.on("order.created", { name = "ask_release", start = "beginning" }, function(event)
    local young = event.attempt == 1 and clock.now() - event.time < YOUNG_MS
    if not young and not is_alive(event.order_id) then return end
    local asked, failure = pcall(inventory.release, event.order_id, event.data.items)
    if asked then return end
    local away = problem.is(failure, "integration-unavailable")
    if not away or event.attempt < ATTEMPTS then error(failure, 0) end
end)
