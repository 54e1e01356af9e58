/* The small writes: cursors, the inbox, dead letters, pings, and making room. Each is a transaction
 * of its own. */
#include "base/utf8.h"
#include "store/postgres/repository.h"
#include "store/postgres/row.h"
#include "store/space.h"

#include <stdlib.h>
#include <string.h>

static void no_answer(struct pg_batch *batch, int index, const PGresult *result)
{
    (void)batch, (void)index, (void)result;
}

static void all_done(struct pg_batch *batch)
{
    struct pg_job *job;

    while ((job = TAILQ_FIRST(&batch->jobs)) != NULL)
        pg_job_done(job);
}

static struct pg_arguments *begin(struct pg_batch *batch)
{
    pg_arguments_clear(&batch->owner->arguments);
    return &batch->owner->arguments;
}

static void send(struct pg_batch *batch, enum pg_statement statement)
{
    pg_session_send(batch->lane->session, &batch->unit, statement, &batch->owner->arguments);
}

static struct pg_job *job_or_answer(struct repository *repository, const struct pg_job_kind *kind,
                                    size_t extra, repository_done *done, void *arg)
{
    const char *why;
    struct pg_job *job = pg_job_new(pg_repository_of(repository), kind, extra, &why);

    if (job == NULL) {
        pg_answer(done, arg, STATUS_UNAVAILABLE, NULL, why);
        return NULL;
    }
    job->done = done;
    job->arg = arg;
    return job;
}

/* ---- cursors ---- */

static void cursor_send(struct pg_batch *batch)
{
    const struct pg_job *job = TAILQ_FIRST(&batch->jobs);
    struct pg_arguments *arguments = begin(batch);

    pg_put_string(arguments, job->named.name);
    pg_put_number(arguments, job->named.place.xid);
    pg_put_number(arguments, job->named.place.id);
    send(batch, PG_WRITE_CURSOR);
}

/* Not repeated after a lost connection: a later position may have been written meanwhile. */
const struct pg_job_kind pg_kind_cursor_write = {
    .operation = STORE_WRITE,
    .writes = true,
    .send = cursor_send,
    .answer = no_answer,
    .finish = all_done,
    .fail = pg_job_fail_done,
};

void pg_cursor_write(struct repository *repository, const char *name,
                     const struct position *position, repository_done *done, void *arg)
{
    struct fault fault = {0};
    struct pg_position place;
    struct pg_job *job;

    if (pg_position_read(position, &place, &fault) != STATUS_OK) {
        done(arg, fault.status, &fault);
        return;
    }
    job = job_or_answer(repository, &pg_kind_cursor_write, space_string_size(name), done, arg);
    if (job == NULL)
        return;
    job->named.name = space_string(&(struct space){.next = (char *)(job + 1)}, name);
    job->named.place = place;
    pg_job_submit(job, PG_QUEUE_WRITES);
}

/* ---- the inbox ---- */

static void inbox_send(struct pg_batch *batch)
{
    pg_put_string(begin(batch), TAILQ_FIRST(&batch->jobs)->inbox_id);
    send(batch, PG_ADD_INBOX);
}

static void inbox_answer(struct pg_batch *batch, int index, const PGresult *result)
{
    (void)index;
    batch->written = PQntuples(result) > 0;
}

static void inbox_finish(struct pg_batch *batch)
{
    struct pg_job *job = TAILQ_FIRST(&batch->jobs);

    if (job != NULL && !batch->written)
        pg_job_fail_done(job, STATUS_DUPLICATE, "/inbox_id", "this event has been seen before");
    else
        all_done(batch);
}

/* Not repeated: whether the first attempt or somebody else has added it could not be told. */
const struct pg_job_kind pg_kind_inbox_add = {
    .operation = STORE_WRITE,
    .writes = true,
    .send = inbox_send,
    .answer = inbox_answer,
    .finish = inbox_finish,
    .fail = pg_job_fail_done,
};

void pg_inbox_add(struct repository *repository, const char *inbox_id, repository_done *done,
                  void *arg)
{
    struct pg_job *job =
        job_or_answer(repository, &pg_kind_inbox_add, space_string_size(inbox_id), done, arg);

    if (job == NULL)
        return;
    job->inbox_id = space_string(&(struct space){.next = (char *)(job + 1)}, inbox_id);
    pg_job_submit(job, PG_QUEUE_WRITES);
}

/* ---- dead letters ---- */

static void letter_send(struct pg_batch *batch)
{
    const struct dead_letter *letter = &TAILQ_FIRST(&batch->jobs)->letter;
    struct pg_arguments *arguments = begin(batch);

    pg_put_string(arguments, letter->source);
    pg_put_string(arguments, letter->topic);
    pg_put_string(arguments, letter->reason);
    pg_put_bytes(arguments, letter->payload, letter->payload_length);
    send(batch, PG_ADD_DEAD_LETTER);
}

const struct pg_job_kind pg_kind_dead_letter = {
    .operation = STORE_WRITE,
    .writes = true,
    .send = letter_send,
    .answer = no_answer,
    .finish = all_done,
    .fail = pg_job_fail_done,
};

/* PostgreSQL takes no other bytes as text; and why a message could not be handled is often told
 * with a piece of it, which need not be text, or cut off in the middle of a character. */
static const char *place_readable(struct space *space, const char *text)
{
    char *copy = (char *)space_string(space, text);
    size_t left = copy == NULL ? 0 : strlen(copy);

    for (char *at = copy; left > 0;) {
        size_t size = utf8_character(at, left);
        if (size == 0) {
            *at = '?';
            size = 1;
        }
        at += size;
        left -= size;
    }
    return copy;
}

void pg_dead_letter_add(struct repository *repository, const struct dead_letter *letter,
                        repository_done *done, void *arg)
{
    size_t size = space_string_size(letter->source) + space_string_size(letter->topic) +
                  space_string_size(letter->reason) + letter->payload_length;
    struct pg_job *job = job_or_answer(repository, &pg_kind_dead_letter, size, done, arg);
    struct space space;

    if (job == NULL)
        return;
    space.next = (char *)(job + 1);
    job->letter = (struct dead_letter){
        .source = place_readable(&space, letter->source),
        .topic = place_readable(&space, letter->topic),
        .reason = place_readable(&space, letter->reason),
        .payload = space_place(&space, letter->payload, letter->payload_length),
        .payload_length = letter->payload_length,
    };
    pg_job_submit(job, PG_QUEUE_WRITES);
}

/* ---- pings ---- */

/* One row proves it for everybody who asks in this turn. */
static void ping_send(struct pg_batch *batch)
{
    (void)begin(batch);
    send(batch, PG_TOUCH_HEALTH);
}

const struct pg_job_kind pg_kind_ping = {
    .operation = STORE_WRITE,
    .writes = true,
    .grouped = true,
    .repeatable = true,
    .send = ping_send,
    .answer = no_answer,
    .finish = all_done,
    .fail = pg_job_fail_done,
};

void pg_ping(struct repository *repository, repository_done *done, void *arg)
{
    struct pg_job *job = job_or_answer(repository, &pg_kind_ping, 0, done, arg);

    if (job != NULL)
        pg_job_submit(job, PG_QUEUE_WRITES);
}

/* ---- making room ---- */

static void prune_send(struct pg_batch *batch)
{
    const struct prune *prune = &TAILQ_FIRST(&batch->jobs)->prune;
    struct pg_arguments *arguments = begin(batch);

    if (prune->events_before != 0) {
        pg_put_time(arguments, prune->events_before);
        pg_put_number(arguments, (int64_t)prune->limit);
        send(batch, PG_PRUNE_EVENTS);
    }
    arguments = begin(batch);
    pg_put_number(arguments, batch->owner->store->options.key_ms);
    pg_put_number(arguments, (int64_t)prune->limit);
    send(batch, PG_PRUNE_KEYS);
}

static void prune_answer(struct pg_batch *batch, int index, const PGresult *result)
{
    (void)index;
    if (PQntuples(result) > 0)
        batch->removed += (size_t)pg_column_number(&(struct pg_row){result, 0}, 0);
}

static void prune_answer_job(struct pg_job *job, enum status status, size_t removed,
                             const struct fault *fault)
{
    repository_pruned *pruned = job->pruned;
    void *arg = job->arg;

    pg_job_settle(job);
    free(job);
    pruned(arg, status, removed, fault);
}

static void prune_finish(struct pg_batch *batch)
{
    struct pg_job *job = TAILQ_FIRST(&batch->jobs);
    struct fault fault = {0};

    if (job != NULL)
        prune_answer_job(job, STATUS_OK, batch->removed, &fault);
}

static void prune_fail(struct pg_job *job, enum status status, const char *where, const char *why)
{
    struct fault fault = {0};

    prune_answer_job(job, fault_set(&fault, status, where, "%s", why), 0, &fault);
}

const struct pg_job_kind pg_kind_prune = {
    .operation = STORE_WRITE,
    .writes = true,
    .repeatable = true,
    .send = prune_send,
    .answer = prune_answer,
    .finish = prune_finish,
    .fail = prune_fail,
};

void pg_prune(struct repository *repository, const struct prune *prune, repository_pruned *pruned,
              void *arg)
{
    const char *why;
    struct pg_job *job = pg_job_new(pg_repository_of(repository), &pg_kind_prune, 0, &why);
    struct fault fault = {0};

    if (job == NULL) {
        pruned(arg, fault_set(&fault, STATUS_UNAVAILABLE, NULL, "%s", why), 0, &fault);
        return;
    }
    job->pruned = pruned;
    job->arg = arg;
    job->prune = *prune;
    pg_job_submit(job, PG_QUEUE_WRITES);
}
