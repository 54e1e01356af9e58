-- Every so often: orders that the Inventory has not answered for are asked for again, or given up.

local ask_again = require "usecases.ask_again"
local settings = require("usecases.release_settings").current
local timer = require "orderd.timer"

timer.every(1, "ask_again", function() ask_again.run(settings) end)
