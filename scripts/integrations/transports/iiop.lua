-- Peers over IIOP: the url is a reference to an object of the service's interface. What is asked of
-- it, and what it answers, is in contracts/, a file for each interface.

local orb = require "orderd.orb"

orb:loadidlfile "pharmacy.idl"

--- An operation gets a proxy whose calls give true and the results, or false and the exception, and
--- the message; it gives the answer's body, if there is one, or nil and what is wrong: the
--- exception, or a text.
---@class integrations.Contract
---@field interface string
---@field operations table<string, fun(proxy: any, message: table): any, any>

---@type table<string, integrations.Contract>
local CONTRACTS = {
    auth = require "integrations.contracts.auth",
    inventory = require "integrations.contracts.inventory",
    products = require "integrations.contracts.products",
}

local REFUSALS = { "Pharmacy::Unauthenticated", "Pharmacy::Forbidden", "NO_PERMISSION" }

local proxies = {} -- by service, with the settings that each was made for

local function new_proxy(peer, interface)
    local proxy = orb:newproxy(peer.url, "protected", interface)
    if peer.timeout_seconds then proxy:_set_timeout(peer.timeout_seconds) end
    return { proxy = proxy, url = peer.url, seconds = peer.timeout_seconds }
end

--- Raises when the url is no reference.
local function proxy_of(peer, service, interface)
    local known = proxies[service]
    if not known or known.url ~= peer.url or known.seconds ~= peer.timeout_seconds then
        known = new_proxy(peer, interface)
        proxies[service] = known
    end
    return known.proxy
end

local function operation_of(service, name)
    local contract = CONTRACTS[service]
    local operation = contract and contract.operations[name]
    if not operation then
        error(("integrations/contracts has no operation %s of %s"):format(name, service))
    end
    return operation, contract.interface
end

---@return integrations.Reply|nil
---@return string|nil why
local function failure(wrong)
    for _, name in ipairs(REFUSALS) do
        if orb:isexcept(wrong, name) then return { refused = true } end
    end
    return nil, tostring(wrong)
end

--- Waits.
---@type integrations.Transport
local function call(peer, service, name, message)
    local operation, interface = operation_of(service, name)
    local made, proxy = pcall(proxy_of, peer, service, interface)
    if not made then return nil, tostring(proxy) end
    local body, wrong = operation(proxy, message)
    if wrong then return failure(wrong) end
    return { body = body }
end

return call
