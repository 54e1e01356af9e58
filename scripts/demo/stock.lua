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

---@type demo.Release
local GIVEN_UP = { event_id = "", failures = {} } -- stands for an order that was restocked

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

---@return demo.Release
local function remember(order_id, release)
    if not releases[order_id] then
        latest = latest % ORDERS + 1
        if order_ids[latest] then releases[order_ids[latest]] = nil end
        order_ids[latest] = order_id
    end
    releases[order_id] = release
    return release
end

local function take(total, ids)
    local release = { event_id = uuid.new(), failures = failures_of(total, ids) }
    if #release.failures == 0 then
        for _, id in ipairs(ids) do available[id] = available[id] - total[id] end
        release.taken = total
    end
    return release
end

local function refuse(ids)
    local failures = {}
    for index, id in ipairs(ids) do
        failures[index] = { product_id = id, message = "the order was given up" }
    end
    return { event_id = uuid.new(), failures = failures }
end

--- Takes everything that the order needs, or nothing. Asked again, it gives the first answer again;
--- asked after the restock, it takes nothing.
---@param order_id string
---@param items {product_id: string, quantity: integer}[]
---@return demo.Release
function stock.release(order_id, items)
    local known = releases[order_id]
    if known and known ~= GIVEN_UP then return known end
    local total, ids = totals(items)
    return remember(order_id, known and refuse(ids) or take(total, ids))
end

--- Puts back what was taken for the order; asked again, nothing. What was never released is
--- remembered, too, so that a release that comes late takes nothing.
---@param order_id string
function stock.restock(order_id)
    local release = releases[order_id]
    if release and #release.failures > 0 then return end
    for id, quantity in pairs(release and release.taken or {}) do
        available[id] = available[id] + quantity
    end
    remember(order_id, GIVEN_UP)
end

return stock
