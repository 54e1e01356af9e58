-- The sockets, for the AsyncAPI document. ZeroMQ has no binding in AsyncAPI, so what it would say
-- stands in x-zeromq: the type of the socket, of the peer's, and the frames of a message.

local servers = {}

---@class asyncapi.Sockets
---@field pub string|nil     an address, as are the next two; nil: that one is not served
---@field replay string|nil
---@field ingest string|nil
---@field feeds orderd.bus.Feed[]|nil
---@field encrypted boolean|nil  only clients with a key are let in

local KINDS = {
    pub = {
        description = "The live feed. It may lose messages: positions make that visible, and what "
            .. "was missed is read from the server `replay`.",
        zeromq = { socket = "PUB", peer = "SUB" },
    },
    replay = {
        description = "Every stored event again, from a position, a time or a durable cursor. A "
            .. "request is [verb, id, JSON]; docs/EVENTS.md has the verbs.",
        zeromq = { socket = "ROUTER", peer = "DEALER",
            frames = { "kind", "id", "topic", "position", "previous", "payload" } },
    },
    ingest = {
        description = "What other services send in. Each message is answered with [ACK, id, JSON] "
            .. "when it is on disk, or [NACK, id, JSON].",
        zeromq = { socket = "ROUTER", peer = "DEALER", frames = { "PUT", "id", "topic", "payload" } },
    },
}

--- An address that stands for all of a machine's is none that a client can use.
local function host_of(address)
    local port = address:match("^0%.0%.0%.0:(%d+)$") or address:match("^%[::%]:(%d+)$")
    if not port then return address end
    return "{host}:" .. port, { host = { description = "Any address of the service's machine." } }
end

--- Of a client's connection, where the service knows its clients.
servers.SECURITY_SCHEMES = {
    curve = {
        type = "asymmetricEncryption",
        description = "ZeroMQ CURVE (RFC 26). A client has a key pair, whose public half stands in "
            .. "the service's list of clients, and knows the service's public key.",
    },
}

local CURVE = { { ["$ref"] = "#/components/securitySchemes/curve" } }

local function server_at(address, kind, encrypted)
    local host, variables = host_of(address)
    return { host = host, variables = variables, protocol = "zeromq", protocolVersion = "3.1",
        description = kind.description, ["x-zeromq"] = kind.zeromq,
        security = encrypted and CURVE or nil }
end

--- The sockets as servers, by name: pub, replay, ingest, feed-1 and so on.
---@param sockets asyncapi.Sockets
---@return table<string, table>
function servers.at(sockets)
    local all = {}
    for name, kind in pairs(KINDS) do
        if sockets[name] then all[name] = server_at(sockets[name], kind, sockets.encrypted) end
    end
    for i, feed in ipairs(sockets.feeds or {}) do
        local kind = { zeromq = KINDS.pub.zeromq, description = "The live feed of topics that begin "
            .. "with " .. table.concat(feed.topics, ", ") .. ", and of heartbeats." }
        all["feed-" .. i] = server_at(feed.address, kind, sockets.encrypted)
    end
    return all
end

--- Whether a feed carries a topic: one of its own begins with what it is for, and heartbeats all.
local function carries(feed, topic)
    if topic == "heartbeat" then return true end
    for _, prefix in ipairs(feed.topics) do
        if topic:sub(1, #prefix) == prefix then return true end
    end
    return false
end

--- The names of the servers that send a topic: those in `on`, and with "pub" the feeds that carry
--- it.
---@param sockets asyncapi.Sockets
---@param on string[]
---@param topic string
---@return string[]
function servers.of(sockets, on, topic)
    local names = {}
    for _, name in ipairs(on) do
        if sockets[name] then names[#names + 1] = name end
        for i, feed in ipairs(name == "pub" and sockets.feeds or {}) do
            if carries(feed, topic) then names[#names + 1] = "feed-" .. i end
        end
    end
    return names
end

return servers
