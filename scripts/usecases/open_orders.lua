-- How many orders a customer has open, for the policy that limits them.

local conf = require "orderd.conf"
local repository = require "orderd.repository"

local policies = conf.settings.policies or {}
local limit = policies.open_orders
if limit and (math.type(limit) ~= "integer" or limit < 1 or limit > 100) then
    error("settings.policies.open_orders must be an integer from 1 to 100, or be left out")
end

local open_orders = {}

--- Counts no further than the limit, and not at all where none is set or the caller is staff, who
--- order for many: then it is 0. Two orders made at the same moment do not see each other.
---@param caller orderd.Caller
---@return integer
function open_orders.count(caller)
    if not limit or caller:can("orders:read:any") then return 0 end
    local count = 0
    for _, status in ipairs { "PENDING", "CONFIRMED" } do
        if count < limit then
            local query = { user_id = caller.user_id, status = status, limit = limit - count }
            count = count + #repository.list(query)
        end
    end
    return count
end

return open_orders
