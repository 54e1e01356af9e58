---@meta orderd.idempotency

-- Requests that may come twice under one key, and are carried out once. `dto/once.lua` is how the
-- shipped routes use it.

---@class orderd.Claim
local Claim = {}

--- Waits. The answer that is stored under the key, ready to be returned, with Idempotent-Replayed;
--- nil when there is none and the claim holds the key: then it is this request that is carried out.
--- Raises idempotency-key-reused when the stored one was asked with another body,
--- idempotency-in-flight when there is none and another request holds the key, store-unavailable.
---@return orderd.Answer|nil
function Claim:stored() end

---@class orderd.idempotency
local idempotency = {}

--- Claims a user's key for the request, hook or timer that runs now, until that ends, however it
--- ends, or the claim is closed or collected. It always gives a claim; one that another request of
--- this process has come before does not hold its key, and `stored` says what to do then. Raises
--- validation-failed when the value of the header field Idempotency-Key is no key.
---@param value string  of the header field: 1 to 255 visible characters, or those in quotes
---@param user_id string  whose key it is: those of other users are other keys
---@param body string  what was asked; only its SHA-256 is kept
---@return orderd.Claim
function idempotency.claim(value, user_id, body) end

return idempotency
