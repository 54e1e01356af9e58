-- Whose token it is: by what the token says and its signature (the default), or, with
-- settings.identity = "service", by what the Auth service knows of an opaque one.

local auth = require "integrations.auth"
local conf = require "orderd.conf"
local identity = require "orderd.identity"
local problem = require "orderd.problem"

local LONGEST = 8192 -- bytes of a token, as HTTP takes it

local mode = conf.settings.identity or "jwt"
if mode ~= "jwt" and mode ~= "service" then
    error("settings.identity must be \"jwt\" or \"service\", not " .. tostring(mode))
end

local who_is = {}

--- Tokens are signed, and need nobody's help to be believed.
who_is.signed = mode == "jwt"

local find = who_is.signed and identity.verify or auth.identify

--- The owner. Waits when the Auth service is asked. Raises unauthenticated.
---@param token string|nil
---@return orderd.Caller
function who_is.owner(token)
    local caller, why
    if token and token ~= "" and #token <= LONGEST then caller, why = find(token) end
    if not caller then
        problem.raise("unauthenticated", { detail = why or "The token is not known." })
    end
    ---@cast caller orderd.Caller
    return caller
end

return who_is
