-- What several test files need: stand-ins for the services, callers, and orders to work on.

local create_order = require "usecases.create_order"
local identity = require "orderd.identity"
local inventory = require "integrations.inventory"
local orb = require "orderd.orb"
local products = require "integrations.products"
local uuid = require "orderd.uuid"

local support = {}

support.ASPIRIN = "0190c000-0000-7000-8000-000000000001"
support.PLASTER = "0190c000-0000-7000-8000-000000000002"
support.GONE = "0190c000-0000-7000-8000-000000000003"
support.OPIATE = "0190c000-0000-7000-8000-000000000004"

local function product(id, price, more)
    local facts = { product_id = id, name = id:sub(-2), price = price, active = true,
        prescription = false }
    for key, value in pairs(more or {}) do facts[key] = value end
    return facts
end

support.CATALOGUE = {
    [support.ASPIRIN] = product(support.ASPIRIN, 1099),
    [support.PLASTER] = product(support.PLASTER, 250),
    [support.GONE] = product(support.GONE, 100, { active = false }),
    [support.OPIATE] = product(support.OPIATE, 3275, { prescription = true }),
}

--- Runs `fn` while the members of the module are replaced, and puts them back whatever happens.
function support.with(module, members, fn, ...)
    local kept = {}
    for name, member in pairs(members) do
        kept[name] = module[name]
        module[name] = member
    end
    local results = table.pack(pcall(fn, ...))
    for name, member in pairs(kept) do module[name] = member end
    if not results[1] then error(results[2], 0) end
    return table.unpack(results, 2, results.n)
end

--- Runs `fn` with the catalogue above and an inventory that answers `short`; gives what `fn` gives,
--- and keeps in `asked` what the inventory was asked for.
---@param services {short?: table, asked?: table}
function support.with_services(services, fn, ...)
    local asked = services.asked or {}
    local stand_ins = {
        short_of = function(items)
            asked[#asked + 1] = items
            return services.short or {}
        end,
        release = function(order_id) asked[#asked + 1] = "release " .. order_id end,
        restock = function(order_id) asked[#asked + 1] = "restock " .. order_id end,
    }
    local function with_inventory(...)
        return support.with(inventory, stand_ins, fn, ...)
    end
    local find = function() return support.CATALOGUE end
    return support.with(products, { find = find }, with_inventory, ...)
end

--- Calls the function, which must raise the exception of this name, and returns it.
---@param name string
---@param fn function
---@param ... any  its arguments
function support.raised(name, fn, ...)
    local done, exception = pcall(fn, ...)
    if done then error(name .. " was not raised", 2) end
    if not orb:isexcept(exception, name) then
        error(name .. " was expected, not " .. tostring(exception), 2)
    end
    return exception
end

--- Somebody new with this role.
function support.caller(role)
    return identity.caller(uuid.new(), { role })
end

--- A command that orders these: product, quantity, product, quantity ...
function support.command(...)
    local items, arguments = {}, { ... }
    for index = 1, #arguments, 2 do
        items[#items + 1] = { product_id = arguments[index], quantity = arguments[index + 1] }
    end
    return { items = items }
end

--- A stored PENDING order of this caller.
---@return orderd.Order
function support.order(caller)
    local command = support.command(support.ASPIRIN, 1)
    return support.with_services({}, create_order, caller, command)
end

return support
