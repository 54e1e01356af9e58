/* Private: the names themselves. Contexts by number, and in each its bindings by id and kind. Plain
 * memory: whoever uses a tree sees to it that nobody else does. */
#ifndef NAMING_TREE_H
#define NAMING_TREE_H

#include "base/status.h"
#include "giop/reference.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tree;

enum { TREE_ROOT = 0 };

/* What a name stands for in its context. In a tree the texts are the tree's. */
struct binding {
    const char *id, *kind;
    bool is_context;
    const char *object; /* "IOR:..."; NULL: a context of this tree, */
    uint64_t local;     /* which is this one */
};

struct tree *tree_new(void); /* with an empty root */
void tree_free(struct tree **tree);
size_t tree_bindings(const struct tree *tree); /* in all contexts */
size_t tree_contexts(const struct tree *tree);

/* ---- contexts ---- */

bool tree_has(const struct tree *tree, uint64_t context);
bool tree_is_empty(const struct tree *tree, uint64_t context);
/* The number of a context that has never been. */
uint64_t tree_next(const struct tree *tree);
/* STATUS_DUPLICATE: it is there. */
MUST_CHECK enum status tree_add(struct tree *tree, uint64_t context);
/* With its bindings. STATUS_NOT_FOUND; the root cannot be removed (STATUS_REFUSED). */
MUST_CHECK enum status tree_remove(struct tree *tree, uint64_t context);

/* ---- bindings ---- */

const struct binding *tree_find(const struct tree *tree, uint64_t context, const char *id,
                                const char *kind);
/* Copies it; takes the place of one that is there. STATUS_NOT_FOUND: no such context. */
MUST_CHECK enum status tree_bind(struct tree *tree, uint64_t context,
                                 const struct binding *binding);
MUST_CHECK enum status tree_unbind(struct tree *tree, uint64_t context, const char *id,
                                   const char *kind);

/* Every binding of a context in the order of names, or of all contexts. */
typedef void tree_visit(void *arg, uint64_t context, const struct binding *binding);
void tree_each(const struct tree *tree, uint64_t context, tree_visit *visit, void *arg);
void tree_each_context(const struct tree *tree, void (*visit)(void *arg, uint64_t context),
                       void *arg);

/* ---- ways through it ---- */

enum walk_end {
    WALK_THERE,
    WALK_MISSING,     /* nothing of this name */
    WALK_NOT_CONTEXT, /* it is an object */
    WALK_FOREIGN,     /* a context of another naming service: the way goes on there */
};
struct walk {
    enum walk_end end;
    uint64_t context;              /* reached */
    size_t done;                   /* components that led there */
    const struct binding *foreign; /* WALK_FOREIGN: the context behind component `done` */
};
/* Goes from a context along components, each of which must be a context. */
struct walk tree_walk(const struct tree *tree, uint64_t from,
                      const struct name_component *components, size_t count);

#endif
