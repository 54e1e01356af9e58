-- Asking again for the stock of orders that are PENDING for too long: the ask or its answer was lost
-- on the way. The Inventory takes nothing twice, and repeats its answer.

local clock = require "orderd.clock"
local inventory = require "integrations.inventory"
local log = require "orderd.log"
local repository = require "orderd.repository"

local PAGES = 5 -- of 100 orders in one run

local cursor -- where the next run goes on, so that every order has its turn

local function ask(orders)
    for _, order in ipairs(orders) do inventory.release(order.order_id, order.items) end
    if #orders > 0 then log.info("the release of stock was asked again", { orders = #orders }) end
end

--- Waits. Asks for the orders that were made more than so many seconds ago.
---@param seconds integer
local function ask_again(seconds)
    local before = clock.now() - seconds * 1000
    for _ = 1, PAGES do
        local orders, next_cursor = repository.list {
            status = "PENDING", created_to = before, cursor = cursor, limit = 100 }
        cursor = next_cursor
        ask(orders)
        if not cursor then return end
    end
end

return ask_again
