---@meta orderd.json

-- JSON in and out.

---@class orderd.json
---@field null lightuserdata  JSON's null, in what decode gives and encode takes
local json = {}

--- nil and the reason (with line and column) when the text is no good JSON. Integers stay exact to
--- 64 bits; a number that a double would round is refused.
---@param text string
---@return any, string|nil
function json.decode(text) end

--- Tables with elements 1 to #t are arrays, others objects; json.array marks an empty array.
--- Orders are written as the service shows them.
---@param value any
---@return string
function json.encode(value) end

---@generic T: table
---@param t T
---@return T
function json.array(t) end

--- Did this table come from, or will it become, a JSON array?
---@param value any
---@return boolean
function json.is_array(value) end

return json
