/* The configuration file: run in a state of its own, and its table kept as plain values.
 *
 * The file is the operator's, but it may be wrong: a state without any library, with a cap on
 * memory and on instructions, lets it compute and nothing else, so that a start ends with a reason
 * in any case. What it returns is copied while the state lives; the budget of the copy is for
 * tables that stand in many places, which the state holds once and the copy many times. */
#include "host/conf.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "host/conf_lines.h"

#include <errno.h>
#include <lauxlib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MEBIBYTE = 1024 * 1024,
    SOURCE_LIMIT = MEBIBYTE,
    STATE_LIMIT = 16 * MEBIBYTE,
    COPY_LIMIT = 16 * MEBIBYTE,
    INSTRUCTION_LIMIT = 1000000,
    DEPTH_LIMIT = 16, /* tables in tables */
};

/* Lua shortens a long path in its messages, so it gets this, and the path is put in its place. */
#define CHUNK "conf"

#define TOO_MUCH "the configuration takes more than 16 MiB"

/* ---- places ---- */

static char *where_new(const char *path, size_t line)
{
    size_t size = strlen(path) + 24;
    char *where = memory_new(size);
    (void)snprintf(where, size, "%s:%zu", path, line);
    return where;
}

/* A fault has little room; of a long path the end says more, and the line stands there. */
static const char *where_end(const char *where)
{
    size_t length = strlen(where), room = sizeof(((struct fault *)NULL)->where) - 1;
    return length > room ? where + (length - room) : where;
}

static enum status fault_at_line(const char *path, size_t line, struct fault *fault,
                                 const char *text)
{
    char *where = where_new(path, line);
    enum status status = fault_set(fault, STATUS_INVALID, where_end(where), "%s", text);
    free(where);
    return status;
}

/* ---- the file ---- */

static enum status source_read(const char *path, struct buffer *source, struct fault *fault)
{
    enum status status = STATUS_OK;
    FILE *file = fopen(path, "re");
    if (!file)
        return fault_set(fault, errno == ENOENT ? STATUS_NOT_FOUND : STATUS_UNAVAILABLE,
                         where_end(path), "cannot be opened: %s", strerror(errno));
    while (!feof(file) && !ferror(file) && source->size <= SOURCE_LIMIT) {
        char *room = buffer_reserve(source, BUFSIZ);
        source->size += fread(room, 1, BUFSIZ, file);
    }
    if (ferror(file))
        status = fault_set(fault, STATUS_UNAVAILABLE, where_end(path), "cannot be read: %s",
                           strerror(errno));
    else if (source->size > SOURCE_LIMIT)
        status = fault_at_line(path, 1, fault, "the file is larger than 1 MiB");
    (void)fclose(file);
    return status;
}

/* ---- running it ---- */

struct allowance {
    size_t used, limit; /* bytes */
};

static void *allocate(void *arg, void *old, size_t old_size, size_t size)
{
    struct allowance *allowance = arg;
    size_t before = old ? old_size : 0; /* Lua tells the kind of a new object there */
    if (size == 0) {
        free(old);
        allowance->used -= before;
        return NULL;
    }
    if (size > before && size - before > allowance->limit - allowance->used)
        return NULL;
    void *memory = realloc(old, size);
    if (memory)
        allowance->used = allowance->used - before + size;
    return memory;
}

/* There is no pcall in the state, so one error ends the run. */
static void on_instruction_limit(lua_State *L, lua_Debug *ar)
{
    (void)lua_getinfo(L, "l", ar);
    (void)lua_pushfstring(L, CHUNK ":%d: runs for too long", ar->currentline);
    (void)lua_error(L);
}

/* Lua begins a message with chunk and line where it knows them. */
static enum status run_fault(lua_State *L, const char *path, struct fault *fault)
{
    const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "does not run";
    size_t line = 1;
    if (strncmp(text, CHUNK ":", strlen(CHUNK ":")) == 0) {
        char *rest;
        line = strtoul(text + strlen(CHUNK ":"), &rest, 10);
        text = rest + strspn(rest, ": ");
    }
    return fault_at_line(path, line, fault, text);
}

/* Leaves what the file returns on the stack. */
static enum status run(lua_State *L, const char *path, const struct buffer *source,
                       struct fault *fault)
{
    lua_sethook(L, on_instruction_limit, LUA_MASKCOUNT, INSTRUCTION_LIMIT);
    int result = luaL_loadbufferx(L, source->data, source->size, "=" CHUNK, "t");
    if (result == LUA_OK)
        result = lua_pcall(L, 0, 1, 0);
    if (result == LUA_ERRMEM)
        return fault_at_line(path, 1, fault, "takes more than 16 MiB of memory");
    if (result != LUA_OK)
        return run_fault(L, path, fault);
    if (!lua_istable(L, -1))
        return fault_at_line(path, 1, fault, "does not return a table");
    return STATUS_OK;
}

/* ---- copying what it returned ---- */

struct copy {
    lua_State *L;
    const char *path;
    const struct conf_lines *lines;
    struct buffer name;             /* of the value at hand: "http.listen", "bus.subscribe[2]" */
    const void *above[DEPTH_LIMIT]; /* the tables that it stands in */
    size_t left;                    /* bytes that the copy may still take */
    struct fault *fault;
};

/* Copies the value on top of the stack, which stays there. */
static enum status copy_value(struct copy *copy, struct conf_value *value, conf_place place,
                              size_t depth);

static enum status refuse(const struct copy *copy, const struct conf_value *value,
                          const char *reason)
{
    return fault_set(copy->fault, STATUS_INVALID, where_end(value->where), "%.*s%s%s",
                     (int)(copy->name.size < 200 ? copy->name.size : 200), copy->name.data,
                     copy->name.size > 0 ? ": " : "", reason);
}

static bool spend(struct copy *copy, size_t bytes)
{
    bool enough = bytes <= copy->left;
    copy->left -= enough ? bytes : copy->left;
    return enough;
}

static enum status copy_text(struct copy *copy, struct conf_value *value)
{
    size_t length;
    const char *text = lua_tolstring(copy->L, -1, &length);
    if (memchr(text, '\0', length))
        return refuse(copy, value, "a text may not hold a NUL character");
    if (!spend(copy, length + 1))
        return refuse(copy, value, TOO_MUCH);
    value->type = CONF_TEXT;
    value->text = memory_text(text, length);
    return STATUS_OK;
}

static enum status copy_number(const struct copy *copy, struct conf_value *value)
{
    value->type = lua_isinteger(copy->L, -1) ? CONF_INTEGER : CONF_NUMBER;
    if (value->type == CONF_INTEGER)
        value->integer = lua_tointeger(copy->L, -1);
    else
        value->number = lua_tonumber(copy->L, -1);
    return isfinite(value->number) ? STATUS_OK : refuse(copy, value, "must be a finite number");
}

/* What the keys of a table are. */
struct census {
    size_t texts, numbers;
    lua_Integer highest; /* of the numbers */
};

static enum status count_key(const struct copy *copy, const struct conf_value *value,
                             struct census *census)
{
    lua_State *L = copy->L;
    if (lua_type(L, -1) == LUA_TSTRING) {
        census->texts++;
        return strlen(lua_tostring(L, -1)) == lua_rawlen(L, -1)
                   ? STATUS_OK
                   : refuse(copy, value, "a key may not hold a NUL character");
    }
    if (!lua_isinteger(L, -1) || lua_tointeger(L, -1) < 1)
        return refuse(copy, value, "a key must be a text, or a whole number from 1 in a list");
    census->numbers++;
    if (lua_tointeger(L, -1) > census->highest)
        census->highest = lua_tointeger(L, -1);
    return STATUS_OK;
}

static enum status take_census(const struct copy *copy, const struct conf_value *value,
                               struct census *census)
{
    lua_State *L = copy->L;
    for (lua_pushnil(L); lua_next(L, -2);) {
        lua_pop(L, 1);
        enum status status = count_key(copy, value, census);
        if (status != STATUS_OK)
            return status;
    }
    if (census->texts > 0 && census->numbers > 0)
        return refuse(copy, value, "a table may have keys or be a list, not both");
    if ((size_t)census->highest != census->numbers)
        return refuse(copy, value, "a list may not have holes");
    return STATUS_OK;
}

/* Copies the member on top of the stack, and takes it off. */
static enum status copy_member(struct copy *copy, struct conf_value *member, conf_place place,
                               size_t line, size_t depth)
{
    member->where = where_new(copy->path, line);
    if (!spend(copy, strlen(member->where) + 1))
        return refuse(copy, member, TOO_MUCH);
    enum status status = copy_value(copy, member, place, depth);
    lua_pop(copy->L, 1);
    return status;
}

/* A member whose line is not known has its list's. */
static enum status copy_list(struct copy *copy, const struct conf_value *list, conf_place place,
                             size_t depth)
{
    enum status status = STATUS_OK;
    size_t length = copy->name.size;
    for (size_t i = 0; i < list->count && status == STATUS_OK; i++) {
        conf_place known = conf_lines_member(copy->lines, place, i + 1);
        size_t line = conf_lines_line(copy->lines, known == CONF_PLACE_UNKNOWN ? place : known);
        buffer_printf(&copy->name, "[%zu]", i + 1);
        lua_rawgeti(copy->L, -1, (lua_Integer)i + 1);
        status = copy_member(copy, &list->members[i], known, line, depth);
        if (status == STATUS_OK)
            copy->name.size = length;
    }
    return status;
}

static int compare_keys(const void *a, const void *b)
{
    return strcmp(((const struct conf_value *)a)->key, ((const struct conf_value *)b)->key);
}

static enum status copy_keys(struct copy *copy, const struct conf_value *table)
{
    lua_State *L = copy->L;
    struct conf_value *member = table->members;
    for (lua_pushnil(L); lua_next(L, -2); member++) {
        lua_pop(L, 1);
        if (!spend(copy, lua_rawlen(L, -1) + 1))
            return refuse(copy, table, TOO_MUCH);
        member->key = memory_text(lua_tostring(L, -1), lua_rawlen(L, -1));
    }
    qsort(table->members, table->count, sizeof(*table->members), compare_keys);
    return STATUS_OK;
}

/* In the order of the keys, not in Lua's, so that of two mistakes the same one is told each time.
 */
static enum status copy_table(struct copy *copy, const struct conf_value *table, conf_place place,
                              size_t depth)
{
    size_t length = copy->name.size;
    enum status status = copy_keys(copy, table);
    for (size_t i = 0; i < table->count && status == STATUS_OK; i++) {
        struct conf_value *member = &table->members[i];
        conf_place known = conf_lines_key(copy->lines, place, member->key);
        buffer_printf(&copy->name, "%s%s", length > 0 ? "." : "", member->key);
        (void)lua_pushstring(copy->L, member->key);
        (void)lua_rawget(copy->L, -2);
        status = copy_member(copy, member, known, conf_lines_line(copy->lines, known), depth);
        if (status == STATUS_OK)
            copy->name.size = length;
    }
    return status;
}

static enum status copy_members(struct copy *copy, struct conf_value *value, conf_place place,
                                size_t depth)
{
    struct census census = {0};
    const void *table = lua_topointer(copy->L, -1);
    for (size_t i = 0; i < depth; i++) {
        if (copy->above[i] == table)
            return refuse(copy, value, "a table may not hold itself");
    }
    if (depth == DEPTH_LIMIT)
        return refuse(copy, value, "more than 16 tables stand in each other");
    copy->above[depth] = table;
    enum status status = take_census(copy, value, &census);
    if (status != STATUS_OK)
        return status;
    value->type = census.numbers > 0 ? CONF_LIST : CONF_TABLE;
    size_t count = census.numbers + census.texts;
    if (!spend(copy, count * sizeof(*value->members)))
        return refuse(copy, value, TOO_MUCH);
    value->members = memory_new(count * sizeof(*value->members));
    value->count = count;
    return value->type == CONF_LIST ? copy_list(copy, value, place, depth + 1)
                                    : copy_table(copy, value, place, depth + 1);
}

static enum status copy_value(struct copy *copy, struct conf_value *value, conf_place place,
                              size_t depth)
{
    char reason[64];
    int type = lua_type(copy->L, -1);
    switch (type) {
    case LUA_TBOOLEAN:
        value->type = CONF_BOOLEAN;
        value->boolean = lua_toboolean(copy->L, -1);
        return STATUS_OK;
    case LUA_TNUMBER: return copy_number(copy, value);
    case LUA_TSTRING: return copy_text(copy, value);
    case LUA_TTABLE: return copy_members(copy, value, place, depth);
    default:
        (void)snprintf(reason, sizeof(reason), "a %s is no setting", lua_typename(copy->L, type));
        return refuse(copy, value, reason);
    }
}

/* The file has run and no code of its runs again: what the copying itself needs is not capped, for
 * an error of Lua would end the process here. */
static enum status copy_root(lua_State *L, const char *path, const struct buffer *source,
                             struct conf_value *root, struct fault *fault)
{
    struct conf_lines *lines = conf_lines_new(source->data, source->size);
    struct copy copy = {.L = L, .path = path, .lines = lines, .left = COPY_LIMIT, .fault = fault};
    root->where = where_new(path, conf_lines_line(lines, CONF_PLACE_ROOT));
    enum status status = STATUS_INTERNAL;
    if (lua_checkstack(L, DEPTH_LIMIT + LUA_MINSTACK))
        status = copy_value(&copy, root, CONF_PLACE_ROOT, 0);
    else
        (void)fault_set(fault, status, path, "no room on the stack of Lua");
    buffer_release(&copy.name);
    conf_lines_free(&lines);
    return status;
}

/* ---- the file, read and given back ---- */

enum status conf_read(const char *path, struct conf_value **root, struct fault *fault)
{
    struct allowance allowance = {.limit = STATE_LIMIT};
    struct buffer source = {0};
    struct conf_value *made = memory_new(sizeof(*made));
    lua_State *L = NULL;
    enum status status = source_read(path, &source, fault);
    if (status != STATUS_OK)
        goto done;
    L = lua_newstate(allocate, &allowance);
    if (!L) {
        status = fault_set(fault, STATUS_LIMIT, path, "no memory for a Lua state");
        goto done;
    }
    status = run(L, path, &source, fault);
    allowance.limit = SIZE_MAX;
    if (status == STATUS_OK)
        status = copy_root(L, path, &source, made, fault);
done:
    if (L)
        lua_close(L);
    buffer_release(&source);
    if (status == STATUS_OK)
        *root = made;
    else
        conf_free(&made);
    return status;
}

static void value_release(struct conf_value *value)
{
    for (size_t i = 0; i < value->count; i++)
        value_release(&value->members[i]);
    free(value->members);
    free((char *)value->key);
    free((char *)value->where);
    free((char *)value->text);
}

void conf_free(struct conf_value **root)
{
    if (!*root)
        return;
    value_release(*root);
    free(*root);
    *root = NULL;
}

/* ---- the values ---- */

static int compare_key(const void *key, const void *member)
{
    return strcmp(key, ((const struct conf_value *)member)->key);
}

const struct conf_value *conf_member(const struct conf_value *table, const char *key)
{
    if (table->type != CONF_TABLE || table->count == 0)
        return NULL;
    return bsearch(key, table->members, table->count, sizeof(*table->members), compare_key);
}

const char *conf_type_name(enum conf_type type)
{
    switch (type) {
    case CONF_BOOLEAN: return "a boolean";
    case CONF_INTEGER: return "an integer";
    case CONF_NUMBER: return "a number";
    case CONF_TEXT: return "a text";
    case CONF_LIST: return "a list";
    case CONF_TABLE: return "a table";
    }
    return "nothing known";
}

static void push_members(lua_State *L, const struct conf_value *value)
{
    bool list = value->type == CONF_LIST;
    luaL_checkstack(L, 2, "configuration");
    lua_createtable(L, list ? (int)value->count : 0, list ? 0 : (int)value->count);
    for (size_t i = 0; i < value->count; i++) {
        conf_push(L, &value->members[i]);
        if (list)
            lua_rawseti(L, -2, (lua_Integer)i + 1);
        else
            lua_setfield(L, -2, value->members[i].key);
    }
}

void conf_push(lua_State *L, const struct conf_value *value)
{
    switch (value->type) {
    case CONF_BOOLEAN: lua_pushboolean(L, value->boolean); break;
    case CONF_INTEGER: lua_pushinteger(L, value->integer); break;
    case CONF_NUMBER: lua_pushnumber(L, value->number); break;
    case CONF_TEXT: (void)lua_pushstring(L, value->text); break;
    case CONF_LIST:
    case CONF_TABLE: push_members(L, value); break;
    }
}
