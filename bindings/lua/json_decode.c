/* From JSON text to Lua values. */
#include "base/json.h"

#include "bindings/json.h"
#include "host/task.h"

#include <lauxlib.h>

enum { BYTES_AN_INSTRUCTION = 4 };

static void push_value(lua_State *L, const json_t *value);

static void push_array(lua_State *L, const json_t *array)
{
    size_t count = json_array_size(array);
    lua_createtable(L, (int)count, 0);
    json_mark_array(L, -1);
    for (size_t i = 0; i < count; i++) {
        push_value(L, json_array_get(array, i));
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

static void push_object(lua_State *L, const json_t *object)
{
    lua_createtable(L, 0, (int)json_object_size(object));
    json_t *source = (json_t *)object; /* jansson's iterators take no const */
    for (void *i = json_object_iter(source); i; i = json_object_iter_next(source, i)) {
        lua_pushstring(L, json_object_iter_key(i));
        push_value(L, json_object_iter_value(i));
        lua_rawset(L, -3);
    }
}

/* json_read has bounded the depth. */
static void push_value(lua_State *L, const json_t *value)
{
    luaL_checkstack(L, 4, "the JSON is nested too deeply");
    switch (json_typeof(value)) {
    case JSON_OBJECT: push_object(L, value); break;
    case JSON_ARRAY: push_array(L, value); break;
    case JSON_STRING:
        lua_pushlstring(L, json_string_value(value), json_string_length(value));
        break;
    case JSON_INTEGER: lua_pushinteger(L, json_integer_value(value)); break;
    case JSON_REAL: lua_pushnumber(L, json_real_value(value)); break;
    case JSON_TRUE: lua_pushboolean(L, 1); break;
    case JSON_FALSE: lua_pushboolean(L, 0); break;
    default: json_push_null(L);
    }
}

static int push_protected(lua_State *L)
{
    push_value(L, lua_touserdata(L, 1));
    return 1;
}

enum status json_decode(lua_State *L, const char *text, size_t length, struct fault *fault)
{
    luaL_checkstack(L, 4, "no room for JSON");
    task_charge(L, (int64_t)(length / BYTES_AN_INSTRUCTION));
    json_t *value = NULL;
    enum status status = json_read(text, length, &value, fault);
    if (status)
        return status;
    /* Pushing can run out of memory, and the tree is not Lua's to free. */
    lua_pushcfunction(L, push_protected);
    lua_pushlightuserdata(L, value);
    int failed = lua_pcall(L, 1, 1, 0);
    json_decref(value);
    if (failed)
        lua_error(L);
    return STATUS_OK;
}
