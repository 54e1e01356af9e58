/* The INGEST socket: other services send their events in, and are told when they are on disk
 * (docs/EVENTS.md). The bus thread's.
 *
 * Every process that has a store serves it, whether it leads or not. */
#ifndef BUS_INGEST_H
#define BUS_INGEST_H

#include "bus/bus.h"
#include "bus/topics.h"

struct event_base;
struct ingest;

/* Listens at options->ingest, and stores what comes by `repository`, which outlives it; `topics`
 * do, too, and may change. As bus_open fails. */
MUST_CHECK enum status ingest_open(struct event_base *base, void *context,
                                   struct repository *repository, const struct bus_options *options,
                                   const struct topics *topics, struct ingest **ingest,
                                   struct fault *fault);

/* From now on whoever sends is told to try again later. */
void ingest_stop(struct ingest *ingest);

/* What is with the store is not answered any more. NULL inside is fine. */
void ingest_close(struct ingest **ingest);

/* False while its socket could not be opened again. */
bool ingest_healthy(const struct ingest *ingest);

const char *ingest_address(const struct ingest *ingest); /* as bound */

#endif
