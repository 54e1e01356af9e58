/* One counter of a metric family for each topic, looked up once. The bus thread's. */
#ifndef BUS_TALLY_H
#define BUS_TALLY_H

#include <stddef.h>

struct counter;

struct tally_entry {
    char *topic;
    struct counter *counter;
};

/* {.family = "orderd_..._total", .help = "..."} starts one; both are lent for ever. */
struct tally {
    const char *family;
    const char *help;
    struct tally_entry *entries;
    size_t count;
};

/* Topics are few: those of the service's own events, or those that scripts declared. */
void tally_add(struct tally *tally, const char *topic);
void tally_release(struct tally *tally);

#endif
