-- Problems as exceptions of the IDL: every one has its own.

local exceptions = require "rpc.exceptions"
local orb = require "orderd.orb"
local problem = require "orderd.problem"
local problems = require "openapi.problems"
local test = require "orderd.test"

orb:loadidlfile "pharmacy.idl"

local OF_HTTP = { ["invalid-json"] = true, ["payload-too-large"] = true,
    ["unsupported-media-type"] = true, ["internal"] = true, ["idempotency-in-flight"] = true,
    ["idempotency-key-reused"] = true }

test.case("every problem that a call can answer has its exception", function()
    for code in pairs(problems.codes) do
        test.equal(exceptions.makers[code] ~= nil, not OF_HTTP[code], code)
    end
end)

test.case("exceptions are made for problems that there are", function()
    for code in pairs(exceptions.makers) do
        local _, raised = pcall(problem.raise, code)
        test.equal(problem.is(raised, code), true, code)
    end
end)

local function of(code, members, order_id)
    local _, raised = pcall(problem.raise, code, members)
    return exceptions.of(raised, order_id)
end

test.case("what a caller should wait goes along", function()
    local busy = of("integration-unavailable",
        { detail = "busy", headers = { ["Retry-After"] = "7" } })
    test.equal(orb:isexcept(busy, "Pharmacy::Unavailable"), true)
    test.equal({ busy.detail, busy.retry_after_seconds }, { "busy", 7 })
    test.equal(of("store-unavailable").retry_after_seconds > 0, true)
end)

test.case("the order that was not found is named", function()
    test.equal(of("order-not-found", {}, "an id").order_id, "an id")
    test.equal(of("version-mismatch", {}, "an id").order_id, "an id")
end)

test.case("a fault stays a fault", function()
    local fault = {}
    test.equal(exceptions.of(fault) == fault, true)
    test.equal(exceptions.of("words"), "words")
    test.equal(problem.is(of("invalid-json"), "invalid-json"), true)
end)
