/* A connection's deadlines: one timer, armed for the nearest one and looked at when it wakes up.
 *
 * Reads and writes move deadlines further away without touching the timer; it finds out when it
 * wakes up too early, and sleeps on. Only a deadline that is nearer than the timer arms it anew. */
#include "iiop/connection_private.h"

enum { REST_US = 1000000 }; /* after so long without a read, memory is given back */

static int64_t after_ms(int64_t from_us, int milliseconds)
{
    return milliseconds > 0 ? from_us + milliseconds * INT64_C(1000) : INT64_MAX;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

void orb_connection_wake_at(struct orb_connection *connection, int64_t at_us, int64_t now_us)
{
    if (at_us == INT64_MAX || (connection->tick_us && connection->tick_us <= at_us))
        return;
    int64_t wait_us = at_us > now_us ? at_us - now_us : 0;
    struct timeval wait = {wait_us / 1000000, wait_us % 1000000};
    connection->tick_us = at_us;
    evtimer_add(&connection->timer, &wait);
}

/* event_active would not do: evtimer_add takes it back. */
void orb_connection_wake_now(struct orb_connection *connection)
{
    const struct timeval none = {0, 0};
    connection->tick_us = 1; /* earlier than every deadline */
    evtimer_add(&connection->timer, &none);
}

/* While the owner does not read, it is not the peer who lets the message wait. */
static int64_t message_deadline(const struct orb_connection *connection)
{
    if (!connection->message || !connection->reading || connection->state != CONNECTION_OPEN)
        return INT64_MAX;
    return after_ms(connection->message_us, connection->options->message_deadline_ms);
}

int64_t orb_connection_write_deadline(const struct orb_connection *connection)
{
    if (!connection->waits)
        return INT64_MAX;
    return after_ms(connection->write_us, connection->options->write_timeout_ms);
}

static int64_t idle_deadline(const struct orb_connection *connection)
{
    if (orb_connection_unsent(connection) || connection->state != CONNECTION_OPEN)
        return INT64_MAX;
    return after_ms(connection->active_us, connection->options->idle_timeout_ms);
}

static int64_t linger_deadline(const struct orb_connection *connection)
{
    return connection->state == CONNECTION_LINGERING ? connection->linger_us : INT64_MAX;
}

int64_t orb_connection_rest_time(const struct orb_connection *connection)
{
    if (connection->resting || connection->state != CONNECTION_OPEN)
        return INT64_MAX;
    return connection->active_us + REST_US;
}

int64_t orb_connection_next_deadline(const struct orb_connection *connection)
{
    int64_t progress =
        earlier(orb_connection_write_deadline(connection), message_deadline(connection));
    int64_t quiet = earlier(idle_deadline(connection), orb_connection_rest_time(connection));
    return earlier(linger_deadline(connection), earlier(progress, quiet));
}

void orb_connection_watch_message(struct orb_connection *connection, bool anew, int64_t now_us)
{
    uint64_t oldest = giop_stream_oldest(connection->stream);
    if (oldest == connection->message && !anew)
        return;
    connection->message = oldest;
    connection->message_us = now_us;
    orb_connection_wake_at(connection, message_deadline(connection), now_us);
}

static void rest(struct orb_connection *connection)
{
    connection->resting = true;
    if (!connection->backlog)
        giop_stream_rest(connection->stream);
    if (!orb_connection_unsent(connection))
        buffer_release(&connection->out);
}

static void check_quiet(struct orb_connection *connection, int64_t now_us)
{
    if (orb_connection_rest_time(connection) <= now_us)
        rest(connection);
    if (idle_deadline(connection) > now_us)
        return;
    connection->active_us = now_us;
    connection->calls->idle(connection->arg);
}

void orb_connection_check_deadlines(struct orb_connection *connection, int64_t now_us)
{
    if (orb_connection_write_deadline(connection) <= now_us)
        orb_connection_tell_end(connection, ORB_END_LATE,
                                "nothing was taken of what waits to be written");
    else if (message_deadline(connection) <= now_us)
        orb_connection_tell_end(connection, ORB_END_LATE, "a message did not arrive in time");
    else if (linger_deadline(connection) <= now_us)
        orb_connection_tell_end(connection, ORB_END_FINISHED, "finished");
    else
        check_quiet(connection, now_us);
}
