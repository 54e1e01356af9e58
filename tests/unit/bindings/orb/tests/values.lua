-- Values of every type come back as they went.

local orb = require "orderd.orb"
local support = require "tests.support"
local test = require "orderd.test"

local function returns(operation, ...)
    local echo = support.echo()
    for _, value in ipairs { ... } do
        local back = echo[operation](echo, value)
        assert(support.same(value, back), operation .. ": " .. tostring(back))
    end
end

test.case("a struct of all basic types comes back", function()
    returns("basic", {
        b = true, o = 255, s = -32768, us = 65535, l = -2147483648, ul = 4294967295,
        ll = math.mininteger, ull = "18446744073709551615", f = 0.5, d = 0.1, ld = -0.1,
        c = "x", wc = "€", t = "Grüße", wt = "日本語 😀", tint = "BLUE",
    }, {
        b = false, o = 0, s = 32767, us = 0, l = 2147483647, ul = 0,
        ll = math.maxinteger, ull = math.maxinteger, f = -1.5, d = 1e300, ld = 0.0,
        c = "A", wc = "a", t = "", wt = "", tint = "RED",
    })
end)

test.case("sequences and arrays come back", function()
    returns("points", {}, { { x = 1, y = 2 } }, { { x = 1, y = 2 }, { x = -3, y = 4 } })
    returns("few", {}, { 1, 2, 3 })
    returns("flags", { true, false, true })
    returns("texts", { "", "a", ("long"):rep(1000) })
    returns("matrix", { { 1, 2, 3 }, { 4, 5, 6 } })
end)

test.case("octets are a text", function()
    returns("bytes", "", "\0\1\255", ("x"):rep(100000))
    returns("key", "\0abc")
    assert(support.echo():bytes({ 65, 66 }) == "AB")
    assert(support.echo():key({ 65, 66, 67, 68 }) == "ABCD")
end)

test.case("an array of orderd.json is taken", function()
    local json = require "orderd.json"
    assert(#support.echo():few(json.array {}) == 0)
    assert(support.echo():lines(json.decode('[{"product_id":"x","quantity":3}]')) == 1)
end)

test.case("bounded texts come back", function()
    returns("bounded", "", "fünf")
    returns("wide", "", "fünf!")
end)

test.case("a fixed is its decimal text", function()
    returns("price", "0.00", "12.34", "-9999.99")
    assert(support.echo():price("1.5") == "1.50")
    assert(support.echo():price("7") == "7.00")
end)

test.case("a struct that holds itself comes back", function()
    returns("tree", { name = "a", kids = { { name = "b", kids = {} }, { name = "c", kids = { { name = "d", kids = {} } } } } })
end)

test.case("unions come back", function()
    returns("shape", { _switch = "RED", _value = { x = 1, y = 2 } }, { _switch = "GREEN", _value = "go" }, { _switch = "BLUE" })
    returns("maybe", { _switch = true, _value = 3 }, { _switch = false })
    returns("by_char", { _switch = "a", _value = 3 }, { _switch = "z", _value = "else" })
    returns("by_big", { _switch = "18446744073709551615", _value = "last" }, { _switch = 7, _value = 8 }, { _switch = 8 })
end)

test.case("single values come back", function()
    returns("tint", "RED", "GREEN", "BLUE")
    returns("small", 0, 255)
    returns("big", 0, math.maxinteger, "9223372036854775808")
    returns("single", 0.25, 1 / 0, -1 / 0)
    returns("number", 0.1, -1e-300, 1 / 0)
    returns("truth", true, false)
    returns("letter", "a", "~")
    returns("wide_letter", "ä", "€")
    returns("text", "", "a", "Ελληνικά")
    local nan = support.echo():number(0 / 0)
    assert(nan ~= nan)
    assert(math.type(support.echo():number(3)) == "float")
end)

test.case("an any says its type and its value", function()
    local echo = support.echo()
    for value, type in pairs { text = "string", [true] = "boolean", [12] = "long long", [0.5] = "double" } do
        local back = echo:anything(value)
        assert(back._anyval == value and back._anytype == orb:type(type), type)
    end
    local points = { { x = 1, y = 2 } }
    local back = echo:anything { _anyval = points, _anytype = orb:type("T::PointList") }
    assert(support.same(back._anyval, points) and back._anytype == orb:type("T::PointList"))
    assert(back._anytype ~= orb:type("T::FewLongs") and back._anytype ~= 5)
    back = echo:anything { _anyval = { name = "a", kids = {} }, _anytype = orb:type("T::Branch") }
    assert(back._anyval.name == "a")
    back = echo:anything { _anytype = orb:type("null") }
    assert(back._anyval == nil and back._anytype == orb:type("null"))
    back = echo:anything { _anyval = "GREEN", _anytype = orb:type("T::Color") }
    assert(back._anyval == "GREEN")
    back = echo:anything { _anyval = { _switch = "RED", _value = { x = 1, y = 2 } }, _anytype = orb:type("T::Figure") }
    assert(back._anyval._value.y == 2)
    back = echo:anything { _anyval = { why = "x", places = {} }, _anytype = orb:type("T::Broken") }
    assert(orb:isexcept(back._anyval, "T::Broken") and back._anyval.why == "x")
end)

test.case("an any in an any, and many of them", function()
    local back = support.echo():anys { "a", 1, { _anyval = { _anyval = true, _anytype = orb:type("boolean") }, _anytype = orb:type("any") } }
    assert(back[1]._anyval == "a" and back[2]._anyval == 1 and back[3]._anyval._anyval == true)
    assert(support.same(support.echo():anys(back)[3]._anyval._anyval, true))
end)

test.case("a TypeCode is a type", function()
    local echo = support.echo()
    for _, name in ipairs { "long", "string", "T::Record", "T::Branch", "T::Figure", "T::Grid", "T::Amount", "T::Echo", "any" } do
        local back = echo:type(orb:type(name))
        assert(back == orb:type(name), name)
        assert(tostring(back) == tostring(orb:type(name)), name .. " " .. tostring(back))
    end
end)

test.case("constants have their values", function()
    assert(orb:constant("T::LIMIT") == 200 and orb:constant("T::NAME") == "orderd")
    assert(orb:constant("T::YES") == true and orb:constant("T::HALF") == 0.5)
    assert(orb:constant("T::FAVOURITE") == "BLUE")
    assert(orb:constant("T::BIG") == "18446744073709551615")
end)

test.case("members may come through a metatable", function()
    local point = setmetatable({ x = 1 }, { __index = { y = 2 } })
    assert(support.same(support.echo():points { point }, { { x = 1, y = 2 } }))
end)

test.case("a member that IDL does not know is ignored", function()
    assert(support.same(support.echo():points { { x = 1, y = 2, z = 3 } }, { { x = 1, y = 2 } }))
end)
