-- A customer has a limited number of open orders: settings.policies.open_orders. An order is open
-- while it is PENDING or CONFIRMED; those of staff are not counted (usecases/open_orders.lua).

---@param case orderd.PolicyCase
local function check(case)
    local limit = case.settings.open_orders
    if limit and case.customer.open_orders >= limit then
        return false, ("there are %d open orders already"):format(limit)
    end
    return true
end

local function case_of(count, limit)
    return { customer = { open_orders = count }, settings = { open_orders = limit } }
end

---@type orderd.Policy
return {
    name = "open_orders",
    check = check,
    tests = {
        { name = "below the limit", case = case_of(19, 20), expect = "allow" },
        { name = "at the limit", case = case_of(20, 20), expect = "deny" },
        { name = "no limit", case = case_of(1000, nil), expect = "allow" },
    },
}
