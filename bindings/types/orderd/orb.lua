---@meta orderd.orb

-- The object broker: calling CORBA objects and serving them, in the manner of OiL.
--
-- How IDL types look in Lua: integers are integers, exact and checked against their range (an
-- unsigned long long above 2^63-1 is its decimal text); float, double and long double are numbers;
-- boolean is a boolean; char, wchar, string and wstring are texts of UTF-8; octet an integer; fixed
-- its decimal text ("12.34"); an enum its enumerator's name; a struct a table; a sequence or array a
-- table from 1 on (orderd.json's arrays are taken as well), of octets a text; a union
-- {_switch = label, _value = value}; an any {_anyval = value, _anytype = type}, and on the way out
-- also a plain string (string), boolean, integer (long long) or float (double); an object reference
-- a proxy, nil for the nil reference; a TypeCode a type. Nothing is converted silently: a value that
-- is not of its type, or a member that is missing, raises and names the place ("items[2].quantity").
-- The result comes first, then out and inout values. A member that IDL does not know is ignored.
--
-- An exception is a table: {_repid = "IDL:orderd.org/Pharmacy/NotFound:1.0", its members}, with a
-- text (tostring). A system exception has minor and completed ("YES", "NO", "MAYBE"), and where this
-- side raised it, why.

---@class orderd.orb.Exception
---@field _repid string
---@field minor integer|nil      of a system exception
---@field completed string|nil   of a system exception
---@field why string|nil

---@class orderd.orb.Type

---@class orderd.orb.Proxy
---@operator call: any
---Its operations are methods: proxy:lookup(ids). An attribute is _get_name and _set_name. Every
---proxy also has:
local Proxy = {}

--- Waits. Whether the object is of this interface, by scoped name or repository id.
function Proxy:_is_a(interface) end
--- Waits. Whether the object is gone for good.
---@return boolean
function Proxy:_non_existent() end
--- Whether both are references to the same object, as far as that can be told without asking.
---@return boolean
function Proxy:_is_equivalent(other) end
--- The time-out of each of its calls, in seconds.
function Proxy:_set_timeout(seconds) end

---@class orderd.orb.Future
--- What a call of an asynchronous proxy gives. A call goes out at once; its end is kept until asked.
local Future = {}
---@return boolean
function Future:ready() end
--- Waits. The results, or raises the exception.
function Future:evaluate() end
--- Waits. true and the results, or false and the exception.
---@return boolean, any
function Future:results() end
--- Gives the call up; results are a system exception then.
function Future:cancel() end

---@class orderd.orb.Servant
--- tostring(servant) is its reference, "IOR:...". It can be passed where an object is expected.
local Servant = {}
--- Of a default servant: the object with this id, to be passed where an object is expected.
---@param object_id string
---@return orderd.orb.Reference
function Servant:object(object_id) end

---@class orderd.orb.Reference  an object without operations; tostring is "IOR:..."

---@class orderd.orb.Interceptor
---What each function gets is a table: operation_name, object_key, interface (repository id),
---service_context (a table of texts by id; on the way out it may be added to), response_expected;
---for the reply also success (boolean) and exception. What it raises ends the call.
---@field sendrequest? fun(request: table)
---@field receivereply? fun(request: table)
---@field receiverequest? fun(request: table)
---@field sendreply? fun(request: table)

---@class orderd.orb
local orb = {}

--- At load time. Reads a file of the IDL directories (or beside the scripts); raises with
--- file:line:column. The same file again does nothing.
---@param path string
function orb:loadidlfile(path) end

--- At load time. Reads IDL from a text.
---@param source string
function orb:loadidl(source) end

--- A proxy for a reference ("IOR:...", "corbaloc:...", "corbaname:...", or a proxy, servant or
--- reference). `kind` is "synchronous" (calls wait and raise), "asynchronous" (calls give futures) or
--- "protected" (calls wait, and give true and the results, or false and the exception). `interface`
--- is a scoped name or repository id; left out, it is the one of the reference's type id.
---@param reference any
---@param kind? "synchronous"|"asynchronous"|"protected"
---@param interface? string
---@return any
function orb:newproxy(reference, kind, interface) end

--- Waits when the object has to be asked. The same object as another interface; nil when it is not
--- one.
---@return any
function orb:narrow(proxy, interface) end

--- At load time. Serves an object under a key, in every worker: corbaloc:iiop:HOST:PORT/KEY.
--- Its methods are impl.operation(self, ...), self being impl.
---@param impl table
---@param key string
---@param interface string
---@return orderd.orb.Servant
function orb:newservant(impl, key, interface) end

--- At load time. Serves every object whose key begins with the prefix. In its methods self has
--- _object_id, what follows the prefix, and else what impl has. `_non_existent`, if impl has it,
--- tells whether the object is gone.
---@param impl table
---@param prefix string
---@param interface string
---@return orderd.orb.Servant
function orb:newdefaultservant(impl, prefix, interface) end

--- An exception to raise with error(): {_repid = scoped name or repository id, its members}.
---@param body table
---@return orderd.orb.Exception
function orb:newexcept(body) end

--- Whether it is an exception, and if named, this one (scoped name or repository id; a system
--- exception also by its bare name, "TRANSIENT").
---@return boolean
function orb:isexcept(value, name) end

--- The type of this name ("Pharmacy::Money", "long", "string", ...), for anys.
---@param name string
---@return orderd.orb.Type
function orb:type(name) end

--- The value of an IDL constant.
---@param name string
---@return any
function orb:constant(name) end

--- At load time.
---@param interceptor orderd.orb.Interceptor
function orb:setclientinterceptor(interceptor) end
--- At load time.
---@param interceptor orderd.orb.Interceptor
function orb:setserverinterceptor(interceptor) end

--- What is being served right now: {operation_name, object_key, service_context, peer}; nil outside
--- of a servant's operation.
---@return table|nil
function orb:request() end

return orb
