/* Interceptors: functions of the scripts' that see requests and replies, and may add service
 * contexts to them. */
#include "bindings/orb_intercept.h"

#include <string.h>

/* ---- set at load time ---- */

static void set_point(lua_State *L, struct orb *orb, enum intercept_point point, const char *name)
{
    int type = lua_getfield(L, 2, name);
    if (type == LUA_TNIL) {
        lua_pop(L, 1);
        return;
    }
    if (type != LUA_TFUNCTION)
        luaL_error(L, "the interceptor's '%s' must be a function", name);
    if (orb->interceptors[point] != LUA_NOREF)
        luaL_error(L, "another interceptor has '%s' already", name);
    orb->interceptors[point] = luaL_ref(L, LUA_REGISTRYINDEX);
}

/* The points `first` and `first + 1`, of the table at 2: one of them at least, and nothing else. */
static void set_points(lua_State *L, enum intercept_point first, const char *const names[2])
{
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_pushnil(L);
    if (!lua_next(L, 2))
        luaL_error(L, "an interceptor has '%s' or '%s', or both: this one has nothing", names[0],
                   names[1]);
    for (; lua_gettop(L) > 2; (void)lua_next(L, 2)) {
        lua_pop(L, 1);
        const char *name = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : NULL;
        if (!name || (strcmp(name, names[0]) != 0 && strcmp(name, names[1]) != 0))
            luaL_error(L, "this interceptor can have '%s' and '%s', and no '%s'", names[0],
                       names[1], luaL_tolstring(L, -1, NULL));
    }
    for (int i = 0; i < 2; i++)
        set_point(L, orb_of(L), first + (enum intercept_point)i, names[i]);
}

int orb_lua_setclientinterceptor(lua_State *L)
{
    static const char *const names[] = {"sendrequest", "receivereply"};
    vm_check_loading(L, "orb:setclientinterceptor");
    lua_settop(L, 2);
    set_points(L, INTERCEPT_SENDREQUEST, names);
    return 0;
}

int orb_lua_setserverinterceptor(lua_State *L)
{
    static const char *const names[] = {"receiverequest", "sendreply"};
    vm_check_loading(L, "orb:setserverinterceptor");
    lua_settop(L, 2);
    set_points(L, INTERCEPT_RECEIVEREQUEST, names);
    return 0;
}

/* ---- the table ---- */

void intercept_push_contexts(lua_State *L, const struct service_contexts *contexts)
{
    size_t count = contexts ? contexts->count : 0;
    lua_createtable(L, 0, (int)count);
    for (size_t i = 0; i < count; i++) {
        const struct service_context *context = &contexts->list[i];
        lua_pushinteger(L, context->id);
        lua_pushlstring(L, context->size ? (const char *)context->data : "", context->size);
        lua_rawset(L, -3);
    }
}

static void push_request(lua_State *L, const char *operation, const char *interface,
                         const void *key, size_t key_size, bool response_expected)
{
    lua_createtable(L, 0, 8);
    lua_pushstring(L, operation);
    lua_setfield(L, -2, "operation_name");
    lua_pushstring(L, interface);
    lua_setfield(L, -2, "interface");
    lua_pushlstring(L, key_size ? key : "", key_size);
    lua_setfield(L, -2, "object_key");
    lua_pushboolean(L, response_expected);
    lua_setfield(L, -2, "response_expected");
}

/* Calls the function of this point, if there is one, with the table on the top, which stays. */
static void tell(lua_State *L, const struct orb *orb, enum intercept_point point)
{
    if (orb->interceptors[point] == LUA_NOREF)
        return;
    lua_rawgeti(L, LUA_REGISTRYINDEX, orb->interceptors[point]);
    lua_pushvalue(L, -2);
    lua_call(L, 1, 0);
}

static bool wants(const struct orb *orb, enum intercept_point a, enum intercept_point b)
{
    return orb->interceptors[a] != LUA_NOREF || orb->interceptors[b] != LUA_NOREF;
}

/* Pushes the table and gives its place back. */
static void take_told(lua_State *L, int told)
{
    luaL_checkstack(L, LUA_MINSTACK, NULL);
    lua_rawgeti(L, LUA_REGISTRYINDEX, told);
    luaL_unref(L, LUA_REGISTRYINDEX, told);
}

/* How it ended, into the table on the top. */
static void set_end(lua_State *L, int exception)
{
    lua_pushboolean(L, !exception);
    lua_setfield(L, -2, "success");
    if (!exception)
        return;
    lua_pushvalue(L, exception);
    lua_setfield(L, -2, "exception");
}

/* ---- what was added ---- */

typedef void add_context(void *to, uint32_t id, const void *data, size_t size);

/* The context of the key at -2 and the value at -1. */
static void add_one(lua_State *L, add_context *add, void *to, size_t count)
{
    size_t size;
    lua_Integer id = lua_isinteger(L, -2) ? lua_tointeger(L, -2) : -1;
    if (id < 0 || id > UINT32_MAX || lua_type(L, -1) != LUA_TSTRING)
        luaL_error(L, "service_context holds texts by their ids, 0 to 4294967295");
    if (count == GIOP_CONTEXTS_LIMIT / 2)
        luaL_error(L, "at most %d service contexts can be added", GIOP_CONTEXTS_LIMIT / 2);
    const char *data = lua_tolstring(L, -1, &size);
    add(to, (uint32_t)id, data, size);
}

/* Those of the table on the top. */
static void add_all(lua_State *L, add_context *add, void *to)
{
    size_t count = 0;
    int top = lua_gettop(L);
    lua_pushliteral(L, "service_context");
    if (lua_rawget(L, top) == LUA_TTABLE) {
        for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1))
            add_one(L, add, to, count++);
    }
    lua_settop(L, top);
}

static void add_to_call(void *call, uint32_t id, const void *data, size_t size)
{
    orb_call_add_context(call, id, data, size);
}

static void add_to_reply(void *request, uint32_t id, const void *data, size_t size)
{
    orb_reply_add_context(request, id, data, size);
}

/* ---- calls ---- */

bool intercept_wanted(const struct orb *orb)
{
    return wants(orb, INTERCEPT_SENDREQUEST, INTERCEPT_RECEIVEREPLY);
}

int intercept_request(lua_State *L, struct orb *orb, const struct proxy *proxy,
                      const struct idl_operation *operation)
{
    if (!intercept_wanted(orb))
        return LUA_NOREF;
    const struct profile *profile = ior_iiop(proxy->reference.ior);
    push_request(L, operation->name, operation->interface_id, profile ? profile->key : NULL,
                 profile ? profile->key_size : 0, !operation->oneway);
    lua_newtable(L);
    lua_setfield(L, -2, "service_context");
    tell(L, orb, INTERCEPT_SENDREQUEST);
    return luaL_ref(L, LUA_REGISTRYINDEX);
}

void intercept_add_contexts(lua_State *L, int told, struct orb_call *call)
{
    luaL_checkstack(L, LUA_MINSTACK, NULL);
    lua_rawgeti(L, LUA_REGISTRYINDEX, told);
    add_all(L, add_to_call, call);
    lua_pop(L, 1);
}

void intercept_reply(lua_State *L, struct orb *orb, int told, const struct orb_outcome *outcome,
                     int exception)
{
    take_told(L, told);
    set_end(L, exception);
    intercept_push_contexts(L, outcome->contexts);
    lua_setfield(L, -2, "service_context");
    tell(L, orb, INTERCEPT_RECEIVEREPLY);
    lua_pop(L, 1);
}

/* ---- served requests ---- */

void intercept_served(lua_State *L, struct orb *orb, const struct orb_interface *interface,
                      const struct orb_request *request, int *told)
{
    if (!wants(orb, INTERCEPT_RECEIVEREQUEST, INTERCEPT_SENDREPLY))
        return;
    size_t length, key_size;
    const char *operation = orb_request_operation(request, &length);
    const void *key = orb_request_key(request, &key_size);
    luaL_checkstack(L, LUA_MINSTACK, NULL);
    lua_pushlstring(L, operation, length);
    push_request(L, lua_tostring(L, -1), interface->id, key, key_size,
                 !orb_request_oneway(request));
    lua_remove(L, -2);
    intercept_push_contexts(L, orb_request_contexts(request));
    lua_setfield(L, -2, "service_context");
    lua_pushvalue(L, -1);
    *told = luaL_ref(L, LUA_REGISTRYINDEX);
    tell(L, orb, INTERCEPT_RECEIVEREQUEST);
    lua_pop(L, 1);
}

void intercept_answer(lua_State *L, struct orb *orb, int told, struct orb_request *request,
                      int exception)
{
    take_told(L, told);
    set_end(L, exception);
    lua_newtable(L);
    lua_setfield(L, -2, "service_context");
    tell(L, orb, INTERCEPT_SENDREPLY);
    add_all(L, add_to_reply, request);
    lua_pop(L, 1);
}
