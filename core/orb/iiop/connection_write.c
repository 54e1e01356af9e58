/* What a connection sends: whole batches, the rest when the socket takes it, and its last words. */
#include "base/clock.h"
#include "iiop/connection_private.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

enum {
    KEPT_BYTES = 65536, /* what the out buffer may keep of memory when it is empty */
    LINGER_US = 2000000,
    LINGER_BYTES = 4 << 20,
    LINGER_READ = 4096,
};

bool orb_connection_would_block(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

static void forget_sent(struct orb_connection *connection, size_t size)
{
    struct buffer *out = &connection->out;
    connection->sent += size;
    connection->out_begin += size;
    if (connection->out_begin < out->size)
        return;
    connection->out_begin = 0;
    buffer_clear(out);
    if (out->capacity > KEPT_BYTES)
        buffer_release(out);
}

/* What has been sent leaves the buffer when it is most of it, so that moving the rest is cheap. */
static void compact(struct orb_connection *connection)
{
    struct buffer *out = &connection->out;
    if (connection->out_begin < out->size / 2 || connection->out_begin < KEPT_BYTES)
        return;
    out->size -= connection->out_begin;
    memmove(out->data, out->data + connection->out_begin, out->size);
    connection->out_begin = 0;
}

static void await_writable(struct orb_connection *connection, int64_t now_us)
{
    compact(connection);
    event_add(&connection->writable, NULL);
    connection->waits = true;
    orb_connection_wake_at(connection, orb_connection_write_deadline(connection), now_us);
}

/* False: the socket is broken; errno tells. */
static bool push(struct orb_connection *connection, int64_t now_us)
{
    size_t size = orb_connection_unsent(connection);
    ssize_t sent = send(connection->descriptor, connection->out.data + connection->out_begin, size,
                        MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && !orb_connection_would_block(errno))
        return false;
    connection->write_us = now_us; /* something was taken, or the wait begins */
    if (sent > 0)
        forget_sent(connection, (size_t)sent);
    if (sent < (ssize_t)size)
        await_writable(connection, now_us);
    return true;
}

void orb_connection_flush(struct orb_connection *connection)
{
    if (connection->held || connection->waits || connection->error ||
        connection->state != CONNECTION_OPEN || !orb_connection_unsent(connection))
        return;
    if (push(connection, clock_monotonic_us()))
        return;
    connection->error = errno;
    orb_connection_wake_now(connection);
}

/* ---- in the loop ---- */

/* All bytes are out. */
static void linger(struct orb_connection *connection, int64_t now_us)
{
    if (connection->end == ORB_END_CLOSED || shutdown(connection->descriptor, SHUT_WR) != 0) {
        orb_connection_tell_end(connection, ORB_END_FINISHED, "finished");
        return;
    }
    connection->state = CONNECTION_LINGERING;
    connection->linger_us = now_us + LINGER_US;
    event_add(&connection->readable, NULL);
    orb_connection_wake_at(connection, connection->linger_us, now_us);
}

static bool has_to_send(const struct orb_connection *connection)
{
    return (connection->state == CONNECTION_OPEN || connection->state == CONNECTION_FINISHING) &&
           !connection->waits && orb_connection_unsent(connection);
}

void orb_connection_send_out(struct orb_connection *connection, int64_t now_us)
{
    while (has_to_send(connection)) {
        if (!push(connection, now_us)) {
            orb_connection_tell_end(connection, ORB_END_FAILED, strerrordesc_np(errno));
            return;
        }
        if (connection->state == CONNECTION_OPEN && !connection->waits &&
            connection->calls->drained)
            connection->calls->drained(connection->arg); /* may append more, or close */
    }
    if (connection->state == CONNECTION_FINISHING && !orb_connection_unsent(connection))
        linger(connection, now_us);
}

void orb_connection_throw_away(struct orb_connection *connection)
{
    char scratch[LINGER_READ];
    ssize_t count = recv(connection->descriptor, scratch, sizeof(scratch), MSG_DONTWAIT);
    if (count > 0)
        connection->lingered += (size_t)count;
    if (count == 0 || (count < 0 && !orb_connection_would_block(errno)) ||
        connection->lingered > LINGER_BYTES)
        orb_connection_tell_end(connection, ORB_END_FINISHED, "finished");
}
