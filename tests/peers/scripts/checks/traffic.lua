-- Oneways, callbacks, big messages, many at a time, forwards and time-outs.

local clock = require "orderd.clock"
local listener = require "servants.listener"
local orb = require "orderd.orb"
local support = require "checks.support"
local timer = require "orderd.timer"

local same = support.same

--- Asks until it is so, for five seconds.
local function wait_until(what, ask)
    local last = clock.now() + 5000
    while not ask() do
        if clock.now() > last then error("waited in vain for " .. what, 0) end
        timer.sleep(0.01)
    end
end

local oneway = { { name = "oneways", run = function(peer)
    peer:told()
    for i = 1, 100 do peer:tell(tostring(i)) end
    local count = 0
    wait_until("100 oneways", function()
        count = count + #peer:told()
        return count >= 100
    end)
    same(100, count, "told")
end } }

local callback = {
    { name = "callback", run = function(peer)
        same(6, peer:call_back(listener.servant, "heard"), "heard")
    end },
    { name = "oneway callback", run = function(peer)
        local text = "note " .. clock.now()
        peer:note_back(listener.servant, text)
        wait_until("the note", function() return listener.text() == text end)
    end },
}

local SEVENS = {}
for i = 0, 255 do SEVENS[i + 1] = string.char(i * 7 % 256) end
SEVENS = table.concat(SEVENS)

local function sevens(size)
    return SEVENS:rep(size // 256 + 1):sub(1, size)
end

local big = {}
for _, size in ipairs { 0, 1000, 8000, 8192, 70000, 700000 } do
    big[#big + 1] = { name = "big reply of " .. size, run = function(peer)
        same(sevens(size), peer:big(size), "data")
    end }
    big[#big + 1] = { name = "big request of " .. size, run = function(peer)
        local sum = 0
        for i = 0, size - 1 do sum = sum + i * 7 % 256 end
        same(sum, peer:weigh(sevens(size)), "sum")
    end }
end
big[#big + 1] = { name = "many texts there and back", run = function(peer)
    local items = peer:many(3000)
    same(3000, #items, "length")
    same("item 3000", items[3000], "last")
    same(items, (peer:echo_texts(items, {})), "result")
end }

local parallel = {
    { name = "parallel calls", run = function(peer)
        local asynchronous = orb:newproxy(peer, "asynchronous")
        local futures = {}
        for i = 1, 60 do
            futures[i] = i % 3 == 0 and asynchronous:big(i * 500)
                or i % 3 == 1 and asynchronous:echo_long(i, -i)
                or asynchronous:wait(1)
        end
        for i = 60, 1, -1 do
            local result = futures[i]:evaluate()
            local expected = i % 3 == 0 and sevens(i * 500) or i % 3 == 1 and i or 1
            same(expected, result, "call " .. i)
        end
    end },
    { name = "a call does not wait for a slower one", run = function(peer)
        local slow = orb:newproxy(peer, "asynchronous"):wait(1000)
        peer:ping()
        same(false, slow:ready(), "the slow one has ended")
        same(1000, slow:evaluate(), "the slow one")
    end },
}

local forward = { { name = "forwarded", run = function(peer)
    local forwarded = peer:forwarded()
    same(1, (forwarded:echo_long(1, 2)), "result")
    same("bottom", forwarded:at_bottom(), "at_bottom")
end } }

local timeout = { { name = "time-out", run = function(peer)
    local impatient = orb:newproxy(peer)
    impatient:_set_timeout(0.1)
    local exception = support.raised(impatient.wait, impatient, 1500)
    same(true, orb:isexcept(exception, "TIMEOUT"), tostring(exception))
    same("MAYBE", exception.completed, "completed")
    peer:ping()
end } }

return { oneway = oneway, callback = callback, big = big, parallel = parallel, forward = forward,
    timeout = timeout }
