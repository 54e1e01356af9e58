/* Scripts in a directory of their own, and a vm made from them in an event loop: what the tests of
 * this room stand on. A check that fails here fails the test. */
#ifndef TESTS_HOST_WORLD_H
#define TESTS_HOST_WORLD_H

#include "host/task.h"
#include "host/vm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct parked;

struct world {
    char directory[64];
    struct event_base *base;
    struct vm *vm;
    struct vm_options options;
    struct fault fault;
    enum status started; /* what task_start said last */
    /* how the last task ended */
    int ended;
    enum task_end end;
    enum status status;
    char text[256];      /* its first result, or its error value */
    char traceback[512]; /* "" for none */
    /* waits that scripts began with test.park() */
    struct parked *parked;
    int cancelled;
    int let_go_when_done; /* the same when the last task was done */
    int let_go;           /* what test.hold() gave a task, and it has not any more */
    bool forgetful;       /* an operation is asked to end and does not, until it is finished */
};

int world_open(void **state);
int world_close(void **state);

/* Writes a file below the directory; "" for its root. */
void world_write(struct world *world, const char *path, const char *text);
enum status world_load(struct world *world); /* what vm_new says; no check */

/* Loads a bundle whose one entry script is `text` and which returns a function for world_run. */
void world_script(struct world *world, const char *text);
/* Starts a task that calls what routes/main.lua returned. */
void world_run(struct world *world);
/* The same, and turns the loop until it has ended. */
void world_finish(struct world *world, const char *text);
void world_turn(struct world *world);

/* Finishes the wait that has waited longest: it returns `text`, or raises it. */
void world_unpark(struct world *world, const char *text, bool raise);

#endif
