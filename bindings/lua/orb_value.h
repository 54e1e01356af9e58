/* Private to orderd.orb: Lua values to CDR and back, straight along their TypeCodes.
 *
 * What a script gives is checked as it is written; the first thing that is wrong raises a text that
 * names its place ("items[2].quantity"). What comes from outside is read into Lua values until the
 * reader fails, which the caller finds in the reader; only memory can make it raise. Both keep
 * nothing of C's own across a Lua call. */
#ifndef BINDINGS_ORB_VALUE_H
#define BINDINGS_ORB_VALUE_H

#include "bindings/orb_private.h"
#include "cdr/cdr.h"

/* Where a value stands in what a script gave: a chain on the C stack, read only to complain. */
struct place {
    const struct place *up; /* NULL: a parameter, a result, an exception's member */
    const char *name;       /* NULL: the element `index`, from 1 on */
    lua_Integer index;
};

struct marshal {
    lua_State *L;
    struct orb *orb;
    struct cdr_writer *out;
    int level;    /* of the Lua function that a complaint names (luaL_where), or 0 */
    int function; /* or the index of the function whose results these are, or 0 */
    bool raw;     /* metatables are not asked: no script may run now */
    uint32_t depth;
    int64_t due; /* instructions not yet charged */
};

/* Writes the value at the absolute index, or raises. The writer has not failed when it returns. */
void marshal_value(struct marshal *m, const struct typecode *type, int index,
                   const struct place *at);
/* Charges what is due. */
void marshal_end(struct marshal *m);

/* For the files that marshal. A format is one of lua_pushfstring. */
__attribute__((noreturn)) void marshal_refuse(struct marshal *m, const struct place *at,
                                              const char *format, ...);
/* "nil is not a boolean", or that it is missing. */
__attribute__((noreturn)) void marshal_refuse_type(struct marshal *m, const struct place *at,
                                                   const struct typecode *type, int index);
/* Of work that grows with what a script gave. */
void marshal_charge(struct marshal *m, int64_t instructions);
/* Pushes a member of the table, by the key on the top, which it replaces. */
void marshal_get(struct marshal *m, int table);
void marshal_enter(struct marshal *m, const struct place *at);

/* ---- orb_marshal_basic.c ---- */
bool marshal_basic(struct marshal *m, const struct typecode *type, int index,
                   const struct place *at); /* false: it is of another kind */

/* ---- orb_union.c, orb_any.c ---- */
void marshal_union(struct marshal *m, const struct typecode *type, int index,
                   const struct place *at);
void marshal_any(struct marshal *m, int index, const struct place *at);
void marshal_typecode(struct marshal *m, int index, const struct place *at);

struct unmarshal {
    lua_State *L;
    struct orb *orb;
    struct cdr_reader *in;
};

/* Pushes one value, whatever it is when the reader fails. */
void unmarshal_value(struct unmarshal *u, const struct typecode *type);
/* The members of a struct or exception, as a new table. */
void unmarshal_members(struct unmarshal *u, const struct typecode *type);
void unmarshal_union(struct unmarshal *u, const struct typecode *type);
void unmarshal_any(struct unmarshal *u);
void unmarshal_typecode(struct unmarshal *u);

/* The decimal text of an unsigned long long above 2^63-1; false for any other text. */
bool orb_big_integer(const char *text, size_t length, uint64_t *value);

/* "an octet (0 to 255)", "a Pharmacy::Money": what a value of this type is. */
void orb_describe_type(const struct typecode *type, char *text, size_t size);

#endif
