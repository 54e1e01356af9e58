/* Opening and closing a thread's handle, its table of operations, and the word of commits. */
#include "store/sqlite/repository.h"

#include "base/log.h"
#include "base/memory.h"
#include "store/sqlite/queue.h"

#include <event2/event.h>
#include <stdlib.h>

static struct sqlite_repository *of(struct repository *repository)
{
    return (struct sqlite_repository *)repository;
}

static void watch(struct repository *repository, void (*committed)(void *arg), void *arg)
{
    struct sqlite_repository *self = of(repository);

    self->committed = committed;
    self->committed_arg = arg;
    atomic_store(&self->watching, committed != NULL);
}

/* The file's lock lets one process in, so whoever asks leads. */
static void lead(struct repository *repository, void (*changed)(void *arg, const char *epoch),
                 void *arg)
{
    struct sqlite_repository *self = of(repository);

    self->lead_changed = changed;
    self->lead_arg = arg;
    if (changed != NULL)
        event_active(self->leading, 0, 0);
    else
        event_del(self->leading);
}

static void on_leading(int none, short events, void *arg)
{
    struct sqlite_repository *self = arg;

    (void)none, (void)events;
    self->lead_changed(self->lead_arg, store_epoch(self->repository.store));
}

/* After this no letter of the writer's can come any more: it has posted every answer that it
 * owed, and it looks for watchers among the listed repositories only. */
static void leave_writer(struct sqlite_repository *self)
{
    pthread_mutex_lock(&self->queue->lock);
    while (self->begun > 0)
        pthread_cond_wait(&self->queue->settled, &self->queue->lock);
    TAILQ_REMOVE(&self->queue->repositories, self, peer);
    pthread_mutex_unlock(&self->queue->lock);
}

static void release(struct sqlite_repository *self)
{
    if (self->flush != NULL)
        event_free(self->flush);
    if (self->overdue != NULL)
        event_free(self->overdue);
    if (self->leading != NULL)
        event_free(self->leading);
    sqlite_connection_close(&self->connection);
    free(self);
}

static void close_repository(struct repository *repository)
{
    struct sqlite_repository *self = of(repository);

    self->closing = true;
    self->committed = NULL;
    sqlite_submit_withdraw_all(self);
    leave_writer(self);
    mailbox_free(&self->mailbox); /* delivers the answers that are there by now */
    release(self);
}

static const struct repository_ops operations = {
    .close = close_repository,
    .save = sqlite_write_save,
    .get = sqlite_read_order,
    .key_find = sqlite_read_key,
    .list = sqlite_read_list,
    .events_after = sqlite_read_events,
    .events_ends = sqlite_read_ends,
    .events_find_time = sqlite_read_find_time,
    .watch = watch,
    .cursor_read = sqlite_read_cursor,
    .cursor_write = sqlite_write_cursor,
    .cursor_create = sqlite_write_new_cursor,
    .cursor_ack = sqlite_write_ack,
    .cursor_delete = sqlite_write_no_cursor,
    .cursors_list = sqlite_read_cursors,
    .prune = sqlite_write_prune,
    .lead = lead,
    .inbox_add = sqlite_write_inbox,
    .inbound_put = sqlite_write_inbound,
    .inbound_pending = sqlite_read_pending,
    .inbound_handled = sqlite_write_handled,
    .dead_letter_add = sqlite_write_letter,
    .dead_letters_list = sqlite_read_letters,
    .dead_letter_get = sqlite_read_letter,
    .dead_letter_retry = sqlite_write_letter_retry,
    .dead_letter_failed = sqlite_write_letter_failed,
    .dead_letter_drop = sqlite_write_letter_drop,
    .ping = sqlite_write_ping,
};

enum status sqlite_repository_open(struct sqlite_queue *queue, const char *path,
                                   const struct store_options *options, struct event_base *base,
                                   struct repository **repository, struct fault *fault)
{
    struct sqlite_repository *self = memory_new(sizeof(*self));
    enum status status =
        sqlite_connection_open(path, SQLITE_READER, options->deadline_ms, &self->connection, fault);

    self->repository.ops = &operations;
    self->queue = queue;
    self->deadline_us = (int64_t)options->deadline_ms * 1000;
    self->key_ms = options->key_ms;
    TAILQ_INIT(&self->outbox);
    TAILQ_INIT(&self->flight);
    if (status != STATUS_OK)
        goto done;
    self->flush = event_new(base, -1, 0, sqlite_submit_flush, self);
    self->overdue = event_new(base, -1, 0, sqlite_submit_overdue, self);
    self->leading = event_new(base, -1, 0, on_leading, self);
    if (self->flush == NULL || self->overdue == NULL || self->leading == NULL) {
        status = fault_set(fault, STATUS_UNAVAILABLE, NULL, "the event loop takes no more events");
        goto done;
    }
    self->mailbox = mailbox_new(base, self);
    pthread_mutex_lock(&queue->lock);
    TAILQ_INSERT_TAIL(&queue->repositories, self, peer);
    pthread_mutex_unlock(&queue->lock);
    *repository = &self->repository;
done:
    if (status != STATUS_OK)
        release(self);
    return status;
}
