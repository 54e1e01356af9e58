---@meta

-- The modules that orderd gives to scripts, for editors that read LuaLS annotations. This file
-- describes; it is never run.
--
-- Waiting: a function marked "waits" lets other requests run until its answer is there. It may be
-- called in handlers, hooks and timers, not while a script is being loaded, nor inside a coroutine
-- that a script made.
-- Failing: functions raise. What they raise is a problem (orderd.problem) where the caller of the
-- service should hear of it, and a text with file:line where a script is wrong.
-- Money is an integer of minor units (1099 is 10.99) until it is written as JSON.
-- Times are integers of milliseconds since 1970, UTC. Durations are seconds, and say so.

---------------------------------------------------------------------------------------------------
-- orderd.http: routes and answers

---@class orderd.Request
---@field method string            "GET"
---@field path string              as sent, without the query
---@field params table<string, string>  path parameters, decoded
---@field query table<string, string>   query parameters, decoded; a name given twice raises validation-failed
---@field body string
---@field trace_id string          32 hexadecimal digits
local Request = {}

--- A header field, or nil. Names are case-insensitive.
---@param name string
---@return string|nil
function Request:header(name) end

--- The body as JSON. Raises unsupported-media-type unless Content-Type is application/json (or
--- +json), invalid-json when it cannot be read.
---@return any
function Request:json() end

---@class orderd.Answer
---@field status integer
---@field body string|nil
---@field headers table<string, string>|nil

---@class orderd.http
local http = {}

--- Declares a route, at load time only. A pattern's parameters: "/order/orders/{order_id:uuid}".
---@param pattern string
---@param handler fun(request: orderd.Request): orderd.Answer
function http.get(pattern, handler) end
---@param pattern string
---@param handler fun(request: orderd.Request): orderd.Answer
function http.post(pattern, handler) end
---@param pattern string
---@param handler fun(request: orderd.Request): orderd.Answer
function http.put(pattern, handler) end
---@param pattern string
---@param handler fun(request: orderd.Request): orderd.Answer
function http.patch(pattern, handler) end
---@param pattern string
---@param handler fun(request: orderd.Request): orderd.Answer
function http.delete(pattern, handler) end

--- An answer with a JSON body. `value` may be or contain orders.
---@param status integer
---@param value any
---@param headers? table<string, string>
---@return orderd.Answer
function http.json(status, value, headers) end

--- An answer with a text/plain body (or the Content-Type of `headers`).
---@param status integer
---@param text string
---@param headers? table<string, string>
---@return orderd.Answer
function http.text(status, text, headers) end

--- An answer without a body.
---@param status integer
---@param headers? table<string, string>
---@return orderd.Answer
function http.empty(status, headers) end

---------------------------------------------------------------------------------------------------
-- orderd.problem: errors that callers see (RFC 9457)

---@class orderd.Problem
---@field code string
---@field detail string|nil
---@field errors {pointer: string, detail: string}[]|nil
---@field headers table<string, string>|nil   header fields of the answer; not part of the body

---@class orderd.problem
local problem = {}

--- Raises a problem. `code` is one of the catalogue ("order-not-found"); other members become
--- members of the answer.
---@param code string
---@param members? table
function problem.raise(code, members) end

--- Is this value a problem (of that code)?
---@param value any
---@param code? string
---@return boolean
function problem.is(value, code) end

---------------------------------------------------------------------------------------------------
-- orderd.identity: who calls

---@class orderd.Caller
---@field user_id string
---@field roles string[]
local Caller = {}

---@param permission string  "orders:read:any"
---@return boolean
function Caller:can(permission) end

---@class orderd.identity
local identity = {}

--- The caller of a request by its bearer token. Raises unauthenticated without a good token, and
--- forbidden unless the caller has one of the permissions (when any are named).
---@param request orderd.Request
---@param ... string
---@return orderd.Caller
function identity.require(request, ...) end

--- The bearer token of a request, or nil.
---@param request orderd.Request
---@return string|nil
function identity.token(request) end

--- Verifies a token. nil and the reason when it is not good.
---@param token string
---@return orderd.Caller|nil, string|nil
function identity.verify(token) end

--- A caller made from what another service says of it: permissions follow from the roles.
---@param user_id string
---@param roles string[]
---@return orderd.Caller
function identity.caller(user_id, roles) end

---------------------------------------------------------------------------------------------------
-- orderd.order: the entity

---@class orderd.Item
---@field product_id string
---@field quantity integer
---@field price integer  minor units

---@class orderd.Order
---@field order_id string
---@field user_id string
---@field status "PENDING"|"CONFIRMED"|"COMPLETED"|"CANCELLED"
---@field items orderd.Item[]      a new table with every read
---@field total_amount integer     minor units
---@field currency string
---@field notes string|nil
---@field reason string|nil
---@field version integer
---@field etag string              the version in quotes
---@field created_at integer
---@field updated_at integer
---@field completed_at integer|nil
local Order = {}

--- Moves the order on. Raises invalid-transition (with from, to, allowed).
---@param to string
---@param change? {reason?: string, notes?: string}
function Order:change_status(to, change) end

--- Replaces the items while PENDING.
---@param items orderd.Item[]
function Order:replace_items(items) end

---@class orderd.order
local order = {}

--- A new PENDING order in the configured currency. Raises validation-failed with pointers.
---@param draft {user_id: string, items: orderd.Item[], notes?: string}
---@return orderd.Order
function order.new(draft) end

--- Is this the name of a status?
---@param name any
---@return boolean
function order.is_status(name) end

---------------------------------------------------------------------------------------------------
-- orderd.repository: where orders are kept

---@class orderd.repository
local repository = {}

--- Waits. nil when there is none. Raises store-unavailable.
---@param order_id string
---@return orderd.Order|nil
function repository.get(order_id) end

--- Waits. When it returns, the order and its events are on disk. Raises version-mismatch when
--- another change came first, store-unavailable. With `inbox_id` (the id of the inbound event that
--- caused the change): false, and nothing written, when that event has been handled before.
---@param order orderd.Order
---@param options? {inbox_id?: string}
---@return boolean
function repository.save(order, options) end

---@class orderd.Query
---@field user_id? string
---@field status? string
---@field created_from? integer
---@field created_to? integer
---@field min_total? integer
---@field max_total? integer
---@field cursor? string
---@field limit? integer  1 to 100, default 20

--- Waits. Orders, newest first, and the cursor of the next page, or nil on the last. Raises
--- validation-failed for a cursor that is none of ours.
---@param query orderd.Query
---@return orderd.Order[], string|nil
function repository.list(query) end

--- Waits. Remembers an inbound event that changed no order; false when it was there already.
---@param inbox_id string
---@return boolean
function repository.inbox_add(inbox_id) end

---------------------------------------------------------------------------------------------------
-- orderd.hook, orderd.timer, orderd.bus: events

---@class orderd.Event
---@field id string
---@field topic string
---@field type string
---@field order_id string
---@field position string
---@field time integer
---@field attempt integer      1, 2, ...
---@field data table           decoded; money as decimal text

---@class orderd.hook
local hook = {}

--- Declares a hook on committed events, at load time only. It runs at least once for each event,
--- in order for each order, and is run again after a pause when it raises.
---@param topic string
---@param options {name: string}
---@param fn fun(event: orderd.Event)
function hook.on(topic, options, fn) end

--- Declares who takes a topic that other services publish, at load time only. `payload` is the
--- message as it came. One that raises sends the message to the dead letters.
---@param topic string
---@param fn fun(payload: string, topic: string)
function hook.inbound(topic, fn) end

---@class orderd.timer
local timer = {}

--- Declares something to run every so many seconds on one thread of the process, at load time
--- only. A run that still goes on when the next is due is waited for.
---@param seconds number
---@param name string
---@param fn fun()
function timer.every(seconds, name, fn) end

--- Waits.
---@param seconds number
function timer.sleep(seconds) end

---@class orderd.bus
local bus = {}

--- Publishes a message at once, to who listens now. Not durable: order events are published by the
--- service itself.
---@param topic string
---@param message any  a text is sent as it is, anything else as JSON
function bus.publish(topic, message) end

---------------------------------------------------------------------------------------------------
-- orderd.http_client: calls to other services

---@class orderd.Call
---@field method? string            default GET
---@field url string
---@field headers? table<string, string>
---@field body? string
---@field json? any                 instead of body: sent as application/json
---@field timeout? number           seconds for the whole call, default 5
---@field connect_timeout? number   seconds, default 1

---@class orderd.CallAnswer
---@field status integer
---@field headers table<string, string>  names in lower case
---@field body string
local CallAnswer = {}

--- The body as JSON; nil and the reason when it is not.
---@return any, string|nil
function CallAnswer:json() end

---@class orderd.http_client
local http_client = {}

--- Waits. The answer, whatever its status; or nil, a word ("timeout", "unavailable", "limit",
--- "invalid") and a sentence. The trace goes along.
---@param call orderd.Call
---@return orderd.CallAnswer|nil, string|nil, string|nil
function http_client.call(call) end

---------------------------------------------------------------------------------------------------
-- orderd.policy: pure decisions

---@class orderd.PolicyCase
---@field order {user_id: string, items: orderd.Item[], total_amount: integer, currency: string, notes: string|nil}
---@field products table<string, table>   by product_id
---@field caller {user_id: string, roles: string[]}
---@field customer {open_orders: integer}
---@field settings table                  conf's settings.policies
---@field now integer

---@class orderd.policy
local policy = {}

--- Asks every script in policies/, in the order of their names. Each returns a table with `name`,
--- `check(case)` and `tests`; check answers true to allow, or false and the reason. nil when all
--- allow; otherwise the name and the reason of the first that does not. One that raises, runs too
--- long or answers anything else denies.
---@param case orderd.PolicyCase
---@return string|nil, string|nil
function policy.denied(case) end

---------------------------------------------------------------------------------------------------
-- orderd.json, money, clock, uuid, log, metrics, health, conf

---@class orderd.json
---@field null lightuserdata  JSON's null, in what decode gives and encode takes
local json = {}

--- nil and the reason (with line and column) when the text is no good JSON. Integers stay exact to
--- 64 bits; a number that a double would round is refused.
---@param text string
---@return any, string|nil
function json.decode(text) end

--- Tables with elements 1 to #t are arrays, others objects; json.array marks an empty array.
--- Orders are written as the service shows them.
---@param value any
---@return string
function json.encode(value) end

---@generic T: table
---@param t T
---@return T
function json.array(t) end

--- Did this table come from, or will it become, a JSON array?
---@param value any
---@return boolean
function json.is_array(value) end

---@class orderd.money
local money = {}

--- An amount in the configured currency from a text ("10.99") or a number (10.99). nil and the
--- reason when it is none, is negative, or has more decimals than the currency.
---@param amount any
---@return integer|nil, string|nil
function money.parse(amount) end

---@param minor integer
---@return string
function money.format(minor) end

---@class orderd.clock
local clock = {}
---@return integer  milliseconds since 1970
function clock.now() end
---@param ms integer
---@return string   RFC 3339
function clock.format(ms) end
---@param text string
---@return integer|nil  nil when it is not RFC 3339
function clock.parse(text) end

---@class orderd.uuid
local uuid = {}
---@return string  version 7
function uuid.new() end
---@param value any
---@return boolean
function uuid.is(value) end

--- Fields: texts, integers, booleans. Never tokens, never notes.
---@class orderd.log
local log = {}
---@param message string
---@param fields? table<string, string|integer|boolean>
function log.debug(message, fields) end
---@param message string
---@param fields? table<string, string|integer|boolean>
function log.info(message, fields) end
---@param message string
---@param fields? table<string, string|integer|boolean>
function log.warning(message, fields) end
---@param message string
---@param fields? table<string, string|integer|boolean>
function log.error(message, fields) end

---@class orderd.metrics
local metrics = {}
---@return string  Prometheus text
function metrics.render() end

---@class orderd.health
local health = {}
--- Waits. Could a write be committed now? false and the reason if not.
---@return boolean, string|nil
function health.store() end
---@return boolean, string|nil
function health.bus() end

--- Read only.
---@class orderd.conf
---@field currency string
---@field settings table      the scripts' own part of the configuration file
---@field integrations table
local conf = {}
