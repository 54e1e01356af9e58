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

--- All that were asked for, in their order: one that is left out would be taken for unknown.
local function read_products(sent, ids)
    local list = json.array {}
    for index, id in ipairs(ids) do
        local each = sent[index]
        if not each or each.product_id:lower() ~= id then return nil, "it leaves out " .. id end
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

--- The body; or nil and what is wrong; or nil, nil and the ids that do exist.
local function ask(proxy, ids)
    if #ids == 0 then return { products = json.array {} } end
    local done, result = proxy:lookup(ids)
    if done then return read_products(result, ids) end
    if not orb:isexcept(result, "Pharmacy::Products::NotFound") then return nil, result end
    return nil, nil, without(ids, result.product_ids)
end

--- Those that do not exist hide all the others, which are asked for once more.
function products.operations.lookup(proxy, message)
    local body, wrong, rest = ask(proxy, message.product_ids)
    if rest then body, wrong, rest = ask(proxy, rest) end
    if rest then return nil, "it misses others when it is asked again" end
    return body, wrong
end

return products
