-- Who calls over HTTP, and whether they may.

local identity = require "orderd.identity"
local permit = require "usecases.permit"
local who_is = require "usecases.who_is"

---@param request orderd.Request
---@param ... string
---@return orderd.Caller
local function by_service(request, ...)
    local caller = who_is.owner(identity.token(request))
    permit(caller, ...)
    return caller
end

--- The caller, who has at least one of the permissions: identify(request, "orders:read"). Raises
--- unauthenticated or forbidden.
---@type fun(request: orderd.Request, ...: string): orderd.Caller
return who_is.signed and identity.require or by_service
