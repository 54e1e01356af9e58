-- The Auth service: who the owner of an opaque token is. Every request asks anew, so a token that
-- is taken back is taken back at once.

local identity = require "orderd.identity"
local json = require "orderd.json"
local peer = require "integrations.peer"
local uuid = require "orderd.uuid"

local ROLES = 32

local auth = {}

local function are_roles(roles)
    if type(roles) ~= "table" or not json.is_array(roles) or #roles > ROLES then return false end
    for _, role in ipairs(roles) do
        if type(role) ~= "string" or #role > 40 then return false end
    end
    return true
end

local function read_user(body)
    if type(body) ~= "table" or not uuid.is(body.user_id) or not are_roles(body.roles)
        or type(body.active) ~= "boolean" then
        return nil
    end
    return body
end

--- Waits. nil for a token that the service does not know, or whose owner is not active.
---@param token string
---@return orderd.Caller|nil
function auth.identify(token)
    local user = peer.ask("auth", "identify", { token = token }, read_user, false)
    if user and user.active then return identity.caller(user.user_id, user.roles) end
end

return auth
