/* The functions that open our modules, each leaving its table on the stack; modules.c lists them.
 */
#ifndef BINDINGS_OPEN_H
#define BINDINGS_OPEN_H

#include <lua.h>

int open_bus(lua_State *L);
int open_clock(lua_State *L);
int open_conf(lua_State *L);
int open_health(lua_State *L);
int open_hook(lua_State *L);
int open_http_client(lua_State *L);
int open_http(lua_State *L);
int open_idempotency(lua_State *L);
int open_identity(lua_State *L);
int open_json(lua_State *L);
int open_log(lua_State *L);
int open_metrics(lua_State *L);
int open_money(lua_State *L);
int open_orb(lua_State *L);
int open_order(lua_State *L);
int open_policy(lua_State *L);
int open_problem(lua_State *L);
int open_repository(lua_State *L);
int open_seal(lua_State *L);
int open_test(lua_State *L);
int open_timer(lua_State *L);
int open_uuid(lua_State *L);

#endif
