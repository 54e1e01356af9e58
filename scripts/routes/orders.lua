-- The six calls for orders. What they take and give: README.md; for machines: /openapi.json.

local cancel_order = require "usecases.cancel_order"
local change_status = require "dto.change_status"
local create_order = require "usecases.create_order"
local etag = require "dto.etag"
local get_order = require "usecases.get_order"
local http = require "orderd.http"
local identify = require "usecases.identify"
local list_orders = require "usecases.list_orders"
local once = require "dto.once"
local page = require "dto.page"
local read_create_order = require "dto.create_order"
local read_query = require "dto.list_orders"
local update_status = require "usecases.update_status"

---@param order orderd.Order
local function answer(order)
    return http.json(200, order, { ETag = order.etag })
end

---@param order orderd.Order
local function created(order)
    return http.json(201, order,
        { ETag = order.etag, Location = "/order/orders/" .. order.order_id })
end

http.get("/order/orders", function(request)
    local caller = identify(request, "orders:read:any")
    return page(request, list_orders(caller, read_query.of_all(request.query)))
end)

http.post("/order/orders", function(request)
    local caller = identify(request, "orders:create")
    return once(request, caller, created, function(save)
        return create_order(caller, read_create_order(request:json()), save)
    end)
end)

http.get("/order/orders/{order_id:uuid}", function(request)
    local caller = identify(request, "orders:read", "orders:read:any")
    local order = get_order(caller, request.params.order_id)
    if etag.is_known(etag.conditions(request), order) then
        return http.empty(304, { ETag = order.etag })
    end
    return answer(order)
end)

http.put("/order/orders/{order_id:uuid}", function(request)
    local caller = identify(request, "orders:update")
    local command = change_status.update(request:json())
    return answer(update_status(caller, request.params.order_id, command,
        etag.conditions(request)))
end)

http.delete("/order/orders/{order_id:uuid}", function(request)
    local caller = identify(request, "orders:cancel", "orders:cancel:any")
    local command = change_status.cancel(request.query)
    return answer(cancel_order(caller, request.params.order_id, command,
        etag.conditions(request)))
end)

http.get("/order/user/orders", function(request)
    local caller = identify(request, "orders:read")
    local query = read_query.of_user(request.query, caller.user_id)
    return page(request, list_orders(caller, query))
end)
