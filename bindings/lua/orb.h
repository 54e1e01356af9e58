/* From an IIOP request to the Lua servant of its object: what a worker's ORB server looks up. */
#ifndef BINDINGS_ORB_H
#define BINDINGS_ORB_H

#include "host/vm.h"
#include "iiop/adapter.h"

/* The servants that the vm's scripts declared, with services->adapter behind them. Lives as long
 * as the vm; its requests start tasks of the vm, which must be attached by then. When no script
 * requires orderd.orb it is services->adapter itself, which may be NULL. */
const struct orb_adapter *lua_orb_adapter(struct vm *vm);

#endif
