-- The demo Inventory service over IIOP.

local input = require "input"
local json = require "orderd.json"
local orb = require "orderd.orb"
local refusing = require "refusing"
local release = require "release"
local stock = require "stock"

orb:loadidlfile "pharmacy.idl"

local inventory = {}

inventory.check = refusing(function(items)
    local short = stock.short_of(input.items(json.array(items)))
    if #short > 0 then
        error(orb:newexcept { _repid = "Pharmacy::OutOfStock", shortages = short }, 0)
    end
end)

inventory.release = refusing(function(order_id, items)
    release.run(input.uuid(order_id, "/order_id"), input.items(json.array(items)))
end)

inventory.restock = refusing(function(order_id)
    stock.restock(input.uuid(order_id, "/order_id"))
end)

return orb:newservant(inventory, "Inventory", "Pharmacy::Inventory")
