/* What came from an endpoint and is no event: there is nobody to tell, so some of it is kept as
 * dead letters, for people to look at, and all of it is counted. A publisher that sends nothing
 * else fills neither the disk nor the log: of what is beyond the first REJECTS_BURST one in
 * REJECTS_EVERY_SECONDS is kept, and of each the first REJECTS_BYTES. The bus thread's. */
#ifndef BUS_REJECTS_H
#define BUS_REJECTS_H

#include "base/status.h"
#include "store/repository.h"

#include <stddef.h>
#include <stdint.h>

struct counter;

enum { REJECTS_BURST = 1000, REJECTS_EVERY_SECONDS = 10, REJECTS_BYTES = 8192 };

struct rejects {
    struct repository *repository; /* outlives them */
    int64_t room;                  /* so many more may be kept now */
    int64_t refilled_us;
    int64_t untold; /* dropped since one was kept */
    struct counter *malformed, *dropped;
};

void rejects_init(struct rejects *rejects, struct repository *repository);

/* `why` is of inbound_head_read, or of the store. */
void rejects_letter(struct rejects *rejects, const char *topic, const char *payload, size_t length,
                    const struct fault *why);

/* These frames are no message at all, and are only told of. */
void rejects_frames(struct rejects *rejects, size_t count);

#endif
