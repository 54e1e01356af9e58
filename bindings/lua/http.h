/* From an HTTP request to the Lua handler of its route and back: what a worker's server calls. */
#ifndef BINDINGS_HTTP_H
#define BINDINGS_HTTP_H

#include "host/vm.h"
#include "http/server.h"

/* Answers the request by the routes that the vm's scripts declared: starts a task for the handler,
 * or answers 404, 405 or 503 itself. The vm must be attached. */
void lua_http_serve(struct vm *vm, struct http_request *request);

#endif
