/* Accepting connections: the cap on their number, and waiting when descriptors run out. */
#include "http/listener.h"

#include "base/log.h"
#include "base/memory.h"
#include "http/server_private.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    /* Connections beyond the limit that are told so; those beyond these are closed untold. */
    TOLD_BEYOND_LIMIT = 64,
    BACK_OFF_MS = 100,
};

static void note_crowd(struct http_server *server, bool crowded)
{
    if (crowded && !server->crowded)
        log_warning("connection limit reached",
                    LOG_INT("limit", (int64_t)server->options.connection_limit));
    server->crowded = crowded;
}

static void take(const struct listener *listener, int descriptor)
{
    struct http_server *server = listener->server;
    size_t limit = server->options.connection_limit;
    server->starving = false;
    note_crowd(server, server->connection_count >= limit);
    if (server->connection_count >= limit + TOLD_BEYOND_LIMIT) {
        server_count_rejected("overloaded");
        close(descriptor);
        return;
    }
    int on = 1;
    if (!listener->is_unix)
        (void)setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    connection_open(server, descriptor, server->crowded);
}

static void on_accept(struct evconnlistener *acceptor, evutil_socket_t descriptor,
                      struct sockaddr *peer, int peer_length, void *arg)
{
    (void)acceptor;
    (void)peer;
    (void)peer_length;
    take(arg, descriptor);
}

void listener_drain(const struct listener *listener)
{
    int listening = evconnlistener_get_fd(listener->acceptor);
    int descriptor;
    while ((descriptor = accept4(listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
        take(listener, descriptor);
}

/* No descriptor or no memory: the connection stays in the kernel's queue, and so would the event
 * that told us, in every turn of the loop. */
static void on_accept_error(struct evconnlistener *acceptor, void *arg)
{
    struct listener *listener = arg;
    struct http_server *server = listener->server;
    int error = EVUTIL_SOCKET_ERROR();
    const struct timeval pause = {0, BACK_OFF_MS * 1000L};
    if (!server->starving)
        log_error("cannot accept connections", LOG_TEXT("address", listener->address),
                  LOG_TEXT("reason", strerror(error)));
    server->starving = true;
    server_count_rejected("accept-failed");
    evconnlistener_disable(acceptor);
    evtimer_add(listener->resume, &pause);
}

static void on_resume(evutil_socket_t descriptor, short what, void *arg)
{
    (void)descriptor;
    (void)what;
    struct listener *listener = arg;
    evconnlistener_enable(listener->acceptor);
}

static void start_accepting(struct listener *listener, int descriptor)
{
    struct event_base *base = listener->server->base;
    listener->resume = evtimer_new(base, on_resume, listener);
    listener->acceptor = evconnlistener_new(
        base, on_accept, listener, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, descriptor);
    if (listener->resume == NULL || listener->acceptor == NULL)
        abort(); /* libevent is out of memory: as memory.h */
    evconnlistener_set_error_cb(listener->acceptor, on_accept_error);
}

void listener_free(struct listener *listener)
{
    event_free(listener->resume);
    evconnlistener_free(listener->acceptor);
    socket_forget(listener);
    free(listener);
}

enum status http_server_listen(struct http_server *server, const char *address, bool shared,
                               struct fault *fault)
{
    static const char unix_prefix[] = "unix:";
    size_t prefix = sizeof(unix_prefix) - 1;
    struct listener *listener = memory_new(sizeof(*listener));
    int descriptor = -1;
    listener->server = server;
    listener->shared = shared;
    enum status status = strncmp(address, unix_prefix, prefix) == 0
                             ? socket_listen_unix(listener, address + prefix, &descriptor, fault)
                             : socket_listen_tcp(listener, address, &descriptor, fault);
    if (status != STATUS_OK) {
        free(listener);
        return status;
    }
    start_accepting(listener, descriptor);
    SLIST_INSERT_HEAD(&server->listeners, listener, links);
    return STATUS_OK;
}
