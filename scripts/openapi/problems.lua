-- The errors that calls can answer, for the OpenAPI document.

local CODES = {
    ["invalid-json"] = { 400, "The body is no JSON." },
    ["unauthenticated"] = { 401, "There is no token, or not a good one." },
    ["forbidden"] = { 403, "The caller lacks the permission." },
    ["order-not-found"] = { 404, "There is no such order, or it is somebody else's." },
    ["invalid-transition"] = { 409, "The status does not allow it: `from`, `to`, `allowed`." },
    ["price-mismatch"] = { 409, "`products` names each with `sent` and `actual`." },
    ["idempotency-in-flight"] = { 409, "The first request with this key is under way; Retry-After "
        .. "says when to come again.", { "Retry-After" } },
    ["idempotency-key-reused"] = { 422, "This key has been used with another body." },
    ["out-of-stock"] = { 409, "`products` names each with `requested` and `available`." },
    ["version-mismatch"] = { 412, "The order's version is not what If-Match or If-None-Match asks for." },
    ["payload-too-large"] = { 413, "The body is larger than the service takes." },
    ["unsupported-media-type"] = { 415, "The body must be application/json." },
    ["validation-failed"] = { 422, "`errors` names every mistake." },
    ["unknown-product"] = { 422, "`products` names what is not known, or not sold any more." },
    ["policy-denied"] = { 422, "`policy` is the name of the rule, `reason` its words." },
    ["internal"] = { 500, "Something went wrong inside; `trace_id` finds it in the log." },
    ["integration-unavailable"] = { 503, "`service` names who does not answer." },
    ["store-unavailable"] = { 503, "The store does not answer." },
    ["overloaded"] = { 503, "The service has too much to do." },
}

local HEADERS = {
    ["WWW-Authenticate"] = { schema = { type = "string" } },
    ["Retry-After"] = { description = "Seconds.", schema = { type = "integer" } },
}

--- What every answer of a status carries.
local OF_STATUS = { [401] = { "WWW-Authenticate" }, [503] = { "Retry-After" } }

local function add_headers(entry, names)
    for _, name in ipairs(names or {}) do
        entry.headers = entry.headers or {}
        entry.headers[name] = HEADERS[name]
    end
end

local function response()
    return {
        description = "",
        content = { ["application/problem+json"] = {
            schema = { ["$ref"] = "#/components/schemas/Problem" } } },
    }
end

local problems = { codes = CODES }

--- Adds the answers for these codes; those of one status share one.
---@param responses table<string, table>
---@param codes string[]
function problems.add(responses, codes)
    for _, code in ipairs(codes) do
        local status, text = CODES[code][1], CODES[code][2]
        local key = tostring(status)
        local entry = responses[key] or response()
        add_headers(entry, OF_STATUS[status])
        add_headers(entry, CODES[code][3])
        local break_ = entry.description ~= "" and "\n\n" or ""
        entry.description = entry.description .. break_ .. "`" .. code .. "`: " .. text
        responses[key] = entry
    end
end

return problems
