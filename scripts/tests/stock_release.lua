-- The inventory's answer: what it does to orders, and in which words.

local apply_stock_release = require "usecases.apply_stock_release"
local cancel_order = require "usecases.cancel_order"
local give_up = require "usecases.give_up"
local inventory = require "integrations.inventory"
local problem = require "orderd.problem"
local release_failure = require "usecases.release_failure"
local repository = require "orderd.repository"
local support = require "tests.support"
local test = require "orderd.test"
local uuid = require "orderd.uuid"

local FIRST, SECOND = support.ASPIRIN, support.PLASTER

local function event(order_id, success, items)
    return { event_id = uuid.new(), order_id = order_id, success = success, items = items or {} }
end

--- Applies the events one after the other; gives the order, and what the inventory was asked.
local function apply(order_id, ...)
    local asked = {}
    for _, each in ipairs { ... } do
        support.with_services({ asked = asked }, apply_stock_release, each)
    end
    return repository.get(order_id), asked
end

local function new_order()
    return support.order(support.caller("customer")).order_id
end

test.case("the reason names every product that failed", function()
    test.equal(release_failure {
        { product_id = FIRST, success = false, message = "damaged" },
        { product_id = support.GONE, success = true },
        { product_id = SECOND, success = false, message = "expired" },
    }, "stock release failed: " .. FIRST .. ": damaged, " .. SECOND .. ": expired")
    test.equal(release_failure { { product_id = FIRST, success = false } },
        "stock release failed: " .. FIRST .. ": not released")
    test.equal(release_failure {}, "stock release failed: the inventory named no product")
end)

test.case("a reason of any length fits", function()
    local items = {}
    for index = 1, 200 do
        items[index] = { product_id = FIRST, success = false, message = ("ü"):rep(2000) }
    end
    local reason = release_failure(items)
    test.equal(utf8.len(reason), 2000)
    local order_id = new_order()
    test.equal(apply(order_id, event(order_id, false, items)).reason, reason)
end)

test.case("success confirms, once", function()
    local order_id = new_order()
    local success = event(order_id, true)
    local order = apply(order_id, success, success, event(order_id, true))
    test.equal({ order.status, order.version }, { "CONFIRMED", 2 })
end)

test.case("failure cancels with its reason, once", function()
    local order_id = new_order()
    local failure = event(order_id, false, {
        { product_id = FIRST, success = false, message = "damaged" } })
    local order, asked = apply(order_id, failure, failure)
    test.equal({ order.status, order.version, order.reason },
        { "CANCELLED", 2, "stock release failed: " .. FIRST .. ": damaged" })
    test.equal(asked, {})
end)

--- The ways in which an order is cancelled before the inventory's success arrives.
local CANCELS = {
    ["by its customer"] = function(order_id, caller) cancel_order(caller, order_id, {}) end,
    ["by a failure"] = function(order_id) apply(order_id, event(order_id, false)) end,
    ["because nobody answered"] = function(order_id) give_up(order_id, "too long") end,
    ["when it was confirmed"] = function(order_id, caller)
        apply(order_id, event(order_id, true))
        cancel_order(caller, order_id, {})
    end,
}

for way, cancel in pairs(CANCELS) do
    test.case("success for an order that was cancelled " .. way .. " asks for a restock", function()
        local caller = support.caller("customer")
        local order_id = support.order(caller).order_id
        cancel(order_id, caller)
        local before = repository.get(order_id)
        local success = event(order_id, true)
        local order, asked = apply(order_id, success, success, event(order_id, false))
        test.equal({ order.status, order.version, order.reason },
            { "CANCELLED", before.version, before.reason })
        test.equal(asked, { "restock " .. order_id, "restock " .. order_id })
    end)
end

test.case("a restock that cannot be asked for now leaves the event to be handled again", function()
    local order_id = new_order()
    give_up(order_id, "too long")
    local success = event(order_id, true)
    local function away() problem.raise("integration-unavailable") end
    for _ = 1, 2 do
        local handled = pcall(support.with, inventory, { restock = away }, apply_stock_release, success)
        test.equal(handled, false)
    end
    local _, asked = apply(order_id, success)
    test.equal(asked, { "restock " .. order_id })
    test.equal(repository.inbox_add(success.event_id), false, "remembered")
end)

test.case("an answer that is faster than giving up stays", function()
    local order_id = new_order()
    apply(order_id, event(order_id, true))
    test.equal(give_up(order_id, "too long"), false)
    test.equal(repository.get(order_id).status, "CONFIRMED")
    test.equal(give_up(uuid.new(), "too long"), false)
end)

test.case("failure does not touch an order that was confirmed", function()
    local order_id = new_order()
    local order = apply(order_id, event(order_id, true), event(order_id, false))
    test.equal({ order.status, order.version }, { "CONFIRMED", 2 })
end)

test.case("an event about no order of ours raises", function()
    local raised, failure = pcall(apply_stock_release, event(uuid.new(), true))
    test.equal(raised, false)
    test.equal(type(failure), "string")
end)
