-- The service's events: the CloudEvents envelope and what each type has in it, as JSON Schema for the
-- AsyncAPI document. Shapes that calls have, too, come from openapi/schemas.lua.

local openapi = require "openapi.schemas"

local UUID = { type = "string", format = "uuid" }
local TIME = { type = "string", format = "date-time" }
local TEXT = { type = "string" }

local function ref(name)
    return { ["$ref"] = "#/components/schemas/" .. name }
end

local function object(required, properties, description)
    return { type = "object", required = required, properties = properties,
        description = description }
end

local function described(schema, description)
    local copy = { description = description }
    for name, value in pairs(schema) do copy[name] = value end
    return copy
end

local ENVELOPE = object({ "specversion", "id", "source", "type", "subject", "time",
    "datacontenttype", "sequence", "follows", "partitionkey", "data" }, {
    specversion = { type = "string", const = "1.0" },
    id = UUID,
    source = { type = "string", pattern = "^/orderd/.+", description = "/orderd/ and the epoch, which "
        .. "names the stream that positions belong to." },
    type = TEXT,
    subject = described(UUID, "The order."),
    time = described(TIME, "When it happened."),
    datacontenttype = { type = "string", const = "application/json" },
    sequence = described(TEXT, "The position: text that sorts bytewise as the events do."),
    follows = described(TEXT, "The position of the event before it in the whole stream; empty for the "
        .. "first."),
    partitionkey = described(UUID, "The order: events of one order come in their order."),
    traceparent = described(TEXT, "W3C Trace Context of what caused it."),
    data = { type = "object" },
}, "CloudEvents 1.0.")

local ORDER = object({ "order_id", "user_id", "status", "total_amount", "currency", "items",
    "version", "occurred_at" }, {
    order_id = UUID,
    user_id = UUID,
    status = ref "Status",
    total_amount = ref "Money",
    currency = openapi.Order.properties.currency,
    items = openapi.Order.properties.items,
    version = { type = "integer", minimum = 1 },
    occurred_at = TIME,
}, "The order as it is after the change, without its notes.")

local CHANGE = { allOf = { ref "OrderData", object({ "old_status", "new_status", "reason" }, {
    old_status = ref "Status",
    new_status = ref "Status",
    reason = { type = { "string", "null" }, description = "Why, where somebody gave a reason." },
}) } }

local DATA = { OrderCreatedEvent = "OrderData", OrderStatusChangedEvent = "ChangeData",
    OrderCancelledEvent = "ChangeData", OrderCompletedEvent = "ChangeData" }

local messages = {}

messages.schemas = { Money = openapi.Money, Status = openapi.Status, Item = openapi.Item,
    Envelope = ENVELOPE, OrderData = ORDER, ChangeData = CHANGE }

--- The frames before the payload.
messages.headers = object({ "topic", "position", "previous" }, {
    topic = TEXT,
    position = described(TEXT, "The envelope's sequence."),
    previous = described(TEXT, "The position of the event before it on the same topic; empty for the "
        .. "first. Another one than the last that was seen: there is a gap."),
}, "The frames before the payload, in this order.")

--- The payload of an event of this type.
---@param type_ string
function messages.payload(type_)
    local data = DATA[type_] and ref(DATA[type_]) or { type = "object" }
    return { allOf = { ref "Envelope",
        { type = "object", properties = { type = { const = type_ }, data = data } } } }
end

return messages
