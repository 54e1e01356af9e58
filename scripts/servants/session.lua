-- Session: one caller, until it expires.

local clock = require "orderd.clock"
local commands = require "rpc.commands"
local create_order = require "usecases.create_order"
local exceptions = require "rpc.exceptions"
local get_order = require "usecases.get_order"
local list_orders = require "usecases.list_orders"
local operations = require "rpc.operations"
local orb = require "orderd.orb"
local orders = require "servants.order"
local record = require "rpc.record"
local references = require "rpc.references"

orb:loadidlfile "pharmacy.idl"

local operation = operations(references.find_session)
local session = {}

local function alive(object_id)
    return references.find_session(object_id) or error(exceptions.gone(), 0)
end

function session:_non_existent()
    return not references.find_session(self._object_id)
end

function session:_get_user_id()
    return alive(self._object_id).caller.user_id
end

function session:_get_expires_at()
    return clock.format(alive(self._object_id).expires_at)
end

--- The order's reference, and what it is now.
local function found(own, order)
    return orders:object(references.new_order(own, order.order_id)), record.order(order)
end

session.create = operation({ "orders:create" }, function(own, new)
    return found(own, create_order(own.caller, commands.create(new)))
end)

session.find = operation({ "orders:read", "orders:read:any" }, function(own, order_id)
    own.order_id = commands.order_id(order_id) -- the exception NotFound tells it
    return found(own, get_order(own.caller, own.order_id))
end)

session.list = operation({ "orders:read" }, function(own, ...)
    return record.page(list_orders(own.caller, commands.list(own.caller.user_id, ...)))
end)

session.list_all = operation({ "orders:read:any" }, function(own, ...)
    return record.page(list_orders(own.caller, commands.list_all(...)))
end)

return orb:newdefaultservant(session, "Session/", "Pharmacy::Session")
