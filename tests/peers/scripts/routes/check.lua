-- What the tests ask for: a group of checks against a reference, and our own references.

local http = require "orderd.http"
local json = require "orderd.json"
local orb = require "orderd.orb"

local groups = {}
for _, module in ipairs { "basic", "texts", "constructed", "dynamic", "objects", "traffic" } do
    for name, cases in pairs(require("checks." .. module)) do groups[name] = cases end
end

local SERVANTS = {
    Everybody = require "servants.everything",
    Listener = require "servants.listener".servant,
    Measured = require "servants.measured",
}

local function run(case, peer)
    local ok, why = pcall(case.run, peer)
    return { name = case.name, ok = ok, why = not ok and tostring(why) or nil }
end

http.get("/check/{group}", function(request)
    local peer = orb:newproxy(request.query.ref, "synchronous", "Everything::Everybody")
    local results = json.array {}
    for _, case in ipairs(groups[request.params.group]) do
        results[#results + 1] = run(case, peer)
    end
    return http.json(200, results)
end)

http.get("/reference/{name}", function(request)
    return http.text(200, tostring(SERVANTS[request.params.name]))
end)
