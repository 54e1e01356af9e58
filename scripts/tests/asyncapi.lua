-- The AsyncAPI document: what is declared is in it, and nothing in it points nowhere.

local document_of = require "asyncapi.document"
local hook = require "orderd.hook"
local inbound = require "asyncapi.inbound"
local json = require "orderd.json"
local read_stock_release = require "dto.stock_release"
local test = require "orderd.test"

local ADDRESSES = { pub = "127.0.0.1:5556", replay = "0.0.0.0:5557", ingest = "[::]:5558" }

local function resolve(document, reference)
    local place = document
    for name in reference:sub(3):gmatch("[^/]+") do place = place and place[name] end
    return place
end

local function check_references(document, value, where)
    if type(value) ~= "table" then return end
    if value["$ref"] then
        test.equal(type(resolve(document, value["$ref"])), "table", where .. " " .. value["$ref"])
    end
    for name, member in pairs(value) do
        check_references(document, member, where .. "/" .. tostring(name))
    end
end

test.case("what is published and taken is in the document", function()
    local document = document_of(hook.declared(), ADDRESSES)
    check_references(document, document, "#")
    for _, each in ipairs(hook.declared()) do
        local action = each.direction == "out" and "send" or "receive"
        test.equal(document.operations[action .. "." .. each.topic].action, action)
        test.equal(document.channels[each.topic].address, each.topic)
    end
    for _, topic in ipairs { "order.created", "order.status_changed", "order.cancelled",
        "order.completed", "heartbeat", "alert.release_overdue" } do
        test.equal(document.operations["send." .. topic].channel,
            { ["$ref"] = "#/channels/" .. topic })
    end
    test.equal(type(document.operations["receive.inventory.stock_release_processed"]), "table")
    test.equal(#json.encode(document) > 1000, true)
end)

test.case("every event that is stored can be replayed, and has an example", function()
    local document = document_of(hook.declared(), ADDRESSES)
    for _, each in ipairs(hook.declared()) do
        if each.direction == "out" then
            test.equal(document.channels[each.topic].servers,
                { { ["$ref"] = "#/servers/pub" }, { ["$ref"] = "#/servers/replay" } })
            local example = document.components.messages[each.type].examples[1]
            test.equal({ example.payload.type, example.headers.topic }, { each.type, each.topic })
        end
    end
    test.equal(document.channels.heartbeat.servers, { { ["$ref"] = "#/servers/pub" } })
end)

test.case("a feed has the events that it carries, and says who may come", function()
    local document = document_of(hook.declared(), { pub = "127.0.0.1:5556", encrypted = true,
        feeds = { { address = "127.0.0.1:5559", topics = { "order.c", "alert." } } } })
    check_references(document, document, "#")
    local feed = { ["$ref"] = "#/servers/feed-1" }
    local function fed(topic) return document.channels[topic].servers[2] end
    test.equal({ fed "order.created", fed "alert.release_overdue", fed "heartbeat" },
        { feed, feed, feed })
    test.equal(fed "order.status_changed", nil)
    for _, server in pairs(document.servers) do
        test.equal(server.security, { { ["$ref"] = "#/components/securitySchemes/curve" } })
    end
    local open = document_of({}, ADDRESSES)
    test.equal({ open.components.securitySchemes, open.servers.pub.security }, {})
end)

test.case("an address that stands for all is none that a client gets", function()
    local servers = document_of({}, ADDRESSES).servers
    test.equal({ servers.pub.host, servers.replay.host, servers.ingest.host },
        { "127.0.0.1:5556", "{host}:5557", "{host}:5558" })
    test.equal({ servers.pub.variables, type(servers.replay.variables.host) }, { nil, "table" })
end)

test.case("what is taken is described as the script does, or as any message", function()
    local schema = { type = "object", required = { "parcel" } }
    local document = document_of({
        { direction = "in", topic = "stock.moved", summary = "A parcel.", schema = schema },
        { direction = "in", topic = "stock.lost" },
        { direction = "out", topic = "order.new", type = "OrderNewEvent" },
    }, ADDRESSES)
    check_references(document, document, "#")
    local messages = document.components.messages
    test.equal({ messages["stock.moved"].summary, messages["stock.moved"].payload },
        { "A parcel.", schema })
    test.equal(messages["stock.lost"].payload.required, { "event_id" })
    test.equal(messages.OrderNewEvent.examples, nil)
end)

test.case("the shipped example of what is taken is taken", function()
    local taken = inbound["inventory.stock_release_processed"]
    local read = read_stock_release(json.encode(taken.example.payload))
    test.equal({ read.event_id, read.success, read.items[1].success },
        { taken.example.payload.event_id, true, true })
    for name in pairs(taken.example.payload) do
        test.equal(type(taken.schema.properties[name]), "table", name)
    end
    local payload = {}
    for _, name in ipairs(taken.schema.required) do
        test.problem("validation-failed", read_stock_release, json.encode(payload))
        payload[name] = taken.example.payload[name]
    end
    read_stock_release(json.encode(payload))
end)

test.case("a socket that is not there is not in the document", function()
    local document = document_of(hook.declared(), { pub = "127.0.0.1:5556" })
    check_references(document, document, "#")
    test.equal({ document.servers.ingest, document.channels["inventory.stock_release_processed"] }, {})
end)
