-- Peers over HTTP and JSON: the operation `check` of `inventory` is POST <url>/inventory/check.

local http_client = require "orderd.http_client"

--- Waits.
---@type integrations.Transport
local function call(peer, service, operation, message)
    local answer, word, sentence = http_client.call {
        method = "POST",
        url = peer.url .. "/" .. service .. "/" .. operation,
        json = message,
        timeout = peer.timeout_seconds,
        connect_timeout = peer.timeout_seconds,
    }
    if not answer then return nil, word .. ": " .. sentence end
    if answer.status == 401 or answer.status == 403 then return { refused = true } end
    if answer.status < 200 or answer.status > 299 then return nil, "status " .. answer.status end
    if answer.body == "" then return {} end
    local body, why = answer:json()
    if why then return nil, "the answer is no JSON: " .. why end
    return { body = body }
end

return call
