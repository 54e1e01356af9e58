-- Every so often: orders that the Inventory has not answered for are asked for again.

local ask_again = require "usecases.ask_again"
local conf = require "orderd.conf"
local timer = require "orderd.timer"

local SECONDS = conf.settings.ask_again_seconds or 30
if math.type(SECONDS) ~= "integer" or SECONDS < 1 then
    error("settings.ask_again_seconds must be an integer of 1 or more")
end

timer.every(SECONDS, "ask_again", function() ask_again(SECONDS) end)
