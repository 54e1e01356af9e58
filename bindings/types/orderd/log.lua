---@meta orderd.log

-- Structured log lines.

--- Fields, at most 16: texts, numbers, booleans, under names of letters, digits, "_", "." and "-".
--- Never tokens, never notes: fields called token, notes, password, secret or authorization are
--- hidden, in any case of letters.
---@class orderd.log
local log = {}
---@param message string
---@param fields? table<string, string|integer|boolean>
function log.debug(message, fields) end
---@param message string
---@param fields? table<string, string|integer|boolean>
function log.info(message, fields) end
---@param message string
---@param fields? table<string, string|integer|boolean>
function log.warning(message, fields) end
---@param message string
---@param fields? table<string, string|integer|boolean>
function log.error(message, fields) end

return log
