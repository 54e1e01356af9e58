-- Requests under an Idempotency-Key, without the HTTP around them.

local create_order = require "usecases.create_order"
local http = require "orderd.http"
local once = require "dto.once"
local problem = require "orderd.problem"
local repository = require "orderd.repository"
local support = require "tests.support"
local test = require "orderd.test"
local uuid = require "orderd.uuid"

--- What a route sees of a request: nil for no key.
local function request_of(key, body)
    return { body = body or "{}", header = function(_, name)
        return name == "Idempotency-Key" and key or nil
    end }
end

local function render(order)
    return http.json(201, order, { ETag = order.etag, Location = "/" .. order.order_id })
end

--- One request of the caller for an order.
local function ask(caller, key, body)
    return once(request_of(key, body), caller, render, function(save)
        return support.with_services({}, create_order, caller, support.command(support.ASPIRIN, 1),
            save)
    end)
end

local function orders_of(caller)
    return #repository.list { user_id = caller.user_id }
end

test.case("without a key every request makes an order", function()
    local caller = support.caller("customer")
    test.equal(ask(caller).status, 201)
    test.equal(ask(caller).headers["Idempotent-Replayed"], nil)
    test.equal(orders_of(caller), 2)
end)

test.case("a request that is repeated is answered the same, and done once", function()
    local caller, key = support.caller("customer"), uuid.new()
    local first = ask(caller, key)
    local second = ask(caller, '"' .. key .. '"')
    test.equal(second.status, 201)
    test.equal(second.body, first.body)
    test.equal(second.headers, { ETag = first.headers.ETag, Location = first.headers.Location,
        ["Content-Type"] = "application/json", ["Idempotent-Replayed"] = "true" })
    test.equal(orders_of(caller), 1)
end)

test.case("the same key with another body is refused", function()
    local caller, key = support.caller("customer"), uuid.new()
    ask(caller, key, "{}")
    test.problem("idempotency-key-reused", ask, caller, key, "{ }")
    test.equal(orders_of(caller), 1)
end)

test.case("a key is its user's own", function()
    local one, other, key = support.caller("customer"), support.caller("customer"), uuid.new()
    ask(one, key)
    test.equal(ask(other, key).headers["Idempotent-Replayed"], nil)
    test.equal({ orders_of(one), orders_of(other) }, { 1, 1 })
end)

test.case("while the first is under way, the second is told to wait", function()
    local caller, key = support.caller("customer"), uuid.new()
    local told
    once(request_of(key), caller, render, function(save)
        told = test.problem("idempotency-in-flight", ask, caller, key)
        return support.with_services({}, create_order, caller, support.command(support.ASPIRIN, 1),
            save)
    end)
    test.equal(told.headers, { ["Retry-After"] = "1" })
    test.equal(ask(caller, key).headers["Idempotent-Replayed"], "true")
    test.equal(orders_of(caller), 1)
end)

test.case("a request that was refused leaves the key free, for another body, too", function()
    local caller, key = support.caller("customer"), uuid.new()
    test.problem("out-of-stock", once, request_of(key, "bad"), caller, render,
        function() problem.raise("out-of-stock") end)
    test.equal(orders_of(caller), 0)
    test.equal(ask(caller, key, "good").headers["Idempotent-Replayed"], nil)
    test.equal(orders_of(caller), 1)
end)

test.case("what is no key is told with the header's name", function()
    local told = test.problem("validation-failed", ask, support.caller("customer"), "two words")
    test.equal(told.errors[1].pointer, "/Idempotency-Key")
end)
