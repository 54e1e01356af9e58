/* The hooks that a vm's scripts have declared. They live and die with the vm and belong to its
 * thread. */
#ifndef BINDINGS_HOOKS_H
#define BINDINGS_HOOKS_H

#include "host/vm.h"

#include <lua.h>
#include <stddef.h>

struct hook {
    struct hook *next;
    char *topic;
    char *name;      /* of an inbound hook: "inbound TOPIC" */
    char where[192]; /* "scripts/hooks/stock.lua:12" */
    int handler;     /* its place in the registry */
};

struct hooks {
    struct hook *events;  /* in the order of their declaration */
    struct hook *inbound; /* one for each topic */
    const char **inbound_topics;
    size_t inbound_count;
};

/* NULL when no script has declared any. Never raises. */
struct hooks *hooks_find(struct vm *vm);

/* The first from here on that listens to the topic, or NULL; `hook` may be NULL. */
struct hook *hooks_find_topic(struct hook *hook, const char *topic);

/* hook.declared (hook_declared.c). */
int hook_declared(lua_State *L);

#endif
