-- Calls and what comes of them.

local orb = require "orderd.orb"
local support = require "tests.support"
local test = require "orderd.test"

test.case("the result comes first, then out and inout values", function()
    local sum, b, how = support.worker():sum(1, 2)
    assert(sum == 3 and b == 3 and how == "added")
end)

test.case("an operation may have nothing to say", function()
    assert(select("#", support.worker():nothing()) == 0)
end)

test.case("an attribute is read and set", function()
    local worker = support.worker()
    worker:_set_title("first")
    assert(worker:_get_title() == "first")
    assert(worker:_get_count() == 7)
    assert(support.complaint(function() worker:_set_count(1) end) == "T::Worker has no operation '_set_count'")
end)

test.case("a oneway is sent and not waited for", function()
    local worker = support.worker()
    worker:note("a")
    worker:note("b")
    assert(worker:noted() == "a,b")
end)

test.case("an inherited operation is an operation", function()
    assert(support.worker():base_name() == "base")
    local base = orb:newproxy(support.location("Worker"), nil, "T::Base")
    assert(base:base_name() == "base")
end)

test.case("a servant may call while it is called", function()
    assert(support.worker():calls_back(support.echo(), "back") == "back")
end)

test.case("an operation that the servant lacks is NO_IMPLEMENT", function()
    local raised = support.raised(function() support.worker():missing() end)
    assert(orb:isexcept(raised, "NO_IMPLEMENT") and raised.completed == "NO", tostring(raised))
end)

test.case("an operation that the object lacks is BAD_OPERATION", function()
    local wrong = orb:newproxy(support.location("Echo"), nil, "T::Worker")
    assert(orb:isexcept(support.raised(wrong.nothing, wrong), "BAD_OPERATION"))
end)

test.case("an object that is not there is OBJECT_NOT_EXIST", function()
    local gone = orb:newproxy(support.location("Nobody"), nil, "T::Worker")
    local raised = support.raised(gone.nothing, gone)
    assert(orb:isexcept(raised, "OBJECT_NOT_EXIST"), tostring(raised))
    assert(gone:_non_existent() == true)
    assert(support.worker():_non_existent() == false)
end)

test.case("a peer that is not there is TRANSIENT or COMM_FAILURE, with a reason", function()
    local nobody = orb:newproxy("corbaloc:iiop:127.0.0.1:1/x", nil, "T::Worker")
    local raised = support.raised(nobody.nothing, nobody)
    assert(orb:isexcept(raised, "TRANSIENT") or orb:isexcept(raised, "COMM_FAILURE"), tostring(raised))
    assert(type(raised.why) == "string" and #raised.why > 0 and raised.completed == "NO")
end)

test.case("a name that leads nowhere says why", function()
    local location = ("corbaname::127.0.0.1:%s#shop/loyalty"):format(require "orderd.conf".settings.port)
    local wanted = "there is no naming service at the address that the name gives"
    local proxy = orb:newproxy(location, nil, "T::Worker")
    local raised = support.raised(proxy.nothing, proxy)
    assert(orb:isexcept(raised, "OBJECT_NOT_EXIST") and raised.why == wanted, tostring(raised.why))
    assert(tostring(raised):find(wanted, 1, true), tostring(raised))
    local ok, of_future = orb:newproxy(location, "asynchronous", "T::Worker"):nothing():results()
    assert(not ok and of_future.why == wanted, tostring(of_future))
    raised = support.raised(orb.narrow, orb, orb:newproxy(location, nil, "Object"), "T::Worker")
    assert(raised.why == wanted, tostring(raised))
end)

test.case("a call that takes too long is TIMEOUT", function()
    local worker = support.worker()
    worker:_set_timeout(0.05)
    local raised = support.raised(worker.slow, worker, 0.4)
    assert(orb:isexcept(raised, "TIMEOUT") and raised.completed == "MAYBE", tostring(raised))
end)

-- ---- exceptions ----

test.case("an exception is a table with its members", function()
    local worker = support.worker()
    local raised = support.raised(worker.fail, worker, "broken")
    assert(orb:isexcept(raised) and orb:isexcept(raised, "T::Broken") and not orb:isexcept(raised, "T::Empty"))
    assert(orb:isexcept(raised, "IDL:test.orderd.org/T/Broken:1.0"))
    assert(raised._repid == "IDL:test.orderd.org/T/Broken:1.0" and raised.why == "it fell")
    assert(support.same(raised.places, { { x = 1, y = 2 } }))
    assert(tostring(raised) == "IDL:test.orderd.org/T/Broken:1.0: why=it fell, places=(a table)", tostring(raised))
    raised = support.raised(worker.fail, worker, "empty")
    assert(orb:isexcept(raised, "T::Empty"))
end)

test.case("a plain table with a _repid is raised as that exception", function()
    local worker = support.worker()
    assert(orb:isexcept(support.raised(worker.fail, worker, "plain_table"), "T::Empty"))
    local raised = support.raised(worker.fail, worker, "scoped_table")
    assert(orb:isexcept(raised, "T::Broken") and raised.why == "it fell")
    raised = support.raised(worker.fail, worker, "system_table")
    assert(orb:isexcept(raised, "TRANSIENT") and raised.minor == 5 and raised.completed == "MAYBE")
end)

test.case("a system exception goes as it is", function()
    local worker = support.worker()
    local raised = support.raised(worker.fail, worker, "system")
    assert(orb:isexcept(raised, "TRANSIENT") and raised.minor == 5 and raised.completed == "MAYBE")
    assert(tostring(raised) == "IDL:omg.org/CORBA/TRANSIENT:1.0: completed=MAYBE, minor=5", tostring(raised))
    assert(not orb:isexcept(raised, "TIMEOUT") and orb:isexcept(raised, "IDL:omg.org/CORBA/TRANSIENT:1.0"))
end)

test.case("what the IDL does not declare is UNKNOWN", function()
    local worker = support.worker()
    for _, how in ipairs { "undeclared", "undeclared_table", "text", "bad_member", "sneaky_member", "no such function" } do
        local raised = support.raised(worker.fail, worker, how)
        assert(orb:isexcept(raised, "UNKNOWN") and raised.completed == "MAYBE", how .. ": " .. tostring(raised))
    end
end)

test.case("a result that is none is UNKNOWN, and says that the operation ran", function()
    local worker = support.worker()
    for _, how in ipairs { "nothing", "number", "table" } do
        local raised = support.raised(worker.wrong, worker, how)
        assert(orb:isexcept(raised, "UNKNOWN") and raised.completed == "YES", how .. ": " .. tostring(raised))
    end
    assert(worker:wrong("right") == "right")
end)

test.case("a servant over its budget is NO_RESOURCES", function()
    local worker = support.worker()
    for _, how in ipairs { "loop", "memory" } do
        local raised = support.raised(worker.fail, worker, how)
        assert(orb:isexcept(raised, "NO_RESOURCES"), how .. ": " .. tostring(raised))
    end
    assert(worker:base_name() == "base")
end)

test.case("an exception is made with what it needs", function()
    local made = orb:newexcept { _repid = "T::Broken", why = "x", places = {} }
    assert(made._repid == "IDL:test.orderd.org/T/Broken:1.0" and orb:isexcept(made, "T::Broken"))
    made = orb:newexcept { _repid = "BAD_PARAM" }
    assert(made.minor == 0 and made.completed == "NO" and orb:isexcept(made, "BAD_PARAM"))
    assert(not orb:isexcept({ _repid = "x" }) and not orb:isexcept("x"))
    assert(getmetatable(made) == false)
end)

test.case("a long text is not shown in an exception's text", function()
    local made = orb:newexcept { _repid = "T::Broken", why = ("x"):rep(1000), places = {} }
    assert(tostring(made):find("why=(a text of 1000 bytes)", 1, true), tostring(made))
end)

-- ---- protected ----

test.case("a protected call gives true and the results, or false and the exception", function()
    local worker = support.worker("protected")
    local ok, sum, b, how = worker:sum(1, 2)
    assert(ok == true and sum == 3 and b == 3 and how == "added")
    local failed, raised = worker:fail("broken")
    assert(failed == false and orb:isexcept(raised, "T::Broken"))
    assert(select("#", worker:nothing()) == 1)
    assert(support.complaint(function() worker:sum("1", 2) end):find("^a: a text"))
end)

-- ---- futures ----

test.case("futures run at the same time", function()
    local worker = support.worker("asynchronous")
    local slow, quick = worker:slow(0.2), worker:sum(1, 2)
    assert(not slow:ready() and not quick:ready())
    local sum, b, how = quick:evaluate()
    assert(sum == 3 and b == 3 and how == "added" and quick:ready())
    assert(quick:evaluate() == 3 and select("#", quick:results()) == 4)
    assert(not slow:ready())
    local ok, slept = slow:results()
    assert(ok and slept == "slept")
end)

test.case("a future keeps the exception until it is asked", function()
    local worker = support.worker("asynchronous")
    local future = worker:fail("broken")
    local ok, raised = future:results()
    assert(ok == false and orb:isexcept(raised, "T::Broken"))
    assert(orb:isexcept(support.raised(future.evaluate, future), "T::Broken"))
    future = orb:newproxy(support.location("Nobody"), "asynchronous", "T::Worker"):nothing()
    ok, raised = future:results()
    assert(not ok and orb:isexcept(raised, "OBJECT_NOT_EXIST"))
end)

test.case("a future that is given up ends at once", function()
    local worker = support.worker("asynchronous")
    local unsent = worker:slow(5)
    unsent:cancel()
    local ok, raised = unsent:results()
    assert(not ok and orb:isexcept(raised, "NO_RESPONSE") and raised.completed == "NO", tostring(raised))
    local sent = worker:slow(5)
    worker:nothing():evaluate()
    sent:cancel()
    sent:cancel()
    ok, raised = sent:results()
    assert(not ok and orb:isexcept(raised, "NO_RESPONSE") and raised.completed == "MAYBE", tostring(raised))
end)

test.case("a future that nobody asks is called all the same", function()
    support.worker("asynchronous"):note("unasked")
    local worker = support.worker()
    for _ = 1, 100 do
        if worker:noted():find("unasked", 1, true) then
            return
        end
    end
    error("it never came")
end)

test.case("a future's arguments are checked where it is called", function()
    local text = support.complaint(function() support.worker("asynchronous"):sum(1, 1.5) end)
    assert(text == "b: 1.5 is not a long (-2147483648 to 2147483647)", text)
end)

test.case("a future has a time-out", function()
    local worker = support.worker("asynchronous")
    worker:_set_timeout(0.05)
    local ok, raised = worker:slow(0.4):results()
    assert(not ok and orb:isexcept(raised, "TIMEOUT"), tostring(raised))
end)

-- ---- objects ----

test.case("objects are passed and come back as proxies of what IDL says", function()
    local worker = support.worker()
    local itself = worker:itself()
    assert(itself:base_name() == "base")
    assert(support.complaint(function() itself:nothing() end) == "T::Base has no operation 'nothing'")
    assert(worker:optional(nil) == nil and worker:optional(worker):base_name() == "base")
    assert(worker:optional(require "orderd.json".null) == nil)
    local plain = worker:plain()
    assert(support.complaint(function() plain:base_name() end) == "Object has no operation 'base_name'")
    assert(orb:narrow(plain, "T::Worker"):sum(1, 2) == 3)
end)

test.case("an object of another interface is refused where it is passed", function()
    local text = support.complaint(function() support.worker():optional(support.echo()) end)
    assert(text == "value: a reference to T::Echo where T::Base is expected (orb:narrow gives another)", text)
    text = support.complaint(function() support.worker():optional(support.worker():plain()) end)
    assert(text == "value: a reference to Object where T::Base is expected (orb:narrow gives another)", text)
    text = support.complaint(function() support.worker():optional("IOR:00") end)
    assert(text == "value: a text is not a T::Base", text)
end)

test.case("narrow asks, and gives nil for what the object is not", function()
    local worker = support.worker()
    local plain = orb:newproxy(support.location("Worker"), "protected", "Object")
    assert(orb:narrow(plain, "T::Echo") == nil)
    local ok, sum = orb:narrow(plain, "IDL:test.orderd.org/T/Worker:1.0"):sum(1, 2)
    assert(ok and sum == 3)
    assert(orb:narrow(worker, "T::Base"):base_name() == "base")
    assert(worker:_is_a("T::Base") and not worker:_is_a("T::Echo") and worker:_is_a("Object"))
    assert(worker:_is_a("IDL:test.orderd.org/T/Base:1.0") and not worker:_is_a("IDL:none:1.0"))
    assert(support.worker("asynchronous"):_is_a("T::Base"):evaluate() == true)
end)

test.case("equal references are equal", function()
    local a, b = support.worker(), support.worker()
    assert(a == b and a:_is_equivalent(b) and a ~= support.echo() and not a:_is_equivalent("x"))
    assert(a:itself() == a:plain())
end)

test.case("a reference is its text", function()
    local itself = support.worker():itself()
    local text = tostring(itself)
    assert(text:find("^IOR:%x+$"), text)
    local again = orb:newproxy(text)
    assert(again == itself and again:sum(1, 2) == 3)
    assert(orb:newproxy(itself, "protected"):base_name() == true)
    assert(tostring(require "servants.worker".worker) == text)
end)

test.case("a default servant is many objects", function()
    local found = support.worker():find("a/b")
    assert(found:identity() == "a/b" and support.worker():identity() == "none")
    assert(support.worker():find("") == nil)
    assert(found:_get_count() == 7)
    local text = support.complaint(function() return tostring(require "servants.worker".many) end)
    assert(text:find("a default servant is no object", 1, true), text)
end)

test.case("a default servant tells which objects are gone", function()
    local worker = support.worker()
    assert(worker:find("gone"):_non_existent() == true)
    assert(worker:find("there"):_non_existent() == false)
    assert(worker:find("broken"):_non_existent() == false)
end)

test.case("a servant may ask what it serves", function()
    assert(support.worker():contexts() == "contexts Worker")
    assert(orb:request() == nil)
end)
