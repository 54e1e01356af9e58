-- What follows "Session/" and "Order/" in object keys: sealed texts that hold who calls, and for
-- which order. Nobody can guess, change or keep one beyond its end, and every worker reads them,
-- also after a restart.

local clock = require "orderd.clock"
local conf = require "orderd.conf"
local identity = require "orderd.identity"
local problem = require "orderd.problem"
local seal = require "orderd.seal"

local SECONDS = conf.settings.session_seconds or 3600
if math.type(SECONDS) ~= "integer" or SECONDS < 1 or SECONDS > 31536000 then
    error("settings.session_seconds must be an integer from 1 to 31536000 (a year)")
end

---@class rpc.Session
---@field caller orderd.Caller
---@field expires_at integer    milliseconds since 1970
---@field order_id string|nil   of an order's reference

local references = {}

local function close(caller, expires_at, order_id)
    return seal.close({ user_id = caller.user_id, roles = caller.roles, scopes = caller.scopes,
        order_id = order_id }, expires_at)
end

--- The id of a new session, which lasts no longer than the token that it was got for. Raises
--- unauthenticated when that ends now.
---@param caller orderd.Caller
---@return string
function references.new_session(caller)
    local now = clock.now()
    local longest = now + SECONDS * 1000
    local expires_at = math.min(longest, caller.expires_at or longest)
    if expires_at <= now then
        problem.raise("unauthenticated", { detail = "The token has expired." })
    end
    return close(caller, expires_at)
end

--- The id of an order as this session sees it.
---@param session rpc.Session
---@param order_id string
---@return string
function references.new_order(session, order_id)
    return close(session.caller, session.expires_at, order_id)
end

---@return rpc.Session|nil
local function open(object_id)
    local inside, expires_at = seal.open(object_id)
    if not inside then return nil end
    return { caller = identity.caller(inside.user_id, inside.roles, inside.scopes),
        expires_at = expires_at, order_id = inside.order_id }
end

--- nil when it has expired, or is none of ours.
---@param object_id string
---@return rpc.Session|nil
function references.find_session(object_id)
    local session = open(object_id)
    if session and not session.order_id then return session end
end

--- nil when its session has expired, or it is none of ours.
---@param object_id string
---@return rpc.Session|nil
function references.find_order(object_id)
    local session = open(object_id)
    if session and session.order_id then return session end
end

--- Raises unauthenticated for what find_session or find_order did not find.
---@param session rpc.Session|nil
---@return rpc.Session
function references.require(session)
    if not session then
        problem.raise("unauthenticated", { detail = "There is no such session, or it has ended." })
    end
    ---@cast session rpc.Session
    return session
end

return references
