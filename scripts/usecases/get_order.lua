-- Reading one order, to show it.

local find_order = require "usecases.find_order"

---@param caller orderd.Caller
---@param order_id string
---@return orderd.Order
local function get_order(caller, order_id)
    return find_order(order_id, caller, "orders:read:any", { lagging = true })
end

return get_order
