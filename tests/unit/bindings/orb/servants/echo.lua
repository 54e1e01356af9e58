-- Gives back what it gets.

local orb = require "orderd.orb"

orb:loadidlfile("everything.idl")

local echo = {}
for name in ("basic points few bytes key matrix flags texts bounded wide price tree shape maybe by_char "
    .. "by_big anything anys type tint small big single number truth letter wide_letter text"):gmatch("%g+") do
    echo[name] = function(_, value)
        return value
    end
end

function echo:lines(items)
    return #items
end

return orb:newservant(echo, "Echo", "T::Echo")
