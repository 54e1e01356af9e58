/* The way between threads: any thread posts letters, one thread's event loop opens them in the
 * order in which each sender posted them.
 *
 * A letter is embedded in the message it carries (container_of by cast: make it the first member),
 * so posting allocates nothing. The message belongs to the mailbox from post to delivery, then to
 * the receiver. A wake-up costs one eventfd write for a burst of letters, not one each. */
#ifndef BASE_MAILBOX_H
#define BASE_MAILBOX_H

#include "base/status.h"

struct event_base;
struct mailbox;

struct letter {
    struct letter *next;
    void (*open)(struct letter *letter, void *receiver); /* runs in the receiver's thread */
};

/* A mailbox that delivers in `base`'s loop; `receiver` goes to each letter's open(). Aborts the
 * process when the kernel has no descriptor left. */
struct mailbox *mailbox_new(struct event_base *base, void *receiver);

/* Opens what is left, then frees and sets *mailbox to NULL. Receiver's thread; nobody may post
 * any more. */
void mailbox_free(struct mailbox **mailbox);

/* Any thread. */
void mailbox_post(struct mailbox *mailbox, struct letter *letter,
                  void (*open)(struct letter *letter, void *receiver));

#endif
