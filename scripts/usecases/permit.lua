-- Whether a caller may do something at all.

local problem = require "orderd.problem"

--- Raises forbidden unless the caller has one of the permissions (when any are named).
---@param caller orderd.Caller
---@param ... string
local function permit(caller, ...)
    local count = select("#", ...)
    for index = 1, count do
        if caller:can((select(index, ...))) then return end
    end
    if count > 0 then
        problem.raise("forbidden", { detail = "The caller does not have the permission for this." })
    end
end

return permit
