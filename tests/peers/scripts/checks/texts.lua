-- Texts beyond ASCII: what every code set has, and what only Unicode has.

local orb = require "orderd.orb"
local support = require "checks.support"

orb:loadidlfile "everything.idl"

--- Whether the peer counts, and makes, the same characters.
local function converted(cases, count, make, codes)
    cases[#cases + 1] = { name = count, run = function(peer)
        support.same(#codes, peer[count](peer, utf8.char(table.unpack(codes))), count)
    end }
    cases[#cases + 1] = { name = make, run = function(peer)
        for _, code in ipairs(codes) do
            support.same(utf8.char(code), peer[make](peer, code), make)
        end
    end }
    return cases
end

local LATIN = { 0xe9, 0xff, 0x78, 0xa0 }
local UNICODE = { 0xe9, 0x20ac, 0x6f22, 0x1f600, 0x10ffff, 0x78 }

local text = converted(support.echoes({}, {
    { "echo_string", utf8.char(table.unpack(LATIN)), "\t" },
    { "echo_texts", { "Grüße", "", "plain" }, {} },
}), "characters", "character", LATIN)

local latin = support.echoes({}, { { "echo_char", "é", "ÿ" } })
--- What the peer's ISO-8859-1 cannot hold is refused, not mangled.
latin[#latin + 1] = { name = "a text that ISO-8859-1 does not have", run = function(peer)
    local why = tostring(support.raised(peer.characters, peer, "漢"))
    if not why:find "code set" then error(why, 0) end
end }

local unicode = converted(support.echoes({}, {
    { "echo_string", utf8.char(table.unpack(UNICODE)), "€" },
}), "characters", "character", UNICODE)

local wide = converted(support.echoes({}, {
    { "echo_wchar", "w", "€" },
    { "echo_wstring", utf8.char(table.unpack(UNICODE)), "" },
    { "echo_short_wide_text", "12345678", "é" },
    { "echo_wide", { letter = "漢", text = "a漢😀" }, { letter = "o", text = "" } },
    { "echo_any", { _anyval = "a漢😀", _anytype = orb:type "wstring" },
        { _anyval = "漢", _anytype = orb:type "wchar" } },
}), "wide_characters", "wide_character", UNICODE)

return { text = text, latin = latin, unicode = unicode, wide = wide }
