---@meta orderd.uuid

-- Identifiers.

---@class orderd.uuid
local uuid = {}
---@return string  version 7
function uuid.new() end
---@param value any
---@return boolean
function uuid.is(value) end

return uuid
