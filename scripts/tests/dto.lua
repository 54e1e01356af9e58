-- Inputs: what is taken, and that every mistake is told at once.

local change_status = require "dto.change_status"
local etag = require "dto.etag"
local json = require "orderd.json"
local list_orders = require "dto.list_orders"
local money = require "orderd.money"
local page = require "dto.page"
local read_create_order = require "dto.create_order"
local read_stock_release = require "dto.stock_release"
local test = require "orderd.test"

local ID = "0190a000-0000-7000-8000-00000000000a"

--- The pointers of the mistakes that it tells, in their order.
local function pointers(fn, ...)
    local found = {}
    for index, entry in ipairs(test.problem("validation-failed", fn, ...).errors) do
        found[index] = entry.pointer
    end
    return found
end

local function create(text)
    return read_create_order(json.decode(text))
end

local function line(members)
    return ('{"items":[{"product_id":"%s",%s}]}'):format(ID, members)
end

test.case("a body becomes a command", function()
    local command = create(([[{"items":[{"product_id":"%s","quantity":2,"price":"10.99"},
        {"product_id":"%s","quantity":1.0,"price":null}],"notes":"ring","total_amount":1}]])
        :format(ID:upper(), ID))
    test.equal(command.items[1], { product_id = ID, quantity = 2, price = money.parse("10.99") })
    test.equal(command.items[2], { product_id = ID, quantity = 1 })
    test.equal(math.type(command.items[2].quantity), "integer")
    test.equal(command.notes, "ring")
end)

test.case("every mistake of a body is told at once", function()
    test.equal(pointers(create, [[{"items":[{"product_id":"x","quantity":0},{"quantity":1.5},7,
        {"product_id":1,"quantity":"1","price":"1.2345"}],"notes":5}]]), {
        "/items/0/product_id", "/items/0/quantity", "/items/1/product_id", "/items/1/quantity",
        "/items/2", "/items/3/product_id", "/items/3/quantity", "/items/3/price", "/notes" })
end)

test.case("a body is an object, and its items an array of 1 to 200", function()
    test.equal(pointers(create, "[]"), { "" })
    test.equal(pointers(create, "7"), { "" })
    local many = '{"items":[' .. ("{},"):rep(200) .. "{}]}"
    for _, text in ipairs { "{}", '{"items":null}', '{"items":{}}', '{"items":[]}', many } do
        test.equal(pointers(create, text), { "/items" }, text:sub(1, 20))
    end
end)

test.case("quantities are integers from 1 to 1,000,000", function()
    test.equal(create(line '"quantity":1000000').items[1].quantity, 1000000)
    for _, bad in ipairs { "0", "-1", "1000001", "1.5", '"1"', "true", "null", "[]" } do
        test.equal(pointers(create, line('"quantity":' .. bad)), { "/items/0/quantity" }, bad)
    end
end)

test.case("prices are exact amounts", function()
    test.equal(create(line '"quantity":1,"price":10.99').items[1].price, money.parse("10.99"))
    for _, bad in ipairs { '"10.9999"', '"-1"', '"1e1"', "true", '"ten"', "[]", "-1" } do
        test.equal(pointers(create, line('"quantity":1,"price":' .. bad)),
            { "/items/0/price" }, bad)
    end
end)

test.case("notes are counted in characters", function()
    local function notes(text)
        return create(('{"items":[{"product_id":"%s","quantity":1}],"notes":"%s"}')
            :format(ID, text)).notes
    end
    test.equal(notes(("é"):rep(2000)), ("é"):rep(2000))
    test.equal(pointers(notes, ("é"):rep(2001)), { "/notes" })
end)

test.case("a change of status names the status", function()
    test.equal(change_status.update { status = "CONFIRMED", reason = json.null },
        { status = "CONFIRMED" })
    test.equal(pointers(change_status.update, {}), { "/status" })
    test.equal(pointers(change_status.update, { status = "confirmed", reason = 1, notes = {} }),
        { "/status", "/reason", "/notes" })
    test.equal(pointers(change_status.cancel, { reason = ("x"):rep(2001) }), { "/reason" })
    test.equal(change_status.cancel { reason = "late" }, { reason = "late" })
end)

test.case("filters become a query", function()
    test.equal(list_orders.of_all {
        limit = "7", status = "PENDING", user_id = ID:upper(), cursor = "c",
        created_from = "1970-01-01T00:00:01Z", created_to = "1970-01-01T00:00:02+00:00",
        min_total = "1.50", max_total = "2", colour = "red",
    }, {
        limit = 7, status = "PENDING", user_id = ID, cursor = "c", created_from = 1000,
        created_to = 2000, min_total = money.parse("1.50"), max_total = money.parse("2"),
    })
    test.equal(list_orders.of_all {}, {})
end)

test.case("every bad filter is told at once", function()
    test.equal(pointers(list_orders.of_all, {
        limit = "101", status = "OPEN", user_id = "me", created_from = "yesterday",
        created_to = "", min_total = "1.2345", max_total = "-1",
    }), { "/limit", "/status", "/user_id", "/created_from", "/created_to", "/min_total",
        "/max_total" })
    for _, limit in ipairs { "0", "x", "1.5", "", "-1", "1e1", "0x9", " 5", "0000" } do
        test.equal(pointers(list_orders.of_all, { limit = limit }), { "/limit" }, limit)
    end
    test.equal(pointers(list_orders.of_all, { min_total = "2", max_total = "1" }), { "/max_total" })
end)

test.case("the caller's own list takes no user", function()
    test.equal(list_orders.of_user({ limit = "1" }, ID), { limit = 1, user_id = ID })
    test.equal(pointers(list_orders.of_user, { user_id = ID }, ID), { "/user_id" })
    test.equal(list_orders.of_all({ user_id = ID }).user_id, ID)
end)

test.case("the link to the next page keeps the filters", function()
    local request = { path = "/order/orders", query = {
        limit = "3", created_from = "2026-01-31T12:00:00+01:00", colour = "red", cursor = "old" } }
    local answer = page(request, {}, "a b/c")
    test.equal(answer.headers.Link, "</order/orders?limit=3&"
        .. "created_from=2026-01-31T12%3A00%3A00%2B01%3A00&cursor=a%20b%2Fc>; rel=\"next\"")
    test.equal(answer.body, '{"next_cursor":"a b/c","orders":[]}')
    test.equal(page(request, {}, nil).body, '{"next_cursor":null,"orders":[]}')
    test.equal((page(request, {}, nil).headers or {}).Link, nil)
end)

local ORDER = { etag = '"7"' }

test.case("If-Match compares strongly", function()
    for _, good in ipairs { '"7"', "*", " * ", '"1", "7"', '"7","8"', 'W/"7", "7"', '"7" , ,"x"',
        ',, "7"', '"a,b", "7"', '"7",', '"", "7"', '"\xff\\", "7"' } do
        etag.check_change({ if_match = good }, ORDER)
        test.equal(etag.is_known({ if_match = good }, ORDER), false, good)
    end
    etag.check_change({}, ORDER)
    etag.check_change(nil, ORDER)
    for _, bad in ipairs { '"8"', 'W/"7"', "7", "", '"*"', '"77"', "'7'", '"7', '7"' } do
        test.problem("version-mismatch", etag.check_change, { if_match = bad }, ORDER)
        test.problem("version-mismatch", etag.is_known, { if_match = bad }, ORDER)
    end
end)

test.case("If-None-Match compares weakly", function()
    for _, listed in ipairs { '"7"', 'W/"7"', "*", '"1", W/"7"', ' W/"7" ,"8"' } do
        test.equal(etag.is_known({ if_none_match = listed }, ORDER), true, listed)
        test.problem("version-mismatch", etag.check_change, { if_none_match = listed }, ORDER)
    end
    for _, other in ipairs { '"8"', "", 'W/"8"', "7" } do
        test.equal(etag.is_known({ if_none_match = other }, ORDER), false, other)
        etag.check_change({ if_none_match = other }, ORDER)
    end
end)

test.case("in what is no list of entity tags there is none", function()
    for _, broken in ipairs { '"7" "8"', '"8""7"', 'x"7"', '/"7"', 'W"7"', 'w/"7"', 'W/ "7"', '*, "7"',
        '"7", *', '"7", x', '"7";q=1', '"a"7"b"', '"7", "8', '"8 ", "7"', '"7"\0', "**" } do
        test.problem("version-mismatch", etag.check_change, { if_match = broken }, ORDER)
        test.equal(etag.is_known({ if_none_match = broken }, ORDER), false, broken)
    end
end)

test.case("a version that is refused is told with the one that is there", function()
    local told = test.problem("version-mismatch", etag.check_change, { if_match = '"8"' }, ORDER)
    test.equal(told.headers, { ETag = '"7"' })
end)

test.case("a stock release is read, and rubbish raises", function()
    local event = read_stock_release(([[{"event_id":"e","order_id":"%s","success":false,"items":[
        {"product_id":"%s","success":false,"message":"gone"}],"timestamp":"2026-01-31T12:00:00Z"}]])
        :format(ID:upper(), ID))
    test.equal(event, { event_id = "e", order_id = ID, success = false,
        items = { { product_id = ID, success = false, message = "gone" } } })
    for _, bad in ipairs { "", "{", "[]", "7", "null", "\xff", ("["):rep(5000) } do
        test.equal(pcall(read_stock_release, bad), false, bad:sub(1, 8))
    end
    test.equal(pointers(read_stock_release, "{}"), { "/event_id", "/order_id", "/success" })
    test.equal(pointers(read_stock_release, ([[{"event_id":"","order_id":"%s","success":1,
        "items":[7],"timestamp":3}]]):format(ID)),
        { "/event_id", "/success", "/items/0", "/timestamp" })
end)
