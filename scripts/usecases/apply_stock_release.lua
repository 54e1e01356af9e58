-- What the inventory's answer does to an order.

local inventory = require "integrations.inventory"
local log = require "orderd.log"
local release_failure = require "usecases.release_failure"
local repository = require "orderd.repository"
local save_changed = require "usecases.save_changed"

local function move_on(order, event)
    if event.success then
        order:change_status("CONFIRMED")
    else
        order:change_status("CANCELLED", { reason = release_failure(event.items) })
    end
end

--- The order is not PENDING any more: somebody was faster, or this is an answer to a repeated ask. Who
--- cancelled it, and why, makes no difference: the stock goes back.
local function come_late(order, event)
    if event.success and order.status == "CANCELLED" then
        inventory.restock(order.order_id)
        log.info("stock was released for an order that is cancelled, and is put back",
            { order_id = order.order_id })
    elseif not event.success and order.status ~= "CANCELLED" then
        log.warning("stock was not released for an order that has moved on",
            { order_id = order.order_id, status = order.status })
    end
end

--- Handles an event once: the same one again changes nothing. Raises for an order that does not
--- exist, and while the inventory cannot be asked to put back what came too late: the event is
--- remembered as handled only after that.
---@param event dto.StockRelease
local function apply_stock_release(event)
    local late ---@type orderd.Order
    local changed = save_changed(function()
        local order = repository.get(event.order_id)
        if not order then error("there is no order " .. event.order_id, 0) end
        if order.status ~= "PENDING" then
            late = order
            return nil
        end
        move_on(order, event)
        return order
    end, { inbox_id = event.event_id })
    if changed then return end
    come_late(late, event)
    repository.inbox_add(event.event_id)
end

return apply_stock_release
