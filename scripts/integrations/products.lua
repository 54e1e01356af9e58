-- The Product service: what products are and cost. Each worker remembers what it was told for a few
-- seconds (integrations.products.cache_seconds), so a new price takes that long to arrive.

local clock = require "orderd.clock"
local conf = require "orderd.conf"
local json = require "orderd.json"
local money = require "orderd.money"
local peer = require "integrations.peer"
local uuid = require "orderd.uuid"

---@class integrations.Product
---@field product_id string
---@field name string
---@field price integer     minor units
---@field currency string
---@field active boolean
---@field prescription boolean|nil  and whatever else the service tells, for policies

local CACHE_LIMIT = 10000 -- products; when it is reached, forgetting all is cheaper than choosing
local KEEP_MS = math.floor((peer.settings("products").cache_seconds or 0) * 1000)
local CURRENCY = conf.currency

local products = {}
local cache, cache_size = {}, 0

--- Forgets what was remembered.
function products.forget()
    cache, cache_size = {}, 0
end

local function remember(product)
    if cache_size >= CACHE_LIMIT then products.forget() end
    if not cache[product.product_id] then cache_size = cache_size + 1 end
    cache[product.product_id] = { product = product, until_ms = clock.now() + KEEP_MS }
end

---@return integrations.Product|nil
local function read_product(product)
    local price = type(product) == "table" and money.parse(product.price)
    if not price or not uuid.is(product.product_id) or type(product.name) ~= "string"
        or type(product.active) ~= "boolean" or product.currency ~= CURRENCY then
        return nil
    end
    product.product_id = product.product_id:lower()
    product.price = price
    return product
end

local function read_products(body)
    local list = type(body) == "table" and body.products
    if type(list) ~= "table" or not json.is_array(list) then return nil, "products is no array" end
    for index, product in ipairs(list) do
        if not read_product(product) then
            return nil, "products[" .. index .. "] is not as agreed"
        end
    end
    return list
end

--- The ids that are not remembered, each once; those that are go into `found`.
local function split(ids, found)
    local now, asked, missing = clock.now(), {}, json.array {}
    for _, id in ipairs(ids) do
        local entry = cache[id]
        if entry and entry.until_ms > now then
            found[id] = entry.product
        elseif not asked[id] then
            asked[id] = true
            missing[#missing + 1] = id
        end
    end
    return missing, asked
end

--- Waits when something is not remembered. The products by id; what does not exist is left out.
--- They are shared: read them only.
---@param ids string[]
---@return table<string, integrations.Product>
function products.find(ids)
    local found = {}
    local missing, asked = split(ids, found)
    if #missing == 0 then return found end
    local list = peer.ask("products", "lookup", { product_ids = missing }, read_products)
    for _, product in ipairs(list) do
        if asked[product.product_id] then
            found[product.product_id] = product
            if KEEP_MS > 0 then remember(product) end
        end
    end
    return found
end

return products
