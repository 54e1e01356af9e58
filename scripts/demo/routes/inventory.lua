-- The demo Inventory service.

local bus = require "orderd.bus"
local clock = require "orderd.clock"
local http = require "orderd.http"
local input = require "input"
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

local function publish(order_id, release)
    bus.publish("inventory.stock_release_processed", {
        event_id = release.event_id,
        order_id = order_id,
        success = #release.failures == 0,
        items = items_of(release),
        timestamp = clock.format(clock.now()),
    })
end

http.post("/inventory/check", function(request)
    local short = stock.short_of(input.items(input.object(request).items))
    return http.json(200, { short = json.array(short) })
end)

http.post("/inventory/release", function(request)
    local body = input.object(request)
    local order_id = input.uuid(body.order_id, "/order_id")
    publish(order_id, stock.release(order_id, input.items(body.items)))
    return http.empty(202)
end)

http.post("/inventory/restock", function(request)
    stock.restock(input.uuid(input.object(request).order_id, "/order_id"))
    return http.empty(202)
end)

http.get("/inventory/stock/{product_id:uuid}", function(request)
    local id = request.params.product_id:lower()
    return http.json(200, { product_id = id, available = stock.available(id) })
end)
