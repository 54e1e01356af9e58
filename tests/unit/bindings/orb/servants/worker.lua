-- Does what its caller asks for, right and wrong.

local orb = require "orderd.orb"
local timer = require "orderd.timer"
require "servants.echo"

local title = "none"
local notes = {}
local servants = {}
local worker = { count = 7 }

function worker:base_name()
    return "base"
end

function worker:_get_title()
    return title
end

function worker:_set_title(value)
    title = value
end

function worker:nothing() end

function worker:sum(a, b)
    return a + b, b + 1, "added"
end

function worker:note(text)
    notes[#notes + 1] = text
end

function worker:noted()
    return table.concat(notes, ",")
end

local failures = {}

function failures.broken()
    error(orb:newexcept { _repid = "T::Broken", why = "it fell", places = { { x = 1, y = 2 } } })
end

function failures.plain_table()
    error({ _repid = "IDL:test.orderd.org/T/Empty:1.0" })
end

function failures.scoped_table()
    error({ _repid = "T::Broken", why = "it fell", places = {} })
end

function failures.system_table()
    error({ _repid = "TRANSIENT", minor = 5 })
end

function failures.empty()
    error(orb:newexcept { _repid = "T::Empty" })
end

function failures.undeclared()
    error(orb:newexcept { _repid = "T::Undeclared" })
end

function failures.system()
    error(orb:newexcept { _repid = "TRANSIENT", minor = 5, completed = "MAYBE" })
end

function failures.text()
    error("a mistake of the script")
end

function failures.undeclared_table()
    error({ _repid = "T::Silent", user_id = "x" })
end

function failures.bad_member()
    error(orb:newexcept { _repid = "T::Broken", why = 7, places = {} })
end

function failures.sneaky_member()
    local why = setmetatable({}, { __index = function() error("must not run") end })
    error(orb:newexcept { _repid = "T::Broken", why = "x", places = { why } })
end

function failures.loop()
    while true do end
end

function failures.memory()
    local text = ("x"):rep(1024 * 1024)
    local all = {}
    while true do
        all[#all + 1] = text .. #all
    end
end

function worker:fail(how)
    failures[how]()
end

function worker:wrong(how)
    if how == "nothing" then
        return
    elseif how == "number" then
        return 12
    elseif how == "table" then
        return {}
    end
    return how
end

function worker:traceparent()
    local context = orb:request().service_context[0x4f524401]
    return context and context:sub(9, -2) or ""
end

function worker:slow(seconds)
    timer.sleep(seconds)
    return "slept"
end

function worker:itself()
    return servants.worker
end

function worker:plain()
    return servants.worker
end

function worker:optional(value)
    return value
end

function worker:find(id)
    if id == "" then
        return nil
    end
    return servants.many:object(id)
end

function worker:identity()
    return self._object_id or "none"
end

function worker:contexts()
    local request = orb:request()
    return request.operation_name .. " " .. request.object_key
end

function worker:calls_back(other, text)
    return other:text(text)
end

local many = setmetatable({}, { __index = worker })

function many:_non_existent()
    if self._object_id == "broken" then
        error("cannot tell")
    end
    if self._object_id == "waits" then
        timer.sleep(0.01)
    end
    if self._object_id == "calls" then
        orb:newproxy("corbaloc::127.0.0.1:1/x", "asynchronous", "T::Worker"):nothing()
    end
    if self._object_id == "refers" then
        return tostring(servants.worker) == ""
    end
    return self._object_id == "gone"
end

servants.worker = orb:newservant(worker, "Worker", "T::Worker")
servants.many = orb:newdefaultservant(many, "Many/", "T::Worker")

return servants
