/* orderd.repository: where orders are kept. Every function here waits for the store. */
#include "bindings/repository.h"

#include "base/log.h"
#include "base/memory.h"
#include "bindings/idempotency.h"
#include "bindings/json.h"
#include "bindings/module.h"
#include "bindings/open.h"
#include "bindings/order.h"
#include "bindings/problem.h"
#include "host/task.h"

#include <stdlib.h>
#include <string.h>

enum { LIST_DEFAULT = 20 };

int repository_raise(lua_State *L, enum status status, const struct fault *fault)
{
    switch (status) {
    case STATUS_CONFLICT:
        return problem_raise(L, "version-mismatch", "Another change to the order came first.");
    case STATUS_TIMEOUT:
        log_warning("the store did not answer in time", LOG_TEXT("error", fault->text));
        return problem_raise(L, "store-unavailable", "The store did not answer in time.");
    case STATUS_UNAVAILABLE:
        log_warning("the store is unavailable", LOG_TEXT("error", fault->text));
        return problem_raise(L, "store-unavailable", "The store cannot be reached now.");
    default: return luaL_error(L, "the store failed (%s): %s", status_name(status), fault->text);
    }
}

static struct uuid check_order_id(lua_State *L, int argument)
{
    struct uuid id;
    size_t length;
    const char *text = luaL_checklstring(L, argument, &length);
    if (uuid_parse(text, length, &id))
        problem_raise_invalid_at(L, "/order_id", "must be a UUID");
    return id;
}

/* ---- get ---- */

struct got {
    enum status status;
    struct order *order;
    const struct fault *fault;
};

static int push_got(lua_State *L, void *arg)
{
    struct got *got = arg;
    if (got->status == STATUS_NOT_FOUND)
        lua_pushnil(L);
    else if (got->status)
        return repository_raise(L, got->status, got->fault);
    else
        order_push(L, &got->order);
    return 1;
}

static void get_done(void *wait, enum status status, struct order *order, const struct fault *fault)
{
    struct got got = {.status = status, .order = order, .fault = fault};
    wait_finish(wait, push_got, &got);
    order_free(&got.order); /* unless the task took it */
}

static enum read_kind read_kind_option(lua_State *L, int options)
{
    return option_true(L, options, "lagging") ? READ_LAGGING : READ_DECIDING;
}

static enum read_kind check_read_kind(lua_State *L, int options)
{
    static const char *const names[] = {"lagging", NULL};
    if (lua_isnoneornil(L, options))
        return READ_DECIDING;
    luaL_checktype(L, options, LUA_TTABLE);
    options_check(L, options, names);
    return read_kind_option(L, options);
}

static int lua_get(lua_State *L)
{
    struct repository *repository = services_repository(L);
    struct uuid id = check_order_id(L, 1);
    enum read_kind kind = check_read_kind(L, 2);
    struct wait *wait = wait_begin(L, NULL, NULL);
    repository_get(repository, &id, kind, get_done, wait);
    return wait_yield(L, wait);
}

/* ---- save ---- */

/* The task's stack keeps the order's box alive while the task waits; when the task has ended, push
 * does not run and the box is not touched. */
struct saving {
    struct wait *wait;
    struct order_box *box;
    struct claim *claim; /* or NULL; kept alive the same way */
    enum status status;
    const struct fault *fault;
};

static int push_saved(lua_State *L, void *arg)
{
    struct saving *saving = arg;
    saving->box->saving = false;
    if (saving->status && saving->status != STATUS_DUPLICATE)
        return repository_raise(L, saving->status, saving->fault);
    if (saving->status && saving->claim && strcmp(saving->fault->where, "/key") == 0)
        claim_lose(saving->claim);
    if (saving->status == STATUS_OK && saving->box->order)
        order_mark_stored(saving->box->order);
    lua_pushboolean(L, saving->status == STATUS_OK);
    return 1;
}

static void save_done(void *arg, enum status status, const struct fault *fault)
{
    struct saving *saving = arg;
    saving->status = status;
    saving->fault = fault;
    wait_finish(saving->wait, push_saved, saving);
    free(saving);
}

/* The options of a save, at 2; `keyed` is for what they lend it. */
static struct claim *read_save(lua_State *L, struct save *save, struct keyed_answer *keyed)
{
    static const char *const names[] = {"inbox_id", "keyed", "answer", NULL};
    if (lua_isnoneornil(L, 2))
        return NULL;
    luaL_checktype(L, 2, LUA_TTABLE);
    options_check(L, 2, names);
    save->inbox_id = option_text(L, 2, "inbox_id", NULL);
    struct claim *claim = claim_read(L, 2, keyed);
    save->keyed = claim ? keyed : NULL;
    return claim;
}

static const char *traceparent_of(lua_State *L)
{
    const char *parent = task_traceparent(task_of(L));
    return *parent ? parent : NULL;
}

static int lua_save(lua_State *L)
{
    struct repository *repository = services_repository(L);
    struct order_box *box = order_check(L, 1);
    if (box->saving)
        return luaL_error(L, "the order is being saved already");
    struct save save = {.order = box->order};
    struct keyed_answer keyed;
    struct claim *claim = read_save(L, &save, &keyed);
    struct wait *wait = wait_begin(L, NULL, NULL);
    save.traceparent = traceparent_of(L);
    box->saving = true;
    struct saving *saving = memory_new(sizeof(*saving));
    *saving = (struct saving){.wait = wait, .box = box, .claim = claim};
    repository_save(repository, &save, save_done, saving);
    return wait_yield(L, wait);
}

/* ---- list ---- */

struct listed {
    enum status status;
    struct order_page *page;
    const struct fault *fault;
};

static int push_listed(lua_State *L, void *arg)
{
    struct listed *listed = arg;
    if (listed->status == STATUS_INVALID)
        return problem_raise_invalid(L, listed->fault);
    if (listed->status)
        return repository_raise(L, listed->status, listed->fault);
    struct order_page *page = listed->page;
    lua_createtable(L, (int)page->count, 0);
    json_mark_array(L, -1);
    for (size_t i = 0; i < page->count; i++) {
        order_push(L, &page->orders[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    if (!page->next_cursor[0])
        return 1;
    lua_pushstring(L, page->next_cursor);
    return 2;
}

static void list_done(void *wait, enum status status, struct order_page *page,
                      const struct fault *fault)
{
    struct listed listed = {.status = status, .page = page, .fault = fault};
    wait_finish(wait, push_listed, &listed);
}

static bool query_integer(lua_State *L, const char *name, int64_t *value)
{
    lua_Integer number;
    if (!option_integer(L, 1, name, &number))
        return false;
    *value = number;
    return true;
}

static void query_user(lua_State *L, struct order_query *query, struct uuid *user_id)
{
    size_t length;
    const char *text = option_text(L, 1, "user_id", &length);
    if (!text)
        return;
    if (uuid_parse(text, length, user_id))
        problem_raise_invalid_at(L, "/user_id", "must be a UUID");
    query->user_id = user_id;
}

static void query_status(lua_State *L, struct order_query *query)
{
    size_t length;
    const char *text = option_text(L, 1, "status", &length);
    query->has_status = text != NULL;
    if (text && !order_status_parse(text, length, &query->status))
        problem_raise_invalid_at(L, "/status", "is not the name of a status");
}

static void query_limit(lua_State *L, struct order_query *query)
{
    int64_t limit = LIST_DEFAULT;
    if (query_integer(L, "limit", &limit) && (limit < 1 || limit > ORDER_QUERY_LIMIT))
        problem_raise_invalid_at(L, "/limit", "must be from 1 to 100");
    query->limit = (size_t)limit;
}

static void read_query(lua_State *L, struct order_query *query, struct uuid *user_id)
{
    static const char *const names[] = {"user_id",   "status",    "created_from", "created_to",
                                        "min_total", "max_total", "cursor",       "limit",
                                        "lagging",   NULL};
    options_check(L, 1, names);
    query->kind = read_kind_option(L, 1);
    query_user(L, query, user_id);
    query_status(L, query);
    query_limit(L, query);
    query->has_created_from = query_integer(L, "created_from", &query->created_from);
    query->has_created_to = query_integer(L, "created_to", &query->created_to);
    query->has_total_min = query_integer(L, "min_total", &query->total_min);
    query->has_total_max = query_integer(L, "max_total", &query->total_max);
    query->cursor = option_text(L, 1, "cursor", &query->cursor_length);
}

static int lua_list(lua_State *L)
{
    struct repository *repository = services_repository(L);
    struct order_query query = {0};
    struct uuid user_id;
    luaL_checktype(L, 1, LUA_TTABLE);
    read_query(L, &query, &user_id);
    struct wait *wait = wait_begin(L, NULL, NULL);
    repository_list(repository, &query, list_done, wait);
    return wait_yield(L, wait);
}

/* ---- inbox ---- */

struct answered {
    enum status status;
    const struct fault *fault;
};

static int push_added(lua_State *L, void *arg)
{
    struct answered *answered = arg;
    if (answered->status && answered->status != STATUS_DUPLICATE)
        return repository_raise(L, answered->status, answered->fault);
    lua_pushboolean(L, answered->status == STATUS_OK);
    return 1;
}

static void add_done(void *wait, enum status status, const struct fault *fault)
{
    struct answered answered = {.status = status, .fault = fault};
    wait_finish(wait, push_added, &answered);
}

static int lua_inbox_add(lua_State *L)
{
    struct repository *repository = services_repository(L);
    const char *id = luaL_checkstring(L, 1);
    struct wait *wait = wait_begin(L, NULL, NULL);
    repository_inbox_add(repository, id, add_done, wait);
    return wait_yield(L, wait);
}

int open_repository(lua_State *L)
{
    static const luaL_Reg functions[] = {{"get", lua_get},
                                         {"save", lua_save},
                                         {"list", lua_list},
                                         {"inbox_add", lua_inbox_add},
                                         {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}
