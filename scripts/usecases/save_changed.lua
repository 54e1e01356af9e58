-- Optimistic changes: load, decide, save; and when another change came first, decide anew.

local problem = require "orderd.problem"
local repository = require "orderd.repository"

local ATTEMPTS = 5

--- Saves the order that `change` gives. `change` loads it, checks what must hold and changes it; it
--- is called again, for a fresh order, when somebody else was faster. So a caller's If-Match is
--- checked against what is really there, and a caller without one is not bothered.
---@param change fun(): orderd.Order|nil  nil: there is nothing to save
---@param options? {inbox_id?: string}
---@return orderd.Order|nil
---@return boolean|nil written  false when the inbound event has been handled before
local function save_changed(change, options)
    for attempt = 1, ATTEMPTS do
        local order = change()
        if not order then return nil end
        local saved, result = pcall(repository.save, order, options)
        if saved then return order, result end
        if attempt == ATTEMPTS or not problem.is(result, "version-mismatch") then
            error(result, 0)
        end
    end
end

return save_changed
