/* What the ZeroMQ clients of the measurements share: the clock, and giving up. */
#ifndef BENCH_ZMQ_CLIENT_H
#define BENCH_ZMQ_CLIENT_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <zmq.h>

/* Seconds, monotonic. */
static inline double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Ends the program when a call of libzmq, or of the system, has failed (a result below 0). */
static inline void must(int result, const char *what)
{
    if (result >= 0)
        return;
    fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what, zmq_strerror(errno));
    exit(EXIT_FAILURE);
}

#endif
