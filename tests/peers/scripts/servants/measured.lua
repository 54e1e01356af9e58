-- What tools/bench measures.

local orb = require "orderd.orb"

orb:loadidlfile "everything.idl"

local measured = {}
local told = 0

function measured:ping() end

function measured:sum(rows)
    local total = 0.0
    for _, row in ipairs(rows) do total = total + row.amount end
    return { count = #rows, total = total, last = #rows > 0 and rows[#rows].name or "" }
end

function measured:tell() told = told + 1 end
function measured:told() return told end

return orb:newservant(measured, "Measured", "Everything::Measured")
