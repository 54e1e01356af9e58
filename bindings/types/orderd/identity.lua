---@meta orderd.identity

-- Who calls.

---@class orderd.Caller
---@field user_id string
---@field roles string[]
---@field scopes string[]           the permissions that the token itself names
---@field expires_at integer|nil  when the token expires, where the caller came with one
local Caller = {}

---@param permission string  "orders:read:any"
---@return boolean
function Caller:can(permission) end

---@class orderd.identity
local identity = {}

--- The caller of a request by its bearer token. Raises unauthenticated without a good token, and
--- forbidden unless the caller has one of the permissions (when any are named).
---@param request orderd.Request
---@param ... string
---@return orderd.Caller
function identity.require(request, ...) end

--- The bearer token of a request, or nil.
---@param request orderd.Request
---@return string|nil
function identity.token(request) end

--- Verifies a token. nil and the reason when it is not good.
---@param token string
---@return orderd.Caller|nil, string|nil
function identity.verify(token) end

--- A caller made from what another service says of it: permissions follow from the roles, and are
--- those that `scopes` names.
---@param user_id string
---@param roles string[]
---@param scopes? string[]
---@return orderd.Caller
function identity.caller(user_id, roles, scopes) end

return identity
