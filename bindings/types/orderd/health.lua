---@meta orderd.health

-- Can the service do its work now?

---@class orderd.health
local health = {}
--- Waits. Could a write be committed now? false and the reason if not.
---@return boolean, string|nil
function health.store() end
--- Does the bus turn, and, where this process leads, read the store? false and the reason if not.
---@return boolean, string|nil
function health.bus() end

return health
