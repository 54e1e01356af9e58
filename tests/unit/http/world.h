/* A server with clients on socket pairs, in one thread and one loop: what a test of it needs. */
#ifndef TEST_HTTP_WORLD_H
#define TEST_HTTP_WORLD_H

#include "base/buffer.h"
#include "http/server_private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct event_base;

enum { WORLD_HELD_LIMIT = 64 };

struct world {
    struct event_base *base;
    struct http_server *server;
    struct http_server_options options;
    bool hold;      /* keep requests in `held` instead of answering them with an echo */
    size_t handled; /* requests that reached the handler */
    struct http_request *held[WORLD_HELD_LIMIT];
    size_t held_count;
    bool stopped;
};

/* The client's side of a connection. */
struct client {
    struct buffer got; /* terminated by client_text */
    int descriptor;
    bool ended; /* the server closed, or sent FIN */
    bool reset; /* the server sent RST */
};

void world_open(struct world *world, const struct http_server_options *options);
void world_close(struct world *world);

/* Turns of the loop that do not wait; enough for what is there to be done. */
void world_turn(struct world *world);

/* Answers with status 200 and this body. */
void answer(struct http_request *request, const char *body);

/* A client on a socket pair, or on the server's listening address. */
struct client client_open(struct world *world);
struct client client_connect(struct world *world);
void client_close(struct client *client);

/* Sends all of it, the loop turning meanwhile; what the server does not take is dropped. */
void client_send(struct world *world, struct client *client, const char *bytes, size_t size);
void client_say(struct world *world, struct client *client, const char *text);

/* All that has come by now, terminated. */
const char *client_text(struct world *world, struct client *client);

/* Turns the loop until the server is through with this client; fails after some seconds. */
void client_wait_for_end(struct world *world, struct client *client);

/* Turns the loop until no connection is left; fails after some seconds. */
void world_wait_for_empty(struct world *world);

/* One connection, these bytes, and everything that came back. The caller's (free). */
char *exchange(struct world *world, const char *bytes, size_t size);

/* The status of the one answer to these bytes; fails unless it is a problem with this code that
 * has a trace id and ends the connection, and no handler has seen anything. */
void assert_refused(const char *bytes, size_t size, int status, const char *code);
#define assert_refused_text(text_, status_, code_)                                                 \
    assert_refused((text_), sizeof(text_) - 1, (status_), (code_))

/* The handler sees exactly one request, and answers it. */
void assert_taken(const char *text);

/* How often a piece stands in a text. */
size_t count_of(const char *text, const char *piece);
#define assert_contains(text_, piece_) assert_non_null(strstr((text_), (piece_)))
#define assert_lacks(text_, piece_) assert_null(strstr((text_), (piece_)))

#endif
