/* Claims of idempotency keys, for the module that saves under them. */
#ifndef BINDINGS_IDEMPOTENCY_H
#define BINDINGS_IDEMPOTENCY_H

#include "store/repository.h"

#include <lua.h>

struct claim;

/* Reads the options `keyed` (a claim) and `answer` of a save, whose table stands at the absolute
 * index: what is to be stored with the order. It is lent until the scratch buffer is taken again,
 * and the claim is left on the stack, which keeps it alive while the task waits. NULL, and nothing,
 * when there is no `keyed`; raises when what is there is no good. */
struct claim *claim_read(lua_State *L, int options, struct keyed_answer *keyed);

/* The store has said that somebody else's request came first under this key. */
void claim_lose(struct claim *claim);

#endif
