/* What a worker and the bus thread have in common: an event loop in a thread of its own, with a
 * mailbox, a repository, clients for HTTP and IIOP, and Lua states.
 *
 * Everything is made in the main thread before the thread runs (thread_open, then the role's own
 * parts), so that a start that fails has no half-started thread behind it. From thread_run on only
 * the thread itself touches what it has; the main thread posts letters. The thread ends by itself
 * when its role calls thread_end; it takes its parts down and posts its last letter to the main
 * thread, which joins it. Only mailbox and loop are left for thread_close, for until then the main
 * thread may still post. */
#ifndef SERVER_THREAD_H
#define SERVER_THREAD_H

#include "base/mailbox.h"
#include "base/status.h"
#include "bindings/services.h"
#include "server/config.h"
#include "server/orb.h"
#include "server/vm_set.h"

#include <pthread.h>
#include <stdbool.h>

struct event_base;
struct thread;

/* What makes a thread a worker or the bus thread. All run in the thread. */
struct thread_role {
    /* A new Lua state is in force; `old` will be retired next. May be NULL. */
    void (*switched)(struct thread *thread, struct vm *old, struct vm *now);
    /* Finish what is under way, take nothing new, then call thread_end. */
    void (*stop)(struct thread *thread);
    /* Free the role's parts, right after the Lua states and before repository and client. */
    void (*close)(struct thread *thread);
};

struct thread {
    const struct thread_role *role;
    char name[16]; /* "worker-0", "bus" */
    struct event_base *base;
    struct mailbox *mailbox;
    struct services services;
    struct orb_adapter *adapter;  /* what is served behind the scripts' servants */
    char orb_host[ORB_HOST_SIZE]; /* of references */
    struct vm_set vms;
    pthread_t id;
    bool opened;
    bool running;  /* the main thread's: started and not joined yet */
    bool stopping; /* the thread's own: nothing new is taken */

    struct letter stop, ended;
    struct mailbox *home; /* the main thread's */
    void (*on_ended)(struct letter *letter, void *receiver);
};

/* Without a store (NULL) there is no repository. `keys` may be NULL; the thread holds its own
 * reference. thread_close is needed after failure, too. */
MUST_CHECK enum status thread_open(struct thread *thread, const struct thread_role *role,
                                   const char *name, const struct config *config,
                                   struct store *store, struct jwt_keys *keys, struct fault *fault);

/* Puts the first Lua state in force; the thread owns it then. */
void thread_attach(struct thread *thread, struct vm *vm);

/* What references made in this thread say; before it runs. */
void thread_publish(struct thread *thread, const struct config *config, const char *bound);

/* `on_ended` is opened in the main thread when the thread is about to end; the letter is
 * thread->ended, see thread_of_ended. */
MUST_CHECK enum status thread_run(struct thread *thread, struct mailbox *home,
                                  void (*on_ended)(struct letter *letter, void *receiver),
                                  struct fault *fault);
struct thread *thread_of_ended(struct letter *letter);

/* Main thread, in answer to that letter. */
void thread_join(struct thread *thread);

/* Takes down a thread that never ran, or has been joined. Nobody watches it any more. One that was
 * never opened (all zero) is fine. */
void thread_close(struct thread *thread);

/* Main thread: asks it to stop in good order, or to end at its next turn. */
void thread_ask_stop(struct thread *thread);
void thread_ask_end(struct thread *thread);

/* The thread itself: ends the loop. */
void thread_end(struct thread *thread);

/* Main thread: hands over a Lua state and keys (a reference goes along; may be NULL) to be put in
 * force between two callbacks. `switched` is opened in the main thread when that is done, and
 * frees the letter. */
struct thread_switch {
    struct letter letter;
    struct thread *thread;
    struct vm *vm;
    struct jwt_keys *keys;
    void (*switched)(struct letter *letter, void *receiver);
};
void thread_post_switch(struct thread_switch *order);

#endif
