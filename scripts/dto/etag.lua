-- Conditional requests (RFC 9110, 13.1 and 13.2): If-Match and If-None-Match, each "*" or a list of
-- entity tags.

local problem = require "orderd.problem"

--- One element of a list: its "W/" or nothing, its tag, and where what follows it begins.
local ELEMENT = '^(W?/?)("[\x21\x23-\x7e\x80-\xff]*")[ \t]*()'

--- Is the tag in the list, or the list "*"? Weak tags count only where `weak` says so (8.8.3.2). In
--- what is no list there is none: a change is not made then, and what is read is sent.
---@param list string
---@param tag string
---@param weak boolean
---@return boolean
local function is_listed(list, tag, weak)
    if list:match("^[ \t]*%*[ \t]*$") then return true end
    local found, at = false, list:match("^[ \t,]*()")
    while at <= #list do
        local prefix, listed, behind = list:match(ELEMENT, at)
        if prefix ~= "" and prefix ~= "W/" then return false end
        found = found or listed == tag and (weak or prefix == "")
        at = list:match("^,[ \t,]*()", behind)
        if not at then return found and behind > #list end
    end
    return found
end

---@class dto.Conditions
---@field if_match string|nil       the strong comparison
---@field if_none_match string|nil  the weak one

local etag = {}

--- Fields that are sent several times come as one list.
---@param request orderd.Request
---@return dto.Conditions
function etag.conditions(request)
    return { if_match = request:header("If-Match"),
        if_none_match = request:header("If-None-Match") }
end

local function refuse(order, detail)
    problem.raise("version-mismatch", { detail = detail, headers = { ETag = order.etag } })
end

local function require_match(conditions, order)
    if conditions.if_match and not is_listed(conditions.if_match, order.etag, false) then
        refuse(order, "The order is of another version than If-Match names.")
    end
end

local function is_excluded(conditions, order)
    local list = conditions.if_none_match
    return list ~= nil and is_listed(list, order.etag, true)
end

--- Before a change: raises version-mismatch unless both conditions are true.
---@param conditions dto.Conditions|nil
---@param order orderd.Order
function etag.check_change(conditions, order)
    if not conditions then return end
    require_match(conditions, order)
    if is_excluded(conditions, order) then
        refuse(order, "The order is of a version that If-None-Match names.")
    end
end

--- Before an answer to GET: does the caller hold this version already (304)? Raises version-mismatch
--- unless If-Match is true.
---@param conditions dto.Conditions
---@param order orderd.Order
---@return boolean
function etag.is_known(conditions, order)
    require_match(conditions, order)
    return is_excluded(conditions, order)
end

return etag
