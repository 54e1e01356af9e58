-- The peers over IIOP: stand-ins for them are served here, and asked over the loopback.

local auth = require "integrations.auth"
local conf = require "orderd.conf"
local inventory = require "integrations.inventory"
local orb = require "orderd.orb"
local peer = require "integrations.peer"
local products = require "integrations.products"
local support = require "tests.support"
local test = require "orderd.test"
local timer = require "orderd.timer"

local ASPIRIN, PLASTER, GONE = support.ASPIRIN, support.PLASTER, support.GONE
local ITEMS = { { product_id = ASPIRIN, quantity = 2, price = 1 } }

orb:loadidlfile "pharmacy.idl"

--- A servant whose operations are those that the test at hand puts into `operations`.
local function stand_in(service, interface)
    local operations = {}
    return { operations = operations, servant = orb:newservant(
        setmetatable({}, { __index = operations }), "tests/" .. service, interface) }
end

local STAND_INS = {
    auth = stand_in("auth", "Pharmacy::Auth"),
    inventory = stand_in("inventory", "Pharmacy::Inventory"),
    products = stand_in("products", "Pharmacy::Products"),
}

local function settings_of(service)
    return { url = tostring(STAND_INS[service].servant), timeout_seconds = 10, stock_check = true }
end

--- Runs `fn` while the service answers with these operations; every other one is not there.
local function answered(service, operations, fn, ...)
    local members = STAND_INS[service].operations
    for name in pairs(members) do members[name] = nil end
    for name, operation in pairs(operations) do members[name] = operation end
    return support.with(peer, { settings = settings_of }, fn, ...)
end

local function raises(exception)
    return function() error(orb:newexcept(exception), 0) end
end

local function unavailable(service, operations, fn, ...)
    return test.problem("integration-unavailable", answered, service, operations, fn, ...)
end

local function money(minor_units)
    return { minor_units = minor_units, currency = conf.currency }
end

local function product(id, facts)
    return { product_id = id, name = "n", price = money(700), active = true, prescription = false,
        facts = facts or {} }
end

--- Looks up among these, and remembers what it was asked for.
local function catalogue(known, asked)
    return { lookup = function(_, ids)
        asked[#asked + 1] = ids
        local found, missing = {}, {}
        for _, id in ipairs(ids) do
            if known[id] then found[#found + 1] = known[id] else missing[#missing + 1] = id end
        end
        if #missing == 0 then return found end
        raises { _repid = "Pharmacy::Products::NotFound", product_ids = missing } ()
    end }
end

local function find(ids)
    products.forget()
    return products.find(ids)
end

test.case("what is short comes as an exception, and is the answer", function()
    local shortages = { { product_id = ASPIRIN, requested = 2, available = 1 } }
    local asked
    test.equal(answered("inventory", { check = function(_, items) asked = items end },
        inventory.short_of, ITEMS), {})
    test.equal(asked, { { product_id = ASPIRIN, quantity = 2 } })
    test.equal(answered("inventory", { check = raises { _repid = "Pharmacy::OutOfStock",
        shortages = shortages } }, inventory.short_of, ITEMS), shortages)
end)

test.case("an inventory that is out of stock of nothing is not believed", function()
    unavailable("inventory", { check = raises { _repid = "Pharmacy::OutOfStock", shortages = {} } },
        inventory.short_of, ITEMS)
end)

test.case("release and restock name the order", function()
    local asked = {}
    local operations = {
        release = function(_, order_id, items) asked[1] = { order_id, items } end,
        restock = function(_, order_id) asked[2] = order_id end,
    }
    answered("inventory", operations, inventory.release, PLASTER, ITEMS)
    answered("inventory", operations, inventory.restock, PLASTER)
    test.equal(asked, { { PLASTER, { { product_id = ASPIRIN, quantity = 2 } } }, PLASTER })
end)

test.case("a peer that cannot answer now is unavailable, whatever it raises", function()
    for _, exception in ipairs {
        { _repid = "Pharmacy::Unavailable", detail = "busy", retry_after_seconds = 1 },
        { _repid = "IDL:omg.org/CORBA/TRANSIENT:1.0", minor = 0, completed = "NO" },
        { _repid = "IDL:omg.org/CORBA/NO_PERMISSION:1.0", minor = 0, completed = "NO" },
    } do
        local problem = unavailable("inventory", { restock = raises(exception) },
            inventory.restock, PLASTER)
        test.equal(problem.service, "inventory")
        test.equal(problem.detail:find("busy", 1, true), nil, "callers do not hear why")
    end
    unavailable("inventory", { restock = function() error "a fault" end }, inventory.restock,
        PLASTER)
end)

test.case("facts become members of the product", function()
    local known = { [ASPIRIN] = product(ASPIRIN, {
        { name = "schedule", value = "II" }, { name = "minimum_age", value = 18 },
        { name = "cold_chain", value = true }, { name = "dose", value = 2.5 } }) }
    local found = answered("products", catalogue(known, {}), find, { ASPIRIN })[ASPIRIN]
    test.equal({ found.schedule, found.minimum_age, found.cold_chain, found.dose, found.price },
        { "II", 18, true, 2.5, 700 })
    test.equal(found.facts, nil)
end)

test.case("a fact that policies could not read as it is meant is not passed over", function()
    local limit = { _anyval = money(1), _anytype = orb:type "Pharmacy::Money" }
    for _, facts in ipairs {
        { { name = "prescription", value = true } },
        { { name = "age", value = 1 }, { name = "age", value = 2 } },
        { { name = "limit", value = limit } },
        { { name = "limit", value = 0.0 / 0.0 } },
        { { name = "limit", value = -math.huge } },
    } do
        unavailable("products", catalogue({ [ASPIRIN] = product(ASPIRIN, facts) }, {}), find,
            { ASPIRIN })
    end
end)

test.case("another currency is not believed", function()
    local dear = product(ASPIRIN)
    dear.price.currency = "XXX"
    unavailable("products", catalogue({ [ASPIRIN] = dear }, {}), find, { ASPIRIN })
end)

test.case("what does not exist does not hide what does", function()
    local known, asked = { [ASPIRIN] = product(ASPIRIN), [PLASTER] = product(PLASTER) }, {}
    local found = answered("products", catalogue(known, asked), find, { ASPIRIN, GONE, PLASTER })
    test.equal({ found[ASPIRIN] ~= nil, found[PLASTER] ~= nil, found[GONE] }, { true, true })
    test.equal(asked, { { ASPIRIN, GONE, PLASTER }, { ASPIRIN, PLASTER } })
    test.equal(answered("products", catalogue({}, {}), find, { GONE }), {})
end)

test.case("a peer that leaves something out, or answers another, is not believed", function()
    for _, answer in ipairs { {}, { product(PLASTER), product(PLASTER) }, { product(ASPIRIN) },
        { product(PLASTER), product(ASPIRIN) } } do
        unavailable("products", { lookup = function() return answer end }, find,
            { ASPIRIN, PLASTER })
    end
end)

test.case("a peer that misses another each time is not asked for ever", function()
    local times = 0
    unavailable("products", { lookup = function(_, ids)
        times = times + 1
        raises { _repid = "Pharmacy::Products::NotFound", product_ids = { ids[1] } } ()
    end }, find, { ASPIRIN, PLASTER, GONE })
    test.equal(times, 2)
end)

test.case("a peer that misses what nobody asked for is not asked for ever", function()
    unavailable("products", { lookup = raises {
        _repid = "Pharmacy::Products::NotFound", product_ids = { GONE } } }, find, { ASPIRIN })
end)

test.case("an active user is a caller, an unknown token is nobody", function()
    local function user(active)
        return { identify = function(_, token)
            return { user_id = token, roles = { "pharmacist" }, active = active }
        end }
    end
    local caller = answered("auth", user(true), auth.identify, ASPIRIN)
    test.equal({ caller.user_id, caller.roles[1] }, { ASPIRIN, "pharmacist" })
    test.equal(answered("auth", user(false), auth.identify, ASPIRIN), nil)
    test.equal(answered("auth", { identify = raises { _repid = "Pharmacy::Unauthenticated",
        detail = "unknown" } }, auth.identify, "token"), nil)
    unavailable("auth", user(true), auth.identify, "no user id")
end)

test.case("a peer that does not answer in time is given up", function()
    local slow = { restock = function() timer.sleep(0.5) end }
    local function hurried(service)
        local settings = settings_of(service)
        settings.timeout_seconds = 0.05
        return settings
    end
    unavailable("inventory", slow, support.with, peer, { settings = hurried }, inventory.restock,
        PLASTER)
end)

test.case("a url that leads nowhere is told as any other trouble", function()
    for _, url in ipairs { "corbaloc:iiop:127.0.0.1:1/Inventory", "corbaloc:nonsense", "IOR:00",
        "ior:zz" } do
        local function settings() return { url = url, timeout_seconds = 2 } end
        test.problem("integration-unavailable", support.with, peer, { settings = settings },
            inventory.restock, PLASTER)
    end
end)
