-- Asking again for the stock of orders that are PENDING for too long: the ask or its answer was lost
-- on the way. The Inventory takes nothing twice, and repeats its answer. Before each ask
-- decisions/release_overdue.lua says whether the order goes on waiting.
--
-- All orders that wait have one turn after the other. A turn is made in small runs, one a second: each
-- goes on where the one before stopped, asks for one order at a time and for so many at most, and ends
-- after a while however slow the Inventory is. So a hundred thousand orders, after an outage say, are
-- worked off at a pace that it bears, none is left out, and none is asked for twice in a turn.
--
-- How often an order was asked for is not kept for each order: it is the number of turns that were old
-- enough to include it. A reload, or another process that leads, begins to count anew.

local clock = require "orderd.clock"
local decision = require "decisions.release_overdue"
local give_up = require "usecases.give_up"
local inventory = require "integrations.inventory"
local log = require "orderd.log"
local metrics = require "orderd.metrics"
local problem = require "orderd.problem"
local release_alert = require "usecases.release_alert"
local repository = require "orderd.repository"

local PAGE = 100
local RUN_MS = 5000   -- a run ends after this, for a task may not take for ever
local REST_MS = 10000 -- after a run that failed; and how long an Inventory that is away is left alone
local TURNS = 100     -- of which more are not counted
local REASON = 2000   -- characters that the order's reason may have

local asked_again = metrics.counter("releases_asked_again",
    "Releases that the Inventory was asked for again.")

---@class usecases.Turn
---@field began_at integer
---@field before integer          orders that were made later are not in it
---@field orders orderd.Order[]|nil  the page that is under way
---@field place integer           in that page
---@field cursor string|nil       of the next page
---@field complained boolean|nil  the log has heard that the decision fails
---@field ended boolean|nil
local turn

local past = {}         -- `before` of the turns that are over, the latest first
local rest_until = 0
local away_until = 0    -- the Inventory could not be reached: nobody is asked until then

local ask_again = {}

--- Forgets all turns, as a reload does.
function ask_again.forget()
    turn, past, rest_until, away_until = nil, {}, 0, 0
end

local function times_asked(order)
    for index, before in ipairs(past) do
        if before < order.created_at then return index - 1 end
    end
    return #past
end

-- ---- what becomes of one order ----

local function case_of(order, now, settings)
    return {
        order = { order_id = order.order_id, user_id = order.user_id, items = order.items,
            total_amount = order.total_amount, currency = order.currency,
            created_at = order.created_at },
        age_seconds = (now - order.created_at) // 1000,
        asked = times_asked(order),
        away = now < away_until,
        settings = settings,
    }
end

local function is_answer(verdict, reason)
    if verdict == "wait" or verdict == "alert" then return true end
    local length = verdict == "cancel" and type(reason) == "string" and utf8.len(reason)
    return length and length > 0 and length <= REASON
end

local function why_none(done, verdict)
    if not done then return tostring(verdict) end
    if verdict == "cancel" then return "it gave no reason that an order can have" end
    return "it answered " .. tostring(verdict)
end

--- A decision that fails is none: the order waits. The log hears of the first in a turn.
local function ask_decision(case)
    local done, verdict, reason = pcall(decision.decide, case)
    if done and is_answer(verdict, reason) then return verdict, reason end
    if not turn.complained then
        turn.complained = true
        log.error("a decision has failed, and the order waits", { decision = decision.name,
            order_id = case.order.order_id, why = why_none(done, verdict) })
    end
    return "wait"
end

local function ask(order)
    local done, failure = pcall(inventory.release, order.order_id, order.items)
    if done then return asked_again:add() end
    if not problem.is(failure, "integration-unavailable") then error(failure, 0) end
    away_until = clock.now() + REST_MS
end

--- The list is a moment old, and what was cancelled since must not be asked for.
local function see_to(order_id, settings)
    local order = repository.get(order_id)
    if not order or order.status ~= "PENDING" then return end
    local now = clock.now()
    local case = case_of(order, now, settings)
    local verdict, reason = ask_decision(case)
    if verdict == "cancel" then
        give_up(order_id, reason)
        return
    end
    if verdict == "alert" then release_alert(order, case.age_seconds, case.asked) end
    if now >= away_until then ask(order) end
end

-- ---- whose turn it is ----

local function begin_turn(now, seconds)
    turn = { began_at = now, before = now - seconds * 1000, place = 0 }
end

local function end_turn()
    table.insert(past, 1, turn.before)
    past[TURNS + 1] = nil
    turn.orders, turn.ended = nil, true
end

--- Waits. The next order, or nil at the end of the turn.
local function next_order()
    while not turn.orders or turn.place >= #turn.orders do
        if turn.orders and not turn.cursor then return nil end
        turn.orders, turn.cursor = repository.list { status = "PENDING", created_to = turn.before,
            cursor = turn.cursor, limit = PAGE }
        turn.place = 0
    end
    turn.place = turn.place + 1
    return turn.orders[turn.place]
end

local function run(now, settings)
    for _ = 1, settings.ask_again_per_second do
        local order = next_order()
        if not order then return end_turn() end
        see_to(order.order_id, settings)
        if clock.now() - now >= RUN_MS then return end
    end
end

--- Waits. One run; called every second. Does nothing when all have had their turn a short while ago.
---@param settings usecases.ReleaseSettings
function ask_again.run(settings)
    local now = clock.now()
    if now < rest_until then return end
    local seconds = settings.ask_again_seconds
    if not turn or turn.ended and now >= turn.began_at + seconds * 1000 then
        begin_turn(now, seconds)
    end
    if turn.ended then return end
    rest_until = now + REST_MS -- unless it comes to its end
    run(now, settings)
    rest_until = 0
end

return ask_again
