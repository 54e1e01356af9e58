---@meta orderd.clock

-- The time, and RFC 3339 text.

---@class orderd.clock
local clock = {}
---@return integer  milliseconds since 1970
function clock.now() end
---@param ms integer
---@return string   RFC 3339
function clock.format(ms) end
---@param text string
---@return integer|nil  nil when it is not RFC 3339
function clock.parse(text) end

return clock
