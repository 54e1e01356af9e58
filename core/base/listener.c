/* Accepting connections, and waiting when descriptors run out. */
#include "base/listener.h"

#include "base/listener_private.h"
#include "base/log.h"
#include "base/memory.h"

#include <event2/event.h>
#include <event2/listener.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { BACK_OFF_MS = 100 };

static void take(struct listener *listener, int descriptor)
{
    listener->resting = false;
    listener->calls->accepted(listener->arg, descriptor);
}

static void on_accept(struct evconnlistener *acceptor, evutil_socket_t descriptor,
                      struct sockaddr *peer, int peer_length, void *arg)
{
    (void)acceptor;
    (void)peer;
    (void)peer_length;
    take(arg, descriptor);
}

void listener_drain(struct listener *listener)
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
    int error = EVUTIL_SOCKET_ERROR();
    const struct timeval pause = {0, BACK_OFF_MS * 1000L};
    if (!listener->resting)
        log_error("cannot accept connections", LOG_TEXT("address", listener->address),
                  LOG_TEXT("reason", strerror(error)));
    listener->resting = true;
    evconnlistener_disable(acceptor);
    evtimer_add(listener->resume, &pause);
    if (listener->calls->failed)
        listener->calls->failed(listener->arg);
}

static void on_resume(evutil_socket_t descriptor, short what, void *arg)
{
    (void)descriptor;
    (void)what;
    struct listener *listener = arg;
    evconnlistener_enable(listener->acceptor);
}

static void start_accepting(struct listener *listener, struct event_base *base, int descriptor)
{
    listener->resume = evtimer_new(base, on_resume, listener);
    listener->acceptor = evconnlistener_new(
        base, on_accept, listener, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, descriptor);
    if (listener->resume == NULL || listener->acceptor == NULL)
        abort(); /* libevent is out of memory: as memory.h */
    evconnlistener_set_error_cb(listener->acceptor, on_accept_error);
}

static struct listener *listener_new(const struct listener_calls *calls, void *arg)
{
    struct listener *listener = memory_new(sizeof(*listener));
    listener->calls = calls;
    listener->arg = arg;
    return listener;
}

/* Gives it away when its socket listens, and frees it when not. */
static enum status finish_opening(struct listener *made, struct event_base *base, int descriptor,
                                  enum status status, struct listener **listener)
{
    if (status != STATUS_OK) {
        free(made);
        return status;
    }
    start_accepting(made, base, descriptor);
    *listener = made;
    return STATUS_OK;
}

enum status listener_open_tcp(struct event_base *base, const char *address, bool shared,
                              const struct listener_calls *calls, void *arg,
                              struct listener **listener, struct fault *fault)
{
    struct listener *made = listener_new(calls, arg);
    int descriptor = -1;
    made->shared = shared;
    enum status status = socket_listen_tcp(made, address, &descriptor, fault);
    return finish_opening(made, base, descriptor, status, listener);
}

enum status listener_open_unix(struct event_base *base, const char *path,
                               const struct listener_calls *calls, void *arg,
                               struct listener **listener, struct fault *fault)
{
    struct listener *made = listener_new(calls, arg);
    int descriptor = -1;
    enum status status = socket_listen_unix(made, path, &descriptor, fault);
    return finish_opening(made, base, descriptor, status, listener);
}

void listener_close(struct listener **listener)
{
    struct listener *gone = *listener;
    if (gone == NULL)
        return;
    *listener = NULL;
    event_free(gone->resume);
    evconnlistener_free(gone->acceptor);
    socket_forget(gone);
    free(gone);
}

const char *listener_address(const struct listener *listener)
{
    return listener->address;
}

bool listener_is_resting(const struct listener *listener)
{
    return listener->resting;
}
