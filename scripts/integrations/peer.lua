-- Asking a service that this one depends on, and believing only a good answer.
--
-- The scheme of a peer's url chooses the transport: another one is a module in transports/ and a
-- line in peer.transports. No integration knows which it is.

local conf = require "orderd.conf"
local http = require "integrations.transports.http"
local iiop = require "integrations.transports.iiop"
local log = require "orderd.log"
local problem = require "orderd.problem"

---@class integrations.Reply
---@field refused boolean|nil  the peer answered that it will not
---@field body any             nil when the answer had none

--- Takes the peer's settings, the service, the operation and the message; gives the reply, or nil
--- and why there is none.
---@alias integrations.Transport fun(peer: table, service: string, operation: string, message: table): integrations.Reply?, string?

local KNOWN = conf.integrations -- those that the service itself comes with
local OWN = conf.settings.integrations or {} -- those that scripts have added
local peer = {}

---@type table<string, integrations.Transport>
peer.transports = { http = http, https = http, corbaloc = iiop, corbaname = iiop, ior = iiop }

---@param service string
---@return {url: string, timeout_seconds: number}  its section of the configuration
function peer.settings(service)
    return KNOWN[service] or OWN[service]
        or error("the configuration has no integrations." .. service)
end

--- Raises integration-unavailable. Callers hear which service it is, the log hears why.
local function unavailable(service, operation, why)
    log.warning("a service that is needed gave no good answer",
        { service = service, operation = operation, reason = why })
    problem.raise("integration-unavailable", {
        detail = "The " .. service .. " service does not answer now.",
        service = service,
        headers = { ["Retry-After"] = "2" } })
end

---@return integrations.Transport
local function transport_of(service)
    local scheme = tostring(peer.settings(service).url):match("^(%a+):")
    return scheme and peer.transports[scheme:lower()]
        or error("integrations." .. service .. ".url has a scheme without a transport")
end

--- Waits. What `read` makes of the answer's body; `read` gives nil and why when it is not as
--- agreed. `when_refused` is the result when the peer refuses; nil: that is no good answer either.
---@generic T
---@param service string
---@param operation string
---@param message table
---@param read fun(body: any): T|nil, string|nil
---@param when_refused? T
---@return T
function peer.ask(service, operation, message, read, when_refused)
    local transport = transport_of(service)
    local reply, why = transport(peer.settings(service), service, operation, message)
    if not reply then return unavailable(service, operation, why) end
    if reply.refused then
        if when_refused ~= nil then return when_refused end
        return unavailable(service, operation, "it refuses to answer this service")
    end
    local result
    result, why = read(reply.body)
    if result == nil then
        return unavailable(service, operation, why or "the answer is not as agreed")
    end
    return result
end

return peer
