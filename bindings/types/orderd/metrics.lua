---@meta orderd.metrics

-- The figures of the process.

---@class orderd.metrics
local metrics = {}
---@return string  Prometheus text
function metrics.render() end

---@class orderd.Counter
local counter = {}
--- `amount` is 0 or more, 1 without it.
---@param amount? integer
function counter:add(amount) end

--- Declares a counter of the whole process, at load time only: orderd_script_NAME_total. One of the
--- same name goes on counting after a reload, and in every thread.
---@param name string  1 to 64 of a-z, 0-9 and _, a letter first
---@param help string  what it counts, in one sentence
---@return orderd.Counter
function metrics.counter(name, help) end

return metrics
