-- Every call with its parameters, bodies and answers, for the OpenAPI document.

local json = require "orderd.json"
local problems = require "openapi.problems"

local function schema(name)
    return { ["$ref"] = "#/components/schemas/" .. name }
end

local function json_of(name)
    return { ["application/json"] = { schema = schema(name) } }
end

local function query(name, type_or_schema, description)
    local of = type(type_or_schema) == "table" and type_or_schema or { type = type_or_schema }
    return { name = name, ["in"] = "query", schema = of, description = description }
end

local function header(name, description)
    return { name = name, ["in"] = "header", schema = { type = "string" },
        description = description }
end

local ORDER_ID = { name = "order_id", ["in"] = "path", required = true,
    schema = { type = "string", format = "uuid" } }
local IF_MATCH = header("If-Match", "Only if the order is of one of these versions (ETags), or of "
    .. "any: *")
local IF_NONE_MATCH = header("If-None-Match", "Only if the order is of none of these versions "
    .. "(ETags).")
local IDEMPOTENCY_KEY = { name = "Idempotency-Key", ["in"] = "header",
    schema = { type = "string", minLength = 1, maxLength = 255, pattern = "^[!-~]+$" },
    description = "The caller's own name of this request, best a new UUID: sent again with the same "
        .. "body it is answered the same, and carried out once. Kept for a day unless the service "
        .. "is configured otherwise; a request that was refused does not use it up." }
local TIME = { type = "string", format = "date-time" }

local ETAG = { ETag = { description = "The order's version.", schema = { type = "string" } } }
local LINK = { Link = { description = "rel=\"next\", unless this is the last page.",
    schema = { type = "string" } } }
local CREATED = { ETag = ETAG.ETag,
    ["Idempotent-Replayed"] = { description = "true: the answer to an earlier request with this "
        .. "key.", schema = { type = "string", const = "true" } },
    Location = { description = "The order's path.", schema = { type = "string" } } }

local PAGING = {
    query("limit", { type = "integer", minimum = 1, maximum = 100, default = 20 }),
    query("cursor", "string", "The next_cursor of the page before."),
    query("status", schema "Status"),
    query("created_from", TIME, "That moment and later."),
    query("created_to", TIME, "That moment and earlier."),
    query("min_total", schema "Money", "That much and more."),
    query("max_total", schema "Money", "That much and less."),
}

local function with_user_id(parameters)
    local all = { query("user_id", { type = "string", format = "uuid" }) }
    for _, parameter in ipairs(parameters) do all[#all + 1] = parameter end
    return all
end

--- A call that needs a token. `permission` is for people; `codes` are its own problems.
local function call(id, summary, permission, status, success, codes, more)
    local responses = { [status] = success }
    problems.add(responses, { "unauthenticated", "forbidden", "internal", "store-unavailable",
        "overloaded" })
    problems.add(responses, codes)
    local operation = { operationId = id, summary = summary, tags = { "orders" },
        description = "Needs " .. permission .. ".", responses = responses,
        security = { { bearer = json.array {} } } }
    for name, value in pairs(more) do operation[name] = value end
    return operation
end

local function order(description, headers)
    return { description = description, headers = headers or ETAG, content = json_of "Order" }
end

local function page(description)
    return { description = description, headers = LINK, content = json_of "OrderPage" }
end

local function body(name)
    return { required = true, content = json_of(name) }
end

local BODY_PROBLEMS = { "invalid-json", "unsupported-media-type", "payload-too-large",
    "validation-failed" }

local function with_body_problems(codes)
    local all = {}
    for _, code in ipairs(BODY_PROBLEMS) do all[#all + 1] = code end
    for _, code in ipairs(codes) do all[#all + 1] = code end
    return all
end

local function open(id, summary, type_, of, more)
    local success = { description = summary, content = { [type_] = { schema = of } } }
    local responses = { ["200"] = success }
    for status, response in pairs(more or {}) do responses[status] = response end
    return { get = { operationId = id, summary = summary, tags = { "operation" },
        responses = responses, security = json.array {} } }
end

local get_order = call("getOrder", "One order", "orders:read for one's own, or orders:read:any",
    "200", order "The order.", { "order-not-found", "version-mismatch" },
    { parameters = { IF_MATCH, IF_NONE_MATCH } })
get_order.responses["304"] = { description = "The version is known already.", headers = ETAG }

return {
    ["/order/orders"] = {
        get = call("listOrders", "All orders, newest first", "orders:read:any", "200",
            page "A page of orders.", { "validation-failed" },
            { parameters = with_user_id(PAGING) }),
        post = call("createOrder", "Create an order", "orders:create", "201",
            order("The order, PENDING.", CREATED),
            with_body_problems { "unknown-product", "policy-denied", "price-mismatch",
                "out-of-stock", "idempotency-in-flight", "idempotency-key-reused",
                "integration-unavailable" },
            { parameters = { IDEMPOTENCY_KEY }, requestBody = body "CreateOrder" }),
    },
    ["/order/orders/{order_id}"] = {
        parameters = { ORDER_ID },
        get = get_order,
        put = call("updateOrder", "Move an order on", "orders:update", "200", order "The order.",
            with_body_problems { "order-not-found", "invalid-transition", "version-mismatch" },
            { parameters = { IF_MATCH, IF_NONE_MATCH }, requestBody = body "UpdateOrder" }),
        delete = call("cancelOrder", "Cancel an order",
            "orders:cancel for one's own, or orders:cancel:any", "200", order "The order.",
            { "order-not-found", "invalid-transition", "version-mismatch", "validation-failed" },
            { parameters = { IF_MATCH, IF_NONE_MATCH,
                query("reason", { type = "string", maxLength = 2000 }) } }),
    },
    ["/order/user/orders"] = {
        get = call("listOwnOrders", "The caller's own orders, newest first", "orders:read", "200",
            page "A page of orders.", { "validation-failed" }, { parameters = PAGING }),
    },
    ["/livez"] = open("livez", "The process answers", "application/json", schema "Alive"),
    ["/readyz"] = open("readyz", "The store and the bus work", "application/json", schema "Alive", {
        ["503"] = { description = "`failing` names what does not.",
            content = { ["application/problem+json"] = { schema = schema "Unready" } } } }),
    ["/metrics"] = open("metrics", "Figures as Prometheus text", "text/plain", { type = "string" }),
    ["/openapi.json"] = open("openapi", "This document", "application/json", { type = "object" }),
    ["/asyncapi.json"] = open("asyncapi", "The events, as an AsyncAPI document", "application/json",
        { type = "object" }),
}
