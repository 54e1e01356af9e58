-- Reading many orders, newest first, to show them.

local problem = require "orderd.problem"
local repository = require "orderd.repository"

--- Orders of other users only for those who may read any.
---@param caller orderd.Caller
---@param query orderd.Query
---@return orderd.Order[] orders
---@return string|nil next_cursor
local function list_orders(caller, query)
    if query.user_id ~= caller.user_id and not caller:can("orders:read:any") then
        problem.raise("forbidden", { detail = "The caller may list their own orders only." })
    end
    query.lagging = true
    return repository.list(query)
end

return list_orders
