-- Creating an order: the price from the Product service, the stock at the Inventory, the policies.

local clock = require "orderd.clock"
local conf = require "orderd.conf"
local inventory = require "integrations.inventory"
local log = require "orderd.log"
local money = require "orderd.money"
local open_orders = require "usecases.open_orders"
local order = require "orderd.order"
local policy = require "orderd.policy"
local problem = require "orderd.problem"
local products = require "integrations.products"
local repository = require "orderd.repository"

local settings = conf.settings.policies or {}

local function ids_of(lines)
    local ids = {}
    for index, line in ipairs(lines) do ids[index] = line.product_id end
    return ids
end

--- A list of what is wrong with single lines, to be raised at once.
local function add(wrong, index, member, product, detail)
    wrong.products[#wrong.products + 1] = product
    wrong.errors[#wrong.errors + 1] = {
        pointer = ("/items/%d/%s"):format(index - 1, member), detail = detail }
end

local function refuse(code, detail, wrong)
    if #wrong.errors > 0 then
        problem.raise(code, { detail = detail, products = wrong.products, errors = wrong.errors })
    end
end

local function refuse_unknown(lines, catalogue)
    local wrong = { products = {}, errors = {} }
    for index, line in ipairs(lines) do
        local product = catalogue[line.product_id]
        if not product then
            add(wrong, index, "product_id", line.product_id, "there is no such product")
        elseif not product.active then
            add(wrong, index, "product_id", line.product_id, "the product is not sold any more")
        end
    end
    refuse("unknown-product", "A product is not known or not sold any more.", wrong)
end

local function refuse_other_prices(lines, catalogue)
    local wrong = { products = {}, errors = {} }
    for index, line in ipairs(lines) do
        local actual = catalogue[line.product_id].price
        if line.price and line.price ~= actual then
            local sent_text, actual_text = money.format(line.price), money.format(actual)
            local product = { product_id = line.product_id, sent = sent_text, actual = actual_text }
            add(wrong, index, "price", product, "the price is " .. actual_text)
        end
    end
    refuse("price-mismatch", "A price is not what the product costs now.", wrong)
end

--- The entity: it adds up lines of one product, and the total.
---@return orderd.Order
local function make(caller, command, catalogue)
    local items = {}
    for index, line in ipairs(command.items) do
        items[index] = { product_id = line.product_id, quantity = line.quantity,
            price = catalogue[line.product_id].price }
    end
    return order.new { user_id = caller.user_id, items = items, notes = command.notes }
end

local function refuse_short(items)
    local short = inventory.short_of(items)
    if #short > 0 then
        problem.raise("out-of-stock", {
            detail = "There is less in stock than the order asks for.", products = short })
    end
end

local function refuse_denied(caller, new, items, catalogue)
    local name, reason = policy.denied {
        order = { user_id = new.user_id, items = items, total_amount = new.total_amount,
            currency = new.currency, notes = new.notes },
        products = catalogue,
        caller = { user_id = caller.user_id, roles = caller.roles },
        customer = { open_orders = open_orders.count(caller) },
        settings = settings,
        now = clock.now(),
    }
    if name then
        log.info("a policy denied an order", { policy = name })
        problem.raise("policy-denied", { detail = reason, policy = name, reason = reason })
    end
end

--- When it returns, the order and its event are on disk; the release of its stock is asked for
--- afterwards (hooks/on_order_created.lua).
---@param caller orderd.Caller
---@param command dto.CreateOrder
---@param save? fun(order: orderd.Order)  how it is stored; repository.save
---@return orderd.Order
local function create_order(caller, command, save)
    save = save or repository.save
    local catalogue = products.find(ids_of(command.items))
    refuse_unknown(command.items, catalogue)
    refuse_other_prices(command.items, catalogue)
    local new = make(caller, command, catalogue)
    local items = new.items -- one for each product: two lines must not each pass against one stock
    refuse_short(items)
    refuse_denied(caller, new, items, catalogue)
    save(new)
    return new
end

return create_order
