-- One order, for those who may know of it.

local problem = require "orderd.problem"
local repository = require "orderd.repository"

--- The caller's own order, or anybody's with the permission. Somebody else's is answered exactly as
--- one that does not exist.
---@param order_id string
---@param caller orderd.Caller
---@param permission string
---@param options? {lagging?: boolean}  for what is only shown
---@return orderd.Order
local function find_order(order_id, caller, permission, options)
    local order = repository.get(order_id, options)
    if not order or order.user_id ~= caller.user_id and not caller:can(permission) then
        problem.raise("order-not-found", { detail = "There is no such order." })
    end
    ---@cast order orderd.Order
    return order
end

return find_order
