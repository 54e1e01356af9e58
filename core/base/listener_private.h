/* Private: a listener, and how its socket is come by. */
#ifndef BASE_LISTENER_PRIVATE_H
#define BASE_LISTENER_PRIVATE_H

#include "base/listener.h"

#include <sys/stat.h>

struct event;
struct evconnlistener;

struct listener {
    const struct listener_calls *calls;
    void *arg;
    struct evconnlistener *acceptor;
    struct event *resume; /* accepts again after a back-off */
    char address[LISTENER_ADDRESS_SIZE];
    int backlog; /* 0: as many as the kernel allows */
    bool shared;
    bool is_unix;
    bool resting;         /* accept found no descriptor and that was logged */
    struct stat identity; /* of a Unix socket: only our own is removed */
};

/* Binds and listens. Fills address, shared, is_unix and identity. */
MUST_CHECK enum status socket_listen_tcp(struct listener *listener, const char *address,
                                         int *descriptor, struct fault *fault);
MUST_CHECK enum status socket_listen_unix(struct listener *listener, const char *path,
                                          int *descriptor, struct fault *fault);
/* Gives the address up. The descriptor is closed already. */
void socket_forget(const struct listener *listener);

#endif
