-- The demo inventory's books: what is in stock, and what was taken for which order.
--
-- They live in the memory of one worker, so every start and every reload begins with the
-- catalogue's figures. Of orders only the latest are remembered.

local catalogue = require "catalogue"
local uuid = require "orderd.uuid"

local ORDERS = 20000

---@class demo.Release
---@field event_id string   of the answer: the same answer is the same event
---@field taken table<string, integer>|nil    by product; nil: nothing is out of stock for it
---@field failures {product_id: string, message: string}[]

local available = {}
for id, entry in pairs(catalogue) do available[id] = entry.stock end

---@type table<string, demo.Release>
local releases = {}
local order_ids, latest = {}, 0 -- a ring of the orders that are remembered

local stock = {}

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

---@return demo.Release
local function remember(order_id, release)
    latest = latest % ORDERS + 1
    if order_ids[latest] then releases[order_ids[latest]] = nil end
    order_ids[latest] = order_id
    releases[order_id] = release
    return release
end

--- Takes everything that the order needs, or nothing. Asked again, it gives the first answer again.
---@param order_id string
---@param items {product_id: string, quantity: integer}[]
---@return demo.Release
function stock.release(order_id, items)
    if releases[order_id] then return releases[order_id] end
    local total, ids = totals(items)
    local release = { event_id = uuid.new(), failures = failures_of(total, ids) }
    if #release.failures == 0 then
        for _, id in ipairs(ids) do available[id] = available[id] - total[id] end
        release.taken = total
    end
    return remember(order_id, release)
end

--- Puts back what was taken for the order; asked again, nothing. An order that was never released
--- is remembered as given up, so that a release that comes late takes nothing.
---@param order_id string
function stock.restock(order_id)
    local release = releases[order_id]
    for id, quantity in pairs(release and release.taken or {}) do
        available[id] = available[id] + quantity
    end
    local given_up = { event_id = uuid.new(), failures = {
        { product_id = order_id, message = "the order was given up" } } }
    if release then
        releases[order_id] = given_up
    else
        remember(order_id, given_up)
    end
end

return stock
