-- Prescription items are ordered by a pharmacist or an admin, who have seen the prescription.

local MAY = { pharmacist = true, admin = true }

---@param case orderd.PolicyCase
local function check(case)
    for _, role in ipairs(case.caller.roles) do
        if MAY[role] then return true end
    end
    for _, item in ipairs(case.order.items) do
        local product = case.products[item.product_id]
        if product.prescription == true then
            return false, product.name .. " needs a prescription: a pharmacist must order it"
        end
    end
    return true
end

local AMOXICILLIN = "0190a000-0000-7000-8000-000000000005"
local IBUPROFEN = "0190a000-0000-7000-8000-000000000001"

local function case_of(product_id, ...)
    return {
        order = { items = { { product_id = product_id, quantity = 1, price = 1 } } },
        products = {
            [AMOXICILLIN] = { name = "Amoxicillin", prescription = true },
            [IBUPROFEN] = { name = "Ibuprofen", prescription = false },
        },
        caller = { roles = { ... } },
    }
end

---@type orderd.Policy
return {
    name = "prescription_needed",
    check = check,
    tests = {
        { name = "a customer", case = case_of(AMOXICILLIN, "customer"), expect = "deny" },
        { name = "nobody in particular", case = case_of(AMOXICILLIN), expect = "deny" },
        { name = "a pharmacist", case = case_of(AMOXICILLIN, "pharmacist"), expect = "allow" },
        { name = "an admin who is a customer, too",
            case = case_of(AMOXICILLIN, "customer", "admin"), expect = "allow" },
        { name = "no prescription item", case = case_of(IBUPROFEN, "customer"), expect = "allow" },
    },
}
