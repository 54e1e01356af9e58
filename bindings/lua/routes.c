/* Routes as scripts declare them, and the pool of calls. */
#include "bindings/routes.h"

#include "base/memory.h"
#include "bindings/kind.h"
#include "http/problem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void free_routes(struct route *route)
{
    while (route) {
        struct route *next = route->next;
        free(route->name);
        free(route);
        route = next;
    }
}

/* A vm that ends for good may leave requests that nobody will answer any more. */
static void refuse(struct http_request *request)
{
    static const char code[] = "overloaded";
    struct problem problem = {.kind = problem_find(code, strlen(code)),
                              .detail = "The service is stopping."};
    problem_respond(request, &problem, NULL, 0);
}

static void free_calls(struct call *call)
{
    while (call) {
        struct call *next = call->next;
        if (call->request)
            refuse(call->request);
        free(call);
        call = next;
    }
}

static int release(lua_State *L)
{
    struct routes *routes = lua_touserdata(L, 1);
    router_free(&routes->router);
    free_routes(routes->first);
    free_calls(routes->calls);
    *routes = (struct routes){0};
    return 0;
}

static const struct kind routes_kind = {.name = "routes", .release = release};

struct routes *routes_of(lua_State *L)
{
    struct routes *routes = kind_only(L, &routes_kind, sizeof(*routes));
    if (!routes->router) {
        routes->router = router_new();
        routes->unmatched.pattern = "none";
        memcpy(routes->unmatched.method, "any", sizeof("any"));
    }
    return routes;
}

struct routes *routes_find(lua_State *L)
{
    return kind_find_only(L, &routes_kind);
}

static struct route *route_new(const char *method, const char *pattern, const char *where)
{
    struct route *route = memory_new(sizeof(*route));
    size_t size = strlen(method) + strlen(pattern) + 2;
    route->name = memory_new(size);
    snprintf(route->name, size, "%s %s", method, pattern);
    route->pattern = route->name + strlen(method) + 1;
    snprintf(route->method, sizeof(route->method), "%s", method);
    snprintf(route->where, sizeof(route->where), "%s", where);
    return route;
}

static const struct route *find_declared(const struct routes *routes, const char *name)
{
    const struct route *route = routes->first;
    while (route && strcmp(route->name, name) != 0)
        route = route->next;
    return route;
}

/* "scripts/routes/orders.lua:12", of the function that called ours. */
static const char *caller_place(lua_State *L)
{
    luaL_where(L, 1);
    const char *where = lua_tostring(L, -1);
    size_t length = strlen(where);
    while (length > 0 && (where[length - 1] == ' ' || where[length - 1] == ':'))
        length--;
    return lua_pushlstring(L, where, length);
}

void routes_add(lua_State *L, const char *method, const char *pattern, int handler)
{
    struct routes *routes = routes_of(L);
    struct route *route = route_new(method, pattern, caller_place(L));
    route->handler = handler;
    struct fault fault;
    enum status status = router_add(routes->router, method, pattern, route, &fault);
    if (status == STATUS_OK) {
        route->next = routes->first;
        routes->first = route;
        return;
    }
    const struct route *other = find_declared(routes, route->name);
    free_routes(route);
    if (status == STATUS_DUPLICATE && other)
        luaL_error(L, "%s is declared already, at %s", other->name, other->where);
    luaL_error(L, "%s %s: %s", method, pattern, fault.text);
}

struct call *call_take(struct routes *routes, struct http_request *request)
{
    struct call *call = routes->idle;
    if (call) {
        routes->idle = call->next_idle;
    } else {
        call = memory_new(sizeof(*call));
        call->next = routes->calls;
        routes->calls = call;
    }
    call->routes = routes;
    call->request = request;
    call->route = &routes->unmatched;
    call->match.parameter_count = 0;
    call->answer.header_count = 0;
    return call;
}

void call_give_back(struct call *call)
{
    call->serial++;
    call->request = NULL;
    call->next_idle = call->routes->idle;
    call->routes->idle = call;
}
