-- Telling people that the Inventory leaves an order without an answer: a line in the log, a figure, and
-- a message to whoever listens. Nothing of what was ordered, or for whom, is in any of them.

local alerts = require "integrations.alerts"
local clock = require "orderd.clock"
local log = require "orderd.log"
local metrics = require "orderd.metrics"
local repository = require "orderd.repository"

local NAME = "release_overdue"
local REMEMBERED = 50000

local count_told = metrics.counter("release_alerts",
    "Orders that people were told of because the Inventory had not answered.")

local told, count = {}, 0 -- spares the store; it is the store that knows for certain

local function remember(order_id)
    if count >= REMEMBERED then told, count = {}, 0 end
    told[order_id], count = true, count + 1
end

--- Waits. Once for an order, whichever process has told and whatever it has forgotten since: the store
--- remembers it first. (A process that dies between the two has not told.)
---@param order {order_id: string, created_at: integer}
---@param age_seconds integer
---@param asked integer
---@return boolean told
local function release_alert(order, age_seconds, asked)
    if told[order.order_id] then return false end
    local new = repository.inbox_add("alert." .. NAME .. "/" .. order.order_id)
    remember(order.order_id)
    if not new then return false end
    count_told:add()
    log.error("the inventory leaves an order without an answer",
        { order_id = order.order_id, age_seconds = age_seconds, asked = asked })
    alerts.send(NAME, { order_id = order.order_id, age_seconds = age_seconds, asked = asked,
        created_at = clock.format(order.created_at), occurred_at = clock.format(clock.now()) })
    return true
end

return release_alert
