-- Checks of single values of an input. One that fails adds to a list of errors, so that a caller
-- hears of every mistake at once; one that succeeds gives the value as the use cases take it.

local conf = require "orderd.conf"
local json = require "orderd.json"
local money = require "orderd.money"
local problem = require "orderd.problem"
local uuid = require "orderd.uuid"

local check = {}

---@alias dto.Errors {pointer: string, detail: string}[]

--- The one place where a mistake is written down.
---@param errors dto.Errors
---@param pointer string  RFC 6901; for a query parameter "/" and its name
---@param detail string
---@return nil
function check.fail(errors, pointer, detail)
    errors[#errors + 1] = { pointer = pointer, detail = detail }
end

--- Raises validation-failed with all errors, if there are any.
---@param errors dto.Errors
function check.finish(errors)
    if #errors > 0 then
        local first = errors[1]
        local where = first.pointer == "" and "the body" or first.pointer
        problem.raise("validation-failed", {
            detail = where .. " " .. first.detail, errors = errors })
    end
end

--- nil for a member that is missing or null, otherwise what `one` makes of it.
function check.optional(one, errors, pointer, value, ...)
    if value ~= nil and value ~= json.null then return one(errors, pointer, value, ...) end
end

---@return table|nil
function check.object(errors, pointer, value)
    if type(value) == "table" and not json.is_array(value) then return value end
    check.fail(errors, pointer, "must be an object")
end

---@return table|nil
function check.array(errors, pointer, value, least, most)
    if type(value) == "table" and json.is_array(value) and #value >= least and #value <= most then
        return value
    end
    check.fail(errors, pointer, ("must be an array of %d to %d elements"):format(least, most))
end

--- `longest` counts characters, not bytes.
---@return string|nil
function check.text(errors, pointer, value, longest)
    if type(value) ~= "string" then return check.fail(errors, pointer, "must be a text") end
    local length = utf8.len(value)
    if length and length <= longest then return value end
    check.fail(errors, pointer, ("must have at most %d characters"):format(longest))
end

---@return integer|nil
function check.integer(errors, pointer, value, least, most)
    local integer = type(value) == "number" and math.tointeger(value)
    if integer and integer >= least and integer <= most then return integer end
    check.fail(errors, pointer, ("must be an integer from %d to %d"):format(least, most))
end

--- In lower case, as the service writes identifiers.
---@return string|nil
function check.uuid(errors, pointer, value)
    if uuid.is(value) then return value:lower() end
    check.fail(errors, pointer, "must be a UUID")
end

--- In minor units.
---@return integer|nil
function check.money(errors, pointer, value)
    local minor, why = money.parse(value)
    if minor then return minor end
    check.fail(errors, pointer, "is no amount of money: " .. why)
end

--- Money as IDL has it, of the service's currency. In minor units.
---@param amount {minor_units: integer, currency: string}
---@return integer|nil
function check.amount(errors, pointer, amount)
    if amount.currency ~= conf.currency then
        return check.fail(errors, pointer, "must be in " .. conf.currency)
    end
    return check.money(errors, pointer, money.format(amount.minor_units))
end

return check
