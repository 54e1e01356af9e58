-- The OpenAPI document: nothing in it points nowhere.

local document = require "openapi.document"
local json = require "orderd.json"
local test = require "orderd.test"

local function resolve(reference)
    local place = document
    for name in reference:sub(3):gmatch("[^/]+") do place = place and place[name] end
    return place
end

local function check_references(value, where)
    if type(value) ~= "table" then return end
    if value["$ref"] then test.equal(type(resolve(value["$ref"])), "table", where) end
    for name, member in pairs(value) do check_references(member, where .. "/" .. tostring(name)) end
end

test.case("every reference has its schema", function()
    check_references(document, "#")
    test.equal(type(resolve("#/components/schemas/Order")), "table")
end)

test.case("every call says what it answers, and has a name of its own", function()
    local names = {}
    for path, calls in pairs(document.paths) do
        for method, call in pairs(calls) do
            if method ~= "parameters" then
                local where = method .. " " .. path
                test.equal(names[call.operationId], nil, where)
                names[call.operationId] = where
                for status, response in pairs(call.responses) do
                    test.equal(type(response.description), "string", where .. " " .. status)
                end
            end
        end
    end
    test.equal(#json.encode(document) > 1000, true)
end)
