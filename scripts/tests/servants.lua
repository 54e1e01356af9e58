-- Gateway, Session and Order as a client sees them, over the loopback.

local cancel_order = require "usecases.cancel_order"
local clock = require "orderd.clock"
local conf = require "orderd.conf"
local gateway = require "servants.gateway"
local orb = require "orderd.orb"
local orders = require "servants.order"
local problem = require "orderd.problem"
local references = require "rpc.references"
local repository = require "orderd.repository"
local sessions = require "servants.session"
local support = require "tests.support"
local test = require "orderd.test"
local uuid = require "orderd.uuid"
local who_is = require "usecases.who_is"

local ASPIRIN, PLASTER, GONE, OPIATE =
    support.ASPIRIN, support.PLASTER, support.GONE, support.OPIATE
local UNKNOWN = "0190c000-0000-7000-8000-0000000000ff"
local LATER = 60000 -- ms

local raised = support.raised

--- Calls the function, which must raise ValidationFailed, and returns where the mistakes are.
local function pointers(fn, ...)
    local found = {}
    for index, mistake in ipairs(raised("Pharmacy::ValidationFailed", fn, ...).mistakes) do
        found[index] = mistake.pointer
    end
    return found
end

local function money(minor_units, currency)
    return { minor_units = minor_units, currency = currency or conf.currency }
end

--- What Session::create takes: product, quantity, product, quantity ...
local function new_order(...)
    local items, arguments = {}, { ... }
    for index = 1, #arguments, 2 do
        items[#items + 1] = { product_id = arguments[index], quantity = arguments[index + 1],
            price = {} }
    end
    return { items = items, notes = "" }
end

local function session_of(caller)
    return orb:newproxy(sessions:object(references.new_session(caller)))
end

local function order_of(caller, order_id, expires_at)
    local session = { caller = caller, expires_at = expires_at or clock.now() + LATER }
    return orb:newproxy(orders:object(references.new_order(session, order_id)))
end

--- Calls the session's operation while the services are replaced.
local function with_services(services, session, operation, ...)
    return support.with_services(services, session[operation], session, ...)
end

local function create(session, ...)
    return with_services({}, session, "create", new_order(...))
end

test.case("a token becomes a session, and that an order", function()
    local caller = support.caller("pharmacist")
    local session = support.with(who_is, { owner = function(token)
        test.equal(token, "a token")
        return caller
    end }, function() return orb:newproxy(gateway):login("a token") end)
    test.equal(session:_get_user_id(), caller.user_id)
    local order, created = create(session, ASPIRIN, 2)
    test.equal({ created.order_status, created.user_id, created.total_amount.minor_units },
        { "PENDING", caller.user_id, 2 * 1099 })
    test.equal(order:_get_order_id(), created.order_id)
    test.equal(order:confirm().order_status, "CONFIRMED")
    local refused = raised("Pharmacy::InvalidTransition", order.confirm, order)
    test.equal({ refused.from_status, refused.to_status }, { "CONFIRMED", "CONFIRMED" })
    test.equal(#refused.allowed, 2)
    test.equal(order:complete().order_status, "COMPLETED")
end)

test.case("a token that nobody knows is Unauthenticated", function()
    if not who_is.signed then return end
    local proxy = orb:newproxy(gateway)
    for _, token in ipairs { "", "x", "a.b.c", ("x"):rep(9000) } do
        raised("Pharmacy::Unauthenticated", proxy.login, proxy, token)
    end
end)

test.case("an order is told as it is", function()
    local caller = support.caller("customer")
    local new = new_order(ASPIRIN, 2, PLASTER, 1)
    new.notes = "ring twice"
    new.items[1].price = { money(1099) }
    local order, created = with_services({}, session_of(caller), "create", new)
    local stored = repository.get(created.order_id)
    test.equal(created, { order_id = stored.order_id, user_id = caller.user_id,
        order_status = "PENDING", notes = "ring twice", reason = "", version = 1,
        total_amount = money(2448, stored.currency), completed_at = "",
        created_at = clock.format(stored.created_at), updated_at = clock.format(stored.updated_at),
        items = { { product_id = ASPIRIN, quantity = 2, price = money(1099) },
            { product_id = PLASTER, quantity = 1, price = money(250) } } })
    local cancelled = order:cancel("too late")
    test.equal({ cancelled.reason, cancelled.version }, { "too late", 2 })
    test.equal(order:get(), cancelled)
end)

test.case("a session lasts as long as the conf says, and no longer than the token", function()
    local caller = support.caller("customer")
    local longest = clock.now() + (conf.settings.session_seconds or 3600) * 1000
    local until_when = clock.parse(session_of(caller):_get_expires_at())
    test.equal(until_when >= longest and until_when < longest + LATER, true)
    local soon = clock.now() + 1000
    local hurried = { user_id = caller.user_id, roles = caller.roles, scopes = {},
        expires_at = soon }
    test.equal(session_of(hurried):_get_expires_at(), clock.format(soon))
    hurried.expires_at = clock.now()
    test.problem("unauthenticated", references.new_session, hurried)
end)

test.case("permissions of the token itself go with the session", function()
    local scoped = { user_id = uuid.new(), roles = {}, scopes = { "orders:read" } }
    local session = session_of(scoped)
    test.equal(session:list({}, 0, ""), {})
    raised("Pharmacy::Forbidden", create, session, ASPIRIN, 1)
end)

test.case("what has ended, or is none of ours, is gone", function()
    local caller = support.caller("admin")
    local order_id = support.order(caller).order_id
    local past = { caller = caller, expires_at = clock.now() - 1 }
    local session_id = references.new_session(caller)
    local live = { caller = caller, expires_at = clock.now() + LATER }
    local order_key = references.new_order(live, order_id)
    for name, id in pairs { expired = references.new_order(past, order_id), bare = order_id,
        empty = "", ["a session's"] = session_id, changed = order_key:sub(1, -2) } do
        local order = orb:newproxy(orders:object(id))
        raised("Pharmacy::Unauthenticated", order.get, order)
        raised("Pharmacy::Unauthenticated", order.confirm, order)
        raised("OBJECT_NOT_EXIST", order._get_order_id, order)
        test.equal(order:_non_existent(), true, name)
    end
    for name, id in pairs { empty = "", bare = caller.user_id, ["an order's"] = order_key } do
        local session = orb:newproxy(sessions:object(id))
        raised("Pharmacy::Unauthenticated", session.list, session, {}, 0, "")
        raised("OBJECT_NOT_EXIST", session._get_user_id, session)
        raised("OBJECT_NOT_EXIST", session._get_expires_at, session)
        test.equal(session:_non_existent(), true, name)
    end
    test.equal(session_of(caller):_non_existent(), false)
    test.equal(order_of(caller, order_id):_non_existent(), false)
    test.equal(repository.get(order_id).version, 1)
end)

test.case("what is wrong with a new order is told as REST does", function()
    local pharmacist = session_of(support.caller("pharmacist"))
    local function refused(name, new, services)
        return raised(name, with_services, services or {}, pharmacist, "create", new)
    end
    test.equal(refused("Pharmacy::UnknownProduct", new_order(UNKNOWN, 1, GONE, 1)).product_ids,
        { UNKNOWN, GONE })
    local short = { { product_id = ASPIRIN, requested = 5, available = 3 } }
    test.equal(refused("Pharmacy::OutOfStock", new_order(ASPIRIN, 5), { short = short }).shortages,
        short)
    local dear = new_order(ASPIRIN, 1, PLASTER, 1)
    dear.items[2].price = { money(249) }
    test.equal(refused("Pharmacy::PriceMismatch", dear).prices,
        { { product_id = PLASTER, sent = money(249), actual = money(250) } })
    local denied = raised("Pharmacy::PolicyDenied", create, session_of(support.caller("customer")),
        OPIATE, 1)
    test.equal(denied.policy, "prescription_needed")
end)

test.case("every mistake of a new order is told at once, where REST has it", function()
    local session = session_of(support.caller("customer"))
    local bad = new_order("x", 0, ASPIRIN, 1, ASPIRIN, 1)
    bad.items[2].price = { money(1, "XXX") }
    bad.items[3].price = { money(-1) }
    bad.notes = ("é"):rep(2001)
    test.equal(pointers(with_services, {}, session, "create", bad),
        { "/items/0/product_id", "/items/0/quantity", "/items/1/price", "/items/2/price",
            "/notes" })
    test.equal(pointers(create, session), { "/items" })
    test.equal(pointers(session.find, session, "x"), { "/order_id" })
end)

test.case("an order is found by those who may know of it", function()
    local caller = support.caller("customer")
    local order_id = support.order(caller).order_id
    local order, record = session_of(caller):find(order_id:upper())
    test.equal({ record.order_id, order:get().order_id }, { order_id, order_id })
    local _, seen = session_of(support.caller("pharmacist")):find(order_id)
    test.equal(seen.order_id, order_id)
    local stranger = session_of(support.caller("customer"))
    for _, id in ipairs { order_id, uuid.new() } do
        test.equal(raised("Pharmacy::NotFound", stranger.find, stranger, id).order_id, id)
    end
end)

test.case("permissions are those of REST", function()
    local customer, nobody = support.caller("customer"), support.caller("nobody")
    local order_id = support.order(customer).order_id
    local own, any = session_of(customer), session_of(nobody)
    raised("Pharmacy::Forbidden", own.list_all, own, {}, 0, "")
    raised("Pharmacy::Forbidden", any.list, any, {}, 0, "")
    raised("Pharmacy::Forbidden", any.find, any, order_id)
    raised("Pharmacy::Forbidden", create, any, ASPIRIN, 1)
    local order, foreign = order_of(customer, order_id), order_of(nobody, order_id)
    for _, name in ipairs { "confirm", "complete" } do
        raised("Pharmacy::Forbidden", order[name], order)
    end
    raised("Pharmacy::Forbidden", foreign.get, foreign)
    raised("Pharmacy::Forbidden", foreign.cancel, foreign, "")
    local stranger = order_of(support.caller("customer"), order_id)
    raised("Pharmacy::NotFound", stranger.get, stranger)
    test.equal(raised("Pharmacy::NotFound", stranger.cancel, stranger, "").order_id, order_id)
    test.equal(repository.get(order_id).version, 1)
end)

test.case("a change names its status, and the version that it expects", function()
    local order_id = support.order(support.caller("customer")).order_id
    local order = order_of(support.caller("admin"), order_id)
    local function change(to, version, more)
        local what = { new_status = to, reason = "", notes = "", expected_version = version }
        for name, value in pairs(more or {}) do what[name] = value end
        return what
    end
    raised("Pharmacy::VersionMismatch", order.update, order, change("CONFIRMED", 2))
    local confirmed = order:update(change("CONFIRMED", 1, { notes = "at the door" }))
    test.equal({ confirmed.version, confirmed.notes }, { 2, "at the door" })
    local cancelled = order:update(change("CANCELLED", 0, { reason = "spoilt" }))
    test.equal({ cancelled.version, cancelled.notes, cancelled.reason },
        { 3, "at the door", "spoilt" })
    raised("Pharmacy::InvalidTransition", order.update, order, change("PENDING", 0))
    test.equal(pointers(order.cancel, order, ("x"):rep(2001)), { "/reason" })
end)

test.case("lists are read page by page", function()
    local caller = support.caller("customer")
    local ids = {}
    for index = 3, 1, -1 do ids[index] = support.order(caller).order_id end
    local session = session_of(caller)
    local first, cursor = session:list({}, 2, "")
    local rest, none = session:list({}, 2, cursor)
    test.equal({ first[1].order_id, first[2].order_id, rest[1].order_id, #rest, none },
        { ids[1], ids[2], ids[3], 1, "" })
    raised("Pharmacy::ValidationFailed", session.list, session, {}, 0, "rubbish")
    test.equal(pointers(session.list, session, {}, 101, ""), { "/limit" })
end)

test.case("criteria are the filters of REST", function()
    local caller = support.caller("customer")
    local order = support.order(caller)
    cancel_order(caller, support.order(caller).order_id, {})
    local function criterion(field, value) return { _switch = field, _value = value } end
    local function count(session, operation, ...)
        return #session[operation](session, { ... }, 0, "")
    end
    local own, all = session_of(caller), session_of(support.caller("admin"))
    local created = clock.format(order.created_at)
    test.equal(count(own, "list", criterion("BY_STATUS", "PENDING")), 1)
    test.equal(count(own, "list", criterion("CREATED_TO", "1999-01-01T00:00:00Z")), 0)
    test.equal(count(own, "list", criterion("CREATED_FROM", created)), 2)
    test.equal(count(own, "list", criterion("MIN_TOTAL", money(1100))), 0)
    test.equal(count(own, "list", criterion("MAX_TOTAL", money(1099))), 2)
    test.equal(count(all, "list_all", criterion("BY_USER", caller.user_id),
        criterion("BY_STATUS", "CANCELLED")), 1)
    test.equal(pointers(count, own, "list", criterion("BY_USER", caller.user_id)),
        { "/user_id" })
    test.equal(pointers(count, all, "list_all", criterion("BY_USER", "me"),
        criterion("CREATED_FROM", "yesterday"), criterion("MIN_TOTAL", money(1, "XXX"))),
        { "/user_id", "/created_from", "/min_total" })
    test.equal(pointers(count, own, "list", criterion("BY_STATUS", "PENDING"),
        criterion("BY_STATUS", "PENDING")), { "/status" })
end)

test.case("a service that does not answer is Unavailable, a fault of ours is UNKNOWN", function()
    local proxy = orb:newproxy(gateway)
    local function log_in(failure)
        return support.with(who_is, { owner = failure }, proxy.login, proxy, "a token")
    end
    local exception = raised("Pharmacy::Unavailable", log_in, function()
        problem.raise("integration-unavailable", { detail = "it is down" })
    end)
    test.equal({ exception.detail, exception.retry_after_seconds > 0 }, { "it is down", true })
    raised("UNKNOWN", log_in, function() error "a fault of the test" end)
end)
