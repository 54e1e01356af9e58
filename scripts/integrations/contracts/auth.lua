-- Pharmacy::Auth as peer.ask speaks with it.

local json = require "orderd.json"

---@type integrations.Contract
local auth = { interface = "Pharmacy::Auth", operations = {} }

function auth.operations.identify(proxy, message)
    local done, user = proxy:identify(message.token)
    if not done then return nil, user end
    return { user_id = user.user_id, roles = json.array(user.roles), active = user.active }
end

return auth
