-- Basic types, at their ends.

local support = require "checks.support"

local basic = {
    { name = "ping", run = function(peer) support.same(nil, peer:ping(), "result") end },
}

support.echoes(basic, {
    { "echo_short", -32768, 32767 },
    { "echo_ushort", 65535, 0 },
    { "echo_long", -2147483648, 2147483647 },
    { "echo_ulong", 4294967295, 1 },
    { "echo_longlong", math.mininteger, math.maxinteger },
    { "echo_ulonglong", "18446744073709551615", 9007199254740993 },
    { "echo_float", -0.5, 3.4028234663852886e38 },
    { "echo_double", 0.1, -2.2250738585072014e-308 },
    { "echo_boolean", true, false },
    { "echo_octet", 255, 0 },
    { "echo_char", "a", "~" },
    { "echo_string", "hello, world", "" },
    { "echo_short_text", "12345678", "1" },
})

local fixed = support.echoes({}, {
    { "echo_amount", "9999999999.99", "-0.01" },
    { "echo_long_amount", "-1234567890123456789012345678901", "0" },
    { "echo_fraction", "0.9999", "-0.0001" },
    { "echo_amounts", { "1.50", "-2.25" }, {} },
})

local longdouble = support.echoes({}, { { "echo_longdouble", 0.1, -1e300 } })

return { basic = basic, fixed = fixed, longdouble = longdouble }
