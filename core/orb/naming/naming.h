/* CosNaming (OMG Naming Service 1.3) for a small site: a tree of names, kept in one file, served by
 * every worker.
 *
 * The tree is shared by all threads under one lock, held for memory work only. Each change is
 * appended to a journal and is on disk (fsync) before it is answered; a thread of its own writes,
 * so that no worker waits. The journal is rewritten when most of it is history. */
#ifndef NAMING_NAMING_H
#define NAMING_NAMING_H

#include "base/status.h"
#include "iiop/adapter.h"
#include <stddef.h>
#include <stdint.h>

struct event_base;
struct naming;
struct naming_servants;

struct naming_limits {
    size_t bindings;       /* in all contexts together: 10,000 */
    size_t contexts;       /* 1,000 */
    size_t iterators;      /* 100; they end after 5 minutes without use */
    size_t iterator_bytes; /* of names that all of them hold, roughly: 16 MiB */
};
struct naming_limits naming_limits_default(void);

/* Reads the journal, or begins one (mode 0600). A last entry that was cut off by a crash is
 * dropped; STATUS_INVALID for a file that is not ours or damaged in the middle. */
MUST_CHECK enum status naming_open(const char *path, const struct naming_limits *limits,
                                   struct naming **naming, struct fault *fault);
/* When the servants of all threads are gone. What was answered is on disk. NULL is nothing to
 * close. */
void naming_close(struct naming **naming);

/* Adds the servants of one thread: key "NameService" (the root context), "NameService/..."
 * (others), "NameIterator/...". `host` and `port` go into the references that are handed out. The
 * servants live as long as the adapter. */
MUST_CHECK enum status naming_serve(struct naming *naming, struct event_base *base,
                                    struct orb_adapter *adapter, const char *host, uint16_t port);

#endif
