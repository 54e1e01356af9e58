-- The integrations believe a good answer, and nothing else.

local auth = require "integrations.auth"
local conf = require "orderd.conf"
local inventory = require "integrations.inventory"
local json = require "orderd.json"
local money = require "orderd.money"
local peer = require "integrations.peer"
local products = require "integrations.products"
local support = require "tests.support"
local test = require "orderd.test"

local FIRST, SECOND, THIRD = support.ASPIRIN, support.PLASTER, support.GONE

--- Runs `fn` while every peer answers with `reply` (or does not answer: nil); keeps in `messages`
--- what was asked.
local function answered(reply, messages, fn, ...)
    local function transport(_, _, _, message)
        messages[#messages + 1] = message
        return reply, "the test says so"
    end
    local transports = {}
    for scheme in pairs(peer.transports) do transports[scheme] = transport end
    return support.with(peer, { transports = transports }, fn, ...)
end

local function body(text)
    return { body = json.decode(text) }
end

local function unavailable(reply, fn, ...)
    return test.problem("integration-unavailable", answered, reply, {}, fn, ...)
end

local function product_text(id, price)
    return ('{"product_id":"%s","name":"n","price":%s,"currency":"%s","active":true}')
        :format(id, price, conf.currency)
end

local function products_body(...)
    return body('{"products":[' .. table.concat({ ... }, ",") .. '],"missing":[]}')
end

test.case("products are found by id, with prices in minor units", function()
    products.forget()
    local messages = {}
    local reply = products_body(product_text(FIRST:upper(), '"7"'), product_text(SECOND, "8"),
        product_text(THIRD, "9"))
    local found = answered(reply, messages, products.find, { FIRST, SECOND, FIRST })
    test.equal(found[FIRST].price, money.parse("7"))
    test.equal(found[SECOND].price, money.parse("8"))
    test.equal(found[THIRD], nil, "what was not asked for")
    test.equal(messages, { { product_ids = { FIRST, SECOND } } })
end)

test.case("products that are remembered are not asked for again", function()
    if peer.settings("products").cache_seconds == 0 then return end
    products.forget()
    local messages = {}
    answered(products_body(product_text(FIRST, "1")), messages, products.find, { FIRST })
    answered(products_body(product_text(SECOND, "2")), messages, products.find, { FIRST, SECOND })
    answered(nil, messages, products.find, { SECOND, FIRST })
    test.equal(messages, { { product_ids = { FIRST } }, { product_ids = { SECOND } } })
end)

test.case("a product that is not as agreed is not believed", function()
    local bad = { "null", "7", "[]", "{}", '{"products":{}}', '{"products":7}', '{"products":[{}]}',
        '{"products":[' .. product_text("x", "1") .. "]}",
        '{"products":[' .. product_text(FIRST, '"ten"') .. "]}",
        '{"products":[' .. product_text(FIRST, "1"):gsub(conf.currency, "XXX") .. "]}" }
    for _, text in ipairs(bad) do
        products.forget()
        unavailable(body(text), products.find, { FIRST })
    end
    unavailable({}, products.find, { FIRST })
end)

test.case("an inventory that is not as agreed is not believed", function()
    if not peer.settings("inventory").stock_check then return end
    for _, text in ipairs { "[]", "{}", '{"short":7}', '{"short":{}}', '{"short":[7]}',
        '{"short":[{"product_id":"x","requested":1,"available":0}]}' } do
        unavailable(body(text), inventory.short_of, {})
    end
    local short = answered(body(([[{"short":[{"product_id":"%s","requested":2,"available":1}]}]])
        :format(FIRST)), {}, inventory.short_of, {})
    test.equal(short, { { product_id = FIRST, requested = 2, available = 1 } })
end)

test.case("release and restock need an answer, and nothing in it", function()
    local messages, items = {}, { { product_id = FIRST, quantity = 2, price = 1 } }
    answered({}, messages, inventory.release, SECOND, items)
    answered({}, messages, inventory.restock, SECOND)
    test.equal(messages, { { order_id = SECOND, items = { { product_id = FIRST, quantity = 2 } } },
        { order_id = SECOND } })
    unavailable(nil, inventory.release, SECOND, items)
    unavailable({ refused = true }, inventory.restock, SECOND)
end)

test.case("callers hear who does not answer, and not why", function()
    local problem = unavailable(nil, inventory.restock, SECOND)
    test.equal(problem.service, "inventory")
    test.equal(problem.headers["Retry-After"], "2")
    test.equal(json.encode(problem.detail):find("the test says so", 1, true), nil)
end)

test.case("the auth service makes callers of its active users", function()
    local function user(active)
        return body(('{"user_id":"%s","roles":["pharmacist"],"active":%s}'):format(FIRST, active))
    end
    local caller = answered(user(true), {}, auth.identify, "token")
    test.equal({ caller.user_id, caller.roles[1] }, { FIRST, "pharmacist" })
    test.equal(answered(user(false), {}, auth.identify, "token"), nil)
    test.equal(answered({ refused = true }, {}, auth.identify, "token"), nil)
    for _, text in ipairs { "{}", "[]", '{"user_id":"root","roles":[],"active":true}',
        ('{"user_id":"%s","roles":[7],"active":true}'):format(FIRST),
        ('{"user_id":"%s","roles":{},"active":true}'):format(FIRST) } do
        unavailable(body(text), auth.identify, "token")
    end
end)
