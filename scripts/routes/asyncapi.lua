-- GET /asyncapi.json: the topics of the service, for machines.

local bus = require "orderd.bus"
local document_of = require "asyncapi.document"
local hook = require "orderd.hook"
local http = require "orderd.http"
local json = require "orderd.json"

local text -- made at the first request: then all topics are declared, and the sockets have addresses

--- Where the service's sockets are, as they stand now.
---@return asyncapi.Sockets
local function sockets()
    local all = bus.addresses()
    all.feeds, all.encrypted = bus.feeds(), bus.encrypted()
    return all
end

http.get("/asyncapi.json", function()
    text = text or json.encode(document_of(hook.declared(), sockets()))
    return http.text(200, text, { ["Content-Type"] = "application/json" })
end)
