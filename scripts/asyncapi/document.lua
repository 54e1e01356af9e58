-- The AsyncAPI 3 document of the service: every topic that it publishes or takes.

local conf = require "orderd.conf"
local examples = require "asyncapi.examples"
local inbound = require "asyncapi.inbound"
local json = require "orderd.json"
local messages = require "asyncapi.messages"
local own = require "asyncapi.own"
local servers = require "asyncapi.servers"

local EVENT_FRAMES = { "topic", "position", "previous", "payload" }

---@class asyncapi.Declared
---@field direction "out"|"in"
---@field topic string
---@field type string|nil     of an event of the service: "OrderCreatedEvent"
---@field summary string|nil  of what a script takes
---@field schema table|nil    its payload's JSON Schema

--- One channel with its message and its operation. `message.name` is unique in the document.
local function add(document, sockets, action, topic, on, message)
    local places = {}
    for i, name in ipairs(servers.of(sockets, on, topic)) do
        places[i] = { ["$ref"] = "#/servers/" .. name }
    end
    if #places == 0 then return end
    local name = message.name
    document.components.messages[name] = message
    document.channels[topic] = { address = topic, summary = message.summary, servers = places,
        messages = { [name] = { ["$ref"] = "#/components/messages/" .. name } } }
    document.operations[action .. "." .. topic] = { action = action, summary = message.summary,
        channel = { ["$ref"] = "#/channels/" .. topic },
        messages = { { ["$ref"] = "#/channels/" .. topic .. "/messages/" .. name } } }
end

local function list_of(example)
    return example and { example } or nil
end

local function add_event(document, sockets, declared)
    local type_ = declared.type
    add(document, sockets, "send", declared.topic, { "pub", "replay" }, {
        name = type_, title = type_, contentType = "application/cloudevents+json",
        summary = "A committed event, in the order of the stream.",
        headers = messages.headers, payload = messages.payload(type_),
        examples = list_of(examples.event(declared.topic, type_, json.null)),
        ["x-zeromq"] = { frames = EVENT_FRAMES },
    })
end

local function add_own(document, sockets, each)
    add(document, sockets, "send", each.topic, { "pub" }, {
        name = each.type, title = each.type, contentType = "application/json",
        summary = each.summary, headers = each.headers, payload = each.payload,
        examples = list_of(each.example), ["x-zeromq"] = { frames = each.frames },
    })
end

--- JSON with an event_id is what INGEST asks of everything.
local ANY_INBOUND = { type = "object", required = { "event_id" },
    properties = { event_id = { type = "string" } } }

local function add_inbound(document, sockets, declared)
    local known = inbound[declared.topic] or {}
    add(document, sockets, "receive", declared.topic, { "ingest" }, {
        name = declared.topic, title = declared.topic, contentType = "application/json",
        summary = declared.summary or known.summary or "Taken by a script of the service.",
        payload = declared.schema or known.schema or ANY_INBOUND,
        examples = list_of(known.example),
        ["x-zeromq"] = { frames = { "PUT", "id", "topic", "payload" } },
    })
end

local function copy_of(map)
    local copy = {}
    for name, value in pairs(map) do copy[name] = value end
    return copy
end

local function empty(sockets)
    return {
        asyncapi = "3.0.0",
        info = {
            title = "orderd events", version = "1",
            description = "Events of a pharmacy's orders, and what the service takes from others. "
                .. "Amounts are in " .. conf.currency .. ".",
            license = { name = "MIT", url = "https://spdx.org/licenses/MIT.html" },
        },
        defaultContentType = "application/json",
        servers = servers.at(sockets),
        channels = {},
        operations = {},
        components = { messages = {}, schemas = copy_of(messages.schemas),
            securitySchemes = sockets.encrypted and servers.SECURITY_SCHEMES or nil },
    }
end

--- A socket that is not served is not in the document, nor what only it has.
---@param declared asyncapi.Declared[]
---@param sockets asyncapi.Sockets
---@return table
local function document_of(declared, sockets)
    local document = empty(sockets)
    for _, each in ipairs(declared) do
        local add_declared = each.direction == "out" and add_event or add_inbound
        add_declared(document, sockets, each)
    end
    for _, each in ipairs(own) do add_own(document, sockets, each) end
    return document
end

return document_of
