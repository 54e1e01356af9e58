-- Cancelling an order whose stock nobody has answered for. The restock is asked for by the hook on
-- order.cancelled, and once more if the Inventory's answer comes after all (apply_stock_release.lua).

local log = require "orderd.log"
local metrics = require "orderd.metrics"
local repository = require "orderd.repository"
local save_changed = require "usecases.save_changed"

local given_up = metrics.counter("releases_given_up",
    "Orders that were cancelled because the Inventory had not answered.")

--- Waits. Leaves alone what is not PENDING any more: then the answer was faster.
---@param order_id string
---@param reason string
---@return boolean cancelled
local function give_up(order_id, reason)
    local order = save_changed(function()
        local order = repository.get(order_id)
        if not order or order.status ~= "PENDING" then return nil end
        order:change_status("CANCELLED", { reason = reason })
        return order
    end)
    if not order then return false end
    given_up:add()
    log.warning("an order is given up: its stock was not released",
        { order_id = order_id, reason = reason })
    return true
end

return give_up
