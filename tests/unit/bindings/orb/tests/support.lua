-- What the tests share: proxies of the servants that this very program serves.

local conf = require "orderd.conf"
local orb = require "orderd.orb"
local echo = require "servants.echo"
require "servants.worker"

local support = {}

--- A corbaloc of a servant here.
function support.location(key)
    return ("corbaloc:iiop:1.2@127.0.0.1:%s/%s"):format(conf.settings.port, key)
end

--- By a reference that says which code sets are spoken, as a corbaloc does not.
function support.echo(kind)
    return orb:newproxy(echo, kind)
end

function support.worker(kind)
    return orb:newproxy(support.location("Worker"), kind, "T::Worker")
end

--- Whether both hold the same, also in tables.
function support.same(a, b)
    if type(a) ~= "table" or type(b) ~= "table" then
        return a == b and math.type(a) == math.type(b)
    end
    for key, value in pairs(a) do
        if not support.same(value, b[key]) then
            return false
        end
    end
    for key in pairs(b) do
        if a[key] == nil then
            return false
        end
    end
    return true
end

--- Calls the function, which must raise, and returns what it raised.
function support.raised(fn, ...)
    local results = table.pack(pcall(fn, ...))
    assert(not results[1], "nothing was raised")
    return results[2]
end

--- The same for a text, without "file:line: " before it.
function support.complaint(fn, ...)
    local text = support.raised(fn, ...)
    assert(type(text) == "string", tostring(text))
    return (text:gsub("^[^:]+:%d+: ", ""))
end

return support
