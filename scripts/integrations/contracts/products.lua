-- Pharmacy::Products as peer.ask speaks with it.

local json = require "orderd.json"
local money = require "orderd.money"
local orb = require "orderd.orb"

local PLAIN = { string = true, boolean = true }

---@type integrations.Contract
local products = { interface = "Pharmacy::Products", operations = {} }

--- A limit lets every NaN pass, and JSON has neither that nor infinities.
local function is_readable(value)
    if math.type(value) == "float" then return value - value == 0 end
    return PLAIN[type(value)] or math.type(value) == "integer"
end

--- Facts become members beside the others, as policies read them. One that would hide another
--- member, or whose type no policy can read, is not passed over: a rule may depend on it.
local function add_facts(product, facts)
    for _, fact in ipairs(facts) do
        local value = fact.value._anyval
        if product[fact.name] ~= nil or not is_readable(value) then
            return nil, "the fact " .. fact.name .. " of " .. product.product_id
                .. " is not as agreed"
        end
        product[fact.name] = value
    end
    return product
end

--- As the answer over HTTP has it.
local function read_product(sent)
    return add_facts({ product_id = sent.product_id, name = sent.name,
        price = money.format(sent.price.minor_units), currency = sent.price.currency,
        active = sent.active, prescription = sent.prescription }, sent.facts)
end

local function read_products(sent)
    local list = json.array {}
    for index, each in ipairs(sent) do
        local product, why = read_product(each)
        if not product then return nil, why end
        list[index] = product
    end
    return { products = list }
end

local function without(ids, gone)
    local is_gone, rest = {}, {}
    for _, id in ipairs(gone) do is_gone[id:lower()] = true end
    for _, id in ipairs(ids) do
        if not is_gone[id] then rest[#rest + 1] = id end
    end
    return rest
end

--- One that does not exist hides all the others: those are asked for again.
function products.operations.lookup(proxy, message)
    local ids = message.product_ids
    while #ids > 0 do
        local done, result = proxy:lookup(ids)
        if done then return read_products(result) end
        if not orb:isexcept(result, "Pharmacy::Products::NotFound") then return nil, result end
        local rest = without(ids, result.product_ids)
        if #rest == #ids then return nil, "it misses only what was not asked for" end
        ids = rest
    end
    return { products = json.array {} }
end

return products
