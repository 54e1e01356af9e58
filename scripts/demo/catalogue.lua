-- The demo pharmacy: twenty products with fixed ids, and what is in stock of each at the start.

---@class demo.Entry
---@field facts table     what the Product service tells
---@field stock integer   at the start
---@field defect string|nil  why its release always fails

local PLENTY = 1000000000

--- `more` is what else the Product service tells of it.
local function product(number, name, price, stock, more, defect)
    local facts = { product_id = "0190a000-0000-7000-8000-0000000000" .. number, name = name,
        price = price, currency = "USD", active = true, prescription = false }
    for key, value in pairs(more or {}) do facts[key] = value end
    return { facts = facts, stock = stock, defect = defect }
end

local RX = { prescription = true }
local RX_COLD = { prescription = true, cold_chain = true }

local list = {
    product("01", "Ibuprofen 200 mg, 24 tablets", "10.99", PLENTY),
    product("02", "Paracetamol 500 mg, 16 tablets", "5.99", PLENTY),
    product("03", "Epinephrine auto-injector 0.3 mg", "289.00", 1, RX),
    product("04", "Ranitidine 150 mg", "7.49", 500, { active = false, note = "withdrawn" }),
    product("05", "Amoxicillin 500 mg, 21 capsules", "14.20", 10000, RX),
    product("06", "Oxycodone 5 mg, 30 tablets", "32.75", 1000,
        { prescription = true, schedule = "II" }),
    product("07", "Pseudoephedrine 30 mg, 24 tablets", "8.25", 5000,
        { behind_the_counter = true, pseudoephedrine_mg = 24 * 30 }),
    product("08", "Insulin glargine 100 U/ml, 3 ml", "71.30", 200, RX_COLD),
    product("09", "Nicotine patch 21 mg, 14", "24.50", 700, { minimum_age = 18 }),
    product("0a", "Saline nasal spray", "4.10", 100, nil, "the package is damaged"),
    product("0b", "Cetirizine 10 mg, 30 tablets", "11.45", 4000),
    product("0c", "Loperamide 2 mg, 12 capsules", "6.30", 2500),
    product("0d", "Omeprazole 20 mg, 14 capsules", "12.80", 3000),
    product("0e", "Hydrocortisone cream 1 %, 30 g", "7.95", 1200),
    product("0f", "Metformin 500 mg, 60 tablets", "9.60", 8000, RX),
    product("10", "Atorvastatin 20 mg, 30 tablets", "13.15", 6000, RX),
    product("11", "Salbutamol inhaler 100 micrograms", "27.40", 900, RX),
    product("12", "Oral rehydration salts, 10 sachets", "5.25", 3500),
    product("13", "Adhesive plasters, assorted, 40", "3.80", 9000),
    product("14", "Digital thermometer", "15.90", 350),
}

---@type table<string, demo.Entry>
local by_id = {}
for _, entry in ipairs(list) do by_id[entry.facts.product_id] = entry end

return by_id
