-- What is on PUB beside committed events, for the AsyncAPI document: heartbeats, and what scripts
-- publish with bus.publish. None of it is stored, so the server `replay` does not have it.

local examples = require "asyncapi.examples"
local messages = require "asyncapi.messages"

local UUID = { type = "string", format = "uuid" }
local TIME = { type = "string", format = "date-time" }
local COUNT = { type = "integer", minimum = 0 }

local TOPIC_ONLY = { type = "object", required = { "topic" },
    properties = { topic = { type = "string" } },
    description = "The frame before the payload." }

---@class asyncapi.Own
---@field topic string
---@field type string      the message's name
---@field summary string
---@field headers table    JSON Schema of the frames before the payload
---@field frames string[]
---@field payload table    JSON Schema
---@field example table

---@type asyncapi.Own[]
return {
    {
        topic = "heartbeat",
        type = "Heartbeat",
        summary = "Where the stream stands, while it is idle. A head that a subscriber has not "
            .. "reached is a lost tail.",
        headers = messages.headers,
        frames = { "topic", "position", "previous", "payload" },
        payload = { type = "object", required = { "epoch", "heads" }, properties = {
            epoch = { type = "string", description = "Of the stream that positions belong to." },
            heads = { type = "object", additionalProperties = { type = "string" },
                description = "The last position of each topic." } } },
        example = examples.heartbeat,
    },
    {
        topic = "alert.release_overdue",
        type = "ReleaseOverdueAlert",
        summary = "The Inventory leaves an order without an answer; once for an order.",
        headers = TOPIC_ONLY,
        frames = { "topic", "payload" },
        payload = { type = "object",
            required = { "order_id", "age_seconds", "asked", "created_at", "occurred_at" },
            properties = { order_id = UUID, age_seconds = COUNT, asked = COUNT, created_at = TIME,
                occurred_at = TIME } },
        example = examples.release_overdue,
    },
}
