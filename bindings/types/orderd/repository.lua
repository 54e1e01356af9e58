---@meta orderd.repository

-- Where orders are kept.

---@class orderd.repository
local repository = {}

--- Waits. nil when there is none. Raises store-unavailable. With `lagging` it may come from a
--- replica, where the configuration names one, and miss what was saved a moment ago: for what is
--- only shown, never for what is decided or changed.
---@param order_id string
---@param options? {lagging?: boolean}
---@return orderd.Order|nil
function repository.get(order_id, options) end

--- Waits. When it returns, the order and its events are on disk. Raises version-mismatch when
--- another change came first, store-unavailable. With `inbox_id` (the id of the inbound event that
--- caused the change): false, and nothing written, when that event has been handled before. With
--- `keyed` the answer is stored under the claim's key in the same transaction: false, nothing written,
--- and the claim does not hold the key any more, when another process was faster under it.
---@param order orderd.Order
---@param options? {inbox_id?: string, keyed?: orderd.Claim, answer?: orderd.Answer}
---@return boolean
function repository.save(order, options) end

---@class orderd.Query
---@field user_id? string
---@field status? string
---@field created_from? integer
---@field created_to? integer
---@field min_total? integer
---@field max_total? integer
---@field cursor? string
---@field limit? integer  1 to 100, default 20
---@field lagging? boolean  as for `get`

--- Waits. Ranges include both ends. Orders, newest first, and the cursor of the next page, or nil on the last. Raises
--- validation-failed for a cursor that is none of ours.
---@param query orderd.Query
---@return orderd.Order[], string|nil
function repository.list(query) end

--- Waits. Remembers an inbound event that changed no order; false when it was there already.
---@param inbox_id string
---@return boolean
function repository.inbox_add(inbox_id) end

return repository
