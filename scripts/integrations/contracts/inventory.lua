-- Pharmacy::Inventory as peer.ask speaks with it.

local json = require "orderd.json"
local orb = require "orderd.orb"

---@type integrations.Contract
local inventory = { interface = "Pharmacy::Inventory", operations = {} }

function inventory.operations.check(proxy, message)
    local done, exception = proxy:check(message.items)
    if done then return { short = json.array {} } end
    if not orb:isexcept(exception, "Pharmacy::OutOfStock") then return nil, exception end
    if #exception.shortages == 0 then return nil, "it is out of stock, and does not say of what" end
    return { short = json.array(exception.shortages) }
end

function inventory.operations.release(proxy, message)
    local done, exception = proxy:release(message.order_id, message.items)
    return nil, not done and exception or nil
end

function inventory.operations.restock(proxy, message)
    local done, exception = proxy:restock(message.order_id)
    return nil, not done and exception or nil
end

return inventory
