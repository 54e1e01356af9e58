-- Alerts: messages on the bus for people and their tools. They are not stored: who does not listen now
-- misses them, and finds the same in the log. Another way to reach people (mail, a pager) begins here.

local bus = require "orderd.bus"

local alerts = {}

--- `name` becomes the topic alert.NAME. Say which order it is, and nothing of what is in it.
---@param name string
---@param message table
function alerts.send(name, message)
    bus.publish("alert." .. name, message)
end

return alerts
