-- The demo Auth service: a few opaque tokens that it knows.

local http = require "orderd.http"
local input = require "input"
local problem = require "orderd.problem"

local function user(number, role, active)
    return { user_id = "0190b000-0000-7000-8000-0000000000" .. number, roles = { role },
        active = active }
end

local USERS = {
    ["demo-customer"] = user("01", "customer", true),
    ["demo-neighbour"] = user("02", "customer", true),
    ["demo-pharmacist"] = user("03", "pharmacist", true),
    ["demo-admin"] = user("04", "admin", true),
    ["demo-former-customer"] = user("05", "customer", false),
}

http.post("/auth/identify", function(request)
    local token = input.text(input.object(request).token, "/token")
    if not USERS[token] then problem.raise("unauthenticated", { detail = "unknown token" }) end
    return http.json(200, USERS[token])
end)
