-- Moving an order on, by those who may update orders.

local etag = require "dto.etag"
local find_order = require "usecases.find_order"
local save_changed = require "usecases.save_changed"

---@param caller orderd.Caller
---@param order_id string
---@param command dto.UpdateStatus
---@param conditions? dto.Conditions
---@return orderd.Order
local function update_status(caller, order_id, command, conditions)
    local order = save_changed(function()
        local order = find_order(order_id, caller, "orders:update")
        etag.check_change(conditions, order)
        order:change_status(command.status, { reason = command.reason, notes = command.notes })
        return order
    end)
    ---@cast order orderd.Order
    return order
end

return update_status
