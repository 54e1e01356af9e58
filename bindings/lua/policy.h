/* Policies: the pure scripts below policies/, asked one after the other. */
#ifndef BINDINGS_POLICY_H
#define BINDINGS_POLICY_H

#include "base/status.h"
#include "host/vm.h"

#include <lua.h>
#include <stdbool.h>

/* Does every policy have its shape (name, check, tests)? To be called when a vm is new, in the
 * thread that made it. STATUS_INVALID with the script's file in fault->where. A policy of another
 * shape that is asked nevertheless denies. */
MUST_CHECK enum status lua_policies_check(struct vm *vm, struct fault *fault);

/* One policy as its script returned it; the texts belong to the script's table. */
struct policy {
    const struct script *script;
    const char *name;
};

/* Pushes the table of the policy that follows script *index (0 at first), and moves *index on;
 * false when there is none left. Raises a text with the file when its shape is wrong. */
bool policy_next(lua_State *L, size_t *index, struct policy *policy);

enum verdict { VERDICT_ALLOW, VERDICT_DENY, VERDICT_FAILED };

/* Asks the policy whose table is at `policy` about a copy of the case at `facts`. Pushes the
 * reason on VERDICT_DENY, at most ORDER_REASON_LIMIT characters of it; what went wrong as a text on
 * VERDICT_FAILED, nothing on VERDICT_ALLOW. Only within a task. */
enum verdict policy_ask(lua_State *L, int policy, int facts);

#endif
