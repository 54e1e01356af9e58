-- The message inventory.stock_release_processed, checked: what is not as the contract says raises,
-- and becomes a dead letter.

local check = require "dto.check"
local clock = require "orderd.clock"
local json = require "orderd.json"

local ITEMS = 200
local TEXT = 2000

---@class dto.ReleasedItem
---@field product_id string
---@field success boolean
---@field message string|nil

---@class dto.StockRelease
---@field event_id string
---@field order_id string
---@field success boolean
---@field items dto.ReleasedItem[]

local function read_boolean(errors, pointer, value)
    if type(value) == "boolean" then return value end
    check.fail(errors, pointer, "must be true or false")
end

local function read_event_id(errors, pointer, value)
    local text = check.text(errors, pointer, value, 200)
    if text ~= "" then return text end
    check.fail(errors, pointer, "must not be empty")
end

local function read_time(errors, pointer, value)
    if type(value) ~= "string" or not clock.parse(value) then
        check.fail(errors, pointer, "must be a time as RFC 3339 has it")
    end
end

---@return dto.ReleasedItem|nil
local function read_item(errors, pointer, item)
    if not check.object(errors, pointer, item) then return nil end
    return {
        product_id = check.uuid(errors, pointer .. "/product_id", item.product_id),
        success = read_boolean(errors, pointer .. "/success", item.success),
        message = check.optional(check.text, errors, pointer .. "/message", item.message, TEXT),
    }
end

--- The items and the timestamp may be left out: nothing here is decided by them alone.
---@param payload string
---@return dto.StockRelease
local function stock_release(payload)
    local message, why = json.decode(payload)
    if why then error("the message is no JSON: " .. why, 0) end
    local errors, items = {}, {}
    local object = check.object(errors, "", message) or check.finish(errors)
    local event = {
        event_id = read_event_id(errors, "/event_id", object.event_id),
        order_id = check.uuid(errors, "/order_id", object.order_id),
        success = read_boolean(errors, "/success", object.success),
        items = items,
    }
    local sent = check.optional(check.array, errors, "/items", object.items, 0, ITEMS) or {}
    for index, item in ipairs(sent) do
        items[index] = read_item(errors, "/items/" .. index - 1, item)
    end
    check.optional(read_time, errors, "/timestamp", object.timestamp)
    check.finish(errors)
    return event
end

return stock_release
