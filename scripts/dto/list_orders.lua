-- The query of the two lists as what the repository takes.

local check = require "dto.check"
local clock = require "orderd.clock"
local order = require "orderd.order"

local function read_limit(errors, pointer, text)
    local limit = text:match("^%d%d?%d?$") and tonumber(text)
    return check.integer(errors, pointer, limit, 1, 100)
end

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

local READERS = {
    limit = read_limit,
    cursor = read_cursor,
    status = read_status,
    user_id = check.uuid,
    created_from = read_time,
    created_to = read_time,
    min_total = check.money,
    max_total = check.money,
}

local function check_range(errors, query, from, to)
    if query[from] and query[to] and query[from] > query[to] then
        check.fail(errors, "/" .. to, "must not be less than " .. from)
    end
end

local list_orders = {}

--- In the order in which a link to the next page has them.
list_orders.PARAMETERS = { "limit", "status", "user_id", "created_from", "created_to", "min_total",
    "max_total", "cursor" }

---@param parameters table<string, string>
---@param readers table<string, function>
---@return orderd.Query
local function read(parameters, readers)
    local errors, query = {}, {}
    for _, name in ipairs(list_orders.PARAMETERS) do
        query[name] = check.optional(readers[name], errors, "/" .. name, parameters[name])
    end
    check_range(errors, query, "created_from", "created_to")
    check_range(errors, query, "min_total", "max_total")
    check.finish(errors)
    return query
end

--- GET /order/orders
---@param parameters table<string, string>
---@return orderd.Query
function list_orders.of_all(parameters)
    return read(parameters, READERS)
end

local OWN_READERS = {}
for name, reader in pairs(READERS) do OWN_READERS[name] = reader end
OWN_READERS.user_id = refuse_user_id

--- GET /order/user/orders
---@param parameters table<string, string>
---@param user_id string
---@return orderd.Query
function list_orders.of_user(parameters, user_id)
    local query = read(parameters, OWN_READERS)
    query.user_id = user_id
    return query
end

return list_orders
