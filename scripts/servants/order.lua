-- Order: one order, as the session sees it that it was got from.

local cancel_order = require "usecases.cancel_order"
local commands = require "rpc.commands"
local exceptions = require "rpc.exceptions"
local get_order = require "usecases.get_order"
local operations = require "rpc.operations"
local orb = require "orderd.orb"
local record = require "rpc.record"
local references = require "rpc.references"
local update_status = require "usecases.update_status"

orb:loadidlfile "pharmacy.idl"

local operation = operations(references.find_order)
local order = {}

function order:_non_existent()
    return not references.find_order(self._object_id)
end

function order:_get_order_id()
    local session = references.find_order(self._object_id)
    return session and session.order_id or error(exceptions.gone(), 0)
end

order.get = operation({ "orders:read", "orders:read:any" }, function(session)
    return record.order(get_order(session.caller, session.order_id))
end)

local function move_to(status)
    return operation({ "orders:update" }, function(session)
        return record.order(update_status(session.caller, session.order_id, { status = status }))
    end)
end

order.confirm = move_to "CONFIRMED"
order.complete = move_to "COMPLETED"

order.cancel = operation({ "orders:cancel", "orders:cancel:any" }, function(session, reason)
    return record.order(cancel_order(session.caller, session.order_id, commands.cancel(reason)))
end)

order.update = operation({ "orders:update" }, function(session, change)
    return record.order(update_status(session.caller, session.order_id, commands.update(change),
        commands.expected(change)))
end)

return orb:newdefaultservant(order, "Order/", "Pharmacy::Order")
