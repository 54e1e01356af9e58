/* What a consumer is handed, and how it answers: each delivery once, now or later. The bus
 * thread's. */
#ifndef BUS_DELIVERY_H
#define BUS_DELIVERY_H

#include "base/status.h"

struct delivery;

/* What becomes of a delivery that fails: it is tried again after a pause that doubles, with jitter,
 * and given up after so many attempts. */
struct retry {
    int attempts; /* in all; 0: for ever */
    int first_ms, longest_ms;
};

void delivery_done(struct delivery *delivery);

/* `reason` is for people, and is kept with what is given up; `retry` is lent. */
void delivery_failed(struct delivery *delivery, enum status status, const char *reason,
                     const struct retry *retry);

/* It could not be tried now: it comes again, as the same attempt. */
void delivery_put_off(struct delivery *delivery);

#endif
