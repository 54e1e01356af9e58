-- The filters of the two lists as what the repository takes.

local check = require "dto.check"
local clock = require "orderd.clock"
local order = require "orderd.order"

local function read_status(errors, pointer, text)
    if order.is_status(text) then return text end
    check.fail(errors, pointer, "must be PENDING, CONFIRMED, COMPLETED or CANCELLED")
end

local function read_time(errors, pointer, text)
    local time = clock.parse(text)
    if time then return time end
    check.fail(errors, pointer, "must be a time as RFC 3339 has it (2026-01-31T12:00:00Z)")
end

local function read_cursor(_, _, text) return text end -- the repository's own, and checked there

local function refuse_user_id(errors, pointer)
    check.fail(errors, pointer, "is taken where all orders are listed; here they are the caller's")
end

local function read_page_size(errors, pointer, limit)
    return check.integer(errors, pointer, limit, 1, 100)
end

local function read_limit(errors, pointer, text)
    return read_page_size(errors, pointer, text:match("^%d%d?%d?$") and tonumber(text))
end

local function readers(limit, money)
    return { limit = limit, cursor = read_cursor, status = read_status,
        created_from = read_time, created_to = read_time, min_total = money, max_total = money }
end

local function check_range(errors, query, from, to)
    if query[from] and query[to] and query[from] > query[to] then
        check.fail(errors, "/" .. to, "must not be less than " .. from)
    end
end

local list_orders = {}

--- In the order in which a link to the next page has them.
list_orders.PARAMETERS = { "limit", "status", "user_id", "created_from", "created_to", "min_total",
    "max_total", "cursor" }

--- How filters are written: as texts of a query, or as the values that IDL has.
list_orders.TEXTS = readers(read_limit, check.money)
list_orders.VALUES = readers(read_page_size, check.amount)

---@return orderd.Query
local function read(parameters, form, read_user_id)
    local errors, query = {}, {}
    for _, name in ipairs(list_orders.PARAMETERS) do
        local reader = name == "user_id" and read_user_id or form[name]
        query[name] = check.optional(reader, errors, "/" .. name, parameters[name])
    end
    check_range(errors, query, "created_from", "created_to")
    check_range(errors, query, "min_total", "max_total")
    check.finish(errors)
    return query
end

--- GET /order/orders, Session::list_all
---@param parameters table<string, any>
---@param form? table<string, function>  list_orders.TEXTS (the default), list_orders.VALUES
---@return orderd.Query
function list_orders.of_all(parameters, form)
    return read(parameters, form or list_orders.TEXTS, check.uuid)
end

--- GET /order/user/orders, Session::list
---@param parameters table<string, any>
---@param user_id string
---@param form? table<string, function>
---@return orderd.Query
function list_orders.of_user(parameters, user_id, form)
    local query = read(parameters, form or list_orders.TEXTS, refuse_user_id)
    query.user_id = user_id
    return query
end

return list_orders
