-- Binds and resolves names in whichever naming service the test says.

local http = require "orderd.http"
local orb = require "orderd.orb"

orb:loadidlfile "CosNaming.idl"

local function context_of(request)
    return orb:newproxy(request.query.root, "synchronous", "CosNaming::NamingContextExt")
end

--- Answers with what fn gives, or with the exception that it raises.
local function answer(fn, ...)
    local ok, result = pcall(fn, ...)
    if ok then return http.text(200, result) end
    if orb:isexcept(result, "CosNaming::NamingContext::NotFound") then
        return http.text(404, tostring(result))
    elseif orb:isexcept(result, "CosNaming::NamingContext::AlreadyBound") then
        return http.text(409, tostring(result))
    end
    error(result, 0)
end

http.get("/naming/resolve", function(request)
    return answer(function()
        return tostring(context_of(request):resolve_str(request.query.name))
    end)
end)

--- Binds a name, in contexts that are made when they are missing.
http.get("/naming/bind", function(request)
    return answer(function()
        local root = context_of(request)
        local path = root:to_name(request.query.name)
        for length = 1, #path - 1 do
            local ok, exception = pcall(root.bind_new_context, root,
                table.move(path, 1, length, 1, {}))
            if not ok and not orb:isexcept(exception, "CosNaming::NamingContext::AlreadyBound") then
                error(exception, 0)
            end
        end
        root:bind(path, orb:newproxy(request.query.ref))
        return "bound"
    end)
end)
