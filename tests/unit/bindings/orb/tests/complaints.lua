-- What is wrong with a value is told with its place, and nothing is sent.

local json = require "orderd.json"
local orb = require "orderd.orb"
local support = require "tests.support"
local test = require "orderd.test"

local function complains(operation, value, wanted)
    local echo = support.echo()
    local text = support.complaint(function() echo[operation](echo, value) end)
    assert(text == wanted, text)
end

test.case("an integer out of range is named with its place", function()
    complains("lines", { { product_id = "a", quantity = 1 }, { product_id = "b", quantity = 300 } },
        "items[2].quantity: 300 is not an octet (0 to 255)")
    complains("small", -1, "value: -1 is not an octet (0 to 255)")
    complains("few", { 1, 2147483648 }, "value[2]: 2147483648 is not a long (-2147483648 to 2147483647)")
    complains("matrix", { { 1, 2, 3 }, { 1, 2, "3" } }, "value[2][3]: a text is not a long (-2147483648 to 2147483647)")
end)

test.case("nothing is converted silently", function()
    complains("small", "1", "value: a text is not an octet (0 to 255)")
    complains("small", 1.0, "value: 1.0 is not an octet (0 to 255)")
    complains("small", json.null, "value: json.null is not an octet (0 to 255)")
    complains("truth", 1, "value: 1 is not a boolean")
    complains("text", 12, "value: 12 is not a text")
    complains("number", "0.5", "value: a text is not a number")
    complains("number", math.maxinteger, "value: 9223372036854775807 is an integer that a double would round")
    complains("single", 1e39, "value: 1e+39 is not a float (a number up to 3.4e38)")
    complains("small", 123456789012345680.0, "value: 123456789012345680.0 is not an octet (0 to 255)")
    complains("small", -1e15, "value: -1000000000000000.0 is not an octet (0 to 255)")
    complains("small", 0.1 + 0.2, "value: 0.30000000000000004 is not an octet (0 to 255)")
    complains("small", 1 / 0, "value: inf is not an octet (0 to 255)")
    complains("big", -1, "value: -1 is not an unsigned long long (0 to 18446744073709551615)")
    complains("big", "12", "value: a text where an unsigned long long is expected must be decimal digits, "
        .. "9223372036854775808 to 18446744073709551615")
    complains("price", 1.5, "value: 1.5 is not a text of decimal digits")
end)

test.case("what is missing is missed", function()
    complains("points", { { x = 1 } }, "value[1].y: missing: a long (-2147483648 to 2147483647) is expected")
    complains("text", nil, "value: missing: a text is expected")
    complains("lines", { { quantity = 1 } }, "items[1].product_id: missing: a text is expected")
end)

test.case("texts are checked", function()
    complains("text", "\xff", "value: the text is not UTF-8")
    complains("text", "a\0b", "value: the text holds a NUL character")
    complains("bounded", "fünf!", "value: the text is longer than 5 bytes, as it is sent")
    complains("wide", "sixsix", "value: the text is longer than 5 UTF-16 units")
    complains("letter", "ab", "value: a text of 2 characters where one character is expected")
    complains("letter", "", "value: a text of 0 characters where one character is expected")
    complains("price", "1.234", "value: the text is no decimal number of at most 6 digits, 2 of them after the point")
    complains("price", "x", "value: the text is no decimal number of at most 6 digits, 2 of them after the point")
end)

test.case("what the other side has no code set for is refused", function()
    local echo = orb:newproxy(support.location("Echo"), nil, "T::Echo")
    assert(echo:text("Grüße") == "Grüße") -- ISO-8859-1 has these
    local text = support.complaint(function() echo:text("Ελληνικά") end)
    assert(text == "value: the text has a character that does not exist in the code set of the other side", text)
    text = support.complaint(function() echo:wide_letter("a") end)
    assert(text == "value: the other side takes no wide characters, or not this one", text)
end)

test.case("sequences and arrays are as long as IDL says", function()
    complains("few", { 1, 2, 3, 4 }, "value: 4 elements where the sequence has at most 3")
    complains("key", "abc", "value: 3 elements where an array has 4")
    complains("matrix", { { 1, 2, 3 } }, "value: 1 elements where an array has 2")
    complains("few", { x = 1 }, "value: a table with other keys than 1 to n is no sequence")
    complains("few", "abc", "value: a text is not a sequence<long,3>")
end)

test.case("an enumerator is told with those there are", function()
    complains("tint", "PINK", "value: 'PINK' is not a T::Color (RED, GREEN, BLUE)")
    complains("tint", "no such thing", "value: a text is not a T::Color (RED, GREEN, BLUE)")
    complains("tint", 1, "value: 1 is not a T::Color (RED, GREEN, BLUE)")
end)

test.case("a union is told where it goes wrong", function()
    complains("shape", { _switch = "PINK" }, "value._switch: 'PINK' is not a T::Color (RED, GREEN, BLUE)")
    complains("shape", { _switch = "RED", _value = { x = 1 } },
        "value._value.y: missing: a long (-2147483648 to 2147483647) is expected")
    complains("shape", { _switch = "BLUE", _value = 1 }, "value._value: the union has no member for this _switch")
    complains("shape", "x", "value: a text is not a T::Figure")
end)

test.case("an any is told where it goes wrong", function()
    complains("anything", {}, "value: a table where an any is expected needs _anytype, a type")
    complains("anything", { _anyval = 300, _anytype = orb:type("octet") }, "value._anyval: 300 is not an octet (0 to 255)")
    complains("anything", nil, "value: missing: an any (a table with _anyval and _anytype, or a plain value) is expected")
    complains("type", "long", "value: a text is not a type")
end)

test.case("a value that holds itself is refused", function()
    local tree = { name = "a" }
    tree.kids = { tree }
    local text = support.complaint(function() support.echo():tree(tree) end)
    assert(text:find("nested deeper than 64, or holds itself", 1, true), text)
end)

test.case("values that would fill the network are refused", function()
    local text = ("x"):rep(1000000)
    local texts = {}
    for i = 1, 100 do
        texts[i] = text
    end
    local complaint = support.complaint(function() support.echo():texts(texts) end)
    assert(complaint:find("the values of one call take more than 16 MiB", 1, true), complaint)
end)

test.case("an argument too many is refused", function()
    assert(support.complaint(function() support.echo():small(1, 2) end) == "small takes 1 argument, not 2")
    local worker = support.worker()
    assert(support.complaint(function() worker:sum(1, 2, 3) end) == "sum takes 2 arguments, not 3")
end)

test.case("an operation that is not there is named with its interface", function()
    local text = support.complaint(function() support.echo():nonsense() end)
    assert(text == "T::Echo has no operation 'nonsense'", text)
end)

test.case("a method wants its own proxy as self", function()
    local echo, worker = support.echo(), support.worker()
    for _, self in ipairs { worker, {}, 5 } do
        local text = support.complaint(echo.small, self, 1)
        assert(text == "small is a method: call it with ':' on a proxy of its interface", text)
    end
end)

test.case("the line of the script is named", function()
    local text = support.raised(function() support.echo():small(300) end)
    assert(text:find("^%S*tests/complaints.lua:%d+: value: 300"), text)
end)

test.case("an error in a metatable ends the call, and the next one works", function()
    local echo = support.echo()
    local point = setmetatable({}, { __index = function() error("not mine", 0) end })
    for _ = 1, 3 do
        assert(support.raised(function() echo:points { point } end) == "not mine")
    end
    local waits = setmetatable({}, { __index = function() return echo:small(1) end })
    local text = support.raised(function() echo:points { waits } end)
    assert(text:find("nothing can wait", 1, true), text)
    assert(echo:small(7) == 7)
end)


test.case("what scripts name wrongly is told", function()
    assert(support.complaint(orb.type, orb, "T::None") == "there is no type 'T::None' in the IDL that has been loaded")
    assert(support.complaint(orb.constant, orb, "T::None") == "there is no constant 'T::None' in the IDL that has been loaded")
    assert(support.complaint(orb.newproxy, orb, support.location("x"), nil, "T::None")
        == "there is no interface 'T::None' in the IDL that has been loaded")
    assert(support.complaint(orb.newexcept, orb, { _repid = "T::None" })
        == "there is no exception 'T::None' in the IDL that has been loaded")
    assert(support.complaint(orb.newexcept, orb, { _repid = "T::Broken", why = "x" }) == "the exception Broken needs 'places'")
    assert(support.complaint(orb.newproxy, orb, support.location("x"))
        == "the reference does not say its interface: give one as third argument")
    assert(support.complaint(orb.newproxy, orb, "nonsense"):find("^no reference: "))
    assert(support.complaint(orb.newproxy, orb, support.location("x"), "lazy", "T::Echo")
        :find("there is no kind 'lazy': it is 'synchronous', 'asynchronous' or 'protected'", 1, true))
    assert(support.complaint(orb.loadidl, orb, "module X {};"):find("may only be called while the scripts are being loaded", 1, true))
    assert(support.complaint(orb.newservant, orb, {}, "k", "T::Echo"):find("may only be called while", 1, true))
end)
