-- The demo Inventory service over HTTP.

local books = require "books"
local http = require "orderd.http"
local input = require "input"
local json = require "orderd.json"
local problem = require "orderd.problem"
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

http.get("/inventory/books", function()
    return http.json(200, stock.books())
end)

local function lines_of(taken)
    local lines = json.array {}
    for id, quantity in pairs(taken or {}) do
        lines[#lines + 1] = { product_id = id, quantity = quantity }
    end
    return lines
end

http.get("/inventory/books/{order_id:uuid}", function(request)
    local id = request.params.order_id:lower()
    local known = books.find(id)
    if not known then
        problem.raise("order-not-found", { detail = "The inventory never heard of this order." })
    end
    return http.json(200, { order_id = id, state = known.state, taken = lines_of(known.taken) })
end)
