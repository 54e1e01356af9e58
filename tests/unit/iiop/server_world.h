/* A server with a few servants, and clients on loopback, in one thread and one loop. */
#ifndef TEST_IIOP_WORLD_H
#define TEST_IIOP_WORLD_H

#include "iiop/server_private.h"
#include "server_wire.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct event_base;

enum { WORLD_HELD_LIMIT = 300 };

/* Key "desk" has the operations ping, echo (string to string), fail (a user exception), unfit (a
 * result that cannot be marshalled), bulk (ulong to so many octets), tell (with a context), forward
 * and hold, which leaves the request in `held`. Keys "drawer/..." are a default servant's, which
 * answers `which` with what follows, and says that "drawer/none" does not exist. */
struct world {
    struct event_base *base;
    struct orb_server *server;
    struct orb_adapter *adapter;
    size_t invoked;
    struct orb_request *held[WORLD_HELD_LIMIT];
    size_t held_count;
    bool seen_oneway; /* what the last request said of itself */
    bool stopped;
};

/* The options are the defaults where it is NULL. The server listens. */
void world_open(struct world *world, const struct orb_server_options *options);
void world_close(struct world *world);
void world_turn(struct world *world); /* turns of the loop that do not wait */
void world_wait_for_callers(struct world *world, size_t count);
void world_wait_for_held(struct world *world, size_t count);
void world_wait_for_stop(struct world *world);

struct client {
    int descriptor;
    struct buffer got;
    size_t taken;
    bool ended;
};

struct client client_open(struct world *world);
void client_close(struct client *client);
/* Sends all of it, the loop turning meanwhile, and empties the wire. */
void client_send(struct world *world, struct client *client, struct wire *wire);
/* What the server does not take at once is left in the wire; false: it takes nothing more. */
bool client_offer(struct world *world, struct client *client, struct wire *wire);
/* The next message; lent until the next call. Fails after some seconds without one. */
struct reading client_message(struct world *world, struct client *client);
struct answer client_answer(struct world *world, struct client *client);
/* Nothing more comes, but the end. */
void client_wait_for_end(struct world *world, struct client *client);

/* The answer is that to request `id` with this reply status. */
struct answer assert_answer(struct world *world, struct client *client, uint32_t id,
                            uint32_t status);
/* Likewise a system exception, "BAD_OPERATION" for one. */
void assert_exception(struct world *world, struct client *client, uint32_t id, const char *name,
                      uint32_t completed);
/* A call and its answer, on a connection of its own: the server works. */
void assert_serves(struct world *world);

#endif
