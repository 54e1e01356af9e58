-- PENDING for too long: the ask or its answer was lost on the way, so the Inventory is asked again.
-- It takes nothing twice, and repeats its answer.

local clock = require "orderd.clock"
local conf = require "orderd.conf"
local inventory = require "integrations.inventory"
local log = require "orderd.log"
local repository = require "orderd.repository"
local timer = require "orderd.timer"

local SECONDS = conf.settings.ask_again_seconds or 30
local PAGES = 5 -- of 100 orders in one run

if math.type(SECONDS) ~= "integer" or SECONDS < 1 then
    error("settings.ask_again_seconds must be an integer of 1 or more")
end

local cursor -- where the next run goes on, so that every order has its turn

local function ask(orders)
    for _, order in ipairs(orders) do inventory.release(order.order_id, order.items) end
    if #orders > 0 then log.info("the release of stock was asked again", { orders = #orders }) end
end

timer.every(SECONDS, "ask_again", function()
    local before = clock.now() - SECONDS * 1000
    for _ = 1, PAGES do
        local orders, next_cursor = repository.list {
            status = "PENDING", created_to = before, cursor = cursor, limit = 100 }
        cursor = next_cursor
        ask(orders)
        if not cursor then return end
    end
end)
