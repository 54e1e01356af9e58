/* The contract of store/repository.h as tests, for any implementation of it.
 *
 * A factory makes an empty place for a store (a directory, a database schema), opens stores in it,
 * and removes it. Every test gets a new place. */
#ifndef CONTRACT_REPOSITORY_SUITE_H
#define CONTRACT_REPOSITORY_SUITE_H

#include "store/repository.h"

#include <stdbool.h>

struct repository_factory {
    const char *name;
    void *(*create)(void);
    /* `options` come without the url, which is the place's. Asserts that it works. */
    struct store *(*open)(void *place, struct store_options options);
    void (*destroy)(void *place);
    const char *(*url)(const void *place);
    bool exclusive; /* a store that is open keeps everybody else out */
};

/* Runs everything; the number of failed tests. */
int repository_suite_run(const struct repository_factory *factory);

#endif
