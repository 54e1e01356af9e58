-- The Inventory's answer: the order is confirmed or cancelled. A message that cannot be understood,
-- or that is about no order of ours, raises and goes to the dead letters.

local apply_stock_release = require "usecases.apply_stock_release"
local hook = require "orderd.hook"
local problem = require "orderd.problem"
local read_stock_release = require "dto.stock_release"
local timer = require "orderd.timer"

local PAUSES = { 0.2, 1, 3, 6 } -- seconds before another attempt, within the deadline of a task

local function may_pass(failure)
    return problem.is(failure, "store-unavailable") or problem.is(failure, "version-mismatch")
        or problem.is(failure, "integration-unavailable")
end

--- A message comes once: trouble that may pass is waited for, or the message would be lost to it.
local function apply_patiently(event)
    for _, pause in ipairs(PAUSES) do
        local done, failure = pcall(apply_stock_release, event)
        if done then return end
        if not may_pass(failure) then error(failure, 0) end
        timer.sleep(pause)
    end
    apply_stock_release(event)
end

hook.inbound("inventory.stock_release_processed", function(message)
    apply_patiently(read_stock_release(message.payload))
end)
