/* Items as scripts hand them over. */
#include "bindings/order_private.h"

#include "bindings/problem.h"

#include <stdio.h>

static struct uuid item_product(lua_State *L, int item, int number)
{
    struct uuid product_id = {{0}};
    lua_getfield(L, item, "product_id");
    size_t length = 0;
    const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &length) : NULL;
    char pointer[48];
    snprintf(pointer, sizeof(pointer), "/items/%d/product_id", number);
    if (!text || uuid_parse(text, length, &product_id))
        problem_raise_invalid_at(L, pointer, "must be a UUID");
    lua_pop(L, 1);
    return product_id;
}

static int64_t item_integer(lua_State *L, int item, int number, const char *name)
{
    lua_getfield(L, item, name);
    int whole = 0;
    int64_t value = 0;
    if (lua_type(L, -1) == LUA_TNUMBER)
        value = lua_tointegerx(L, -1, &whole);
    char pointer[48];
    snprintf(pointer, sizeof(pointer), "/items/%d/%s", number, name);
    if (!whole)
        problem_raise_invalid_at(L, pointer, "must be an integer");
    lua_pop(L, 1);
    return value;
}

static void read_item(lua_State *L, int index, int number, struct order_item *item)
{
    char pointer[48];
    snprintf(pointer, sizeof(pointer), "/items/%d", number);
    if (!lua_istable(L, index))
        problem_raise_invalid_at(L, pointer, "must be an object");
    item->product_id = item_product(L, index, number);
    item->quantity = item_integer(L, index, number, "quantity");
    item->price = item_integer(L, index, number, "price");
}

const struct order_item *order_read_items(lua_State *L, int index, size_t *count)
{
    if (!lua_istable(L, index))
        problem_raise_invalid_at(L, "/items", "must be an array");
    *count = lua_rawlen(L, index);
    struct order_item *items = lua_newuserdatauv(L, (*count + 1) * sizeof(*items), 0);
    for (size_t i = 0; i < *count; i++) {
        lua_rawgeti(L, index, (lua_Integer)i + 1);
        read_item(L, lua_gettop(L), (int)i, &items[i]);
        lua_pop(L, 1);
    }
    return items;
}
