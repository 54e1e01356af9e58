/* The tests that scripts carry: orderd.test's cases, and every policy's own. For
 * `orderd --test`. */
#ifndef BINDINGS_TEST_H
#define BINDINGS_TEST_H

#include "host/vm.h"

#include <stdbool.h>
#include <stddef.h>

struct script_test_result {
    const char *name; /* "scripts/policies/quantity.lua: eleven are too many" */
    bool passed;
    const char *message; /* why it failed; NULL when it passed. Lent. */
};

struct script_test_run {
    void (*result)(void *arg, const struct script_test_result *result); /* for each; may be NULL */
    void (*finished)(void *arg, size_t passed, size_t failed);          /* once, at the end */
    void *arg;
};

/* Runs all cases of an attached vm one after the other, each in a task of its own, in its thread.
 * Copies `run`. May finish before it returns. Once at a time. */
void lua_tests_run(struct vm *vm, const struct script_test_run *run);

#endif
