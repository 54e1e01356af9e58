/* Private: what is due when: a heap of deadlines, so that thousands of them need one timer. */
#ifndef IIOP_DEADLINES_H
#define IIOP_DEADLINES_H

#include <stddef.h>
#include <stdint.h>

/* Embedded in what has a deadline. All zero is in no heap. */
struct deadline {
    int64_t at_us; /* clock_monotonic_us */
    size_t slot;   /* in the heap, from 1 on; 0: not in it */
};

/* All zero is an empty heap. */
struct deadlines {
    struct deadline **heap; /* heap[0] is not used */
    size_t count, capacity;
};

void deadlines_add(struct deadlines *deadlines, struct deadline *deadline, int64_t at_us);
void deadlines_remove(struct deadlines *deadlines, struct deadline *deadline); /* if it is in it */
/* The earliest; NULL: there is none. */
struct deadline *deadlines_first(const struct deadlines *deadlines);
void deadlines_release(struct deadlines *deadlines);

#endif
