/* orderd.order: the entity as scripts see it. */
#include "bindings/order.h"

#include "base/clock.h"
#include "bindings/json.h"
#include "bindings/kind.h"
#include "bindings/module.h"
#include "bindings/open.h"
#include "bindings/problem.h"

#include <stdio.h>

/* ---- fields ---- */

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

/* ---- items out of Lua ---- */

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

/* Reads the array at the index into memory that stands on the stack. */
static const struct order_item *read_items(lua_State *L, int index, size_t *count)
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

/* ---- methods ---- */

static int release(lua_State *L)
{
    struct order_box *box = lua_touserdata(L, 1);
    order_free(&box->order);
    return 0;
}

/* The order of a method that changes it. */
static struct order *check_changeable(lua_State *L)
{
    struct order_box *box = order_check(L, 1);
    if (box->saving)
        luaL_error(L, "the order is being saved: it cannot be changed now");
    return box->order;
}

static int raise_transition(lua_State *L, enum order_status from, enum order_status to,
                            const struct fault *fault)
{
    problem_push(L, "invalid-transition", fault->text);
    lua_pushstring(L, order_status_name(from));
    lua_setfield(L, -2, "from");
    lua_pushstring(L, order_status_name(to));
    lua_setfield(L, -2, "to");
    enum order_status allowed[ORDER_STATUS_COUNT];
    size_t count = order_status_successors(from, allowed);
    lua_createtable(L, (int)count, 0);
    json_mark_array(L, -1);
    for (size_t i = 0; i < count; i++) {
        lua_pushstring(L, order_status_name(allowed[i]));
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setfield(L, -2, "allowed");
    return lua_error(L);
}

/* What the entity said: a broken rule is the caller's to hear of, anything else a fault of ours. */
static int raise_fault(lua_State *L, enum status status, const struct fault *fault)
{
    if (status == STATUS_INVALID || status == STATUS_LIMIT)
        return problem_raise_invalid(L, fault);
    if (status == STATUS_REFUSED)
        return problem_raise(L, "invalid-transition", fault->text);
    return luaL_error(L, "%s: %s", status_name(status), fault->text);
}

static int change_status(lua_State *L)
{
    static const char *const options[] = {"reason", "notes", NULL};
    struct order *order = check_changeable(L);
    struct order_transition transition = {0};
    size_t length;
    const char *to = luaL_checklstring(L, 2, &length);
    if (!order_status_parse(to, length, &transition.to))
        return problem_raise_invalid_at(L, "/status", "is not the name of a status");
    if (!lua_isnoneornil(L, 3)) {
        luaL_checktype(L, 3, LUA_TTABLE);
        options_check(L, 3, options);
        transition.reason = option_text(L, 3, "reason", &transition.reason_length);
        transition.notes = option_text(L, 3, "notes", &transition.notes_length);
    }
    enum order_status from = order_record(order).status;
    struct fault fault;
    enum status status = order_change_status(order, &transition, clock_wall_ms(), &fault);
    if (status == STATUS_REFUSED)
        return raise_transition(L, from, transition.to, &fault);
    return status ? raise_fault(L, status, &fault) : 0;
}

static int replace_items(lua_State *L)
{
    struct order *order = check_changeable(L);
    size_t count;
    const struct order_item *items = read_items(L, 2, &count);
    struct fault fault;
    enum status status = order_replace_items(order, items, count, clock_wall_ms(), &fault);
    return status ? raise_fault(L, status, &fault) : 0;
}

static const struct kind_field fields[] = {
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

static const luaL_Reg methods[] = {
    {"change_status", change_status}, {"replace_items", replace_items}, {NULL, NULL}};

static const struct kind order_kind = {
    .name = "order", .fields = fields, .methods = methods, .release = release};

/* ---- for the other modules ---- */

/* An order's memory is not Lua's, so the collector is told of its weight: else a million small
 * userdata would look cheap while they hold gigabytes. */
static void account(lua_State *L, const struct order *order)
{
    struct order_record record = order_record(order);
    size_t bytes = 512 + record.notes_length + 3 * record.item_count * sizeof(struct order_item);
    lua_gc(L, LUA_GCSTEP, (int)(bytes / 1024) + 1);
}

void order_push(lua_State *L, struct order **order)
{
    struct order_box *box = kind_new(L, &order_kind, sizeof(*box), 0);
    box->order = *order;
    *order = NULL;
    account(L, box->order);
}

struct order *order_test(lua_State *L, int index)
{
    struct order_box *box = kind_test(L, index, &order_kind);
    return box ? box->order : NULL;
}

struct order_box *order_check(lua_State *L, int argument)
{
    struct order_box *box = kind_check(L, argument, &order_kind);
    if (!box->order)
        luaL_argerror(L, argument, "the order has been released");
    return box;
}

/* ---- the module ---- */

static void read_user(lua_State *L, struct uuid *user_id)
{
    size_t length;
    const char *text = option_text(L, 1, "user_id", &length);
    if (!text || uuid_parse(text, length, user_id))
        problem_raise_invalid_at(L, "/user_id", "must be a UUID");
}

static int lua_new(lua_State *L)
{
    static const char *const options[] = {"user_id", "items", "notes", NULL};
    luaL_checktype(L, 1, LUA_TTABLE);
    options_check(L, 1, options);
    int64_t now = clock_wall_ms();
    struct order_draft draft = {.order_id = uuid_v7(now), .currency = services_currency(L)};
    read_user(L, &draft.user_id);
    draft.notes = option_text(L, 1, "notes", &draft.notes_length);
    lua_getfield(L, 1, "items");
    draft.items = read_items(L, lua_gettop(L), &draft.item_count);
    struct order_box *box = kind_new(L, &order_kind, sizeof(*box), 0);
    struct fault fault;
    enum status status = order_create(&draft, now, &box->order, &fault);
    if (status)
        return raise_fault(L, status, &fault);
    account(L, box->order);
    return 1;
}

static int lua_is_status(lua_State *L)
{
    enum order_status status;
    size_t length = 0;
    const char *name = lua_type(L, 1) == LUA_TSTRING ? lua_tolstring(L, 1, &length) : NULL;
    lua_pushboolean(L, name && order_status_parse(name, length, &status));
    return 1;
}

int open_order(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"new", lua_new}, {"is_status", lua_is_status}, {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}
