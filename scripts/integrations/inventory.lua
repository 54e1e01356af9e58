-- The Inventory service: what is in stock, and taking it out or putting it back for an order.

local json = require "orderd.json"
local peer = require "integrations.peer"
local uuid = require "orderd.uuid"

local inventory = {}

local function lines_of(items)
    local lines = json.array {}
    for index, item in ipairs(items) do
        lines[index] = { product_id = item.product_id, quantity = item.quantity }
    end
    return lines
end

local function is_short(line)
    return type(line) == "table" and uuid.is(line.product_id)
        and math.type(line.requested) == "integer" and math.type(line.available) == "integer"
end

local function read_short(body)
    local lines = type(body) == "table" and body.short
    if type(lines) ~= "table" or not json.is_array(lines) then return nil, "short is no array" end
    local short = json.array {}
    for index, line in ipairs(lines) do
        if not is_short(line) then return nil, "short[" .. index .. "] is not as agreed" end
        short[index] = { product_id = line.product_id, requested = line.requested,
            available = line.available }
    end
    return short
end

local function taken() return true end -- that it answered is all there is to know

--- Waits. What is short of these items now; with integrations.inventory.stock_check = false nothing
--- is, and only the release tells.
---@param items {product_id: string, quantity: integer}[]  one for each product
---@return {product_id: string, requested: integer, available: integer}[]
function inventory.short_of(items)
    if peer.settings("inventory").stock_check == false then return {} end
    return peer.ask("inventory", "check", { items = lines_of(items) }, read_short)
end

--- Waits. Asks to take the order's stock; the inventory answers later, with an event. Asked again
--- for the same order, it takes nothing twice.
---@param order_id string
---@param items {product_id: string, quantity: integer}[]
function inventory.release(order_id, items)
    local message = { order_id = order_id, items = lines_of(items) }
    peer.ask("inventory", "release", message, taken)
end

--- Waits. Asks to put back what was taken for the order, if anything was. Asked again, it puts
--- nothing back twice.
---@param order_id string
function inventory.restock(order_id)
    peer.ask("inventory", "restock", { order_id = order_id }, taken)
end

return inventory
