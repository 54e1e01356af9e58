/* Private: what one thread serves of the names. */
#ifndef NAMING_SERVANTS_H
#define NAMING_SERVANTS_H

#include "iiop/server.h"
#include "naming/change.h"
#include "naming/iterators.h"

#include <pthread.h>

#define CONTEXT_KEY "NameService"
#define ITERATOR_KEY "NameIterator/"
#define CONTEXT_ID "IDL:omg.org/CosNaming/NamingContext:1.0"
#define CONTEXT_EXT_ID "IDL:omg.org/CosNaming/NamingContextExt:1.0"
#define ITERATOR_ID "IDL:omg.org/CosNaming/BindingIterator:1.0"

enum {
    NAME_COMPONENTS_LIMIT = 64,
    NAME_BYTES_LIMIT = 1024,   /* of an id, and of a kind */
    OBJECT_BYTES_LIMIT = 16384 /* of a reference's text */
};

struct naming_servants {
    struct naming *naming;
    struct mailbox *mailbox;
    char *host;
    uint16_t port;
    int references; /* servants in the adapter */

    /* Changes on their way: the thread waits for them before it takes the mailbox down. */
    pthread_mutex_t lock;
    pthread_cond_t returned;
    size_t pending;
};

/* One operation being served. */
struct asked {
    struct naming_servants *servants;
    struct orb_request *request;
    struct cdr_reader arguments;
    uint64_t context;
    const char *iterator; /* key of one, not terminated */
    size_t iterator_length;
};

typedef void serve(struct asked *asked);

/* NULL: there is no such operation. */
serve *context_operation(const char *name, size_t length);
serve *iterator_operation(const char *name, size_t length);

/* ---- arguments and answers (names.c) ---- */

/* Reads a Name; false, and answered already, when it is none: MARSHAL, or InvalidName for an empty
 * or overlong one. */
bool asked_name(struct asked *asked, struct name_component **name, size_t *count);
/* Reads a string, terminated and the caller's (free); NULL and answered when it is none. */
char *asked_text(struct asked *asked);
/* False, and answered, when reading has failed. */
bool asked_well(struct asked *asked);

void write_listed(struct cdr_writer *w, const struct listed *entry);
void write_listing(struct cdr_writer *w, const struct listing *listing, size_t count);
struct ior *context_reference(const struct naming_servants *servants, uint64_t context);
/* Raises what a change or a look-up of this name came to; not for NAMING_DONE. */
void answer_end(struct orb_request *request, const struct outcome *outcome,
                const struct name_component *name, size_t count);
/* A user exception without members. */
void answer_raise(struct orb_request *request, const char *id);
void answer_reference(struct orb_request *request, const struct ior *ior);
void answer_text(struct orb_request *request, const char *text, size_t length);

#endif
