/* A configuration file that is a Lua table: `return { http = { listen = "..." } }`, run once in a
 * state without any library, and kept as plain values with the line on which each key stands. */
#ifndef HOST_CONF_H
#define HOST_CONF_H

#include "base/status.h"

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum conf_type { CONF_BOOLEAN, CONF_INTEGER, CONF_NUMBER, CONF_TEXT, CONF_LIST, CONF_TABLE };

/* A value. Everything belongs to the root. */
struct conf_value {
    enum conf_type type;
    const char *key;   /* in its table; NULL in a list */
    const char *where; /* "conf/orderd.lua:12": of the key, or of the file's start when unknown */
    bool boolean;
    int64_t integer;
    double number;
    const char *text;           /* terminated; holds no NUL */
    struct conf_value *members; /* of a list in order, of a table sorted by key */
    size_t count;
};

/* STATUS_NOT_FOUND: no file; STATUS_INVALID with file:line: it does not run, does not return a
 * table, or holds something that is no plain value. */
MUST_CHECK enum status conf_read(const char *path, struct conf_value **root, struct fault *fault);
void conf_free(struct conf_value **root);

const struct conf_value *conf_member(const struct conf_value *table, const char *key); /* or NULL */
const char *conf_type_name(enum conf_type type); /* "an integer" */

/* Pushes a value as Lua data. */
void conf_push(lua_State *L, const struct conf_value *value);

#endif
