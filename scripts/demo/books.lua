-- The demo inventory's memory of orders: what became of each, in as few bytes as it takes, so that no
-- order that a test makes is ever forgotten: a forgotten one would be taken twice.
--
-- An order is 16 bytes of key and a short text, of which Lua keeps one for all orders that have the
-- same: about 100 bytes an order. conf/demo.lua gives memory for as many as there may be.

local catalogue = require "catalogue"
local json = require "orderd.json"

---@alias demo.State "taken"|"refused"|"given_up"

---@class demo.Known
---@field state demo.State
---@field taken? table<string, integer>  by product
---@field failures? {product_id: string, message: string}[]

local LINE = ">I1I6" -- the product's number and how many
local GIVEN_UP, TAKEN, REFUSED = "-", "t", "r" -- how texts begin

local ids, numbers = {}, {}
for id in pairs(catalogue) do ids[#ids + 1] = id end
table.sort(ids)
for number, id in ipairs(ids) do numbers[id] = number end

---@type table<string, string>
local orders = {}
local count = 0

local books = {}

books.limit = 1000000 -- orders

local function key_of(order_id)
    local digits = order_id:gsub("-", "")
    return string.pack(">i8i8", tonumber(digits:sub(1, 16), 16), tonumber(digits:sub(17), 16))
end

local function write_taken(taken)
    local parts = { TAKEN }
    for number, id in ipairs(ids) do
        if taken[id] then parts[#parts + 1] = string.pack(LINE, number, taken[id]) end
    end
    return table.concat(parts)
end

local function read_taken(text)
    local taken, place = {}, 1 + #TAKEN
    while place <= #text do
        local number, quantity
        number, quantity, place = string.unpack(LINE, text, place)
        taken[ids[number]] = quantity
    end
    return taken
end

--- Raises when there is no room for another order: what was known stays known.
local function remember(order_id, text)
    local key = key_of(order_id)
    local new = not orders[key]
    if new and count >= books.limit then error("the demo inventory remembers no more orders", 0) end
    orders[key] = text
    if new then count = count + 1 end
end

--- All of these quantities are above 0.
---@param taken table<string, integer>
function books.take(order_id, taken)
    remember(order_id, write_taken(taken))
end

---@param failures {product_id: string, message: string}[]
function books.refuse(order_id, failures)
    remember(order_id, REFUSED .. json.encode(failures))
end

function books.give_up(order_id)
    remember(order_id, GIVEN_UP)
end

---@return demo.Known|nil  nil: it was never heard of
function books.find(order_id)
    local text = orders[key_of(order_id)]
    local kind = text and text:sub(1, 1)
    if kind == TAKEN then return { state = "taken", taken = read_taken(text) } end
    if kind == REFUSED then return { state = "refused", failures = json.decode(text:sub(2)) } end
    return kind and { state = "given_up" }
end

--- What is taken in all, added up order by order.
---@return table<string, integer> taken  by product
---@return table<demo.State, integer> counts  of orders
function books.totals()
    local of_text, counts = {}, { taken = 0, refused = 0, ["given_up"] = 0 }
    for _, text in pairs(orders) do of_text[text] = (of_text[text] or 0) + 1 end
    local taken = {}
    for text, times in pairs(of_text) do
        local kind = text:sub(1, 1)
        local state = kind == TAKEN and "taken" or kind == REFUSED and "refused" or "given_up"
        counts[state] = counts[state] + times
        for id, quantity in pairs(kind == TAKEN and read_taken(text) or {}) do
            taken[id] = (taken[id] or 0) + quantity * times
        end
    end
    return taken, counts
end

return books
