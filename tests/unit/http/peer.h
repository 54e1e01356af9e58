/* A tiny server on a raw socket, in a thread of its own: each test says byte by byte what it does.
 * One connection after the other. */
#ifndef TEST_HTTP_PEER_H
#define TEST_HTTP_PEER_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

struct peer {
    void (*talk)(struct peer *peer, int fd); /* for each connection; closed afterwards */
    const char *says;                        /* for talk */
    int listener;
    int port; /* 0 for a Unix socket */
    char url[64];
    pthread_t thread;
    /* Filled by the thread; read them after peer_stop. */
    int connections, requests;
    char request[65536]; /* the last one */
};

void peer_start(struct peer *peer, void (*talk)(struct peer *, int), const char *says);
void peer_start_unix(struct peer *peer, const char *path, void (*talk)(struct peer *, int),
                     const char *says);
void peer_stop(struct peer *peer); /* when its connections are closed */

/* Reads one request with its body. false when the client has closed. */
bool peer_read(struct peer *peer, int fd);
void peer_write(int fd, const char *text, size_t length);
void peer_wait_for_close(int fd);

/* Ways to talk. */
void peer_answer_and_close(struct peer *peer, int fd); /* reads a request, says, closes */
void peer_answer_each(struct peer *peer, int fd);      /* the same for each request on it */
void peer_answer_and_wait(struct peer *peer, int fd);  /* reads, says, waits for the client */

#endif
