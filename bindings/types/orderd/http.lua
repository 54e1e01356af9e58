---@meta orderd.http

-- Routes and answers.

---@class orderd.Request
---@field method string            "GET"
---@field path string              as sent, without the query
---@field params table<string, string>  path parameters, decoded
---@field query table<string, string>   query parameters, decoded; a name given twice raises validation-failed
---@field body string
---@field trace_id string          32 hexadecimal digits
local Request = {}

--- A header field, or nil. Names are case-insensitive.
---@param name string
---@return string|nil
function Request:header(name) end

--- The body as JSON. Raises unsupported-media-type unless Content-Type is application/json (or
--- +json), invalid-json when it cannot be read.
---@return any
function Request:json() end

---@class orderd.Answer
---@field status integer
---@field body string|nil
---@field content_type string|nil  of the body, unless headers say it; else text/plain
---@field headers table<string, string>|nil

---@class orderd.http
local http = {}

--- Declares a route, at load time only; HEAD and OPTIONS are answered by the service. A pattern's
--- parameters: "/order/orders/{order_id:uuid}".
---@param pattern string
---@param handler fun(request: orderd.Request): orderd.Answer
function http.get(pattern, handler) end
---@param pattern string
---@param handler fun(request: orderd.Request): orderd.Answer
function http.post(pattern, handler) end
---@param pattern string
---@param handler fun(request: orderd.Request): orderd.Answer
function http.put(pattern, handler) end
---@param pattern string
---@param handler fun(request: orderd.Request): orderd.Answer
function http.patch(pattern, handler) end
---@param pattern string
---@param handler fun(request: orderd.Request): orderd.Answer
function http.delete(pattern, handler) end

--- An answer with a JSON body. `value` may be or contain orders.
---@param status integer
---@param value any
---@param headers? table<string, string>
---@return orderd.Answer
function http.json(status, value, headers) end

--- An answer with a text/plain body (or the Content-Type of `headers`).
---@param status integer
---@param text string
---@param headers? table<string, string>
---@return orderd.Answer
function http.text(status, text, headers) end

--- An answer without a body.
---@param status integer
---@param headers? table<string, string>
---@return orderd.Answer
function http.empty(status, headers) end

return http
