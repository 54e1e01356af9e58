-- The demo Auth service over HTTP.

local http = require "orderd.http"
local input = require "input"
local problem = require "orderd.problem"
local users = require "users"

http.post("/auth/identify", function(request)
    local token = input.text(input.object(request).token, "/token")
    if not users[token] then problem.raise("unauthenticated", { detail = "unknown token" }) end
    return http.json(200, users[token])
end)
