-- Operations within a session: the session is still there, its caller may, and what is raised are
-- exceptions of the IDL.

local exceptions = require "rpc.exceptions"
local permit = require "usecases.permit"
local references = require "rpc.references"

local function run(session, permissions, fn, ...)
    permit(references.require(session).caller, table.unpack(permissions))
    return fn(session, ...)
end

--- `operations(find)` gives a function that makes operations: `find` reads the object's id, the
--- caller must have one of `permissions`, and `fn` gets the session and the arguments.
---@param find fun(object_id: string): rpc.Session|nil
local function operations(find)
    return function(permissions, fn)
        return function(self, ...)
            local session = find(self._object_id)
            return exceptions.results(session, pcall(run, session, permissions, fn, ...))
        end
    end
end

return operations
