/* Private to orderd.orb: a request's way through a task of the vm. */
#ifndef BINDINGS_ORB_SERVE_H
#define BINDINGS_ORB_SERVE_H

#include "bindings/orb_servant.h"
#include "iiop/server.h"

/* For struct orb_servant; `arg` is the servant. */
void serving_invoke(void *arg, struct orb_request *request);
/* With the state; no request is under way any more. */
void serving_free_idle(struct orb *orb);

int orb_lua_request(lua_State *L);

#endif
