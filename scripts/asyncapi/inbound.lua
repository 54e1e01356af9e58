-- What the shipped scripts take from other services, for the AsyncAPI document: what the dto/ of the
-- same name checks.

local UUID = { type = "string", format = "uuid" }

local item = {
    type = "object",
    required = { "product_id", "success" },
    properties = {
        product_id = UUID,
        success = { type = "boolean" },
        message = { type = { "string", "null" }, maxLength = 2000,
            description = "Why it could not be released; it becomes a part of the order's reason." },
    },
}

local stock_release = {
    type = "object",
    required = { "event_id", "order_id", "success" },
    properties = {
        event_id = { type = "string", minLength = 1, maxLength = 200,
            description = "The same again changes nothing." },
        order_id = UUID,
        success = { type = "boolean", description = "All of it was released, or nothing." },
        items = { type = { "array", "null" }, maxItems = 200, items = item },
        timestamp = { type = { "string", "null" }, format = "date-time" },
    },
}

local example = {
    name = "released",
    payload = {
        event_id = "0190c7a4-5b1e-7c3d-9f20-6a1d2e3f4a5d",
        order_id = "0190c7a4-5b1e-7c3d-9f20-6a1d2e3f4a5b",
        success = true,
        items = { { product_id = "0190a000-0000-7000-8000-000000000001", success = true } },
        timestamp = "2026-01-31T12:00:00.250Z",
    },
}

---@type table<string, {summary: string, schema: table, example: table}>  by topic
return {
    ["inventory.stock_release_processed"] = {
        summary = "The Inventory's answer to a release: the order is CONFIRMED or CANCELLED.",
        schema = stock_release,
        example = example,
    },
}
