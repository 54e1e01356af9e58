/* Private to the modules that raise and tell exceptions of IDL: tables with a _repid. */
#ifndef BINDINGS_ORB_EXCEPT_H
#define BINDINGS_ORB_EXCEPT_H

#include "bindings/orb_private.h"
#include "cdr/exception.h"

/* Before anything else, once for a state. */
void except_begin(lua_State *L);

/* Makes the table on the top an exception with this repository id. */
void except_mark(lua_State *L, const char *id, size_t length);
/* `why` may be NULL. */
void except_push_system(lua_State *L, const struct system_exception *exception, const char *why);

/* Whether it has the mark. Never raises. */
bool except_is(lua_State *L, int index);
/* The _repid of any table that has one, marked or not, for as long as the table keeps it; NULL:
 * none. Raw; never raises. */
const char *except_id(lua_State *L, int index, size_t *length);
/* Reads a system exception off a table, which may name it barely ("TRANSIENT"); fields that are
 * missing are COMPLETED_MAYBE and 0. False: it is none. Raw; never raises. */
bool except_read_system(lua_State *L, int index, struct system_exception *exception);

/* "IDL:orderd.org/Pharmacy/NotFound:1.0: order_id=..." without what is long. Never raises. */
void except_describe(lua_State *L, int index, char *text, size_t size);

int orb_lua_newexcept(lua_State *L);
int orb_lua_isexcept(lua_State *L);

#endif
