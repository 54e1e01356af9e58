-- Cancelling an order: the customer's own, or any for those who may.

local etag = require "dto.etag"
local find_order = require "usecases.find_order"
local save_changed = require "usecases.save_changed"

---@param caller orderd.Caller
---@param order_id string
---@param command {reason: string|nil}
---@param conditions? dto.Conditions
---@return orderd.Order
local function cancel_order(caller, order_id, command, conditions)
    local order = save_changed(function()
        local order = find_order(order_id, caller, "orders:cancel:any")
        etag.check_change(conditions, order)
        order:change_status("CANCELLED", { reason = command.reason })
        return order
    end)
    ---@cast order orderd.Order
    return order
end

return cancel_order
