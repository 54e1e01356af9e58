-- What interceptors see and add.

local orb = require "orderd.orb"
local support = require "tests.support"
local test = require "orderd.test"

local OURS = 0x4f520099

local seen = {} -- "point operation", in order
local raise_at

local function note(point)
    return function(request)
        seen[#seen + 1] = point .. " " .. request.operation_name
        if raise_at == point then
            raise_at = nil
            error(orb:newexcept { _repid = "NO_PERMISSION" })
        end
        if point == "sendrequest" then
            assert(request.object_key == "Worker" and request.response_expected ~= nil)
            assert(request.interface:find("^IDL:"))
            request.service_context[OURS] = "from the client"
        elseif point == "receiverequest" then
            assert(request.service_context[OURS] == "from the client")
            request.mine = 1
        elseif point == "sendreply" then
            assert(request.mine == 1 and next(request.service_context) == nil)
            request.service_context[OURS] = request.success and "good" or "bad"
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
