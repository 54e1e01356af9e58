-- The demo Inventory service over HTTP.

local http = require "orderd.http"
local input = require "input"
local json = require "orderd.json"
local release = require "release"
local stock = require "stock"

http.post("/inventory/check", function(request)
    local short = stock.short_of(input.items(input.object(request).items))
    return http.json(200, { short = json.array(short) })
end)

http.post("/inventory/release", function(request)
    local body = input.object(request)
    release.run(input.uuid(body.order_id, "/order_id"), input.items(body.items))
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
