/* Private: listening sockets. */
#ifndef HTTP_LISTENER_H
#define HTTP_LISTENER_H

#include "base/status.h"

#include <stdbool.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/stat.h>

struct evconnlistener;
struct event;
struct http_server;

enum { LISTENER_ADDRESS_SIZE = 128 };

struct listener {
    SLIST_ENTRY(listener) links;
    struct http_server *server;
    struct evconnlistener *acceptor;
    struct event *resume; /* accepts again after a back-off */
    char address[LISTENER_ADDRESS_SIZE];
    bool shared;
    bool is_unix;
    struct stat identity; /* of a Unix socket: only our own is removed */
};

SLIST_HEAD(listener_list, listener);

/* Binds and listens. Fills address, shared, is_unix and identity. */
MUST_CHECK enum status socket_listen_tcp(struct listener *listener, const char *address,
                                         int *descriptor, struct fault *fault);
MUST_CHECK enum status socket_listen_unix(struct listener *listener, const char *path,
                                          int *descriptor, struct fault *fault);
/* Gives the address up. The descriptor is closed already. */
void socket_forget(const struct listener *listener);

/* Accepts what the kernel has accepted already: closing the listener would reset it. */
void listener_drain(const struct listener *listener);

void listener_free(struct listener *listener);

#endif
