---@meta orderd.bus

-- Messages to whoever listens now.

---@class orderd.bus
local bus = {}

--- Publishes a message at once, to who listens now. Not durable: order events are published by the
--- service itself, and "heartbeat" and topics that begin with "order." are its own.
---@param topic string
---@param message any  a text is sent as it is, anything else as JSON
function bus.publish(topic, message) end

--- Where the sockets are bound, by name.
---@return {pub: string, replay: string?, ingest: string?}  replay and ingest: where there is a store
function bus.addresses() end

return bus
