-- Pseudoephedrine is sold from behind the counter, and only so much of its base at a time: 3.6 g,
-- or settings.policies.pseudoephedrine_mg. A product says how much one pack holds.

local LIMIT_MG = 3600

---@param case orderd.PolicyCase
local function check(case)
    local total = 0
    for _, item in ipairs(case.order.items) do
        total = total + item.quantity * (case.products[item.product_id].pseudoephedrine_mg or 0)
    end
    local limit = case.settings.pseudoephedrine_mg or LIMIT_MG
    if total > limit then
        return false, ("%d mg of pseudoephedrine; at most %d mg in one order"):format(total, limit)
    end
    return true
end

local TABLETS = "0190a000-0000-7000-8000-000000000007"
local SALINE = "0190a000-0000-7000-8000-00000000000a"

local function case_of(packs, settings)
    return {
        order = { items = { { product_id = TABLETS, quantity = packs },
            { product_id = SALINE, quantity = 1000 } } },
        products = { [TABLETS] = { pseudoephedrine_mg = 24 * 30 }, [SALINE] = {} },
        settings = settings or {},
    }
end

---@type orderd.Policy
return {
    name = "pseudoephedrine",
    check = check,
    tests = {
        { name = "five packs are 3.6 g", case = case_of(5), expect = "allow" },
        { name = "six packs are more", case = case_of(6), expect = "deny" },
        { name = "a lower limit", case = case_of(2, { pseudoephedrine_mg = 720 }),
            expect = "deny" },
    },
}
