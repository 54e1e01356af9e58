-- One message of each kind, for the AsyncAPI document.

local conf = require "orderd.conf"

local ORDER_ID = "0190c7a4-5b1e-7c3d-9f20-6a1d2e3f4a5b"
local EPOCH = "0190c7a0-11aa-7b0c-8d3e-9f0a1b2c3d4e"

local STATUS = { OrderCreatedEvent = "PENDING", OrderStatusChangedEvent = "CONFIRMED",
    OrderCancelledEvent = "CANCELLED", OrderCompletedEvent = "COMPLETED" }

local CHANGES = {
    OrderStatusChangedEvent = { old_status = "PENDING", new_status = "CONFIRMED", version = 2 },
    OrderCompletedEvent = { old_status = "CONFIRMED", new_status = "COMPLETED", version = 3 },
    OrderCancelledEvent = { old_status = "PENDING", new_status = "CANCELLED", version = 2,
        reason = "changed my mind" },
}

local examples = {}

local function data_of(type_, null)
    local data = {
        order_id = ORDER_ID,
        user_id = "0190b000-0000-7000-8000-000000000001",
        status = STATUS[type_],
        total_amount = "21.98",
        currency = conf.currency,
        items = { { product_id = "0190a000-0000-7000-8000-000000000001", quantity = 2,
            price = "10.99" } },
        version = 1,
        occurred_at = "2026-01-31T12:00:00.000Z",
    }
    if CHANGES[type_] then data.reason = null end
    for name, value in pairs(CHANGES[type_] or {}) do data[name] = value end
    return data
end

--- An event of the service; nil for a type that is not known here. `null` is json.null.
---@param topic string
---@param type_ string
function examples.event(topic, type_, null)
    if not STATUS[type_] then return nil end
    local position, previous, follows = "0000000000000042", "0000000000000039", "0000000000000041"
    return {
        name = type_,
        headers = { topic = topic, position = position, previous = previous },
        payload = {
            specversion = "1.0",
            id = "0190c7a4-5b1e-7c3d-9f20-6a1d2e3f4a5c",
            source = "/orderd/" .. EPOCH,
            type = type_,
            subject = ORDER_ID,
            time = "2026-01-31T12:00:00.000Z",
            datacontenttype = "application/json",
            sequence = position,
            follows = follows,
            partitionkey = ORDER_ID,
            data = data_of(type_, null),
        },
    }
end

examples.heartbeat = {
    name = "heartbeat",
    headers = { topic = "heartbeat", position = "0000000000000042", previous = "" },
    payload = { epoch = EPOCH, heads = { ["order.created"] = "0000000000000042",
        ["order.status_changed"] = "0000000000000041" } },
}

examples.release_overdue = {
    name = "release_overdue",
    headers = { topic = "alert.release_overdue" },
    payload = { order_id = ORDER_ID, age_seconds = 312, asked = 10,
        created_at = "2026-01-31T12:00:00.000Z", occurred_at = "2026-01-31T12:05:12.000Z" },
}

return examples
