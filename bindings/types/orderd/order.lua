---@meta orderd.order

-- The entity, which keeps its own rules.

---@class orderd.Item
---@field product_id string
---@field quantity integer
---@field price integer  minor units

---@class orderd.Order
---@field order_id string
---@field user_id string
---@field status "PENDING"|"CONFIRMED"|"COMPLETED"|"CANCELLED"
---@field items orderd.Item[]      a new table with every read
---@field total_amount integer     minor units
---@field currency string
---@field notes string|nil
---@field reason string|nil
---@field version integer
---@field etag string              the version in quotes
---@field created_at integer
---@field updated_at integer
---@field completed_at integer|nil
local Order = {}

--- Moves the order on. Raises invalid-transition (with from, to, allowed).
---@param to string
---@param change? {reason?: string, notes?: string}
function Order:change_status(to, change) end

--- Replaces the items while PENDING.
---@param items orderd.Item[]
function Order:replace_items(items) end

---@class orderd.order
local order = {}

--- A new PENDING order in the configured currency. Raises validation-failed with pointers.
---@param draft {user_id: string, items: orderd.Item[], notes?: string}
---@return orderd.Order
function order.new(draft) end

--- Is this the name of a status?
---@param name any
---@return boolean
function order.is_status(name) end

return order
