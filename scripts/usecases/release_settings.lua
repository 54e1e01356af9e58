-- settings.release of the configuration, checked: how long the Inventory may take, and what then.

local conf = require "orderd.conf"

---@class usecases.ReleaseSettings
---@field ask_again_seconds integer     how old an order is, and how often, when it is asked for again
---@field ask_again_per_second integer  the most orders that are
---@field alert_seconds integer         these two are for decisions/release_overdue.lua
---@field give_up_seconds integer

local YEAR = 366 * 24 * 60 * 60

local KNOWN = {
    ask_again_seconds = { default = 30, most = YEAR },
    ask_again_per_second = { default = 100, most = 1000 },
    alert_seconds = { default = 300, most = YEAR },
    give_up_seconds = { default = 3600, most = YEAR },
}

local release_settings = {}

local function check(name, value)
    local known = KNOWN[name]
    if not known then error("there is no setting settings.release." .. tostring(name), 0) end
    if math.type(value) ~= "integer" or value < 1 or value > known.most then
        error(("settings.release.%s must be an integer from 1 to %d"):format(name, known.most), 0)
    end
end

--- Raises for what is wrong in them; what is left out has its default.
---@return usecases.ReleaseSettings
function release_settings.read(given)
    if given ~= nil and type(given) ~= "table" then error("settings.release must be a table", 0) end
    local settings = {}
    for name, known in pairs(KNOWN) do settings[name] = known.default end
    for name, value in pairs(given or {}) do
        check(name, value)
        settings[name] = value
    end
    return settings
end

release_settings.current = release_settings.read(conf.settings.release)

return release_settings
