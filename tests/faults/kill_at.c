/* A library for LD_PRELOAD that ends a process as kill -9 does, at a named point of an event's way.
 *
 *     ORDERD_KILL_AT=POINT:N    at the Nth time that POINT is reached
 *
 *     sync        before a transaction is committed: SQLite syncs its log, or libpq sends the Sync
 *     publish     before an event's first frame goes to ZeroMQ: it is committed, nobody has heard
 *     published   an event's last frame has been sent, and the publisher's cursor has not moved
 *
 * Without the variable nothing happens. orderd itself knows nothing of this. */
#include <dlfcn.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

enum { SNDMORE = 2 };                       /* ZMQ_SNDMORE */
enum { SENT_NS = 50 * 1000 * 1000 };        /* what libzmq's own thread needs to send a message */
static const char event_topic[] = "order."; /* the beginning of an event's first frame */

static atomic_long reached;

static void reach(const char *point, long pause_ns)
{
    const struct timespec pause = {.tv_nsec = pause_ns};
    const char *wanted = getenv("ORDERD_KILL_AT");
    size_t length = strlen(point);
    if (!wanted || strncmp(wanted, point, length) != 0 || wanted[length] != ':')
        return;
    if (atomic_fetch_add(&reached, 1) + 1 != strtol(wanted + length + 1, NULL, 10))
        return;
    nanosleep(&pause, NULL);
    kill(getpid(), SIGKILL);
}

/* The function that the program would have called. */
static void *next(const char *name)
{
    void *function = dlsym(RTLD_NEXT, name);
    if (!function)
        abort();
    return function;
}

#define NEXT(type, name)                                                                           \
    static type call;                                                                              \
    if (!call)                                                                                     \
    *(void **)&call = next(name)

/* ---- commits ---- */

typedef int sync_file(int fd);

EXPORT int fdatasync(int fd)
{
    NEXT(sync_file *, "fdatasync");
    reach("sync", 0);
    return call(fd);
}

EXPORT int fsync(int fd)
{
    NEXT(sync_file *, "fsync");
    reach("sync", 0);
    return call(fd);
}

typedef int pipeline_sync(void *connection);

EXPORT int PQpipelineSync(void *connection)
{
    NEXT(pipeline_sync *, "PQpipelineSync");
    reach("sync", 0);
    return call(connection);
}

/* ---- events ---- */

static _Thread_local bool in_event;

static void frame_begins(const void *data, size_t size)
{
    if (in_event || size < sizeof(event_topic) - 1 ||
        memcmp(data, event_topic, sizeof(event_topic) - 1) != 0)
        return;
    in_event = true;
    reach("publish", 0);
}

static void frame_ends(int flags)
{
    if (!in_event || (flags & SNDMORE))
        return;
    in_event = false;
    reach("published", SENT_NS);
}

typedef int send_bytes(void *socket, const void *data, size_t size, int flags);

EXPORT int zmq_send(void *socket, const void *data, size_t size, int flags)
{
    NEXT(send_bytes *, "zmq_send");
    frame_begins(data, size);
    int result = call(socket, data, size, flags);
    frame_ends(flags);
    return result;
}

typedef int send_message(void *message, void *socket, int flags);
typedef void *message_data(void *message);
typedef size_t message_size(const void *message);

EXPORT int zmq_msg_send(void *message, void *socket, int flags)
{
    NEXT(send_message *, "zmq_msg_send");
    static message_data *data_of;
    static message_size *size_of;
    if (!size_of) {
        *(void **)&data_of = next("zmq_msg_data");
        *(void **)&size_of = next("zmq_msg_size");
    }
    frame_begins(data_of(message), size_of(message));
    int result = call(message, socket, flags);
    frame_ends(flags);
    return result;
}
