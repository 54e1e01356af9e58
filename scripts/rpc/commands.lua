-- Arguments of bindings/idl/pharmacy.idl as the commands that use cases take. They go through the
-- same checks as the bodies and queries of REST, and mistakes are told with the same pointers.

local change_status = require "dto.change_status"
local check = require "dto.check"
local json = require "orderd.json"
local list_orders = require "dto.list_orders"
local read_create_order = require "dto.create_order"

local FILTERS = {
    BY_STATUS = "status",
    BY_USER = "user_id",
    CREATED_FROM = "created_from",
    CREATED_TO = "created_to",
    MIN_TOTAL = "min_total",
    MAX_TOTAL = "max_total",
}

--- An empty text stands for none.
local function optional(text)
    if text ~= "" then return text end
end

local commands = {}

--- NewOrder
---@return dto.CreateOrder
function commands.create(new)
    local items = json.array {}
    for index, line in ipairs(new.items) do
        items[index] = { product_id = line.product_id, quantity = line.quantity,
            price = line.price[1] }
    end
    local body = { items = items, notes = optional(new.notes) }
    return read_create_order(body, check.amount)
end

---@param text string
---@return string
function commands.order_id(text)
    local errors = {}
    local order_id = check.uuid(errors, "/order_id", text)
    check.finish(errors)
    ---@cast order_id string
    return order_id
end

--- Order::Change, without the version that is expected
---@return dto.UpdateStatus
function commands.update(change)
    return change_status.update { status = change.new_status,
        reason = optional(change.reason), notes = optional(change.notes) }
end

--- nil: any version will do.
---@return dto.Conditions|nil
function commands.expected(change)
    if change.expected_version ~= 0 then
        return { if_match = ('"%d"'):format(change.expected_version) }
    end
end

---@param reason string
---@return {reason: string|nil}
function commands.cancel(reason)
    return change_status.cancel { reason = optional(reason) }
end

local function parameters_of(only, limit, cursor)
    local errors, parameters = {}, { cursor = optional(cursor) }
    if limit ~= 0 then parameters.limit = limit end
    for _, criterion in ipairs(only) do
        local name = FILTERS[criterion._switch]
        if parameters[name] then check.fail(errors, "/" .. name, "is given twice") end
        parameters[name] = criterion._value
    end
    check.finish(errors)
    return parameters
end

--- CriterionList, limit and cursor of Session::list_all
---@return orderd.Query
function commands.list_all(only, limit, cursor)
    return list_orders.of_all(parameters_of(only, limit, cursor), list_orders.VALUES)
end

--- The same of Session::list
---@param user_id string
---@return orderd.Query
function commands.list(user_id, only, limit, cursor)
    return list_orders.of_user(parameters_of(only, limit, cursor), user_id, list_orders.VALUES)
end

return commands
