-- GET /openapi.json: what the service offers, for machines.

local document = require "openapi.document"
local http = require "orderd.http"
local json = require "orderd.json"

local text = json.encode(document)

http.get("/openapi.json", function()
    return http.text(200, text, { ["Content-Type"] = "application/json" })
end)
