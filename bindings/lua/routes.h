/* The routes that a vm's scripts have declared, and the calls that are under way on them.
 *
 * Both live and die with the vm and belong to its thread. A call is one request while its handler
 * runs. Calls are kept for reuse and freed with the vm only, because a script may hold the Lua
 * object of a request for longer than the request lasts: the object remembers the call's serial
 * number, and a number that has moved on says that the request is over. */
#ifndef BINDINGS_ROUTES_H
#define BINDINGS_ROUTES_H

#include "base/metrics.h"
#include "http/router.h"
#include "http/server.h"

#include <lua.h>
#include <stdint.h>

enum { ROUTE_STATUS_CLASSES = 6, ANSWER_HEADERS_LIMIT = 24 };

struct route {
    struct route *next;
    char *name;          /* "GET /order/orders/{order_id:uuid}" */
    const char *pattern; /* inside the name */
    char method[8];
    char where[192];                                 /* "scripts/routes/orders.lua:12" */
    int handler;                                     /* its place in the registry */
    struct histogram *seconds[ROUTE_STATUS_CLASSES]; /* by the status's first digit */
};

/* What a handler has answered; the texts belong to Lua values that the task still holds. */
struct answer {
    int status;
    const char *body;
    size_t body_length;
    struct http_header headers[ANSWER_HEADERS_LIMIT + 1];
    size_t header_count;
};

struct call {
    struct call *next; /* of all */
    struct call *next_idle;
    uint64_t serial;
    struct http_request *request; /* NULL: idle */
    struct vm *vm;
    struct routes *routes;
    struct route *route;
    struct route_match match;
    struct answer answer;
};

struct routes {
    struct router *router;
    struct route *first;
    struct route unmatched; /* for the figures of requests that no route takes */
    struct call *calls;     /* all, idle or not */
    struct call *idle;
};

/* Made at first use. */
struct routes *routes_of(lua_State *L);
/* NULL when no script has declared any. Never raises. */
struct routes *routes_find(lua_State *L);

/* Raises when it is declared twice or the pattern is bad. `handler` is a reference that the route
 * takes over. */
void routes_add(lua_State *L, const char *method, const char *pattern, int handler);

struct call *call_take(struct routes *routes, struct http_request *request);
/* Ends the call: Lua objects of its request are closed from now on. */
void call_give_back(struct call *call);

#endif
