---@meta orderd.http_client

-- Calls to other services.

---@class orderd.Call
---@field method? string            default GET
---@field url string
---@field headers? table<string, string>
---@field body? string
---@field json? any                 instead of body: sent as application/json
---@field timeout? number           seconds for the whole call, default 5
---@field connect_timeout? number   seconds, default 1

---@class orderd.CallAnswer
---@field status integer
---@field headers table<string, string>  names in lower case
---@field body string
local CallAnswer = {}

--- The body as JSON; nil and the reason when it is not.
---@return any, string|nil
function CallAnswer:json() end

---@class orderd.http_client
local http_client = {}

--- Waits. The answer, whatever its status; or nil, a word ("timeout", "unavailable", "limit",
--- "invalid") and a sentence. The trace goes along.
---@param call orderd.Call
---@return orderd.CallAnswer|nil, string|nil, string|nil
function http_client.call(call) end

return http_client
