/* Private: what has been read: declarations in scopes, and the lists that the public functions look
 * into. All of it lives in the arena but the lists and indexes. */
#ifndef IDL_MODEL_H
#define IDL_MODEL_H

#include "idl/compiler.h"
#include "idl/idl.h"
#include "idl/index.h"

/* All zero is an empty one. */
struct list {
    void **items;
    size_t count, capacity;
};
void list_add(struct list *list, void *item);
void list_release(struct list *list); /* not what the items point at */

enum declaration_kind {
    DECLARED_MODULE,
    DECLARED_INTERFACE,
    DECLARED_TYPE, /* struct, union, enum, typedef */
    DECLARED_EXCEPTION,
    DECLARED_CONSTANT,
    DECLARED_ENUMERATOR,
    DECLARED_OPERATION, /* or attribute */
    DECLARED_MEMBER,    /* or parameter */
    DECLARED_USE,       /* a name from further out that was used here, and so is taken (7.20.3) */
};

struct declaration {
    struct index_entry by_name; /* owner: the scope */
    struct index_entry by_id;   /* from the end of the load on, where there is an id */
    enum declaration_kind kind;
    struct place place;
    struct scope *in;
    struct scope *scope; /* that it opens, or NULL */
    struct typecode *type;
    struct interface *interface;
    struct idl_constant *constant;
    int64_t ordinal;                  /* of an enumerator, whose enum is `type` */
    const struct declaration *target; /* of a use */
    size_t serial;                    /* in idl->declarations */
    bool complete;                    /* not only declared forward */
    bool id_given;                    /* by typeid or #pragma ID */
    bool version_given;
};

struct scope {
    struct scope *parent;
    struct declaration *owner; /* NULL: the global one, or an operation's parameters */
    const char *scoped;        /* "Pharmacy::Order", "" */
    const char *id_base;       /* what its ids have between "IDL:" and the name: "orderd.org/A/" */
    const char *type_prefix;   /* id_base by typeprefix, which holds in every reopening; or NULL */
};

struct interface {
    struct idl_interface public; /* first: a public pointer is one to this */
    struct scope *scope;
    struct interface **ancestors; /* each once, every one behind its own ancestors */
    uint32_t ancestor_count;
    struct operation_link *own, **own_end; /* in the order of their declaration */
    uint32_t own_count;
    uint64_t visited; /* by the search of this number */
};

struct operation_link {
    struct operation_link *next;
    const struct declaration *declaration; /* of an attribute, for both of its operations */
    struct idl_operation operation;        /* without interface_id */
};

struct idl {
    struct typecode_arena *arena;
    struct list directories; /* of char */
    struct list files;       /* that were read: real paths */

    struct scope global;
    struct index names; /* of declarations, by scope */
    struct index ids;   /* of declarations, owner NULL */
    struct list declarations;
    struct list changed;    /* declarations that this load completed or gave a prefix */
    struct list interfaces; /* of struct interface, complete ones */
    struct list types;      /* of struct declaration */
    struct list constants;  /* of struct idl_constant */
    size_t operation_count; /* in all tables */
    uint64_t searches;
};

/* "Money" of Pharmacy::Money. */
static inline const char *declaration_name(const struct declaration *d)
{
    return d->by_name.text;
}

#endif
