-- The sockets, for the AsyncAPI document. ZeroMQ has no binding in AsyncAPI, so what it would say
-- stands in x-zeromq: the type of the socket, of the peer's, and the frames of a message.

local servers = {}

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

--- What is served at these addresses, by name: pub, replay, ingest.
---@param addresses table<string, string>
---@return table<string, table>
function servers.at(addresses)
    local all = {}
    for name, kind in pairs(KINDS) do
        if addresses[name] then
            local host, variables = host_of(addresses[name])
            all[name] = { host = host, variables = variables, protocol = "zeromq",
                protocolVersion = "3.1", description = kind.description, ["x-zeromq"] = kind.zeromq }
        end
    end
    return all
end

return servers
