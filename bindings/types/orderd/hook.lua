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

---@class orderd.Message
---@field id string|nil        the event_id that its sender gave it
---@field topic string
---@field payload string       as it came
---@field attempt integer      1, 2, ...
---@field received_at integer|nil  milliseconds since 1970

---@class orderd.Retry
---@field attempts? integer         in all; 0: for ever; default 12
---@field first_seconds? number     the first pause, which doubles; default 0.5
---@field longest_seconds? number   default 60

---@class orderd.hook
local hook = {}

--- Declares a hook on committed events, at load time only. It runs at least once for each event,
--- in order for each order, and is run again after a pause when it raises; when that has been enough,
--- the event goes to the dead letters. A new hook begins at the head of the stream unless it says where.
--- Of several processes that share a store, the one that leads runs it.
--- Another topic than that of an event of the service is an error.
---@param topic "order.created"|"order.status_changed"|"order.cancelled"|"order.completed"
---@param options {name: string, start?: "head"|"beginning", retry?: orderd.Retry}
---@param fn fun(event: orderd.Event)
function hook.on(topic, options, fn) end

--- Declares who takes a topic that other services publish, at load time only.
---@param topic string
---@param options {summary?: string, schema?: table, retry?: orderd.Retry}  may be left out
---@param fn fun(message: orderd.Message)
---@overload fun(topic: string, fn: fun(message: orderd.Message))
function hook.inbound(topic, options, fn) end

--- For hooks of both kinds: raises an error that says that no further attempt would help. What the
--- hook was given goes to the dead letters at once. `reason` may be an error that was caught.
---@param reason any
function hook.give_up(reason) end

---@class orderd.Declared
---@field direction "out"|"in"  published, or taken
---@field topic string
---@field type string|nil       of what is published: "OrderCreatedEvent"
---@field summary string|nil    of what is taken, as its hook says
---@field schema table|nil      of its payload, likewise

--- What the service publishes, and what scripts take; all of it once the scripts are loaded.
---@return orderd.Declared[]
function hook.declared() end

return hook
