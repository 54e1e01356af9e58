-- The demo Auth service over IIOP.

local orb = require "orderd.orb"
local users = require "users"

orb:loadidlfile "pharmacy.idl"

local auth = {}

function auth:identify(token)
    return users[token] or error(orb:newexcept {
        _repid = "Pharmacy::Unauthenticated", detail = "unknown token" }, 0)
end

return orb:newservant(auth, "Auth", "Pharmacy::Auth")
