/* The watchdog: a thread that looks at the others a few times a second, names a script that holds
 * its thread for too long, and keeps the gauges of the Lua states up to date. */
#ifndef SERVER_WATCHDOG_H
#define SERVER_WATCHDOG_H

#include "server/thread.h"

struct watchdog;

/* The threads outlive the watchdog. */
MUST_CHECK enum status watchdog_start(struct thread *const *threads, size_t count,
                                      struct watchdog **watchdog, struct fault *fault);
void watchdog_stop(struct watchdog **watchdog); /* NULL inside is fine */

#endif
