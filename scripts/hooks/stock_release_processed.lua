-- The Inventory's answer: the order is confirmed or cancelled. It waits for trouble that may pass. A
-- message that cannot be understood, or that is about no order of ours, goes to the dead letters.

local apply_stock_release = require "usecases.apply_stock_release"
local hook = require "orderd.hook"
local problem = require "orderd.problem"
local read_stock_release = require "dto.stock_release"

local function may_pass(failure)
    return problem.is(failure, "store-unavailable") or problem.is(failure, "version-mismatch")
        or problem.is(failure, "integration-unavailable")
end

hook.inbound("inventory.stock_release_processed", { retry = { attempts = 1000 } }, function(message)
    local done, failure = pcall(function() apply_stock_release(read_stock_release(message.payload)) end)
    if done then return end
    if may_pass(failure) then error(failure, 0) end
    hook.give_up(failure)
end)
