---@meta orderd.timer

-- Waiting, and what runs every so often.

---@class orderd.timer
local timer = {}

--- Declares something to run every so many seconds on one thread of the process, at load time
--- only. A run that still goes on when the next is due is waited for. Of several processes that share
--- a store, the one that leads runs it.
---@param seconds number
---@param name string
---@param fn fun()
function timer.every(seconds, name, fn) end

--- Waits.
---@param seconds number
function timer.sleep(seconds) end

return timer
