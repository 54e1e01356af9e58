-- A new order: ask the Inventory to release its stock. The answer comes as an event
-- (stock_release_processed.lua). What raises here is tried again.

local hook = require "orderd.hook"
local inventory = require "integrations.inventory"
local repository = require "orderd.repository"

--- Asked again after a pause, an order may have been cancelled meanwhile.
local function is_pending(order_id)
    local order = repository.get(order_id)
    return order and order.status == "PENDING"
end

hook.on("order.created", { name = "ask_release" }, function(event)
    if event.attempt > 1 and not is_pending(event.order_id) then return end
    inventory.release(event.order_id, event.data.items)
end)
