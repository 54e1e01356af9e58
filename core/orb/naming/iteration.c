/* The operations of BindingIterator (OMG Naming Service 1.3, 2.2.3). */
#include "naming/servants.h"

#include <string.h>

/* NULL, and answered, when the iterator is gone. */
static struct listing *next(struct asked *asked, uint32_t most)
{
    struct listing *part = NULL;
    if (!asked_well(asked))
        return NULL;
    if (most == 0) {
        orb_reply_exception(asked->request, EXCEPTION_BAD_PARAM, 0, COMPLETED_NO);
        return NULL;
    }
    part = iterators_next(asked->servants->naming->iterators, asked->iterator,
                          asked->iterator_length, most);
    if (!part)
        orb_reply_exception(asked->request, EXCEPTION_OBJECT_NOT_EXIST, 0, COMPLETED_NO);
    return part;
}

/* boolean next_one(out Binding b): an empty one beside false. */
static void serve_next_one(struct asked *asked)
{
    struct listing *part = next(asked, 1);
    if (!part)
        return;
    struct cdr_writer *w = orb_reply_open(asked->request, GIOP_NO_EXCEPTION);
    cdr_write_boolean(w, part->count > 0);
    if (part->count > 0) {
        write_listed(w, &part->entries[0]);
    } else {
        name_write(w, NULL, 0);
        cdr_write_ulong(w, 0);
    }
    orb_reply_send(asked->request);
    listing_free(&part);
}

/* boolean next_n(in unsigned long how_many, out BindingList bl) */
static void serve_next_n(struct asked *asked)
{
    struct listing *part = next(asked, cdr_read_ulong(&asked->arguments));
    if (!part)
        return;
    struct cdr_writer *w = orb_reply_open(asked->request, GIOP_NO_EXCEPTION);
    cdr_write_boolean(w, part->count > 0);
    write_listing(w, part, part->count);
    orb_reply_send(asked->request);
    listing_free(&part);
}

static void serve_destroy(struct asked *asked)
{
    if (iterators_remove(asked->servants->naming->iterators, asked->iterator,
                         asked->iterator_length))
        orb_reply_nothing(asked->request);
    else
        orb_reply_exception(asked->request, EXCEPTION_OBJECT_NOT_EXIST, 0, COMPLETED_NO);
}

static bool is(const char *name, size_t length, const char *operation)
{
    return strlen(operation) == length && memcmp(operation, name, length) == 0;
}

serve *iterator_operation(const char *name, size_t length)
{
    return is(name, length, "next_one")  ? serve_next_one
           : is(name, length, "next_n")  ? serve_next_n
           : is(name, length, "destroy") ? serve_destroy
                                         : NULL;
}
