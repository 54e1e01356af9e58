---@meta orderd.policy

-- Pure decisions.

---@class orderd.PolicyCase
---@field order {user_id: string, items: orderd.Item[], total_amount: integer, currency: string, notes: string|nil}
---@field products table<string, table>   by product_id
---@field caller {user_id: string, roles: string[]}
---@field customer {open_orders: integer}
---@field settings table                  conf's settings.policies
---@field now integer

--- What a script below policies/ returns. Its tests run with `orderd --test`.
---@class orderd.Policy
---@field name string
---@field check fun(case: orderd.PolicyCase): boolean, string|nil
---@field tests orderd.PolicyTest[]

---@class orderd.PolicyTest
---@field name string
---@field case table              as much of a case as the check looks at
---@field expect "allow"|"deny"
---@field reason string|nil       which the check must then give

---@class orderd.policy
local policy = {}

--- Asks every script in policies/, in the order of their names. Each returns a table with `name`,
--- `check(case)` and `tests`; check answers true to allow, or false and the reason. nil when all
--- allow; otherwise the name and the reason of the first that does not. One that raises, runs too
--- long or answers anything else denies. Each check gets a copy of the case, which must be plain
--- data.
---@param case orderd.PolicyCase
---@return string|nil, string|nil
function policy.denied(case) end

return policy
