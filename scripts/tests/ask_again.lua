-- Orders that nobody has answered for are asked for again, in their turn.

local ask_again = require "usecases.ask_again"
local support = require "tests.support"
local test = require "orderd.test"
local update_status = require "usecases.update_status"

local function was_asked(asked, order)
    local count = 0
    for _, each in ipairs(asked) do
        if each == "release " .. order.order_id then count = count + 1 end
    end
    return count
end

local function run(seconds)
    local asked = {}
    support.with_services({ asked = asked }, ask_again, seconds)
    return asked
end

test.case("only what is still pending is asked for again", function()
    local waiting = support.order(support.caller("customer"))
    local settled = support.order(support.caller("customer"))
    update_status(support.caller("admin"), settled.order_id, { status = "CONFIRMED" })
    local asked = run(0)
    test.equal({ was_asked(asked, waiting), was_asked(asked, settled) }, { 1, 0 })
end)

test.case("what is young is left alone", function()
    local young = support.order(support.caller("customer"))
    test.equal(was_asked(run(3600), young), 0)
end)

test.case("more than one run takes has its turn in the next", function()
    local orders, customer = {}, support.caller("pharmacist")
    for index = 1, 510 do orders[index] = support.order(customer) end
    local first, second = run(0), run(0)
    test.equal(#first, 500)
    for _, order in ipairs(orders) do
        test.equal(was_asked(first, order) + was_asked(second, order), 1)
    end
    test.equal(run(0)[1] ~= nil, true, "begins anew")
end)
