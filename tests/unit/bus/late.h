/* A repository that answers when the test says so, as a database server on the other side of a
 * network would: in front of a real one, and only as much of it as the bus calls. */
#ifndef TESTS_BUS_LATE_H
#define TESTS_BUS_LATE_H

#include "store/repository_ops.h"

enum { LATE_LIMIT = 100 };

struct late_call {
    struct repository *real;
    void (*run)(const struct late_call *call);
    char name[64];
    struct position position;
    size_t limit;
    bool writes;
    union {
        repository_events *events;
        repository_ends *heads;
        repository_position *cursor;
        repository_done *done;
    } tell;
    void *arg;
};

struct late {
    struct repository repository; /* for the tested code */
    struct repository *real;
    bool hold;    /* calls wait for late_answer from now on */
    bool failing; /* reads are answered STATUS_UNAVAILABLE */
    struct late_call held[LATE_LIMIT];
    size_t count;
};

void late_init(struct late *late, struct repository *real);

/* Lets what was held go to the store, in its order, and answers it. Calls that are made meanwhile
 * are held or not as `hold` says. */
void late_answer(struct late *late);

/* For world_until. */
bool late_holds(void *late);
bool late_holds_a_write(void *late);

#endif
