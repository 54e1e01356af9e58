-- The demo Product service over IIOP.

local catalogue = require "catalogue"
local input = require "input"
local money = require "orderd.money"
local orb = require "orderd.orb"
local refusing = require "refusing"

orb:loadidlfile "pharmacy.idl"

local MEMBERS = { product_id = true, name = true, price = true, currency = true, active = true,
    prescription = true } -- of the struct itself; what else is known are facts

local function facts_of(known)
    local facts = {}
    for name, value in pairs(known) do
        if not MEMBERS[name] then facts[#facts + 1] = { name = name, value = value } end
    end
    table.sort(facts, function(one, other) return one.name < other.name end)
    return facts
end

local function record(known)
    return { product_id = known.product_id, name = known.name, active = known.active,
        price = { minor_units = money.parse(known.price), currency = known.currency },
        prescription = known.prescription, facts = facts_of(known) }
end

local products = {}

products.lookup = refusing(function(ids)
    local found, missing = {}, {}
    for index, value in ipairs(ids) do
        local id = input.uuid(value, "/product_ids/" .. index - 1)
        if catalogue[id] then
            found[#found + 1] = record(catalogue[id].facts)
        else
            missing[#missing + 1] = id
        end
    end
    if #missing > 0 then
        error(orb:newexcept { _repid = "Pharmacy::Products::NotFound", product_ids = missing }, 0)
    end
    return found
end)

return orb:newservant(products, "Products", "Pharmacy::Products")
