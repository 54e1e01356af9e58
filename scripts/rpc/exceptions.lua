-- The one place where the problems of the use cases become exceptions of bindings/idl/pharmacy.idl.

local money = require "orderd.money"
local orb = require "orderd.orb"
local problem = require "orderd.problem"
local record = require "rpc.record"

local RETRY_SECONDS = 2 -- where the problem does not say

local function with_detail(name)
    return function(from)
        return { _repid = name, detail = from.detail or "" }
    end
end

local function of_order(name)
    return function(_, order_id)
        return { _repid = name, order_id = order_id or "" }
    end
end

local function unavailable(from)
    local seconds = tonumber((from.headers or {})["Retry-After"])
    return { _repid = "Pharmacy::Unavailable", detail = from.detail or "",
        retry_after_seconds = seconds or RETRY_SECONDS }
end

local function validation_failed(from)
    return { _repid = "Pharmacy::ValidationFailed", detail = from.detail or "",
        mistakes = from.errors or {} }
end

local function unknown_product(from)
    return { _repid = "Pharmacy::UnknownProduct", product_ids = from.products }
end

local function price_mismatch(from)
    local prices = {}
    for index, each in ipairs(from.products) do
        prices[index] = { product_id = each.product_id,
            sent = record.money(money.parse(each.sent)),
            actual = record.money(money.parse(each.actual)) }
    end
    return { _repid = "Pharmacy::PriceMismatch", prices = prices }
end

local function out_of_stock(from)
    return { _repid = "Pharmacy::OutOfStock", shortages = from.products }
end

local function policy_denied(from)
    return { _repid = "Pharmacy::PolicyDenied", policy = from.policy, reason = from.reason or "" }
end

local function invalid_transition(from)
    return { _repid = "Pharmacy::InvalidTransition", from_status = from.from,
        to_status = from.to, allowed = from.allowed }
end

local exceptions = {}

--- What makes the exception, by the problem's code. Codes of HTTP alone have none.
exceptions.makers = {
    ["unauthenticated"] = with_detail "Pharmacy::Unauthenticated",
    ["forbidden"] = with_detail "Pharmacy::Forbidden",
    ["order-not-found"] = of_order "Pharmacy::NotFound",
    ["validation-failed"] = validation_failed,
    ["unknown-product"] = unknown_product,
    ["price-mismatch"] = price_mismatch,
    ["out-of-stock"] = out_of_stock,
    ["policy-denied"] = policy_denied,
    ["invalid-transition"] = invalid_transition,
    ["version-mismatch"] = of_order "Pharmacy::VersionMismatch",
    ["store-unavailable"] = unavailable,
    ["integration-unavailable"] = unavailable,
    ["rate-limited"] = unavailable,
    ["overloaded"] = unavailable,
}

--- The exception for what was raised; what is no problem, or has no exception, as it is: callers
--- get UNKNOWN then, and the log gets the reason.
---@param raised any
---@param order_id string|nil  of the order that it is about
---@return any
function exceptions.of(raised, order_id)
    local make = problem.is(raised) and exceptions.makers[raised.code]
    return make and orb:newexcept(make(raised, order_id)) or raised
end

--- Takes what pcall gives: the results, or raises the exception.
---@param session rpc.Session|nil  whose order it is about
---@param done boolean
---@param ... any
function exceptions.results(session, done, ...)
    if done then return ... end
    error(exceptions.of((...), session and session.order_id), 0)
end

--- The system exception of an object that is not there any more.
---@return orderd.orb.Exception
function exceptions.gone()
    return orb:newexcept { _repid = "IDL:omg.org/CORBA/OBJECT_NOT_EXIST:1.0", minor = 0,
        completed = "NO" }
end

return exceptions
