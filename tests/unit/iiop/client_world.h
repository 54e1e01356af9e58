/* A client, and peers whose every byte the test writes, in one thread and one loop: each function
 * that waits lets the loop turn meanwhile, and fails after some seconds. */
#ifndef TEST_IIOP_CLIENT_WORLD_H
#define TEST_IIOP_CLIENT_WORLD_H

#include "iiop/client.h"
#include "server_wire.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct event_base;

struct world {
    struct event_base *base;
    struct orb_client *client;
};

/* The options are the defaults where it is NULL. */
void world_open(struct world *world, const struct orb_client_options *options);
void world_close(struct world *world);
void world_turn(struct world *world); /* turns of the loop that do not wait */
void world_pause(struct world *world, int ms);

/* ---- the other side ---- */

struct peer { /* where a client can connect to */
    int listener;
    uint16_t port;
};
void peer_open(struct peer *peer);
void peer_open_at(struct peer *peer, uint16_t port); /* which was a peer's before */
void peer_close(struct peer *peer);
bool peer_was_called(struct world *world, struct peer *peer); /* somebody waits to be accepted */

struct line { /* a connection that was accepted */
    int descriptor;
    struct buffer got;
    size_t taken;
};
void line_accept(struct world *world, struct peer *peer, struct line *line);
void line_close(struct line *line); /* in order */
void line_reset(struct line *line); /* without */
/* The next message; lent until the next call. */
struct giop_message line_message(struct world *world, struct line *line);
/* The next message is a request. */
struct giop_request line_request(struct world *world, struct line *line);
bool line_is_silent(struct world *world, struct line *line); /* nothing more has come */
void line_wait_for_end(struct world *world, struct line *line);
/* Sends all of it and empties the wire. */
void line_send(struct world *world, struct line *line, struct wire *wire);

/* The begin of a Reply, up to where its body begins; wire_end closes it. */
void wire_reply(struct wire *wire, uint32_t id, uint32_t status);
void wire_reply_text(struct wire *wire, uint32_t id, const char *text); /* a whole one */
void wire_reply_exception(struct wire *wire, uint32_t id, const char *exception,
                          uint32_t completed);
void wire_reply_forward(struct wire *wire, uint32_t id, uint32_t status, const struct ior *to);
void wire_bare(struct wire *wire, uint8_t type);

/* Receives a request and answers it so. */
void answer_text(struct world *world, struct line *line, const char *text);
void answer_exception(struct world *world, struct line *line, const char *exception,
                      uint32_t completed);
void answer_forward(struct world *world, struct line *line, uint32_t status, const struct ior *to);

/* ---- this side ---- */

/* "corbaloc:iiop:1.MINOR@127.0.0.1:PORT/desk" */
struct orb_object *object_at(struct world *world, const struct peer *peer, int minor);
struct orb_object *object_of(struct world *world, const char *reference);
/* One with our code sets. */
struct ior *ior_at(const struct peer *peer, const char *key);

/* A call and how it ended. Zeroed to begin with. */
struct called {
    struct orb_call *call;
    int answers;
    enum orb_end end;
    struct system_exception system;
    bool local;
    char why[200];
    char text[300]; /* a string result, or the user exception's id */
};

/* Sends a call that was made by hand. */
void call_send(struct called *called, int timeout_ms);
/* Calls `echo` with a string; 0: the default time. */
void call_echo(struct orb_object *object, struct called *called, const char *text, int timeout_ms);
void call_oneway(struct orb_object *object, struct called *called, const char *text);
void wait_for(struct world *world, struct called *called);
/* Waits; it has returned this text. */
void assert_returned(struct world *world, struct called *called, const char *text);
/* Waits; it has ended with this system exception, raised here or (not local) by the peer. */
void assert_failed(struct world *world, struct called *called, enum exception_kind kind,
                   enum exception_completed completed, bool local);

/* ---- all together ---- */

/* A world with one peer, which the object has called already. */
struct scene {
    struct world world;
    struct peer peer;
    struct line line;
    struct orb_object *object;
};
void scene_open(struct scene *scene, const struct orb_client_options *options);
void scene_close(struct scene *scene);

#endif
