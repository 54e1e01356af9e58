/* Private to the connection: its struct, which its files share, and the states it goes through. */
#ifndef IIOP_CONNECTION_PRIVATE_H
#define IIOP_CONNECTION_PRIVATE_H

#include "iiop/connection.h"

#include <event2/event.h>
#include <event2/event_struct.h>

enum connection_state {
    CONNECTION_OPEN,
    CONNECTION_ENDED,     /* the owner has been told, and has not decided yet */
    CONNECTION_FINISHING, /* the last bytes are on their way out */
    CONNECTION_LINGERING, /* all are out, and FIN; what comes is thrown away */
    CONNECTION_CLOSED,    /* memory only */
};

struct orb_connection {
    struct event readable, writable, timer;
    const struct orb_connection_options *options;
    const struct orb_connection_calls *calls;
    void *arg;
    struct giop_stream *stream; /* NULL while it finishes */

    struct buffer out;
    size_t out_begin; /* bytes of `out` that have been sent */
    uint64_t sent;

    int64_t active_us;  /* the last read or write in the loop */
    int64_t message_us; /* since when the oldest unfinished message waits */
    uint64_t message;   /* its number in the stream; 0: there is none */
    int64_t write_us;   /* when the socket took something last, or bytes began to wait */
    int64_t tick_us;    /* when the timer wakes up; 0: it is not armed */
    int64_t linger_us;  /* when lingering is over */
    size_t lingered;    /* bytes thrown away */

    int descriptor;
    int error; /* of a send outside of the loop's handlers: to be told */
    enum connection_state state;
    enum orb_connection_end end;
    bool held;    /* a handler is on the stack */
    bool waits;   /* for the socket to take more */
    bool reading; /* the owner wants messages */
    bool backlog; /* the stream may hold whole messages that rest */
    bool resting; /* memory that it can do without was given back */
    char peer[ORB_PEER_SIZE];
};

/* ---- the end ---- */

/* Tells the owner, within a handler of the loop. */
void orb_connection_tell_end(struct orb_connection *connection, enum orb_connection_end end,
                             const char *why);

/* ---- deadlines ---- */

/* The timer wakes up by then; INT64_MAX: it need not. */
void orb_connection_wake_at(struct orb_connection *connection, int64_t at_us, int64_t now_us);
/* In the next turn of the loop. */
void orb_connection_wake_now(struct orb_connection *connection);
/* Keeps the time of the oldest unfinished message; `anew` lets it begin now. */
void orb_connection_watch_message(struct orb_connection *connection, bool anew, int64_t now_us);
int64_t orb_connection_write_deadline(const struct orb_connection *connection);
int64_t orb_connection_rest_time(const struct orb_connection *connection);
/* The nearest of all. */
int64_t orb_connection_next_deadline(const struct orb_connection *connection);
/* Ends it, tells of idleness, or gives memory back, when it is time to. */
void orb_connection_check_deadlines(struct orb_connection *connection, int64_t now_us);

/* ---- writing ---- */

/* Sends what waits, within a handler of the loop; goes on to lingering when it finishes. */
void orb_connection_send_out(struct orb_connection *connection, int64_t now_us);
/* The peer's last bytes, while it lingers. */
void orb_connection_throw_away(struct orb_connection *connection);

bool orb_connection_would_block(int error);

#endif
