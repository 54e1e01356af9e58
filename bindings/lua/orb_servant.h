/* Private to orderd.orb: servants, and their requests on the way through a task. */
#ifndef BINDINGS_ORB_SERVANT_H
#define BINDINGS_ORB_SERVANT_H

#include "bindings/orb_object.h"

/* Userdata that the registry keeps as long as the state. */
struct servant {
    struct reference reference;
    struct orb *orb;
    struct servant *next; /* orb->servants */
    int impl;             /* the table with the methods, in the registry */
    int class;            /* of a default servant: the metatable of its selves, likewise; or 0 */
    const char *key;      /* or prefix; in the IDL's arena */
    size_t key_size;
    const char *where; /* it was declared: "scripts/servants/a.lua:12" */
};

/* Logs which operations of their interfaces the state's servants lack, once for all states of a
 * generation. With scripts loaded; runs none of their code. */
void servants_note_missing(const struct orb *orb);

/* Pushes what its methods get as self. */
void servant_push_self(lua_State *L, const struct servant *servant, const void *object_id,
                       size_t size);

#endif
