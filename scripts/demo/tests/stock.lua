-- The demo inventory's books.

local books = require "books"
local catalogue = require "catalogue"
local stock = require "stock"
local test = require "orderd.test"
local uuid = require "orderd.uuid"

local PREFIX = "0190a000-0000-7000-8000-0000000000"
local IBUPROFEN, EPINEPHRINE, INSULIN = PREFIX .. "01", PREFIX .. "03", PREFIX .. "08"
local PATCH, SALINE = PREFIX .. "09", PREFIX .. "0a"

local function line(id, quantity)
    return { product_id = id, quantity = quantity }
end

test.case("the catalogue has twenty products", function()
    local count = 0
    for _ in pairs(catalogue) do count = count + 1 end
    test.equal(count, 20)
end)

test.case("two lines of one product share its stock", function()
    test.equal(stock.short_of { line(EPINEPHRINE, 1), line(EPINEPHRINE, 1) },
        { { product_id = EPINEPHRINE, requested = 2, available = 1 } })
    test.equal(stock.short_of { line(EPINEPHRINE, 1) }, {})
    test.equal(#stock.short_of { line(PREFIX .. "ff", 1) }, 1)
end)

test.case("a release takes all or nothing, and once", function()
    local order_id = uuid.new()
    local first = stock.release(order_id, { line(EPINEPHRINE, 1), line(INSULIN, 10) })
    test.equal({ #first.failures, stock.available(EPINEPHRINE), stock.available(INSULIN) },
        { 0, 0, 190 })
    test.equal(stock.release(order_id, { line(EPINEPHRINE, 1) }).event_id, first.event_id)
    local late = stock.release(uuid.new(), { line(EPINEPHRINE, 1), line(INSULIN, 10) })
    test.equal(late.failures,
        { { product_id = EPINEPHRINE, message = "1 requested, 0 left" } })
    test.equal(stock.available(INSULIN), 190)
    stock.restock(order_id)
    stock.restock(order_id)
    test.equal({ stock.available(EPINEPHRINE), stock.available(INSULIN) }, { 1, 200 })
end)

test.case("what was given up is not released any more", function()
    local never, undone = uuid.new(), uuid.new()
    stock.release(undone, { line(INSULIN, 5) })
    for _, order_id in ipairs { never, undone } do
        stock.restock(order_id)
        test.equal(#stock.release(order_id, { line(INSULIN, 5) }).failures, 1)
        stock.restock(order_id)
    end
    test.equal(stock.available(INSULIN), 200)
end)

test.case("saline passes the check and fails its release", function()
    test.equal(stock.short_of { line(SALINE, 1) }, {})
    local release = stock.release(uuid.new(), { line(SALINE, 1) })
    test.equal(release.failures[1].product_id, SALINE)
    test.equal(stock.available(SALINE), 100)
end)

--- What orders have of each product and what is in stock make what there was at the start.
local function check_books()
    for _, product in ipairs(stock.books().products) do
        test.equal(product.available + product.taken, product.at_start, product.product_id)
    end
end

test.case("the books agree with the stock, whatever comes twice or too late", function()
    local before = stock.books().orders
    local one, other, late = uuid.new(), uuid.new(), uuid.new()
    for _ = 1, 2 do
        stock.release(one, { line(INSULIN, 3), line(PATCH, 1), line(INSULIN, 4) })
        stock.release(other, { line(INSULIN, 5) })
        stock.release(uuid.new(), { line(INSULIN, 1000000) })
        stock.restock(other)
        stock.restock(late)
        stock.release(late, { line(PATCH, 1) })
        check_books()
    end
    local after = stock.books().orders
    test.equal({ after.taken - before.taken, after.refused - before.refused,
        after.given_up - before.given_up }, { 1, 2, 2 })
    test.equal(books.find(one), { state = "taken", taken = { [INSULIN] = 7, [PATCH] = 1 } })
    test.equal({ books.find(other).state, books.find(late).state }, { "given_up", "given_up" })
    test.equal(books.find(uuid.new()), nil)
    stock.restock(one)
    check_books()
end)

test.case("the same answer is the same event", function()
    local order_id = uuid.new()
    local taken = stock.release(order_id, { line(PATCH, 1) })
    test.equal(stock.release(order_id, { line(PATCH, 1) }), taken)
    stock.restock(order_id)
    local refused = stock.release(order_id, { line(PATCH, 1) })
    test.equal(refused.event_id == taken.event_id, false)
    test.equal(stock.release(order_id, { line(PATCH, 1) }), refused)
    local saline = uuid.new()
    test.equal(stock.release(saline, { line(SALINE, 1) }), stock.release(saline, { line(SALINE, 1) }))
end)

test.case("books that are full take nothing for a new order, and keep what they know", function()
    local known = uuid.new()
    stock.release(known, { line(PATCH, 1) })
    local before, limit = stock.available(PATCH), books.limit
    books.limit = 0
    local taken = pcall(stock.release, uuid.new(), { line(PATCH, 1) })
    test.equal({ taken, stock.available(PATCH) }, { false, before })
    test.equal(#stock.release(known, { line(PATCH, 1) }).failures, 0)
    stock.restock(known)
    books.limit = limit
    test.equal(stock.available(PATCH), before + 1)
    check_books()
end)

-- Many orders, in parts, each of which keeps within the instructions of one task.

local PART, PARTS = 60000, 4
local at_first = stock.available(IBUPROFEN)

local function release_many(number)
    return stock.release(("0190f000-0000-7000-8000-%012x"):format(number), { line(IBUPROFEN, 2) })
end

for part = 1, PARTS do
    test.case(("%d orders are remembered"):format(part * PART), function()
        for number = (part - 1) * PART + 1, part * PART do release_many(number) end
        test.equal(at_first - stock.available(IBUPROFEN), part * PART * 2)
    end)
end

test.case("after all of these, none is taken twice", function()
    for number = 1, PARTS * PART, 100 do test.equal(#release_many(number).failures, 0) end
    test.equal(at_first - stock.available(IBUPROFEN), PARTS * PART * 2)
    check_books()
end)
