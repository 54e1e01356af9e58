/* The Lua states of one thread: the one in force, and older ones whose last tasks still run.
 *
 * The thread that owns the set changes it. The watchdog and the control socket look in from other
 * threads, so a lock keeps a state from being freed while one of them looks; it is never held over
 * Lua code nor a callback. */
#ifndef SERVER_VM_SET_H
#define SERVER_VM_SET_H

#include "host/vm.h"

#include <pthread.h>
#include <stdbool.h>

struct vm_set {
    pthread_mutex_t lock;
    struct vm_entry *entries; /* the one in force first */
    bool retiring;            /* all of them are */
    void (*emptied)(void *arg);
    void *emptied_arg;
};

void vm_set_init(struct vm_set *set);
void vm_set_destroy(struct vm_set *set); /* empty, and nobody looks any more */

/* The owner's thread. The set owns the states that it is given. */
struct vm *vm_set_current(const struct vm_set *set); /* the one in force, or NULL */
void vm_set_put(struct vm_set *set, struct vm *vm);  /* in force from now on */
/* Lets the tasks of one that is no longer in force finish, and frees it then, perhaps at once. */
void vm_set_retire(struct vm_set *set, struct vm *old);

/* The owner's thread: retires all; `emptied` runs when the last task has ended, and the states are
 * freed by then. May run before it returns. */
void vm_set_retire_all(struct vm_set *set, void (*emptied)(void *arg), void *arg);

/* Frees all, tasks under way included. The loop has ended for good. */
void vm_set_release(struct vm_set *set);

/* Any thread. */
size_t vm_set_memory(struct vm_set *set); /* bytes */
size_t vm_set_tasks(struct vm_set *set);
bool vm_set_running(struct vm_set *set, char name[128], int64_t *since_us);

#endif
