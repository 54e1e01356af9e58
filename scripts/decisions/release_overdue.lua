-- What becomes of an order that the Inventory has been asked for and has not answered: it waits, people
-- are told, or it is cancelled. Asked every time before the Inventory is asked for the order again.

---@class decisions.ReleaseCase
---@field order {order_id: string, user_id: string, items: orderd.Item[], total_amount: integer, currency: string, created_at: integer}
---@field age_seconds integer  since the order was made
---@field asked integer        how often it was its turn to be asked for again, as far as this process knows
---@field away boolean         the Inventory could not be reached a moment ago
---@field settings {ask_again_seconds: integer, alert_seconds: integer, give_up_seconds: integer}

--- "alert" tells people, once for an order, and waits on; "cancel" comes with the order's reason.
---@param case decisions.ReleaseCase
---@return "wait"|"alert"|"cancel"
---@return string|nil reason
local function decide(case)
    local settings = case.settings
    -- After an outage of our own, the Inventory gets one more chance to answer.
    if case.age_seconds >= settings.give_up_seconds and case.asked > 0 then
        return "cancel", ("the inventory did not answer within %d s"):format(settings.give_up_seconds)
    end
    if case.age_seconds >= settings.alert_seconds then return "alert" end
    return "wait"
end

local SETTINGS = { ask_again_seconds = 30, alert_seconds = 300, give_up_seconds = 3600 }

local function case_of(age_seconds, asked)
    return { age_seconds = age_seconds, asked = asked, away = false, settings = SETTINGS }
end

return {
    name = "release_overdue",
    decide = decide,
    tests = {
        { name = "a young order waits", case = case_of(299, 9), expect = "wait" },
        { name = "people are told", case = case_of(300, 10), expect = "alert" },
        { name = "it is given up", case = case_of(3600, 120), expect = "cancel",
            reason = "the inventory did not answer within 3600 s" },
        { name = "not before it was asked again", case = case_of(100000, 0), expect = "alert" },
    },
}
