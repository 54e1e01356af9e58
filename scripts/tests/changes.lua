-- Changes of orders: who may, which version, and what happens when two come together.

local cancel_order = require "usecases.cancel_order"
local get_order = require "usecases.get_order"
local list_orders = require "usecases.list_orders"
local open_orders = require "usecases.open_orders"
local repository = require "orderd.repository"
local save_changed = require "usecases.save_changed"
local support = require "tests.support"
local test = require "orderd.test"
local update_status = require "usecases.update_status"

local function confirm(order_id, conditions)
    return update_status(support.caller("admin"), order_id, { status = "CONFIRMED" }, conditions)
end

test.case("somebody else's order is as none at all", function()
    local order = support.order(support.caller("customer"))
    local stranger = support.caller("customer")
    local theirs = test.problem("order-not-found", get_order, stranger, order.order_id)
    local none = test.problem("order-not-found", get_order, stranger, stranger.user_id)
    test.equal(theirs.detail, none.detail)
    test.problem("order-not-found", cancel_order, stranger, order.order_id, {})
    test.equal(get_order(support.caller("pharmacist"), order.order_id).version, 1)
end)

test.case("a customer cancels their own order with a reason", function()
    local caller = support.caller("customer")
    local order = cancel_order(caller, support.order(caller).order_id, { reason = "too late" })
    test.equal({ order.status, order.reason, order.version }, { "CANCELLED", "too late", 2 })
    test.equal(get_order(caller, order.order_id).reason, "too late")
    test.problem("invalid-transition", cancel_order, caller, order.order_id, {})
end)

test.case("If-Match and If-None-Match guard a change", function()
    local order_id = support.order(support.caller("customer")).order_id
    for _, untrue in ipairs { { if_match = '"2"' }, { if_none_match = '"1"' },
        { if_none_match = "*" }, { if_match = '"1"', if_none_match = '"1"' } } do
        test.problem("version-mismatch", confirm, order_id, untrue)
    end
    test.equal(confirm(order_id, { if_match = '"1"', if_none_match = '"2"' }).etag, '"2"')
end)

test.case("a refused transition says what is allowed and changes nothing", function()
    local order = support.order(support.caller("customer"))
    local problem = test.problem("invalid-transition", update_status, support.caller("admin"),
        order.order_id, { status = "COMPLETED" })
    test.equal({ problem.from, problem.to }, { "PENDING", "COMPLETED" })
    test.equal(#problem.allowed, 2)
    test.equal(repository.get(order.order_id).version, 1)
end)

test.case("a change that meets another one is decided anew", function()
    local order_id = support.order(support.caller("customer")).order_id
    local seen = {}
    local saved = save_changed(function()
        local order = repository.get(order_id)
        seen[#seen + 1] = order.status
        if #seen == 1 then confirm(order_id) end -- somebody is faster
        order:change_status("CANCELLED")
        return order
    end)
    test.equal(seen, { "PENDING", "CONFIRMED" })
    test.equal(saved.version, 3)
end)

test.case("a change that always meets another one gives up", function()
    local order_id, calls = support.order(support.caller("customer")).order_id, 0
    test.problem("version-mismatch", save_changed, function()
        calls = calls + 1
        local order, other = repository.get(order_id), repository.get(order_id)
        other:replace_items { { product_id = support.ASPIRIN, quantity = calls + 1, price = 1 } }
        repository.save(other)
        order:change_status("CONFIRMED")
        return order
    end)
    test.equal(calls, 5)
end)

test.case("a list is the caller's own, or anybody's for those who may", function()
    local caller = support.caller("customer")
    local order = support.order(caller)
    local orders = list_orders(caller, { user_id = caller.user_id })
    test.equal({ #orders, orders[1].order_id }, { 1, order.order_id })
    local stranger = support.caller("customer")
    test.problem("forbidden", list_orders, stranger, { user_id = caller.user_id })
    test.problem("forbidden", list_orders, stranger, {})
    test.equal(#list_orders(support.caller("admin"), { user_id = caller.user_id }), 1)
end)

test.case("open orders of customers are counted, those of staff are not", function()
    local conf = require "orderd.conf"
    local counted = conf.settings.policies and conf.settings.policies.open_orders and 1 or 0
    local caller = support.caller("customer")
    test.equal(open_orders.count(caller), 0)
    local order = support.order(caller)
    test.equal(open_orders.count(caller), counted)
    confirm(order.order_id)
    test.equal(open_orders.count(caller), counted)
    cancel_order(caller, order.order_id, {})
    test.equal(open_orders.count(caller), 0)
    local pharmacist = support.caller("pharmacist")
    support.order(pharmacist)
    test.equal(open_orders.count(pharmacist), 0)
end)
