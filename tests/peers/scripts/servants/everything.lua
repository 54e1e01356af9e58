-- Serves everything.idl to programs of other ORBs.

local orb = require "orderd.orb"
local timer = require "orderd.timer"

orb:loadidlfile "everything.idl"

local everybody = { note = "", count = 5000000000, numbers = { 1, 2, 3, 4 } }
local told = {}
local references = {}

-- ---- attributes ----

everybody.drawing = { name = "nothing", fill = "RED", outline = {},
    border = { corners = { { x = 0, y = 0 }, { x = 0, y = 0 } }, opacity = 0, scale = 0.0 } }

for _, name in ipairs { "note", "numbers", "drawing" } do
    everybody["_set_" .. name] = function(self, value) self[name] = value end
end
for _, name in ipairs { "note", "numbers", "drawing", "count" } do
    everybody["_get_" .. name] = function(self) return self[name] end
end
function everybody:_get_favourite() return orb:constant "Everything::FAVOURITE" end

-- ---- echoes ----

local function echo(_, value, both)
    return value, value, both
end

for name in ([[short ushort long ulong longlong ulonglong float double longdouble boolean octet
    char wchar string wstring short_text short_wide_text amount long_amount fraction any object top
    typecode colour point shape primitives wide keywords tree shorts longs few_longs booleans octets
    chars texts short_texts matrix shapes anys colours amounts four grid pair line digest by_short
    by_ushort by_long by_ulong by_longlong by_ulonglong by_char by_boolean by_colour expression
    nested]]):gmatch "%S+" do
    everybody["echo_" .. name] = echo
end

-- ---- inheritance ----

function everybody:at_top() return "top" end
function everybody:at_left() return "left" end
function everybody:at_bottom() return "bottom" end
function everybody:at_right(other)
    return "right of " .. (other and other:at_bottom() or "nobody")
end

-- ---- exceptions ----

local EXCEPTIONS = {
    plain = { _repid = "Everything::Plain" },
    detailed = { _repid = "Everything::Detailed", why = "because", where = { x = -1, y = 1 },
        codes = { 4, 2 }, more = { _anyval = 77, _anytype = orb:type "long" } },
    inner = { _repid = "Everything::Everybody::Inner", what = { key = "key", value = "value" } },
    system = { _repid = "NO_PERMISSION", minor = 1234, completed = "YES" },
}

everybody["raise"] = function(_, which)
    if EXCEPTIONS[which] then error(orb:newexcept(EXCEPTIONS[which])) end
end

-- ---- texts, and much of them ----

function everybody:characters(text) return utf8.len(text) end
function everybody:character(code) return utf8.char(code) end
everybody.wide_characters = everybody.characters
everybody.wide_character = everybody.character

local SEVENS = {}
for i = 0, 255 do SEVENS[i + 1] = string.char(i * 7 % 256) end
SEVENS = table.concat(SEVENS)

function everybody:big(size)
    return SEVENS:rep(size // 256 + 1):sub(1, size)
end

function everybody:weigh(data)
    local sum = 0
    for i = 1, #data do sum = sum + data:byte(i) end
    return sum
end

function everybody:many(count)
    local texts = {}
    for i = 1, count do texts[i] = "item " .. i end
    return texts
end

-- ---- what takes time, or others ----

function everybody:ping() end

function everybody:wait(milliseconds)
    timer.sleep(milliseconds / 1000)
    return milliseconds
end

function everybody:tell(text) told[#told + 1] = text end
function everybody:told()
    local all = told
    told = {}
    return all
end

function everybody:call_back(who, text) return who:heard(text) + 1 end
function everybody:note_back(who, text) who:noted(text) end

-- ---- references ----

function everybody:self() return references.everybody end
function everybody:nowhere() return references.nowhere:object "nothing" end
function everybody:forwarded()
    error(orb:newexcept { _repid = "NO_IMPLEMENT", minor = 0, completed = "NO" })
end

local nowhere = {}
function nowhere:_non_existent() return true end
function nowhere:at_top()
    error(orb:newexcept { _repid = "OBJECT_NOT_EXIST", minor = 0, completed = "NO" })
end
nowhere._get_note, nowhere._set_note = nowhere.at_top, nowhere.at_top

references.everybody = orb:newservant(everybody, "Everybody", "Everything::Everybody")
references.nowhere = orb:newdefaultservant(nowhere, "Nowhere/", "Everything::Top")
return references.everybody
