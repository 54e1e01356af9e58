---@meta orderd.problem

-- Errors that callers see (RFC 9457).

---@class orderd.Problem
---@field code string
---@field detail string|nil
---@field errors {pointer: string, detail: string}[]|nil
---@field headers table<string, string>|nil   header fields of the answer; not part of the body

---@class orderd.problem
local problem = {}

--- Raises a problem. `code` is one of the catalogue ("order-not-found"). `members` become members
--- of the answer, but for `headers`; type, title, status, instance and trace_id are the service's.
---@param code string
---@param members? table
function problem.raise(code, members) end

--- Is this value a problem (of that code)?
---@param value any
---@param code? string
---@return boolean
function problem.is(value, code) end

return problem
