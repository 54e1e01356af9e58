/* The last event of each topic up to a position: what a read needs to name the event before each.
 *
 * A repository remembers them for the places at which its readers stand (the relay, each hook, each
 * replay), so that a read which goes on where another one ended need not ask the database. */
#ifndef STORE_POSTGRES_TAILS_H
#define STORE_POSTGRES_TAILS_H

#include "domain/order.h"
#include "store/postgres/arguments.h"
#include "store/postgres/position.h"
#include "store/postgres/row.h"

#include <stdbool.h>

struct pg_tails_list;

enum { PG_TOPICS = ORDER_EVENT_KIND_COUNT };

struct pg_tails {
    struct pg_position at;
    struct pg_position last[PG_TOPICS]; /* by order_event_kind */
};

/* -1: none of ours, or NULL. */
int pg_topic_index(const char *topic);
void pg_put_topics(struct pg_arguments *arguments);

/* Rows of (topic, xid, id), several for a topic: the greatest counts. */
void pg_tails_take(const PGresult *result, struct pg_position last[PG_TOPICS]);

/* `list` is NULL until something is kept. */
bool pg_tails_find(const struct pg_tails_list *list, const struct pg_position *at,
                   struct pg_tails *tails);
/* A reader that stood at `from` stands at tails->at now. The one that has not moved for longest is
 * forgotten when there are too many. */
void pg_tails_keep(struct pg_tails_list **list, const struct pg_position *from,
                   const struct pg_tails *tails);

#endif
