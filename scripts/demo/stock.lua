-- The demo inventory: what is in stock, taken for orders and put back, each once for an order.
--
-- It lives in the memory of one worker, so every start and every reload begins with the catalogue's
-- figures and without orders.

local books = require "books"
local catalogue = require "catalogue"
local uuid = require "orderd.uuid"

local LIFE = uuid.new() -- of these books: other ones may give another answer for the same order

---@class demo.Release
---@field event_id string   of the answer: the same answer is the same event
---@field taken table<string, integer>|nil    by product; nil: nothing is out of stock for it
---@field failures {product_id: string, message: string}[]

local available = {}
for id, entry in pairs(catalogue) do available[id] = entry.stock end

local stock = {}

--- How often the inventory was asked, and how often for an order that it knew already.
stock.asked = { release = 0, release_again = 0, restock = 0, restock_again = 0 }

local function count(operation, again)
    local name = again and operation .. "_again" or operation
    stock.asked[name] = stock.asked[name] + 1
end

---@param product_id string
---@return integer
function stock.available(product_id)
    return available[product_id] or 0
end

--- Two lines of one product are one demand.
local function totals(items)
    local total, ids = {}, {}
    for _, item in ipairs(items) do
        if not total[item.product_id] then ids[#ids + 1] = item.product_id end
        total[item.product_id] = (total[item.product_id] or 0) + item.quantity
    end
    return total, ids
end

---@param items {product_id: string, quantity: integer}[]
---@return {product_id: string, requested: integer, available: integer}[]
function stock.short_of(items)
    local short = {}
    local total, ids = totals(items)
    for _, id in ipairs(ids) do
        if total[id] > stock.available(id) then
            short[#short + 1] = { product_id = id, requested = total[id],
                available = stock.available(id) }
        end
    end
    return short
end

--- Why this cannot be taken, of each product that is to blame; empty when it can.
local function failures_of(total, ids)
    local failures = {}
    for _, id in ipairs(ids) do
        local entry, message = catalogue[id], nil
        if not entry then
            message = "unknown product"
        elseif entry.defect then
            message = entry.defect
        elseif total[id] > available[id] then
            message = ("%d requested, %d left"):format(total[id], available[id])
        end
        if message then failures[#failures + 1] = { product_id = id, message = message } end
    end
    return failures
end

local function given_up(ids)
    local failures = {}
    for index, id in ipairs(ids) do
        failures[index] = { product_id = id, message = "the order was given up" }
    end
    return failures
end

--- The answer for an order that was taken, or why not.
local function answer(order_id, taken, failures)
    local word = taken and "taken" or "refused"
    return { event_id = ("%s-%s-%s"):format(LIFE, order_id, word), taken = taken,
        failures = failures or {} }
end

--- It is written down before anything is taken, for the books may be full.
local function decide(order_id, total, ids)
    local failures = failures_of(total, ids)
    if #failures > 0 then
        books.refuse(order_id, failures)
        return answer(order_id, nil, failures)
    end
    books.take(order_id, total)
    for _, id in ipairs(ids) do available[id] = available[id] - total[id] end
    return answer(order_id, total)
end

--- Takes everything that the order needs, or nothing. Asked again, it gives the first answer again;
--- asked after the restock, it takes nothing.
---@param order_id string
---@param items {product_id: string, quantity: integer}[]
---@return demo.Release
function stock.release(order_id, items)
    local known = books.find(order_id)
    count("release", known)
    local total, ids = totals(items)
    if not known then return decide(order_id, total, ids) end
    if known.state == "given_up" then return answer(order_id, nil, given_up(ids)) end
    return answer(order_id, known.taken, known.failures)
end

--- Puts back what was taken for the order; asked again, nothing. What was never released is
--- remembered, too, so that a release that comes late takes nothing.
---@param order_id string
function stock.restock(order_id)
    local known = books.find(order_id)
    count("restock", known and known.state == "given_up")
    if known and known.state ~= "taken" then return end
    books.give_up(order_id)
    for id, quantity in pairs(known and known.taken or {}) do
        available[id] = available[id] + quantity
    end
end

--- What is in stock and what orders have, of each product, and what became of how many orders:
--- at_start is available + taken.
function stock.books()
    local taken, counts = books.totals()
    local products = {}
    for id, entry in pairs(catalogue) do
        products[#products + 1] = { product_id = id, at_start = entry.stock,
            available = available[id], taken = taken[id] or 0 }
    end
    table.sort(products, function(one, other) return one.product_id < other.product_id end)
    return { orders = counts, asked = stock.asked, products = products }
end

return stock
