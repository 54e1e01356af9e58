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

---@class orderd.bus.Feed
---@field address string   where some topics are published: "127.0.0.1:5559"
---@field topics string[]  the beginnings of those topics

--- The feeds of the conf (bus.feeds), in its order. Not while scripts are being loaded.
---@return orderd.bus.Feed[]
function bus.feeds() end

--- Whether ZeroMQ connections are encrypted, and their clients known (bus.curve). Not while scripts
--- are being loaded.
---@return boolean
function bus.encrypted() end

return bus
