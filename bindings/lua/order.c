/* orderd.order: the entity as scripts see it. */
#include "bindings/order.h"

#include "base/clock.h"
#include "bindings/json.h"
#include "bindings/kind.h"
#include "bindings/module.h"
#include "bindings/open.h"
#include "bindings/order_private.h"
#include "bindings/problem.h"

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
    const struct order_item *items = order_read_items(L, 2, &count);
    struct fault fault;
    enum status status = order_replace_items(order, items, count, clock_wall_ms(), &fault);
    return status ? raise_fault(L, status, &fault) : 0;
}

static const luaL_Reg methods[] = {
    {"change_status", change_status}, {"replace_items", replace_items}, {NULL, NULL}};

static const struct kind order_kind = {
    .name = "order", .fields = order_fields, .methods = methods, .release = release};

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
    draft.items = order_read_items(L, lua_gettop(L), &draft.item_count);
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
