/* What scripts read of an order. */
#include "bindings/order_private.h"

#include "bindings/order.h"

#include <lauxlib.h>
#include <stdio.h>

static struct order_record record_of(lua_State *L, void *object)
{
    struct order_box *box = object;
    if (!box->order)
        luaL_error(L, "the order has been released");
    return order_record(box->order);
}

static int push_uuid(lua_State *L, const struct uuid *uuid)
{
    char text[UUID_TEXT_SIZE];
    uuid_format(uuid, text);
    lua_pushlstring(L, text, UUID_TEXT_SIZE - 1);
    return 1;
}

static int push_text(lua_State *L, const char *text, size_t length)
{
    if (text)
        lua_pushlstring(L, text, length);
    else
        lua_pushnil(L);
    return 1;
}

static int push_integer(lua_State *L, int64_t value)
{
    lua_pushinteger(L, value);
    return 1;
}

static int push_order_id(lua_State *L, void *object)
{
    struct order_record record = record_of(L, object);
    return push_uuid(L, &record.order_id);
}

static int push_user_id(lua_State *L, void *object)
{
    struct order_record record = record_of(L, object);
    return push_uuid(L, &record.user_id);
}

static int push_status(lua_State *L, void *object)
{
    lua_pushstring(L, order_status_name(record_of(L, object).status));
    return 1;
}

static void push_item(lua_State *L, const struct order_item *item)
{
    lua_createtable(L, 0, 3);
    push_uuid(L, &item->product_id);
    lua_setfield(L, -2, "product_id");
    lua_pushinteger(L, item->quantity);
    lua_setfield(L, -2, "quantity");
    lua_pushinteger(L, item->price);
    lua_setfield(L, -2, "price");
}

static int push_items(lua_State *L, void *object)
{
    struct order_record record = record_of(L, object);
    lua_createtable(L, (int)record.item_count, 0);
    for (size_t i = 0; i < record.item_count; i++) {
        push_item(L, &record.items[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

static int push_total_amount(lua_State *L, void *object)
{
    return push_integer(L, record_of(L, object).total_amount);
}

static int push_currency(lua_State *L, void *object)
{
    lua_pushstring(L, record_of(L, object).currency->code);
    return 1;
}

static int push_notes(lua_State *L, void *object)
{
    struct order_record record = record_of(L, object);
    return push_text(L, record.notes, record.notes_length);
}

static int push_reason(lua_State *L, void *object)
{
    struct order_record record = record_of(L, object);
    return push_text(L, record.reason, record.reason_length);
}

static int push_version(lua_State *L, void *object)
{
    return push_integer(L, record_of(L, object).version);
}

static int push_etag(lua_State *L, void *object)
{
    char etag[32];
    int length = snprintf(etag, sizeof(etag), "\"%lld\"", (long long)record_of(L, object).version);
    lua_pushlstring(L, etag, (size_t)length);
    return 1;
}

static int push_created_at(lua_State *L, void *object)
{
    return push_integer(L, record_of(L, object).created_at);
}

static int push_updated_at(lua_State *L, void *object)
{
    return push_integer(L, record_of(L, object).updated_at);
}

static int push_completed_at(lua_State *L, void *object)
{
    int64_t completed_at = record_of(L, object).completed_at;
    if (completed_at)
        return push_integer(L, completed_at);
    lua_pushnil(L);
    return 1;
}

const struct kind_field order_fields[] = {
    {"order_id", push_order_id},
    {"user_id", push_user_id},
    {"status", push_status},
    {"items", push_items},
    {"total_amount", push_total_amount},
    {"currency", push_currency},
    {"notes", push_notes},
    {"reason", push_reason},
    {"version", push_version},
    {"etag", push_etag},
    {"created_at", push_created_at},
    {"updated_at", push_updated_at},
    {"completed_at", push_completed_at},
    {NULL, NULL},
};
