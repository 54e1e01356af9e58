/* What the tests of the bus stand on: a real store in a temporary directory, an event loop, orders
 * to save, and a foreign ZeroMQ socket. Every wait ends the test program when it takes too long. */
#ifndef TESTS_BUS_WORLD_H
#define TESTS_BUS_WORLD_H

#include "bus/bus.h"
#include "store/repository.h"

#include <event2/event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct world {
    char directory[64];
    struct event_base *base;
    struct store *store;
    struct repository *repository;
    void (*committed)(void *arg); /* what repository_watch calls */
    void *committed_arg;
};

void world_open(struct world *world);
void world_close(struct world *world);

/* A crash and a new start: everything in memory is gone, the disk stays. Whoever used the old
 * repository must be freed afterwards. */
void world_restart(struct world *world);

/* Turns the loop until it is so. */
void world_until(struct world *world, bool (*so)(void *arg), void *arg);

/* A new order in the store; its id. */
struct uuid world_create_order(struct world *world);
/* Moves a stored order on, which writes one or two events more. */
void world_change_order(struct world *world, const struct uuid *id, enum order_status to);

/* A cursor as the store has it; empty when there is none. */
struct position world_cursor(struct world *world, const char *name);
/* The last committed position. */
struct position world_head(struct world *world);
void world_set_cursor(struct world *world, const char *name, const char *position);

/* ---- a foreign socket ---- */

enum { HEARD_LIMIT = 512, HEARD_FRAMES = 6 };

struct heard {
    size_t count;
    struct {
        size_t frames;
        char text[HEARD_FRAMES][1024]; /* terminated */
    } messages[HEARD_LIMIT];
};

void *foreign_context(void);
/* A SUB of everything at an address like "127.0.0.1:1234". */
void *foreign_subscriber(void *context, const char *address);
/* A PUB on a free port. */
void *foreign_publisher(void *context, char *endpoint, size_t size);
void foreign_send(void *socket, const char *const *frames, size_t count);
/* Takes what has come. */
void foreign_hear(void *socket, struct heard *heard);
void foreign_close(void *context, void *socket);

#endif
