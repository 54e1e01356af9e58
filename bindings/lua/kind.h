/* Kinds of Lua objects that are made in C: userdata with named fields and methods.
 *
 * An object is made empty and filled afterwards, so that an error between the two leaves nothing
 * behind; what lets it go must cope with an empty one. Scripts cannot get at the metatables. */
#ifndef BINDINGS_KIND_H
#define BINDINGS_KIND_H

#include <lauxlib.h>
#include <lua.h>
#include <stddef.h>

struct kind_field {
    const char *name;
    /* Pushes the value; the object itself stands at index 1. */
    int (*push)(lua_State *L, void *object);
};

struct kind {
    const char *name;                /* "order": for messages */
    const struct kind_field *fields; /* a NULL name ends; may be NULL */
    const luaL_Reg *methods;         /* a NULL name ends; may be NULL */
    lua_CFunction release;           /* __gc and __close; may be NULL */
    lua_CFunction text;              /* __tostring; may be NULL */
};

/* Pushes a new object of zeros. */
void *kind_new(lua_State *L, const struct kind *kind, size_t size, int user_values);

/* NULL when the value is no object of this kind. Never raises. */
void *kind_test(lua_State *L, int index, const struct kind *kind);

/* Raises an argument error then. */
void *kind_check(lua_State *L, int argument, const struct kind *kind);

/* The one object of this kind that the state has, made at first use, ended with the state. Leaves
 * the stack as it was. */
void *kind_only(lua_State *L, const struct kind *kind, size_t size);

/* The same, but NULL when there is none yet. Never raises: for C outside of any Lua call. */
void *kind_find_only(lua_State *L, const struct kind *kind);

#endif
