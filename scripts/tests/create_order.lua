-- Creating an order, with stand-ins for the services.

local create_order = require "usecases.create_order"
local money = require "orderd.money"
local repository = require "orderd.repository"
local support = require "tests.support"
local test = require "orderd.test"

local ASPIRIN, PLASTER, GONE, OPIATE =
    support.ASPIRIN, support.PLASTER, support.GONE, support.OPIATE
local UNKNOWN = "0190c000-0000-7000-8000-0000000000ff"

local function refused(code, command, services, role)
    return test.problem(code, support.with_services, services or {}, create_order,
        support.caller(role or "pharmacist"), command)
end

test.case("an order takes its prices from the products, and is stored", function()
    local caller = support.caller("customer")
    local command = support.command(ASPIRIN, 2, PLASTER, 1)
    command.notes = "ring twice"
    local order = support.with_services({}, create_order, caller, command)
    test.equal(order.total_amount, 2 * 1099 + 250)
    test.equal(order.user_id, caller.user_id)
    local stored = repository.get(order.order_id)
    test.equal(stored and { stored.status, stored.version, stored.notes, stored.total_amount },
        { "PENDING", 1, "ring twice", 2448 })
end)

test.case("lines of one product are one demand for the stock check", function()
    local asked = {}
    support.with_services({ asked = asked }, create_order, support.caller("customer"),
        support.command(ASPIRIN, 1, PLASTER, 1, ASPIRIN, 2))
    test.equal(asked, { { { product_id = ASPIRIN, quantity = 3, price = 1099 },
        { product_id = PLASTER, quantity = 1, price = 250 } } })
end)

test.case("merged lines keep the limit of one", function()
    refused("validation-failed", support.command(ASPIRIN, 600000, ASPIRIN, 600000))
end)

test.case("unknown and inactive products are named with their lines", function()
    local problem = refused("unknown-product",
        support.command(ASPIRIN, 1, UNKNOWN, 1, GONE, 1))
    test.equal(problem.products, { UNKNOWN, GONE })
    test.equal(problem.errors[1].pointer, "/items/1/product_id")
    test.equal(problem.errors[2].pointer, "/items/2/product_id")
end)

test.case("a price that differs is refused, one that agrees is taken", function()
    local command = support.command(ASPIRIN, 1, PLASTER, 1)
    command.items[1].price = 1099
    command.items[2].price = 249
    test.equal(refused("price-mismatch", command).products,
        { { product_id = PLASTER, sent = money.format(249), actual = money.format(250) } })
    command.items[2].price = 250
    support.with_services({}, create_order, support.caller("customer"), command)
end)

test.case("what is short is named", function()
    local short = { { product_id = ASPIRIN, requested = 5, available = 3 } }
    local problem = refused("out-of-stock", support.command(ASPIRIN, 5), { short = short })
    test.equal(problem.products, short)
end)

test.case("a denial names the policy and its reason", function()
    local problem = refused("policy-denied", support.command(OPIATE, 1), {}, "customer")
    test.equal(problem.policy, "prescription_needed")
    test.equal(problem.reason, problem.detail)
    support.with_services({}, create_order, support.caller("pharmacist"),
        support.command(OPIATE, 1))
end)

test.case("a refused order is not stored", function()
    local caller = support.caller("customer")
    test.problem("policy-denied", support.with_services, {}, create_order, caller,
        support.command(OPIATE, 1))
    test.equal(#repository.list { user_id = caller.user_id }, 0)
end)
