-- Orders that nobody has answered for: asked for again in their turn, told of, given up.

local alerts = require "integrations.alerts"
local ask_again = require "usecases.ask_again"
local decision = require "decisions.release_overdue"
local inventory = require "integrations.inventory"
local metrics = require "orderd.metrics"
local problem = require "orderd.problem"
local release_settings = require "usecases.release_settings"
local repository = require "orderd.repository"
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

local function settings_of(seconds, per_second)
    return { ask_again_seconds = seconds, ask_again_per_second = per_second or 10000,
        alert_seconds = 300, give_up_seconds = 3600 }
end

--- One run; gives what the inventory was asked.
local function run(settings)
    local asked = {}
    support.with_services({ asked = asked }, ask_again.run, settings)
    return asked
end

--- A whole turn, of which earlier ones are forgotten.
local function turn(seconds)
    ask_again.forget()
    return run(settings_of(seconds))
end

--- A turn in which this decides.
local function decided(decide)
    return support.with(decision, { decide = decide }, turn, 0)
end

--- What is told of this order, and "wait" of all others.
local function of(order, verdict, reason)
    return function(case)
        if case.order.order_id == order.order_id then return verdict, reason end
        return "wait"
    end
end

local function counted(name)
    return tonumber(metrics.render():match("\norderd_script_" .. name .. "_total (%d+)"))
end

local function new_order()
    return support.order(support.caller("customer"))
end

test.case("only what is still pending is asked for again", function()
    local waiting, settled = new_order(), new_order()
    update_status(support.caller("admin"), settled.order_id, { status = "CONFIRMED" })
    local asked = turn(0)
    test.equal({ was_asked(asked, waiting), was_asked(asked, settled) }, { 1, 0 })
end)

test.case("what is young is left alone", function()
    local young = new_order()
    test.equal(was_asked(turn(3600), young), 0)
end)

test.case("many have their turn in several runs, each once, and then it begins anew", function()
    local orders, customer = {}, support.caller("pharmacist")
    for index = 1, 250 do orders[index] = support.order(customer) end
    ask_again.forget()
    local asked, settings = {}, settings_of(0, 60)
    repeat
        local some = run(settings)
        test.equal(#some <= 60, true)
        for _, each in ipairs(some) do asked[#asked + 1] = each end
    until #some < 60
    for _, order in ipairs(orders) do test.equal(was_asked(asked, order), 1) end
    test.equal(#run(settings), 60, "begins anew")
end)

test.case("a turn does not begin before its time", function()
    local order = new_order()
    ask_again.forget()
    test.equal(was_asked(run(settings_of(0)), order), 1)
    test.equal(run(settings_of(3600)), {})
end)

test.case("an order that is cancelled after it was listed is not asked for", function()
    local order, get = new_order(), repository.get
    decided(function(case)
        if case.order.order_id == order.order_id then
            update_status(support.caller("admin"), order.order_id, { status = "CANCELLED" })
        end
        return "wait"
    end)
    local asked = turn(0)
    test.equal({ was_asked(asked, order), get(order.order_id).status }, { 0, "CANCELLED" })
end)

test.case("an inventory that is away is not asked by everybody in turn", function()
    new_order()
    new_order()
    local tries, told = 0, {}
    local function away()
        tries = tries + 1
        problem.raise("integration-unavailable")
    end
    local function decide(case)
        told[#told + 1] = case.away
        return "wait"
    end
    ask_again.forget()
    support.with(inventory, { release = away }, function()
        support.with(decision, { decide = decide }, ask_again.run, settings_of(0))
    end)
    test.equal({ tries, told[1], told[2] }, { 1, false, true })
    test.equal(#run(settings_of(0)), 0, "it is left alone for a while")
end)

test.case("a run that fails is not repeated at once, and the turn goes on behind it", function()
    local first, second = new_order(), new_order()
    local asked = {}
    local function fails(order_id)
        asked[#asked + 1] = order_id
        error("the test says so", 0)
    end
    ask_again.forget()
    local function failing_run()
        return pcall(support.with, inventory, { release = fails }, ask_again.run, settings_of(0))
    end
    test.equal({ failing_run(), failing_run() }, { false, true, nil })
    test.equal(asked, { second.order_id })
    test.equal(first.order_id ~= second.order_id, true)
end)

test.case("a decision sees the order, its age and how often it was asked for", function()
    local order, seen = new_order(), {}
    local function decide(case)
        if case.order.order_id == order.order_id then seen[#seen + 1] = case end
        return "wait"
    end
    ask_again.forget()
    support.with(decision, { decide = decide }, function()
        for _ = 1, 3 do run(settings_of(0)) end
    end)
    test.equal({ seen[1].asked, seen[2].asked, seen[3].asked }, { 0, 1, 2 })
    test.equal({ seen[1].away, seen[1].order.user_id, seen[1].settings.alert_seconds },
        { false, order.user_id, 300 })
    test.equal(seen[3].age_seconds >= 0 and seen[3].age_seconds < 3600, true)
    test.equal(seen[1].order.notes, nil)
end)

test.case("given up is cancelled with the reason, and not asked for any more", function()
    local order, before = new_order(), counted("releases_given_up")
    local asked = decided(of(order, "cancel", "too long"))
    local now = repository.get(order.order_id)
    test.equal({ now.status, now.reason, now.version, was_asked(asked, order) },
        { "CANCELLED", "too long", 2, 0 })
    test.equal(counted("releases_given_up"), before + 1)
end)

test.case("people are told once of an order, which is asked for again all the same", function()
    local order, before, sent = new_order(), counted("release_alerts"), {}
    local function send(name, message) sent[#sent + 1] = { name, message } end
    for _ = 1, 3 do
        local asked = support.with(alerts, { send = send }, decided, of(order, "alert"))
        test.equal(was_asked(asked, order), 1)
    end
    test.equal(counted("release_alerts"), before + 1)
    test.equal({ #sent, sent[1][1], sent[1][2].order_id }, { 1, "release_overdue", order.order_id })
    local members = {}
    for name in pairs(sent[1][2]) do members[#members + 1] = name end
    table.sort(members)
    test.equal(members, { "age_seconds", "asked", "created_at", "occurred_at", "order_id" })
    test.equal(repository.inbox_add("alert.release_overdue/" .. order.order_id), false)
end)

test.case("what another process has told is not told again", function()
    local order, before = new_order(), counted("release_alerts")
    repository.inbox_add("alert.release_overdue/" .. order.order_id)
    decided(of(order, "alert"))
    test.equal(counted("release_alerts"), before)
end)

test.case("a decision that is none lets the order wait", function()
    local order = new_order()
    local answers = { { "cancel" }, { "cancel", "" }, { "cancel", ("x"):rep(2001) }, { "cancel", "\xff" },
        { "Cancel", "reason" }, { nil }, { 7 } }
    for _, answer in ipairs(answers) do
        test.equal(was_asked(decided(of(order, answer[1], answer[2])), order), 1)
    end
    local function raises() error("the test says so") end
    test.equal(was_asked(decided(raises), order), 1)
    test.equal(repository.get(order.order_id).status, "PENDING")
end)

test.case("settings are checked, and what is left out has its default", function()
    local defaults = { ask_again_seconds = 30, ask_again_per_second = 100, alert_seconds = 300,
        give_up_seconds = 3600 }
    test.equal(release_settings.read(nil), defaults)
    test.equal(release_settings.read { alert_seconds = 7 }.alert_seconds, 7)
    local refused = { 7, { alert_seconds = 0 }, { alert_seconds = 1.5 }, { give_up_seconds = "1" },
        { ask_again_per_second = 1001 }, { ask_again = 30 }, { 30 } }
    for index, bad in ipairs(refused) do
        local taken, why = pcall(release_settings.read, bad)
        test.equal({ taken, why:find("settings.release", 1, true) ~= nil }, { false, true }, index)
    end
end)
