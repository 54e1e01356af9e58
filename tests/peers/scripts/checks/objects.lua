-- References, inheritance, attributes and exceptions.

local orb = require "orderd.orb"
local support = require "checks.support"
local values = require "checks.values"

orb:loadidlfile "everything.idl"

local same = support.same

local object = {
    { name = "echo_object", run = function(peer)
        local result, both, copy = peer:echo_object(peer, nil)
        same(true, peer:_is_equivalent(result), "result is the same")
        same(true, peer:_is_equivalent(both), "inout is the same")
        same(nil, copy, "out")
        local again = orb:narrow(result, "Everything::Everybody")
        same("bottom", again:at_bottom(), "at_bottom")
    end },
    { name = "echo_top", run = function(peer)
        same("top", (peer:echo_top(peer, nil)):at_top(), "at_top")
    end },
    { name = "self", run = function(peer)
        local self = peer:self()
        same(nil, orb:narrow(self, "Everything::Listener"), "as a Listener")
        same("bottom", orb:narrow(self, "Everything::Everybody"):at_bottom(), "at_bottom")
        same(false, self:_non_existent(), "_non_existent")
    end },
    { name = "_is_a", run = function(peer)
        for name in ("Top Left Right Bottom Everybody"):gmatch "%S+" do
            same(true, peer:_is_a("Everything::" .. name), name)
        end
        same(true, peer:_is_a "IDL:omg.org/CORBA/Object:1.0", "Object")
        same(false, peer:_is_a "Everything::Listener", "Listener")
    end },
    { name = "nowhere", run = function(peer)
        local nowhere = peer:nowhere()
        same(true, nowhere:_non_existent(), "_non_existent")
        local exception = support.raised(nowhere.at_top, nowhere)
        same(true, orb:isexcept(exception, "OBJECT_NOT_EXIST"), tostring(exception))
        same("NO", exception.completed, "completed")
    end },
}

local inheritance = {
    { name = "inherited operations", run = function(peer)
        same("top", peer:at_top(), "top")
        same("left", peer:at_left(), "left")
        same("bottom", peer:at_bottom(), "bottom")
        same("right of bottom", peer:at_right(peer), "right")
        same("right of nobody", peer:at_right(nil), "right of nil")
    end },
    { name = "attributes", run = function(peer)
        peer:_set_note "noted"
        same("noted", peer:_get_note(), "note")
        same(5000000000, peer:_get_count(), "count")
        same("GREEN", peer:_get_favourite(), "favourite")
        peer:_set_numbers { 4, 3, 2, 1 }
        same({ 4, 3, 2, 1 }, peer:_get_numbers(), "numbers")
        local drawing = values.shape("drawn", "BLUE", 2)
        peer:_set_drawing(drawing)
        same(drawing, peer:_get_drawing(), "drawing")
    end },
}

--- The exception `which` makes, checked to be of this type.
local function raise(peer, which, repid)
    local exception = support.raised(peer["raise"], peer, which)
    if not orb:isexcept(exception, repid) then error(tostring(exception), 0) end
    return exception
end

local exceptions = {
    { name = "no exception", run = function(peer) peer["raise"](peer, "nothing") end },
    { name = "plain exception", run = function(peer)
        local exception = raise(peer, "plain", "Everything::Plain")
        same("IDL:test.orderd.org/Everything/Plain:1.0", exception._repid, "_repid")
    end },
    { name = "exception with members", run = function(peer)
        local exception = raise(peer, "detailed", "Everything::Detailed")
        same("because", exception.why, "why")
        same({ x = -1, y = 1 }, exception.where, "where")
        same({ 4, 2 }, exception.codes, "codes")
        same(77, exception.more._anyval, "more")
    end },
    { name = "exception of an interface", run = function(peer)
        local what = raise(peer, "inner", "Everything::Everybody::Inner").what
        same("key", what.key, "key")
        same("value", what.value._anyval, "value")
    end },
    { name = "protected calls", run = function(peer)
        local protected = orb:newproxy(peer, "protected")
        local ok, exception = protected["raise"](protected, "plain")
        same(false, ok, "ok")
        same(true, orb:isexcept(exception, "Everything::Plain"), tostring(exception))
        same(true, (protected:ping()), "ok of ping")
    end },
}

local system = {
    { name = "system exception", run = function(peer)
        local exception = raise(peer, "system", "NO_PERMISSION")
        same(1234, exception.minor, "minor")
        same("YES", exception.completed, "completed")
    end },
}

return { object = object, inheritance = inheritance, exceptions = exceptions, system = system }
