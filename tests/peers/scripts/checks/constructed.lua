-- Structs, sequences, arrays and unions.

local support = require "checks.support"
local values = require "checks.values"

local shape, tree = values.shape, values.tree
local union, expression = values.union, values.expression

local function primitives(sign)
    return { a = 1, b = sign * 32767, c = sign > 0, d = sign * 2147483647, e = "e",
        f = sign * math.maxinteger, g = 255, h = sign * 1e300, i = 65535, j = sign * 0.5, k = 0,
        l = "18446744073709551615", m = 4294967295 }
end

local constructed = support.echoes({}, {
    { "echo_colour", "BLUE", "RED" },
    { "echo_point", { x = -1, y = 2147483647 }, { x = 0, y = 0 } },
    { "echo_primitives", primitives(1), primitives(-1) },
    { "echo_shape", shape("a", "GREEN", 3), shape("", "RED", 0) },
    { "echo_tree", tree("root", 4, 3), tree("leaf", 0, 0) },
    { "echo_keywords", { interface = 5, sequence = "word" }, { interface = 0, sequence = "" } },
})

local sequences = support.echoes({}, {
    { "echo_shorts", { -1, 2, 3 }, {} },
    { "echo_longs", { 1, -2, 3 }, {} },
    { "echo_few_longs", { 1, 2, 3, 4, 5, 6, 7, 8 }, {} },
    { "echo_booleans", { true, false, true }, {} },
    { "echo_octets", "\0\255\n\0", "" },
    { "echo_chars", { "a", "b" }, {} },
    { "echo_texts", { "one", "", "three" }, {} },
    { "echo_short_texts", { "12345678", "", "3" }, {} },
    { "echo_matrix", { { 0.5, -1e-300 }, {}, { 3.0 } }, {} },
    { "echo_shapes", { shape("a", "RED", 1), shape("longer", "BLUE", 0) }, {} },
    { "echo_colours", { "BLUE", "RED" }, {} },
})

local arrays = support.echoes({}, {
    { "echo_four", { 1, -2, 3, -4 }, { 0, 0, 0, 9 } },
    { "echo_grid", { { 1, 2, 3 }, { 4, 5, 6 } }, { { 0, 0, 7 }, { 0, 0, 0 } } },
    { "echo_pair", { "first", "" }, { "", "other" } },
    { "echo_line", { { x = 1, y = 2 }, { x = 3, y = 4 } }, { { x = 0, y = 0 }, { x = 0, y = -1 } } },
    { "echo_digest", ("\1\0\255\3"):rep(5), ("\0"):rep(20) },
})

local unions = support.echoes({}, {
    { "echo_by_short", union(-1, "minus"), union(2, { x = 5, y = 6 }) },
    { "echo_by_ushort", union(65535, 0.25), union(7, 9) },
    { "echo_by_long", union(-2147483647, "\1\2"), union(0, "BLUE") },
    { "echo_by_ulong", union(4294967295, "most"), union(8) }, -- of no case, without a member
    { "echo_by_longlong", union(-5000000000, -5), union(5000000000, "other") },
    { "echo_by_ulonglong", union("18446744073709551615", 1.5), union(0, "none") },
    { "echo_by_char", union("c", "text"), union("z", shape("any", "GREEN", 2)) },
    { "echo_by_boolean", union(true, "yes"), union(false, { 1 }) },
    { "echo_by_colour", union("BLUE", { { 1, 2, 3 }, { 4, 5, 6 } }), union("GREEN") },
    { "echo_expression", expression(7.0), expression(-0.5) },
    { "echo_nested", union(true, union(1, { x = 5, y = 6 })), union(false) },
})

return { constructed = constructed, sequences = sequences, arrays = arrays, unions = unions }
