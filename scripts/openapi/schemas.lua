-- What bodies look like, as JSON Schema for the OpenAPI document.

local conf = require "orderd.conf"

local function object(required, properties, description)
    return { type = "object", required = required, properties = properties,
        description = description }
end

local function ref(name)
    return { ["$ref"] = "#/components/schemas/" .. name }
end

local function or_null(kind, more)
    local schema = { type = { kind, "null" } }
    for name, value in pairs(more or {}) do schema[name] = value end
    return schema
end

local uuid = { type = "string", format = "uuid" }
local time = { type = "string", format = "date-time" }
local quantity = { type = "integer", minimum = 1, maximum = 1000000 }
local status = { type = "string", enum = { "PENDING", "CONFIRMED", "COMPLETED", "CANCELLED" } }
local notes = or_null("string", { maxLength = 2000 })
local reason = or_null("string", { maxLength = 2000 })
local money = { type = "string", pattern = "^[0-9]+(\\.[0-9]+)?$", examples = { "27.97" },
    description = "An exact decimal amount of " .. conf.currency .. "." }

local item = object({ "product_id", "quantity", "price" }, {
    product_id = uuid, quantity = quantity, price = ref "Money" })

local order = object({ "order_id", "user_id", "status", "items", "total_amount", "currency",
    "notes", "reason", "version", "created_at", "updated_at", "completed_at" }, {
    order_id = uuid,
    user_id = uuid,
    status = ref "Status",
    items = { type = "array", minItems = 1, maxItems = 200, items = ref "Item" },
    total_amount = ref "Money",
    currency = { type = "string", pattern = "^[A-Z]{3}$", examples = { conf.currency } },
    notes = notes,
    reason = or_null("string", { description = "Why it was cancelled." }),
    version = { type = "integer", minimum = 1,
        description = "One more with every change; quoted, it is the ETag." },
    created_at = time,
    updated_at = time,
    completed_at = or_null("string", { format = "date-time" }),
})

local line = object({ "product_id", "quantity" }, {
    product_id = uuid,
    quantity = quantity,
    price = { oneOf = { ref "Money", { type = "number", minimum = 0 }, { type = "null" } },
        description = "What the caller believes that one unit costs; refused when it costs "
            .. "something else." },
})

local create = object({ "items" }, {
    items = { type = "array", minItems = 1, maxItems = 200, items = ref "Line" },
    notes = notes,
}, "Lines of one product are added up. Prices and the total are the service's own.")

local update = object({ "status" }, { status = ref "Status", reason = reason, notes = notes },
    "PENDING goes to CONFIRMED or CANCELLED, CONFIRMED to COMPLETED or CANCELLED.")

local page = object({ "orders", "next_cursor" }, {
    orders = { type = "array", maxItems = 100, items = ref "Order" },
    next_cursor = or_null("string", { description = "null on the last page." }),
})

local problem = object({ "type", "title", "status", "code", "trace_id" }, {
    type = { type = "string", examples = { "urn:orderd:problem:order-not-found" } },
    title = { type = "string" },
    status = { type = "integer" },
    detail = { type = "string" },
    instance = { type = "string" },
    code = { type = "string", description = "The last part of the type." },
    trace_id = { type = "string", pattern = "^[0-9a-f]{32}$" },
    errors = { type = "array", items = object({ "pointer", "detail" }, {
        pointer = { type = "string", description = "A JSON pointer into the body, or \"/\" and "
            .. "the name of a query parameter or header field." },
        detail = { type = "string" } }) },
}, "RFC 9457. Some codes have members of their own; see the descriptions of the answers.")

local unready = object({ "status", "failing" }, {
    type = { type = "string" }, title = { type = "string" }, status = { type = "integer" },
    detail = { type = "string" },
    failing = { type = "array", items = { type = "string", enum = { "store", "bus" } } } })

local alive = object({ "status" }, { status = { type = "string" } })

return {
    Money = money, Status = status, Item = item, Order = order, Line = line, CreateOrder = create,
    UpdateOrder = update, OrderPage = page, Problem = problem, Unready = unready, Alive = alive,
}
