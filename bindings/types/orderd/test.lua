---@meta orderd.test

-- Test cases, for scripts below tests/: only `orderd --test` has this module.

---@class orderd.test
local test = {}

--- Declares a case, at load time only. It passes unless it raises, and may wait.
---@param name string
---@param fn fun()
function test.case(name, fn) end

--- Raises unless the two are equal; tables are when they hold the same.
---@param actual any
---@param expected any
---@param what? string  named when they differ
function test.equal(actual, expected, what) end

--- Calls the function, which must raise the problem of this code, and returns the problem.
---@param code string
---@param fn function
---@param ... any  its arguments
---@return orderd.Problem
function test.problem(code, fn, ...) end

return test
