-- A new order as a command: the body of POST /order/orders, or what Session::create takes.

local check = require "dto.check"

local ITEMS = 200
local QUANTITY = 1000000
local NOTES = 2000

---@class dto.Line
---@field product_id string
---@field quantity integer
---@field price integer|nil  what the caller believes that one unit costs; minor units

---@class dto.CreateOrder
---@field items dto.Line[]  as the caller sent them: a product may stand on several lines
---@field notes string|nil

---@return dto.Line|nil
local function read_line(errors, pointer, line, check_price)
    if not check.object(errors, pointer, line) then return nil end
    return {
        product_id = check.uuid(errors, pointer .. "/product_id", line.product_id),
        quantity = check.integer(errors, pointer .. "/quantity", line.quantity, 1, QUANTITY),
        price = check.optional(check_price, errors, pointer .. "/price", line.price),
    }
end

--- Raises validation-failed with every mistake of the body. Members that it does not know are
--- ignored: the total, above all, is never the caller's.
---@param body any
---@param check_price? function  how a price is written: check.money (the default), check.amount
---@return dto.CreateOrder
local function create_order(body, check_price)
    local errors, items = {}, {}
    local object = check.object(errors, "", body) or check.finish(errors)
    local lines = check.array(errors, "/items", object.items, 1, ITEMS) or {}
    for index, line in ipairs(lines) do
        items[index] = read_line(errors, "/items/" .. index - 1, line, check_price or check.money)
    end
    local notes = check.optional(check.text, errors, "/notes", object.notes, NOTES)
    check.finish(errors)
    return { items = items, notes = notes }
end

return create_order
