/* The Lua modules that scripts require: one file each in this folder, one table of them here. */
#ifndef BINDINGS_MODULES_H
#define BINDINGS_MODULES_H

#include "host/vm.h"

/* orderd.bus, .clock, .conf, .health, .hook, .http, .http_client, .identity, .json, .log, .metrics,
 * .money, .orb, .order, .policy, .problem, .repository, .seal, .timer, .uuid; ends with a NULL
 * name. Their Lua side is described in bindings/types. */
extern const struct vm_module lua_modules[];

/* The same and orderd.test, for `orderd --test`. */
extern const struct vm_module lua_test_modules[];

#endif
