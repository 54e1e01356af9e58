/* Private to orderd.orb: a call on its way out, and what comes back, for proxies that wait and for
 * those that give futures. */
#ifndef BINDINGS_ORB_CALL_H
#define BINDINGS_ORB_CALL_H

#include "bindings/orb_object.h"

struct calling {
    struct orb *orb;
    const struct idl_operation *operation;
    struct orb_call *call; /* NULL: not open, or ended */
    bool sent;
    struct cdr_writer *body; /* of the call until it is sent */
    int told;                /* the interceptors' table, in the registry; or LUA_NOREF */
};

/* The proxy at 1, which the method's closure is for; raises for another self. Leaves just the
 * arguments above it, as many as the operation takes. */
struct proxy *calling_begin(lua_State *L, struct calling *calling);
/* Opens the call and marshals the arguments. False: it has been dropped, and the error value is on
 * the top. Never raises; allocates nothing of Lua's. */
bool calling_open(lua_State *L, struct calling *calling, struct orb_object *object);
/* Pushes the results, or the exception; `failed` tells which. Returns how many. */
int calling_push(lua_State *L, struct calling *calling, const struct orb_outcome *outcome,
                 bool *failed);
void calling_send(struct calling *calling, int timeout_ms, orb_answered *answered, void *arg);
/* Gives up what it holds, and the call if it has not ended. */
void calling_drop(lua_State *L, struct calling *calling);

#endif
