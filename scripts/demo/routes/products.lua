-- The demo Product service over HTTP.

local catalogue = require "catalogue"
local http = require "orderd.http"
local input = require "input"
local json = require "orderd.json"

http.post("/products/lookup", function(request)
    local ids = input.array(input.object(request).product_ids, "/product_ids")
    local products, missing = json.array {}, json.array {}
    for index, value in ipairs(ids) do
        local id = input.uuid(value, "/product_ids/" .. index - 1)
        if catalogue[id] then
            products[#products + 1] = catalogue[id].facts
        else
            missing[#missing + 1] = id
        end
    end
    return http.json(200, { products = products, missing = missing })
end)
