/* The tiny server's thread, and what it can do on a socket. */
#include "peer.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void must(bool good, const char *what)
{
    if (good)
        return;
    perror(what);
    abort();
}

static void *serve(void *arg)
{
    struct peer *peer = arg;
    for (;;) {
        int fd = accept(peer->listener, NULL, NULL);
        if (fd < 0)
            return NULL; /* peer_stop */
        peer->connections++;
        peer->talk(peer, fd);
        close(fd);
    }
}

static void start(struct peer *peer, void (*talk)(struct peer *, int), const char *says)
{
    peer->talk = talk;
    peer->says = says;
    must(listen(peer->listener, 256) == 0, "listen");
    must(pthread_create(&peer->thread, NULL, serve, peer) == 0, "pthread_create");
}

void peer_start(struct peer *peer, void (*talk)(struct peer *, int), const char *says)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    memset(peer, 0, sizeof(*peer));
    peer->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(bind(peer->listener, (void *)&address, size) == 0, "bind");
    must(getsockname(peer->listener, (void *)&address, &size) == 0, "getsockname");
    peer->port = ntohs(address.sin_port);
    snprintf(peer->url, sizeof(peer->url), "http://127.0.0.1:%d/", peer->port);
    start(peer, talk, says);
}

void peer_start_unix(struct peer *peer, const char *path, void (*talk)(struct peer *, int),
                     const char *says)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memset(peer, 0, sizeof(*peer));
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    peer->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(bind(peer->listener, (void *)&address, sizeof(address)) == 0, "bind");
    start(peer, talk, says);
}

void peer_stop(struct peer *peer)
{
    shutdown(peer->listener, SHUT_RDWR);
    pthread_join(peer->thread, NULL);
    close(peer->listener);
}

static bool is_whole(const char *request, size_t size)
{
    const char *end = strstr(request, "\r\n\r\n");
    const char *length = strstr(request, "Content-Length: ");
    if (!end)
        return false;
    size_t body = length && length < end ? strtoul(length + 16, NULL, 10) : 0;
    return size >= (size_t)(end - request) + 4 + body;
}

bool peer_read(struct peer *peer, int fd)
{
    size_t size = 0;
    peer->request[0] = '\0';
    while (!is_whole(peer->request, size)) {
        ssize_t got = read(fd, peer->request + size, sizeof(peer->request) - 1 - size);
        if (got <= 0)
            return false;
        size += (size_t)got;
        peer->request[size] = '\0';
    }
    peer->requests++;
    return true;
}

void peer_write(int fd, const char *text, size_t length)
{
    while (length > 0) {
        ssize_t put = send(fd, text, length, MSG_NOSIGNAL);
        if (put <= 0)
            return; /* the client had enough */
        text += put;
        length -= (size_t)put;
    }
}

void peer_wait_for_close(int fd)
{
    char byte;
    while (read(fd, &byte, 1) > 0)
        ;
}

void peer_answer_and_close(struct peer *peer, int fd)
{
    if (peer_read(peer, fd))
        peer_write(fd, peer->says, strlen(peer->says));
}

void peer_answer_each(struct peer *peer, int fd)
{
    while (peer_read(peer, fd))
        peer_write(fd, peer->says, strlen(peer->says));
}

void peer_answer_and_wait(struct peer *peer, int fd)
{
    peer_answer_and_close(peer, fd);
    peer_wait_for_close(fd);
}
