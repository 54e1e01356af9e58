-- A page of orders as the lists answer it, with the link to the next one (RFC 8288).

local http = require "orderd.http"
local json = require "orderd.json"
local list_orders = require "dto.list_orders"

local function percent(byte)
    return ("%%%02X"):format(byte:byte())
end

local function encode(text)
    return (text:gsub("[^%w%-._~]", percent))
end

--- The same list from the next page on: the caller's own parameters, and the cursor.
local function next_link(request, cursor)
    local pairs_of_query = {}
    for _, name in ipairs(list_orders.PARAMETERS) do
        local value = name == "cursor" and cursor or request.query[name]
        if value then pairs_of_query[#pairs_of_query + 1] = name .. "=" .. encode(value) end
    end
    return ("<%s?%s>; rel=\"next\""):format(request.path, table.concat(pairs_of_query, "&"))
end

---@param request orderd.Request
---@param orders orderd.Order[]
---@param cursor string|nil
---@return orderd.Answer
local function page(request, orders, cursor)
    local body = { orders = json.array(orders), next_cursor = cursor or json.null }
    return http.json(200, body, cursor and { Link = next_link(request, cursor) } or nil)
end

return page
