-- A request that makes an order and may be sent twice: under one Idempotency-Key it is carried out
-- once, and answered the same each time.

local idempotency = require "orderd.idempotency"
local repository = require "orderd.repository"

--- The answer is stored with the order, in one transaction. Only what was carried out uses up the
--- key: a request that was refused can be sent again under it.
---@param request orderd.Request
---@param caller orderd.Caller
---@param render fun(order: orderd.Order): orderd.Answer
---@param create fun(save: fun(order: orderd.Order)): orderd.Order  calls `save` with what it makes
---@return orderd.Answer
local function once(request, caller, render, create)
    local key = request:header("Idempotency-Key")
    if not key then return render(create(repository.save)) end
    local claim <close> = idempotency.claim(key, caller.user_id, request.body)
    local answer = claim:stored()
    if answer then return answer end
    create(function(order)
        answer = render(order)
        if not repository.save(order, { keyed = claim, answer = answer }) then
            answer = claim:stored() -- another process was faster
        end
    end)
    ---@cast answer orderd.Answer
    return answer
end

return once
