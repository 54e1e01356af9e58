-- Releasing stock for an order, and telling everybody how it went.

local bus = require "orderd.bus"
local clock = require "orderd.clock"
local json = require "orderd.json"
local stock = require "stock"

--- The items of the answer: of a release that failed only those that are to blame, for nothing was
--- taken of any.
local function items_of(release)
    local items = json.array {}
    for id in pairs(release.taken or {}) do
        items[#items + 1] = { product_id = id, success = true }
    end
    for _, failure in ipairs(release.failures) do
        items[#items + 1] = { product_id = failure.product_id, success = false,
            message = failure.message }
    end
    return items
end

local release = {}

--- What the service listens for (inventory.stock_release_processed).
---@param order_id string
---@param result demo.Release
function release.tell(order_id, result)
    bus.publish("inventory.stock_release_processed", {
        event_id = result.event_id,
        order_id = order_id,
        success = #result.failures == 0,
        items = items_of(result),
        timestamp = clock.format(clock.now()),
    })
end

--- Asked again, it tells the first answer again.
---@param order_id string
---@param items {product_id: string, quantity: integer}[]
function release.run(order_id, items)
    release.tell(order_id, stock.release(order_id, items))
end

return release
