---@meta orderd.hook

-- Who takes which events.

---@class orderd.Event
---@field id string
---@field topic string
---@field type string
---@field order_id string
---@field position string
---@field time integer
---@field attempt integer      1, 2, ...
---@field data table           decoded; money as decimal text

---@class orderd.hook
local hook = {}

--- Declares a hook on committed events, at load time only. It runs at least once for each event,
--- in order for each order, and is run again after a pause when it raises. Of several processes that
--- share a store, the one that leads runs it.
---@param topic string
---@param options {name: string}
---@param fn fun(event: orderd.Event)
function hook.on(topic, options, fn) end

--- Declares who takes a topic that other services publish, at load time only. `payload` is the
--- message as it came. One that raises sends the message to the dead letters. Every process runs it.
---@param topic string
---@param fn fun(payload: string, topic: string)
function hook.inbound(topic, fn) end

---@class orderd.Declared
---@field direction "out"|"in"  published, or taken
---@field topic string
---@field type string|nil       of what is published: "OrderCreatedEvent"

--- What the service publishes, and what scripts take; all of it once the scripts are loaded.
---@return orderd.Declared[]
function hook.declared() end

return hook
