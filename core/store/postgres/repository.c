/* Opening and closing a thread's handle, and its table of operations. */
#include "store/postgres/repository.h"

#include "base/clock.h"
#include "base/memory.h"

#include <event2/event.h>
#include <stdlib.h>

static void on_turn(int none, short events, void *arg)
{
    (void)none, (void)events;
    pg_lanes_dispatch(arg);
}

static void release(struct pg_repository *self)
{
    if (self->turn != NULL)
        event_free(self->turn);
    if (self->overdue != NULL)
        event_free(self->overdue);
    pg_arguments_release(&self->arguments);
    free(self->tails);
    free(self->lanes);
    free(self);
}

/* What a server that answers needs at the most. */
enum { SETTLE_US = 1500000 };

/* What has been sent is waited for, so that what has happened can be told; of what is not answered
 * in time it is said that nobody knows. */
static void close_repository(struct repository *repository)
{
    struct pg_repository *self = pg_repository_of(repository);

    self->closing = true;
    pg_watch_end(self);
    pg_lead_end(self);
    pthread_mutex_lock(&self->store->lock);
    TAILQ_REMOVE(&self->store->repositories, self, peer);
    pthread_mutex_unlock(&self->store->lock);
    pg_lanes_close(self, clock_monotonic_us() + SETTLE_US);
    pg_pool_end(self);
    mailbox_free(&self->mailbox);
    release(self);
}

static const struct repository_ops operations = {
    .close = close_repository,
    .save = pg_save,
    .get = pg_get,
    .key_find = pg_key_find,
    .list = pg_list,
    .events_after = pg_events_after,
    .events_ends = pg_events_ends,
    .events_find_time = pg_events_find_time,
    .watch = pg_watch,
    .cursor_read = pg_cursor_read,
    .cursor_write = pg_cursor_write,
    .cursor_create = pg_cursor_create,
    .cursor_ack = pg_cursor_ack,
    .cursor_delete = pg_cursor_delete,
    .cursors_list = pg_cursors_list,
    .prune = pg_prune,
    .lead = pg_lead,
    .inbound_put = pg_inbound_put,
    .inbound_pending = pg_inbound_pending,
    .inbound_handled = pg_inbound_handled,
    .inbox_add = pg_inbox_add,
    .dead_letter_add = pg_dead_letter_add,
    .dead_letters_list = pg_dead_letters_list,
    .dead_letter_get = pg_dead_letter_get,
    .dead_letter_retry = pg_dead_letter_retry,
    .dead_letter_failed = pg_dead_letter_failed,
    .dead_letter_drop = pg_dead_letter_drop,
    .ping = pg_ping,
};

static void init_lists(struct pg_repository *self)
{
    for (int i = 0; i < PG_QUEUE_COUNT; i++)
        TAILQ_INIT(&self->queues[i]);
    for (int i = 0; i < PG_TOKEN_BUCKETS; i++)
        LIST_INIT(&self->tokens[i]);
    TAILQ_INIT(&self->splits);
    TAILQ_INIT(&self->flight);
}

enum status pg_repository_open(struct pg_store *store, struct event_base *base,
                               struct repository **repository, struct fault *fault)
{
    struct pg_repository *self = memory_new(sizeof(*self));

    self->repository.ops = &operations;
    self->store = store;
    self->base = base;
    self->deadline_us = (int64_t)store->options.deadline_ms * 1000;
    init_lists(self);
    self->turn = event_new(base, -1, 0, on_turn, self);
    self->overdue = event_new(base, -1, 0, pg_pool_overdue, self);
    if (self->turn == NULL || self->overdue == NULL) {
        release(self);
        return fault_set(fault, STATUS_UNAVAILABLE, NULL, "the event loop takes no more events");
    }
    self->mailbox = mailbox_new(base, self);
    pthread_mutex_lock(&store->lock);
    TAILQ_INSERT_TAIL(&store->repositories, self, peer);
    pthread_mutex_unlock(&store->lock);
    pg_lanes_open(self);
    *repository = &self->repository;
    return STATUS_OK;
}
