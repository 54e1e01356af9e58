/* From Lua values to JSON text, straight into a buffer. Members are written in the order of their
 * names' bytes, so that equal values give equal texts. */
#include "bindings/json.h"

#include "base/json.h"
#include "bindings/order.h"
#include "host/task.h"

#include <lauxlib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    TEXT_LIMIT = 16 * 1024 * 1024,
    FEW_KEYS = 16,
    VALUE_COST = 8, /* instructions: a table in a table in a table can stand for billions */
    BYTES_AN_INSTRUCTION = 16,
};

static void encode_value(lua_State *L, int index, struct json_writer *w, int depth);

/* A member's name. The table that it is a key of keeps the text alive. */
struct key {
    const char *text;
    size_t length;
};

static void charge(lua_State *L, size_t written)
{
    task_charge(L, VALUE_COST + (int64_t)(written / BYTES_AN_INSTRUCTION));
}

static int compare_keys(const void *left, const void *right)
{
    const struct key *a = left;
    const struct key *b = right;
    int order = memcmp(a->text, b->text, a->length < b->length ? a->length : b->length);
    return order ? order : (a->length > b->length) - (a->length < b->length);
}

static size_t count_members(lua_State *L, int table)
{
    size_t count = 0;
    for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1))
        count++;
    return count;
}

static void encode_array(lua_State *L, int table, struct json_writer *w, int depth)
{
    size_t length = lua_rawlen(L, table);
    if (count_members(L, table) != length)
        luaL_error(L, "no JSON for a table with elements 1 to %d and other keys, or with gaps",
                   (int)length);
    json_open_array(w);
    for (size_t i = 1; i <= length; i++) {
        lua_rawgeti(L, table, (lua_Integer)i);
        encode_value(L, lua_gettop(L), w, depth + 1);
        lua_pop(L, 1);
    }
    json_close_array(w);
}

static void collect_keys(lua_State *L, int table, struct key *keys)
{
    for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1), keys++) {
        if (lua_type(L, -2) != LUA_TSTRING)
            luaL_error(L, "no JSON for a table with a key that is %s", luaL_typename(L, -2));
        keys->text = lua_tolstring(L, -2, &keys->length);
    }
}

static void encode_object(lua_State *L, int table, struct json_writer *w, int depth)
{
    size_t count = count_members(L, table);
    struct key few[FEW_KEYS];
    struct key *keys = few;
    if (count > FEW_KEYS)
        keys = lua_newuserdatauv(L, count * sizeof(*keys), 0);
    collect_keys(L, table, keys);
    qsort(keys, count, sizeof(*keys), compare_keys);
    json_open_object(w);
    for (size_t i = 0; i < count; i++) {
        charge(L, keys[i].length);
        json_key_text(w, keys[i].text, keys[i].length);
        lua_pushlstring(L, keys[i].text, keys[i].length);
        lua_rawget(L, table);
        encode_value(L, lua_gettop(L), w, depth + 1);
        lua_pop(L, 1);
    }
    json_close_object(w);
}

static void encode_table(lua_State *L, int table, struct json_writer *w, int depth)
{
    if (depth >= JSON_DEPTH_LIMIT)
        luaL_error(L, "no JSON for a table that is nested deeper than %d, or holds itself",
                   JSON_DEPTH_LIMIT);
    luaL_checkstack(L, 8, "the value is nested too deeply");
    int top = lua_gettop(L);
    if (lua_rawlen(L, table) > 0 || json_is_marked_array(L, table))
        encode_array(L, table, w, depth);
    else
        encode_object(L, table, w, depth);
    lua_settop(L, top);
}

static void encode_number(lua_State *L, int index, struct json_writer *w)
{
    if (lua_isinteger(L, index)) {
        json_number(w, lua_tointeger(L, index));
        return;
    }
    lua_Number number = lua_tonumber(L, index);
    if (!isfinite(number))
        luaL_error(L, "no JSON for a number that is infinite or none");
    json_double(w, number);
}

static void encode_userdata(lua_State *L, int index, struct json_writer *w)
{
    const struct order *order = order_test(L, index);
    if (!order)
        luaL_error(L, "no JSON for this userdata");
    order_write_json(order, w);
}

static void encode_value(lua_State *L, int index, struct json_writer *w, int depth)
{
    size_t length, before = w->out->size;
    const char *text;
    switch (lua_type(L, index)) {
    case LUA_TSTRING:
        text = lua_tolstring(L, index, &length);
        json_text(w, text, length);
        break;
    case LUA_TNUMBER: encode_number(L, index, w); break;
    case LUA_TBOOLEAN: json_truth(w, lua_toboolean(L, index)); break;
    case LUA_TTABLE: encode_table(L, index, w, depth); break;
    case LUA_TUSERDATA: encode_userdata(L, index, w); break;
    default:
        if (!json_null_at(L, index))
            luaL_error(L, "no JSON for %s", luaL_typename(L, index));
        json_nothing(w);
    }
    charge(L, lua_istable(L, index) ? 0 : w->out->size - before);
    if (w->out->size > TEXT_LIMIT)
        luaL_error(L, "the JSON would be longer than %d MiB", TEXT_LIMIT / (1024 * 1024));
}

void json_encode(lua_State *L, int index, struct json_writer *w)
{
    luaL_checkstack(L, 8, "no room for JSON");
    encode_value(L, lua_absindex(L, index), w, 0);
}
