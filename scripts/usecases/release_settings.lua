-- settings.release of the configuration, checked: how long the Inventory may take, and what then.

local conf = require "orderd.conf"

---@class usecases.ReleaseSettings
---@field ask_again_seconds integer     how old an order is, and how often, when it is asked for again
---@field ask_again_per_second integer  the most orders that are
---@field alert_seconds integer         these two are for decisions/release_overdue.lua
---@field give_up_seconds integer
local DEFAULTS = { ask_again_seconds = 30, ask_again_per_second = 100, alert_seconds = 300,
    give_up_seconds = 3600 }

local MOST = 100000000 -- three years; and more than can be asked in a second

local function check(name, value)
    if not DEFAULTS[name] then error("there is no setting settings.release." .. name) end
    if math.type(value) ~= "integer" or value < 1 or value > MOST then
        error(("settings.release.%s must be an integer from 1 to %d"):format(name, MOST))
    end
end

local settings = conf.settings.release or {}
if type(settings) ~= "table" then error("settings.release must be a table") end
for name, value in pairs(settings) do check(name, value) end
for name, default in pairs(DEFAULTS) do settings[name] = settings[name] or default end

---@type usecases.ReleaseSettings
return settings
