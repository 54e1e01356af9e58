/* What orderctl asks, answered by the main thread: the table of what there is, and how it begins
 * and ends. */
#include "server/control.h"

#include "base/memory.h"
#include "http/problem.h"
#include "http/router.h"
#include "server/control_private.h"
#include "store/repository.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct control_route {
    const char *method, *pattern;
    control_handler *handle;
    bool needs_store;
} routes[] = {
    {"GET", "/status", control_status, false},
    {"POST", "/reload", control_reload, false},
    {"GET", "/dead-letters", control_letters_list, true},
    {"GET", "/dead-letters/{id}", control_letters_show, true},
    {"POST", "/dead-letters/{id}/retry", control_letters_retry, true},
    {"DELETE", "/dead-letters/{id}", control_letters_drop, true},
    {"GET", "/cursors", control_cursors_list, true},
    {"DELETE", "/cursors/{name}", control_cursors_delete, true},
    {"GET", "/events", control_events_read, true},
    {"GET", "/events/head", control_events_head, true},
};

static void refuse_method(struct http_request *request, const char *allow)
{
    const struct http_header header = {.name = "Allow", .value = allow};
    const struct problem problem = {.kind = problem_find("method-not-allowed", 18)};
    problem_respond(request, &problem, &header, 1);
}

static void on_request(struct http_request *request, void *arg)
{
    struct control *control = arg;
    struct route_match match;
    enum status status = router_match(control->router, http_request_method(request),
                                      http_request_path(request), &match);
    const struct control_route *route = status == STATUS_OK ? match.route : NULL;
    if (status == STATUS_REFUSED)
        refuse_method(request, match.allow);
    else if (!route)
        control_answer_problem(request, "route-not-found", NULL);
    else if (route->needs_store && !control->repository)
        control_answer_problem(request, "route-not-found", "this orderd has no store");
    else
        route->handle(control, request, match.parameter_count > 0 ? match.parameters[0].value : "");
}

/* ---- life ---- */

static enum status routes_add(struct router *router, struct fault *fault)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < sizeof(routes) / sizeof(routes[0]); i++)
        status = router_add(router, routes[i].method, routes[i].pattern, (void *)&routes[i], fault);
    return status;
}

static enum status listen_at(const struct control *control, const char *state_dir,
                             struct fault *fault)
{
    char *address = NULL;
    if (asprintf(&address, "unix:%s/control.sock", state_dir) < 0)
        return fault_set(fault, STATUS_INTERNAL, NULL, "no memory for the control socket's name");
    enum status status = http_server_listen(control->http, address, false, fault);
    free(address);
    return status;
}

enum status control_open(struct server *server, struct control **control, struct fault *fault)
{
    struct http_server_options options = http_server_defaults();
    options.connection_limit = 64;
    struct control *made = memory_new(sizeof(*made));
    made->server = server;
    TAILQ_INIT(&made->waiting);
    made->router = router_new();
    made->http = http_server_new(server->base, &options, on_request, made);
    enum status status = routes_add(made->router, fault);
    if (status == STATUS_OK && server->store)
        status = repository_open(server->store, server->base, &made->repository, fault);
    if (status == STATUS_OK)
        status = listen_at(made, server->config->state_dir, fault);
    if (status == STATUS_OK)
        *control = made;
    else
        control_close(&made);
    return status;
}

/* Whoever waits is answered, and so are the calls of the store that are under way. */
void control_close(struct control **control)
{
    struct control *closed = *control;
    if (!closed)
        return;
    *control = NULL;
    closed->closing = true;
    control_events_close(closed);
    repository_close(&closed->repository);
    http_server_free(&closed->http);
    router_free(&closed->router);
    free(closed);
}
