-- The demo inventory's books.

local catalogue = require "catalogue"
local stock = require "stock"
local test = require "orderd.test"
local uuid = require "orderd.uuid"

local PREFIX = "0190a000-0000-7000-8000-0000000000"
local EPINEPHRINE, INSULIN, SALINE = PREFIX .. "03", PREFIX .. "08", PREFIX .. "0a"

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
