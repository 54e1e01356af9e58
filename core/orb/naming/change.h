/* Private: a change to the tree, on its way from the thread that was asked for it to the writer and
 * back. */
#ifndef NAMING_CHANGE_H
#define NAMING_CHANGE_H

#include "base/mailbox.h"
#include "naming/journal.h"
#include "naming/naming.h"
#include "naming/tree.h"

#include <pthread.h>

enum change_kind {
    CHANGE_BIND, /* object or foreign context */
    CHANGE_UNBIND,
    CHANGE_NEW_CONTEXT,
    CHANGE_BIND_NEW_CONTEXT,
    CHANGE_DESTROY,
};

/* How it, or a look-up, ended. */
enum naming_end {
    NAMING_DONE,
    NAMING_MISSING,     /* NotFound: missing_node */
    NAMING_NOT_CONTEXT, /* NotFound: not_context */
    NAMING_NOT_OBJECT,  /* NotFound: not_object */
    NAMING_FOREIGN,     /* CannotProceed: the rest of the name is another service's */
    NAMING_TAKEN,       /* AlreadyBound */
    NAMING_NOT_EMPTY,   /* NotEmpty */
    NAMING_GONE,        /* OBJECT_NOT_EXIST: the context that was asked */
    NAMING_ROOT,        /* NO_PERMISSION: the root cannot be destroyed */
    NAMING_FULL,        /* NO_RESOURCES */
    NAMING_NOT_STORED,  /* PERSIST_STORE */
};

struct outcome {
    enum naming_end end;
    size_t done;      /* components that were found */
    uint64_t context; /* a new one */
    char *foreign;    /* "IOR:..." of NAMING_FOREIGN; the holder's (free) */
};

struct naming_servants;
struct orb_request;

struct change {
    struct letter letter;
    struct change *next;
    struct naming_servants *home; /* whose thread it goes back to */
    struct orb_request *request;  /* to be answered there */
    enum change_kind kind;
    uint64_t context; /* the one that was asked */
    struct name_component *name;
    size_t name_count;
    bool replace; /* rebind */
    struct binding
        binding; /* what is bound; its name is not filled in, its object is the change's */
    struct outcome outcome;
};
void change_free(struct change *change);

struct naming {
    struct naming_limits limits;
    pthread_rwlock_t lock; /* of the tree; never held over anything that waits */
    struct tree *tree;     /* changed by the writer alone */
    struct journal *journal;
    struct iterators *iterators;

    pthread_mutex_t queue_lock;
    pthread_cond_t filled;
    struct change *first, **last;
    bool ended;
    pthread_t writer;
};

/* Hands a change to the writer. It comes back as a letter to home's mailbox, done and on disk. */
void naming_submit(struct naming *naming, struct change *change);
/* Defined with the servants: takes a change back, in any thread. */
void naming_return(struct change *change);

/* Applies one to the tree, and appends its line; false: nothing changed. */
bool change_apply(struct naming *naming, struct change *change, struct buffer *lines);

#endif
