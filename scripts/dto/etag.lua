-- Conditional requests: lists of entity tags in If-Match and If-None-Match (RFC 9110, 8.8.3, 13.1).

local problem = require "orderd.problem"

local etag = {}

--- Is the tag in the list, or the list "*"? Weak tags count only where `weak` says so.
---@param list string
---@param tag string
---@param weak boolean
---@return boolean
local function is_listed(list, tag, weak)
    if list:match("^%s*(.-)%s*$") == "*" then return true end
    for prefix, listed in list:gmatch('(W?/?)("[^"]*")') do
        if listed == tag and (weak or prefix == "") then return true end
    end
    return false
end

--- Raises version-mismatch when If-Match was sent and does not name the order's version.
---@param if_match string|nil
---@param order orderd.Order
function etag.require_match(if_match, order)
    if if_match and not is_listed(if_match, order.etag, false) then
        problem.raise("version-mismatch", {
            detail = "The order is of another version than If-Match names.",
            headers = { ETag = order.etag } })
    end
end

--- Does the caller hold this version already?
---@param if_none_match string|nil
---@param order orderd.Order
---@return boolean
function etag.is_known(if_none_match, order)
    return if_none_match ~= nil and is_listed(if_none_match, order.etag, true)
end

return etag
