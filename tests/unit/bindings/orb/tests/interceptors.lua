-- What interceptors see and add.

local orb = require "orderd.orb"
local support = require "tests.support"
local test = require "orderd.test"

local OURS = 0x4f520099

orb:loadidl [[
    module Lie { // of T::Worker, so that its arguments cannot be read
        interface Worker { string wrong(in boolean how); };
    };
]]

local seen = {} -- "point operation", in order
local raise_at

local function note(point)
    return function(request)
        seen[#seen + 1] = point .. " " .. request.operation_name
        if point == "receiverequest" then
            request.mine = 1
        elseif point == "sendreply" then
            seen.replied, seen.raised = request.success, request.exception
        end
        if raise_at == point then
            raise_at = nil
            error(orb:newexcept { _repid = "NO_PERMISSION" })
        end
        if point == "sendrequest" then
            assert(#request.object_key > 0 and request.response_expected ~= nil)
            assert(request.interface:find("^IDL:"))
            request.service_context[OURS] = "from the client"
        elseif point == "receiverequest" then
            assert(request.service_context[OURS] == "from the client")
        elseif point == "sendreply" then
            assert(request.mine == 1 and next(request.service_context) == nil)
            request.service_context[OURS] = seen.padding or request.success and "good" or "bad"
        else
            seen.context = request.service_context[OURS]
            seen.success, seen.exception = request.success, request.exception
        end
    end
end

orb:setclientinterceptor { sendrequest = note "sendrequest", receivereply = note "receivereply" }
orb:setserverinterceptor { receiverequest = note "receiverequest", sendreply = note "sendreply" }

local function case(name, fn)
    test.case(name, function()
        seen, raise_at = {}, nil
        fn()
    end)
end

case("each point is passed once, in order", function()
    assert(support.worker():sum(1, 2) == 3)
    assert(table.concat(seen, ",") == "sendrequest sum,receiverequest sum,sendreply sum,receivereply sum")
    assert(seen.context == "good" and seen.success == true and seen.exception == nil)
end)

case("an exception is seen on its way", function()
    assert(not pcall(support.worker().fail, support.worker(), "broken"))
    assert(seen.success == false and orb:isexcept(seen.exception, "T::Broken") and seen.context == "bad")
end)

case("a future is seen, too", function()
    assert(support.worker("asynchronous"):sum(1, 2):evaluate() == 3)
    assert(#seen == 4 and seen.context == "good")
end)

case("what an interceptor raises ends the call", function()
    for _, point in ipairs { "sendrequest", "receiverequest", "sendreply", "receivereply" } do
        raise_at = point
        local raised = support.raised(support.worker().nothing, support.worker())
        assert(orb:isexcept(raised, "NO_PERMISSION"), point .. ": " .. tostring(raised))
    end
    raise_at = "receivereply"
    local ok, raised = support.worker("asynchronous"):nothing():results()
    assert(not ok and orb:isexcept(raised, "NO_PERMISSION"))
    raise_at = "sendrequest"
    raised = support.raised(function() return support.worker("asynchronous"):nothing() end)
    assert(orb:isexcept(raised, "NO_PERMISSION"))
end)

case("arguments that are refused end what the interceptor was told", function()
    assert(not pcall(support.worker().sum, support.worker(), "x", 1))
    assert(table.concat(seen, ",") == "sendrequest sum")
end)

-- ---- sendreply ----

local function served(call, name, completed)
    local raised = support.raised(call)
    assert(orb:isexcept(raised, name) and raised.completed == completed, tostring(raised))
    local _, received = table.concat(seen, ","):gsub("receiverequest", "")
    local _, replied = table.concat(seen, ","):gsub("sendreply", "")
    assert(received == 1 and replied == 1, table.concat(seen, ","))
    assert(seen.replied == false and orb:isexcept(seen.raised, name), tostring(seen.raised))
    assert(seen.raised.completed == completed and seen.context == "bad")
    return tostring(seen.raised.why)
end

case("sendreply hears of arguments that cannot be read", function()
    local lie = orb:newproxy(support.location("Worker"), nil, "Lie::Worker")
    local why = served(function() lie:wrong(true) end, "MARSHAL", "NO")
    assert(why == "the arguments cannot be read", why)
end)

case("sendreply hears of a method that is not there", function()
    local why = served(function() support.worker():missing() end, "NO_IMPLEMENT", "NO")
    assert(why == "the servant lacks the operation", why)
end)

case("sendreply hears of an operation that was stopped", function()
    local why = served(function() support.worker():fail("loop") end, "NO_RESOURCES", "MAYBE")
    assert(why:find("instruction budget", 1, true), why)
end)

case("sendreply hears of a result that is none", function()
    local why = served(function() support.worker():wrong("number") end, "UNKNOWN", "YES")
    assert(why:find("result: 12 is not a text", 1, true), why)
end)

case("sendreply hears what becomes of a mistake", function()
    local why = served(function() support.worker():fail("text") end, "UNKNOWN", "MAYBE")
    assert(why:find("a mistake of the script", 1, true), why)
    seen = {}
    why = served(function() support.worker():fail("undeclared") end, "UNKNOWN", "MAYBE")
    assert(why:find("is not in the raises of T::Worker::fail", 1, true), why)
    seen = {}
    served(function() support.worker():fail("bad_member") end, "UNKNOWN", "MAYBE")
    seen = {}
    served(function() support.worker():fail("system_table") end, "TRANSIENT", "MAYBE")
end)

case("sendreply sees a plain table as the exception that it is raised as", function()
    assert(not pcall(support.worker().fail, support.worker(), "scoped_table"))
    assert(seen.replied == false and orb:isexcept(seen.raised, "T::Broken") and seen.context == "bad")
end)

case("sendreply hears of what receiverequest ended, and may end it in its own way", function()
    raise_at = "receiverequest"
    served(function() support.worker():nothing() end, "NO_PERMISSION", "NO")
    seen, raise_at = {}, "sendreply"
    assert(orb:isexcept(support.raised(function() support.worker():fail("text") end), "NO_PERMISSION"))
end)

case("results stand where they belong, however long the contexts are", function()
    for minor = 0, 2 do
        local echo = orb:newproxy(("corbaloc:iiop:1.%d@127.0.0.1:%s/Echo"):format(minor,
            require "orderd.conf".settings.port), nil, "T::Echo")
        for length = 0, 12 do
            seen.padding = ("x"):rep(length)
            assert(echo:number(0.5) == 0.5 and echo:text("a") == "a")
            assert(seen.context == seen.padding)
        end
    end
end)
