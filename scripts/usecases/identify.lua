-- Who calls: by a signed token (the default), or, with settings.identity = "service", by asking the
-- Auth service what it knows of an opaque one.

local auth = require "integrations.auth"
local conf = require "orderd.conf"
local identity = require "orderd.identity"
local problem = require "orderd.problem"

local mode = conf.settings.identity or "jwt"
if mode ~= "jwt" and mode ~= "service" then
    error("settings.identity must be \"jwt\" or \"service\", not " .. tostring(mode))
end

local function require_one(caller, ...)
    for _, permission in ipairs { ... } do
        if caller:can(permission) then return end
    end
    problem.raise("forbidden", { detail = "The caller does not have the permission for this." })
end

---@param request orderd.Request
---@param ... string
---@return orderd.Caller
local function by_service(request, ...)
    local token = identity.token(request)
    local caller = token and auth.identify(token)
    if not caller then
        problem.raise("unauthenticated", { detail = "The request carries no token that is known." })
    end
    ---@cast caller orderd.Caller
    require_one(caller, ...)
    return caller
end

--- The caller, who has at least one of the permissions: identify(request, "orders:read"). Raises
--- unauthenticated or forbidden.
---@type fun(request: orderd.Request, ...: string): orderd.Caller
return mode == "service" and by_service or identity.require
