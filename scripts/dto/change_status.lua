-- The inputs that move an order on: the body of PUT, and the query of DELETE.

local check = require "dto.check"
local order = require "orderd.order"

local REASON = 2000
local NOTES = 2000

local change_status = {}

---@class dto.UpdateStatus
---@field status string
---@field reason string|nil
---@field notes string|nil

local function read_status(errors, pointer, value)
    if order.is_status(value) then return value end
    check.fail(errors, pointer, "must be PENDING, CONFIRMED, COMPLETED or CANCELLED")
end

--- PUT /order/orders/{order_id}
---@param body any
---@return dto.UpdateStatus
function change_status.update(body)
    local errors = {}
    local object = check.object(errors, "", body) or check.finish(errors)
    local command = {
        status = read_status(errors, "/status", object.status),
        reason = check.optional(check.text, errors, "/reason", object.reason, REASON),
        notes = check.optional(check.text, errors, "/notes", object.notes, NOTES),
    }
    check.finish(errors)
    return command
end

--- DELETE /order/orders/{order_id}?reason=
---@param query table<string, string>
---@return {reason: string|nil}
function change_status.cancel(query)
    local errors = {}
    local command = { reason = check.optional(check.text, errors, "/reason", query.reason, REASON) }
    check.finish(errors)
    return command
end

return change_status
