/* Random bytes, drawn from the kernel in pools of one thread each, so that an identifier costs a
 * copy and not a system call.
 *
 * A pool's bytes are wiped as they are handed out. A forked child drops the pool that it copied,
 * or parent and child would name things alike. */
#include "base/random.h"

#include "base/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { RANDOM_POOL_SIZE = 1024 };

struct random_pool {
    uint8_t bytes[RANDOM_POOL_SIZE];
    size_t left; /* unused bytes, at the end */
};

static _Thread_local struct random_pool pool;
static pthread_once_t fork_once = PTHREAD_ONCE_INIT;

static void random_kernel(uint8_t *bytes, size_t size)
{
    while (size) {
        ssize_t got = getrandom(bytes, size, 0);

        if (got < 0 && errno != EINTR) {
            log_error("the kernel gives no random bytes", LOG_INT("errno", errno));
            abort();
        }
        if (got > 0) {
            bytes += got;
            size -= (size_t)got;
        }
    }
}

static void random_forget(void)
{
    pool.left = 0;
}

static void random_watch_forks(void)
{
    if (pthread_atfork(NULL, NULL, random_forget) != 0)
        abort();
}

static void random_refill(void)
{
    (void)pthread_once(&fork_once, random_watch_forks);
    random_kernel(pool.bytes, sizeof(pool.bytes));
    pool.left = sizeof(pool.bytes);
}

void random_bytes(void *bytes, size_t size)
{
    uint8_t *source;

    if (size > sizeof(pool.bytes)) {
        random_kernel(bytes, size);
        return;
    }
    if (size > pool.left)
        random_refill();
    source = pool.bytes + sizeof(pool.bytes) - pool.left;
    memcpy(bytes, source, size);
    explicit_bzero(source, size);
    pool.left -= size;
}

/* Lemire's method: a 64-bit product, and a redraw only where its low half would favour some
 * results ("Fast Random Integer Generation in an Interval", 2019). */
uint32_t random_below(uint32_t bound)
{
    uint32_t unfair = bound ? -bound % bound : 0;
    uint32_t draw;
    uint64_t product;

    do {
        random_bytes(&draw, sizeof(draw));
        product = (uint64_t)draw * bound;
    } while ((uint32_t)product < unfair);
    return (uint32_t)(product >> 32);
}
