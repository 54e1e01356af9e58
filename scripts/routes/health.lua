-- Is the service alive, can it do its work, and how is it doing? Open to everybody.

local health = require "orderd.health"
local http = require "orderd.http"
local json = require "orderd.json"
local log = require "orderd.log"
local metrics = require "orderd.metrics"

http.get("/livez", function()
    return http.json(200, { status = "alive" })
end)

--- Asks one part; the log hears why it fails, the caller only that it does.
local function is_ready(part, ask)
    local ready, why = ask()
    if not ready then log.warning("not ready", { part = part, reason = why or "unknown" }) end
    return ready
end

http.get("/readyz", function()
    local failing = json.array {}
    if not is_ready("store", health.store) then failing[#failing + 1] = "store" end
    if not is_ready("bus", health.bus) then failing[#failing + 1] = "bus" end
    if #failing == 0 then return http.json(200, { status = "ready" }) end
    return http.json(503, {
        type = "about:blank", title = "Service Unavailable", status = 503, failing = failing,
        detail = "not ready: " .. table.concat(failing, ", "),
    }, { ["Content-Type"] = "application/problem+json", ["Retry-After"] = "1" })
end)

http.get("/metrics", function()
    return http.text(200, metrics.render(),
        { ["Content-Type"] = "text/plain; version=0.0.4; charset=utf-8" })
end)
