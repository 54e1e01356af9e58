-- any and TypeCode: types that travel.

local orb = require "orderd.orb"
local support = require "checks.support"
local values = require "checks.values"

orb:loadidlfile "everything.idl"

local union = values.union

local function any(type_name, value)
    return { _anytype = orb:type(type_name), _anyval = value }
end

local ANYS = {
    { "null", nil },
    { "short", -5 },
    { "long", -70000 },
    { "long long", -5000000000 },
    { "unsigned long long", "18446744073709551615" },
    { "float", 0.5 },
    { "double", 0.1 },
    { "boolean", true },
    { "char", "c" },
    { "octet", 200 },
    { "string", "text" },
    { "any", any("any", any("string", "inside")) },
    { "Everything::ShortText", "bounded" },
    { "Everything::Amount", "-12.34" },
    { "Everything::Colour", "BLUE" },
    { "Everything::Shape", values.shape("struct", "GREEN", 2) },
    { "Everything::Tree", values.tree("any", 3, 2) },
    { "Everything::Expression", values.expression(3.0) },
    { "Everything::ByChar", union("z", values.shape("union", "RED", 1)) },
    { "Everything::ByULongLong", union("18446744073709551615", 1.5) },
    { "Everything::Texts", { "a", "", "b" } },
    { "Everything::Octets", "\0\1\2" },
    { "Everything::Matrix", {} },
    { "Everything::Grid", { { 1, 2, 3 }, { 4, 5, 6 } } },
    { "Everything::Row", { id = 1, name = "row", amount = 0.5 } },
}

local cases = {}
local all = {}
for _, entry in ipairs(ANYS) do
    local value = any(entry[1], entry[2])
    all[#all + 1] = value
    cases[#cases + 1] = { name = "any of " .. entry[1], run = function(peer)
        support.echo(peer, "echo_any", value, any("long", 1))
    end }
end
support.echoes(cases, { { "echo_anys", all, {} } })

cases[#cases + 1] = { name = "any of an object", run = function(peer)
    local value = any("Everything::Everybody", peer)
    local result = peer:echo_any(value, any("long", 1))
    support.same("bottom", result._anyval:at_bottom(), "at_bottom")
end }

--- A plain value needs no type.
cases[#cases + 1] = { name = "plain values", run = function(peer)
    for _, value in ipairs { "text", true, 5000000000, 0.25 } do
        support.same(value, (peer:echo_any(value, 1))._anyval, "value")
    end
end }

local typecodes = {}
for name in ([[long void string any Object TypeCode Everything::Shape Everything::Tree
    Everything::Expression Everything::ByColour Everything::Grid Everything::ShortText
    Everything::Amount Everything::Detailed Everything::Everybody Everything::Anys
    Everything::ByULongLong Everything::ByBoolean Everything::ByLongLong
    Everything::Primitives]]):gmatch "%S+" do
    typecodes[#typecodes + 1] = { name = "typecode " .. name, run = function(peer)
        support.echo(peer, "echo_typecode", orb:type(name), orb:type "double")
    end }
end

return { any = cases, typecode = typecodes }
