/* Where the server listens, and the cap on the number of its connections. */
#include "http/listener.h"

#include "base/listener.h"
#include "base/log.h"
#include "base/memory.h"
#include "http/server_private.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Connections beyond the limit that are told so; those beyond these are closed untold. */
enum { TOLD_BEYOND_LIMIT = 64 };

static void note_crowd(struct http_server *server, bool crowded)
{
    if (crowded && !server->crowded)
        log_warning("connection limit reached",
                    LOG_INT("limit", (int64_t)server->options.connection_limit));
    server->crowded = crowded;
}

static void on_accepted(void *arg, int descriptor)
{
    struct http_server *server = arg;
    size_t limit = server->options.connection_limit;
    int on = 1;
    note_crowd(server, server->connection_count >= limit);
    if (server->connection_count >= limit + TOLD_BEYOND_LIMIT) {
        server_count_rejected("overloaded");
        close(descriptor);
        return;
    }
    /* Fails on a Unix socket, which never waits. */
    (void)setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    connection_open(server, descriptor, server->crowded);
}

static void on_failed(void *arg)
{
    (void)arg;
    server_count_rejected("accept-failed");
}

static const struct listener_calls calls = {.accepted = on_accepted, .failed = on_failed};

static void keep(struct http_server *server, struct listener *listener)
{
    size_t size = (server->listener_count + 1) * sizeof(struct listener *);
    server->listeners = memory_resize(server->listeners, size);
    server->listeners[server->listener_count++] = listener;
}

enum status http_server_listen(struct http_server *server, const char *address, bool shared,
                               struct fault *fault)
{
    static const char unix_prefix[] = "unix:";
    size_t prefix = sizeof(unix_prefix) - 1;
    struct listener *listener = NULL;
    enum status status =
        strncmp(address, unix_prefix, prefix) == 0
            ? listener_open_unix(server->base, address + prefix, &calls, server, &listener, fault)
            : listener_open_tcp(server->base, address, shared, &calls, server, &listener, fault);
    if (status == STATUS_OK)
        keep(server, listener);
    return status;
}

const char *http_server_address(const struct http_server *server)
{
    size_t count = server->listener_count;
    return count > 0 ? listener_address(server->listeners[count - 1]) : "";
}

void listeners_drain(struct http_server *server)
{
    for (size_t i = 0; i < server->listener_count; i++)
        listener_drain(server->listeners[i]);
}

void listeners_close(struct http_server *server)
{
    for (size_t i = 0; i < server->listener_count; i++)
        listener_close(&server->listeners[i]);
    free(server->listeners);
    server->listeners = NULL;
    server->listener_count = 0;
}
