---@meta orderd.metrics

-- The figures of the process.

---@class orderd.metrics
local metrics = {}
---@return string  Prometheus text
function metrics.render() end

return metrics
