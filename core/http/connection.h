/* Private: one client's connection and the states it goes through. */
#ifndef HTTP_CONNECTION_H
#define HTTP_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

struct bufferevent;
struct evbuffer;
struct http_request;
struct http_server;
struct text;

/* A connection is always in exactly one of the server's lists: the one of its state. All members
 * of a list have the same time to leave it, so each list is in the order of its deadlines, and the
 * sweeper looks at the heads alone. */
enum connection_state {
    CONNECTION_HEADER,    /* a header is awaited after accept, or has begun */
    CONNECTION_BODY,      /* the header is good, the body is on its way */
    CONNECTION_BUSY,      /* the handler has the request; no deadline of ours */
    CONNECTION_WRITING,   /* the client has not taken all of the answer yet */
    CONNECTION_IDLE,      /* between requests: nothing is held but this struct and its socket */
    CONNECTION_LINGERING, /* the last answer is out, and FIN; what comes is thrown away, so that
                             no RST overtakes the answer (RFC 9112, 9.6) */
    CONNECTION_CLOSED,    /* nothing but memory; freed by the reaper in a later turn of the loop,
                             because callbacks of this turn may still hold the pointer */
    CONNECTION_STATES,
};

struct connection {
    TAILQ_ENTRY(connection) links;
    int64_t deadline_us; /* clock_monotonic_us */
    struct http_server *server;
    struct bufferevent *stream;
    struct http_request *request; /* the one that is read or answered, or NULL */
    size_t waiting; /* WRITING: bytes left when the deadline was set; LINGERING: bytes dropped */
    enum connection_state state;
    bool advancing; /* connection_advance is on the stack */
    bool ended;     /* the client has sent all it will send */
    bool throttled; /* reading is off: enough is waiting */
    bool last;      /* the answer that is under way is the last one */
};

TAILQ_HEAD(connection_list, connection);

/* Takes the descriptor, which must not block. `crowded`: answers 503 and closes. */
void connection_open(struct http_server *server, int descriptor, bool crowded);

/* The only way to another state. */
void connection_enter(struct connection *connection, enum connection_state state);

/* Sends, at once where the socket takes it. False when the connection is closed now. */
bool connection_send(struct connection *connection, struct text head, struct text body);

/* The answer is sent or waits to be: on to what comes next. */
void connection_answered(struct connection *connection);

/* The time of its state is over. */
void connection_expire(struct connection *connection);

/* Nothing of a request has come, read or not. */
bool connection_is_unused(const struct connection *connection);

void connection_close(struct connection *connection);

#endif
