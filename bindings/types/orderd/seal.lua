---@meta orderd.seal

-- Values that travel through hands that are not trusted: references to sessions.

---@class orderd.seal
local seal = {}

--- Text of letters, digits, "-" and "_" that says nothing of the value but its length, and that
--- nobody without the service's key can make or change. It opens until `expires_at` (milliseconds
--- since 1970), also in another worker and after a restart; it cannot be taken back before.
---@param value any  what has a JSON of at most 4096 bytes
---@param expires_at integer
---@return string
function seal.close(value, expires_at) end

--- What was sealed, and when it expires; nil for a text that is none of ours, or that has expired.
---@param text string
---@return any value
---@return integer|nil expires_at
function seal.open(text) end

return seal
