-- Gateway: where everybody begins. A token becomes a Session.

local exceptions = require "rpc.exceptions"
local orb = require "orderd.orb"
local references = require "rpc.references"
local sessions = require "servants.session"
local who_is = require "usecases.who_is"

orb:loadidlfile "pharmacy.idl"

local gateway = {}

local function log_in(token)
    return sessions:object(references.new_session(who_is.owner(token)))
end

function gateway:login(token)
    return exceptions.results(nil, pcall(log_in, token))
end

return orb:newservant(gateway, "Gateway", "Pharmacy::Gateway")
