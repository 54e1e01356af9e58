---@meta orderd.conf

-- The scripts' own parts of the configuration.

---@class orderd.conf
---@field currency string
---@field settings table      the scripts' own part of the configuration file; a copy with every read
---@field integrations table  urls and time-outs of the peers; a copy with every read
local conf = {}

return conf
