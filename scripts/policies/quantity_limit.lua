-- Some products are sold in small quantities only: settings.policies.quantity_limits names them.

local IBUPROFEN = "0190a000-0000-7000-8000-000000000001"
local EPINEPHRINE = "0190a000-0000-7000-8000-000000000003"

---@param case orderd.PolicyCase
local function check(case)
    local limits = case.settings.quantity_limits or {}
    for _, item in ipairs(case.order.items) do
        local limit = limits[item.product_id]
        if limit and item.quantity > limit then
            local name = case.products[item.product_id].name
            return false, ("at most %d of %s in one order"):format(limit, name)
        end
    end
    return true
end

local function case_of(product_id, quantity)
    return {
        order = { items = { { product_id = product_id, quantity = quantity, price = 1 } } },
        products = { [product_id] = { name = "the product" } },
        settings = { quantity_limits = { [EPINEPHRINE] = 2 } },
    }
end

---@type orderd.Policy
return {
    name = "quantity_limit",
    check = check,
    tests = {
        { name = "up to the limit", case = case_of(EPINEPHRINE, 2), expect = "allow" },
        { name = "over the limit", case = case_of(EPINEPHRINE, 3), expect = "deny" },
        { name = "no limit for the product", case = case_of(IBUPROFEN, 1000000), expect = "allow" },
        {
            name = "no limits at all",
            case = { order = { items = { { product_id = IBUPROFEN, quantity = 9 } } },
                settings = {} },
            expect = "allow",
        },
    },
}
