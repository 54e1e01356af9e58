-- Comparing what came back with what was sent.

local support = {}

local function show(value)
    if type(value) == "string" then return ("%q"):format(value:sub(1, 200)) end
    return tostring(value)
end

local function fail(where, expected, got)
    error(("%s: expected %s, got %s"):format(where, show(expected), show(got)), 0)
end

--- Every member of what was sent is there; what is there besides is the IDL's business.
function support.same(expected, got, where)
    if type(expected) == "table" and type(got) == "table" then
        for key, value in pairs(expected) do
            support.same(value, got[key], where .. "." .. tostring(key))
        end
        if #expected ~= #got then fail(where .. " length", #expected, #got) end
    elseif expected ~= got or math.type(expected) ~= math.type(got) then
        fail(where, expected, got)
    end
end

--- An echo: the result and the inout value are `value`, the out value is `both`.
function support.echo(peer, operation, value, both)
    local result, after, copy = peer[operation](peer, value, both)
    support.same(value, result, "result")
    support.same(value, after, "inout")
    support.same(both, copy, "out")
end

--- Cases of echoes: {operation, value, both} each.
function support.echoes(cases, list)
    for _, case in ipairs(list) do
        cases[#cases + 1] = { name = case[1], run = function(peer)
            support.echo(peer, table.unpack(case, 1, 3))
        end }
    end
    return cases
end

--- Runs a function that has to raise, and gives what it raised.
function support.raised(fn, ...)
    local ok, exception = pcall(fn, ...)
    if ok then error("it raised nothing", 0) end
    return exception
end

return support
