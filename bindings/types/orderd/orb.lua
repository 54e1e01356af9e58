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
-- a proxy, nil for the nil reference (on the way out also a servant or a reference, and json.null for
-- nil); a TypeCode a type. The result comes first, then out and inout values. A member that IDL does
-- not know is ignored, and so are values that a servant's method returns beyond those of the IDL.
-- Wide characters can only be sent to a reference that says which ones its side takes: an IOR does, a
-- corbaloc does not.
--
-- Nothing is converted silently: 1.0 is no long and "1" is none. What is not of its type raises a text
-- that names the place, "items[2].quantity: 300 is not an octet (0 to 255)", and nothing is sent. That
-- is a mistake of the script's, so protected and asynchronous proxies raise it, too. The values of one
-- call or reply take at most 16 MiB, and are at most 64 levels deep.
--
-- An exception is a table: {_repid = "IDL:orderd.org/Pharmacy/NotFound:1.0", its members}, with a
-- text (tostring). A system exception has minor and completed ("YES", "NO", "MAYBE"), and where this
-- side raised it, why.

---@class orderd.orb.Exception
---@field _repid string
---@field minor integer|nil      of a system exception
---@field completed string|nil   of a system exception
---@field why string|nil

---@class orderd.orb.Type  equal to any other of an equivalent type; tostring describes it

---@class orderd.orb.Proxy
---@operator call: any
---Its operations are methods: proxy:lookup(ids). An attribute is _get_name and _set_name. Two proxies
---are equal (==) when their references are; tostring is "IOR:...". A method may be called where a
---task may wait, and never while scripts are loaded. Every proxy also has:
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
--- What a call of an asynchronous proxy gives. The call goes out as soon as the script waits or ends,
--- whether or not anybody asks for its end, which is kept as long as the future is. It counts as a
--- task of its own, within the limits of tasks.
local Future = {}
---@return boolean
function Future:ready() end
--- Waits. The results, or raises the exception.
function Future:evaluate() end
--- Waits. true and the results, or false and the exception.
---@return boolean, any
function Future:results() end
--- Gives the call up; what it ends with is NO_RESPONSE then.
function Future:cancel() end

---@class orderd.orb.Servant
--- tostring(servant) is its reference, "IOR:...", with the service's address. It can be passed where an
--- object is expected. While scripts are loaded, also at a reload, no reference can be made: not by
--- tostring, object nor orb:newproxy.
local Servant = {}
--- Of a default servant: the object with this id, to be passed where an object is expected.
---@param object_id string
---@return orderd.orb.Reference
function Servant:object(object_id) end

---@class orderd.orb.Reference  an object without operations; tostring is "IOR:..."

---@class orderd.orb.Interceptor
---What each function gets is a table, one for a request and its reply: operation_name, object_key,
---interface (repository id), response_expected, and service_context: texts by their ids, of what came
---in; of what goes out empty, to be added to. For the reply also success (boolean) and exception.
---What it raises ends the call. It cannot wait. Of each of the four functions there is one: a second is
---refused at load time, and so are other fields, and an interceptor without any.
---
---sendreply runs exactly once for each request that was given to receiverequest, whatever ended it, and
---is told what the caller gets: where that is a system exception which this side raised (MARSHAL,
---NO_IMPLEMENT, UNKNOWN, NO_RESOURCES, TIMEOUT), exception has it, with why. It runs after the operation
---has ended, for at most 100,000 instructions of its own; orb:request() is nil there. What it raises is
---what the caller gets instead.
---@field sendrequest? fun(request: table)
---@field receivereply? fun(request: table)
---@field receiverequest? fun(request: table)
---@field sendreply? fun(request: table)

---@class orderd.orb
local orb = {}

--- At load time. Reads a file of the IDL directories (`orb.idl` in conf), by its name there:
--- "pharmacy.idl", and nowhere else; raises with file:line:column. The same file again does nothing.
---@param path string
function orb:loadidlfile(path) end

--- At load time. Reads IDL from a text.
---@param source string
function orb:loadidl(source) end

--- A proxy for a reference ("IOR:...", "corbaloc:...", "corbaname:...", or a proxy, servant or
--- reference). `kind` is "synchronous" (calls wait and raise), "asynchronous" (calls give futures) or
--- "protected" (calls wait, and give true and the results, or false and the exception). `interface`
--- is a scoped name or repository id; left out, it is that of the proxy, servant or reference, or the
--- one that the text names.
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
--- Its methods are impl.operation(self, ...), self being impl; they may wait. An attribute is read
--- through impl._get_name, or is impl.name where there is no such method; it is set through
--- impl._set_name. A method returns what IDL says, and raises the exceptions that IDL declares with
--- error(orb:newexcept{...}), or with a plain table of the same fields. Anything else that it raises
--- goes to the log, and to the caller as UNKNOWN. Once scripts have been loaded, the log warns of
--- operations that impl lacks.
---@param impl table
---@param key string
---@param interface string
---@return orderd.orb.Servant
function orb:newservant(impl, key, interface) end

--- At load time. Serves every object whose key begins with the prefix. In its methods self is a
--- table of this request's own: it has _object_id, what follows the prefix, and else what impl has.
--- `_non_existent`, if impl has it, tells whether the object is gone. It must answer at once: where it
--- waits or calls it fails, which is logged, and the object counts as there.
---@param impl table
---@param prefix string
---@param interface string
---@return orderd.orb.Servant
function orb:newdefaultservant(impl, prefix, interface) end

--- An exception to raise with error(): {_repid = scoped name or repository id, its members}. A
--- system exception may be named barely ("TRANSIENT"). The table itself becomes the exception.
---@param body table
---@return orderd.orb.Exception
function orb:newexcept(body) end

--- Whether it is an exception, and if named, this one (scoped name or repository id; a system
--- exception also by its bare name, "TRANSIENT").
---@param value any
---@param name? string
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

--- What is being served right now: {operation_name, object_key, service_context (texts by their ids),
--- peer ("127.0.0.1:40112")}; nil outside of a servant's operation and of receiverequest. A request
--- whose service contexts have more than 64 KiB is refused (IMP_LIMIT).
---@return table|nil
function orb:request() end

return orb
