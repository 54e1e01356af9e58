-- Servants' operations whose input is checked: what input refuses is BAD_PARAM to the caller.

local orb = require "orderd.orb"
local problem = require "orderd.problem"

local function results(done, ...)
    if done then return ... end
    local raised = ...
    if problem.is(raised, "validation-failed") then
        raised = orb:newexcept { _repid = "IDL:omg.org/CORBA/BAD_PARAM:1.0", minor = 0,
            completed = "NO" }
    end
    error(raised, 0)
end

--- An operation, without the servant itself.
---@param fn function
---@return function
local function refusing(fn)
    return function(_, ...) return results(pcall(fn, ...)) end
end

return refusing
