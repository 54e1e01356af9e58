/* The hooks that a vm's scripts have declared. They live and die with the vm and belong to its
 * thread. */
#ifndef BINDINGS_HOOKS_H
#define BINDINGS_HOOKS_H

#include "bus/delivery.h"
#include "host/vm.h"

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

struct hook {
    struct hook *next;
    char *topic;
    char *name;      /* of an inbound hook: "inbound TOPIC" */
    char where[192]; /* "scripts/hooks/stock.lua:12" */
    int handler;     /* its place in the registry */
    struct retry retry;
    bool from_head; /* where hook.on begins when it is new: at the head, or at the beginning */
    char *summary;  /* of hook.inbound, for documents; or NULL */
    int schema;     /* its place in the registry, or LUA_NOREF */
};

struct hooks {
    struct hook *events;  /* in the order of their declaration */
    struct hook *inbound; /* one for each topic */
    const char **inbound_topics;
    size_t inbound_count;
};

/* NULL when no script has declared any. Never raises. */
struct hooks *hooks_find(struct vm *vm);

/* The first from here on of this topic, or of this name; or NULL. `hook` may be NULL. */
struct hook *hooks_find_topic(struct hook *hook, const char *topic);
struct hook *hooks_find_name(struct hook *hook, const char *name);

/* What a script says about a hook, in the table at the index `options` (0: nothing). They raise. */
struct retry hook_check_retry(lua_State *L, int options);
bool hook_check_start(lua_State *L, int options); /* true: from the head */
const char *hook_check_name(lua_State *L, int options);

/* orderd.hook's function declared(). */
int hook_declared(lua_State *L);

#endif
