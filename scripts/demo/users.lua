-- The demo users: a few opaque tokens that Auth knows.

local function user(number, role, active)
    return { user_id = "0190b000-0000-7000-8000-0000000000" .. number, roles = { role },
        active = active }
end

---@type table<string, {user_id: string, roles: string[], active: boolean}>  by token
return {
    ["demo-customer"] = user("01", "customer", true),
    ["demo-neighbour"] = user("02", "customer", true),
    ["demo-pharmacist"] = user("03", "pharmacist", true),
    ["demo-admin"] = user("04", "admin", true),
    ["demo-former-customer"] = user("05", "customer", false),
}
