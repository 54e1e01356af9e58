-- What foreign servants call back.

local orb = require "orderd.orb"

orb:loadidlfile "everything.idl"

local listener = {}

function listener:heard(text) return #text end
function listener:noted(text) self.text = text end

local servant = orb:newservant(listener, "Listener", "Everything::Listener")

return { servant = servant, text = function() return listener.text end }
