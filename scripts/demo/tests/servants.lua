-- The demo peers over IIOP, over the loopback.

local auth = require "servants.auth"
local inventory = require "servants.inventory"
local orb = require "orderd.orb"
local products = require "servants.products"
local release = require "release"
local stock = require "stock"
local test = require "orderd.test"
local uuid = require "orderd.uuid"

local PREFIX = "0190a000-0000-7000-8000-0000000000"
local EPINEPHRINE, PSEUDOEPHEDRINE, PATCH = PREFIX .. "03", PREFIX .. "07", PREFIX .. "09"

local function line(id, quantity)
    return { product_id = id, quantity = quantity }
end

--- Calls the operation, which must raise the exception of this name, and returns it.
local function raised(name, proxy, operation, ...)
    local done, exception = pcall(proxy[operation], proxy, ...)
    test.equal({ done, orb:isexcept(exception, name) }, { false, true }, tostring(exception))
    return exception
end

--- Calls the function while nothing is published; gives the orders that something was told of.
local function told(fn, ...)
    local orders, tell = {}, release.tell
    release.tell = function(order_id) orders[#orders + 1] = order_id end
    local done, failure = pcall(fn, ...)
    release.tell = tell
    if not done then error(failure, 0) end
    return orders
end

test.case("products come in the order that they were asked for, with their facts", function()
    local proxy = orb:newproxy(products)
    local found = proxy:lookup { PATCH, PSEUDOEPHEDRINE:upper() }
    test.equal({ found[1].product_id, found[2].product_id }, { PATCH, PSEUDOEPHEDRINE })
    test.equal(found[1].price, { minor_units = 2450, currency = "USD" })
    local facts = {}
    for _, fact in ipairs(found[2].facts) do facts[fact.name] = fact.value._anyval end
    test.equal(facts, { behind_the_counter = true, pseudoephedrine_mg = 720 })
end)

test.case("products that there are not are named", function()
    local proxy = orb:newproxy(products)
    local missing = raised("Pharmacy::Products::NotFound", proxy, "lookup",
        { PREFIX .. "ff", PATCH, PREFIX .. "fe" })
    test.equal(missing.product_ids, { PREFIX .. "ff", PREFIX .. "fe" })
    raised("BAD_PARAM", proxy, "lookup", { "x" })
end)

test.case("stock is checked, taken and put back", function()
    local proxy, order_id = orb:newproxy(inventory), uuid.new()
    proxy:check { line(EPINEPHRINE, 1) }
    local short = raised("Pharmacy::OutOfStock", proxy, "check",
        { line(EPINEPHRINE, 1), line(EPINEPHRINE, 1) })
    test.equal(short.shortages, { { product_id = EPINEPHRINE, requested = 2, available = 1 } })
    test.equal(told(proxy.release, proxy, order_id, { line(PATCH, 2) }), { order_id })
    test.equal(stock.available(PATCH), 698)
    proxy:restock(order_id)
    proxy:restock(order_id)
    test.equal(stock.available(PATCH), 700)
    raised("BAD_PARAM", proxy, "check", { line(PATCH, 0) })
    raised("BAD_PARAM", proxy, "restock", "x")
end)

test.case("tokens that are known have a user", function()
    local proxy = orb:newproxy(auth)
    test.equal(proxy:identify("demo-pharmacist").roles, { "pharmacist" })
    test.equal(proxy:identify("demo-former-customer").active, false)
    raised("Pharmacy::Unauthenticated", proxy, "identify", "nobody")
end)
