-- The peers' own health.

local http = require "orderd.http"
local metrics = require "orderd.metrics"

http.get("/livez", function()
    return http.json(200, { status = "alive" })
end)

http.get("/metrics", function()
    return http.text(200, metrics.render(),
        { ["Content-Type"] = "text/plain; version=0.0.4; charset=utf-8" })
end)
