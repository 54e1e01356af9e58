-- What the demo peers take: what is not as agreed is answered 422, or BAD_PARAM (refusing.lua).

local json = require "orderd.json"
local problem = require "orderd.problem"
local uuid = require "orderd.uuid"

local input = {}

--- Raises validation-failed unless it holds.
local function require_that(holds, pointer, detail)
    if not holds then
        problem.raise("validation-failed", { detail = pointer .. " " .. detail,
            errors = { { pointer = pointer, detail = detail } } })
    end
end

---@param request orderd.Request
---@return table
function input.object(request)
    local body = request:json()
    require_that(type(body) == "table" and not json.is_array(body), "", "must be an object")
    return body
end

function input.uuid(value, pointer)
    require_that(uuid.is(value), pointer, "must be a UUID")
    return value:lower()
end

function input.text(value, pointer)
    require_that(type(value) == "string", pointer, "must be a text")
    return value
end

---@return any[]
function input.array(value, pointer)
    require_that(type(value) == "table" and json.is_array(value), pointer, "must be an array")
    return value
end

---@return {product_id: string, quantity: integer}[]
function input.items(value)
    local items = {}
    for index, item in ipairs(input.array(value, "/items")) do
        local pointer = "/items/" .. index - 1
        require_that(type(item) == "table", pointer, "must be an object")
        local quantity = item.quantity
        require_that(math.type(quantity) == "integer" and quantity > 0 and quantity <= 1000000,
            pointer .. "/quantity", "must be an integer from 1 to 1000000")
        items[index] = { product_id = input.uuid(item.product_id, pointer .. "/product_id"),
            quantity = quantity }
    end
    return items
end

return input
