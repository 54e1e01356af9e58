-- Orders as the structs of bindings/idl/pharmacy.idl.

local clock = require "orderd.clock"
local conf = require "orderd.conf"

local record = {}

---@param minor_units integer
---@param currency? string  default: the service's
function record.money(minor_units, currency)
    return { minor_units = minor_units, currency = currency or conf.currency }
end

---@param order orderd.Order
---@return table  OrderRecord
function record.order(order)
    local currency, items = order.currency, order.items
    for _, item in ipairs(items) do item.price = record.money(item.price, currency) end
    return {
        order_id = order.order_id,
        user_id = order.user_id,
        order_status = order.status,
        items = items,
        total_amount = record.money(order.total_amount, currency),
        notes = order.notes or "",
        reason = order.reason or "",
        version = order.version,
        created_at = clock.format(order.created_at),
        updated_at = clock.format(order.updated_at),
        completed_at = order.completed_at and clock.format(order.completed_at) or "",
    }
end

---@param orders orderd.Order[]
---@param next_cursor string|nil
---@return table[] records
---@return string next_cursor  empty on the last page
function record.page(orders, next_cursor)
    local records = {}
    for index, order in ipairs(orders) do records[index] = record.order(order) end
    return records, next_cursor or ""
end

return record
