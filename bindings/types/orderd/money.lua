---@meta orderd.money

-- Amounts of the configured currency.

---@class orderd.money
local money = {}

--- An amount in the configured currency from a text ("10.99") or a number (10.99). nil and the
--- reason when it is none, is negative, or has more decimals than the currency.
---@param amount any
---@return integer|nil, string|nil
function money.parse(amount) end

---@param minor integer
---@return string
function money.format(minor) end

return money
