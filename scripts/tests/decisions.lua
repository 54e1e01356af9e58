-- The tests that decisions carry.

local release_overdue = require "decisions.release_overdue"
local test = require "orderd.test"

for _, decision in ipairs { release_overdue } do
    for _, each in ipairs(decision.tests) do
        test.case(decision.name .. ": " .. each.name, function()
            local verdict, reason = decision.decide(each.case)
            test.equal(verdict, each.expect)
            if each.reason then test.equal(reason, each.reason) end
        end)
    end
end
