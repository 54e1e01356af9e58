-- Why an order is cancelled when its stock cannot be released, in words.

local LONGEST = 2000 -- characters that the order's reason may have
local PREFIX = "stock release failed: "

local function cut(text, characters)
    if utf8.len(text) <= characters then return text end
    return text:sub(1, utf8.offset(text, characters) - 1) .. "…"
end

--- "stock release failed: <product>: <message>, ..." with every product that failed.
---@param items dto.ReleasedItem[]
---@return string
local function release_failure(items)
    local parts = {}
    for _, item in ipairs(items) do
        if not item.success then
            parts[#parts + 1] = item.product_id .. ": " .. (item.message or "not released")
        end
    end
    if #parts == 0 then parts[1] = "the inventory named no product" end
    return cut(PREFIX .. table.concat(parts, ", "), LONGEST)
end

return release_failure
