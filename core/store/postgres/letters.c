/* Dead letters: what nobody could handle, and what people want done with it. */
#include "base/memory.h"
#include "base/utf8.h"
#include "store/postgres/repository.h"
#include "store/postgres/row.h"
#include "store/space.h"

#include <stdlib.h>
#include <string.h>

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

/* ---- adding ---- */

static void add_send(struct pg_batch *batch)
{
    const struct dead_letter *letter = &TAILQ_FIRST(&batch->jobs)->letter;
    struct pg_arguments *arguments = pg_batch_arguments(batch);

    pg_put_string(arguments, letter->source);
    pg_put_string(arguments, letter->topic);
    pg_put_string(arguments, letter->event_id);
    pg_put_string(arguments, letter->about);
    pg_put_string(arguments, letter->reason);
    pg_put_number(arguments, letter->attempts);
    pg_put_bytes(arguments, letter->payload, letter->payload_length);
    pg_batch_statement(batch, letter->was_inbound ? PG_BURY_INBOUND : PG_ADD_DEAD_LETTER);
}

static const struct pg_job_kind kind_add = {
    .operation = STORE_WRITE,
    .writes = true,
    .send = add_send,
    .finish = pg_batch_done,
    .fail = pg_job_fail_done,
};

/* A second time it does not wait in `inbound` any more, and nothing is written. */
static const struct pg_job_kind kind_bury = {
    .operation = STORE_WRITE,
    .writes = true,
    .repeatable = true,
    .send = add_send,
    .finish = pg_batch_done,
    .fail = pg_job_fail_done,
};

static size_t letter_size(const struct dead_letter *letter)
{
    return space_string_size(letter->source) + space_string_size(letter->topic) +
           space_string_size(letter->event_id) + space_string_size(letter->about) +
           space_string_size(letter->reason) + letter->payload_length;
}

void pg_dead_letter_add(struct repository *repository, const struct dead_letter *letter,
                        repository_done *done, void *arg)
{
    struct pg_job *job = pg_job_or_answer(repository, letter->was_inbound ? &kind_bury : &kind_add,
                                          letter_size(letter), done, arg);
    struct space space;

    if (job == NULL)
        return;
    space.next = (char *)(job + 1);
    job->letter = (struct dead_letter){
        .source = place_readable(&space, letter->source),
        .topic = place_readable(&space, letter->topic),
        .event_id = place_readable(&space, letter->event_id),
        .about = place_readable(&space, letter->about),
        .reason = place_readable(&space, letter->reason),
        .attempts = letter->attempts,
        .payload = space_place(&space, letter->payload, letter->payload_length),
        .payload_length = letter->payload_length,
        .was_inbound = letter->was_inbound,
    };
    pg_job_submit(job, PG_QUEUE_WRITES);
}

/* ---- trying again, and giving up ---- */

static const char not_found[] = "there is no dead letter of this number";

static void change_finish(struct pg_batch *batch)
{
    pg_batch_done_hits(batch, STATUS_NOT_FOUND, NULL, not_found);
}

static void change_send(struct pg_batch *batch, enum pg_statement statement)
{
    pg_put_number(pg_batch_arguments(batch), TAILQ_FIRST(&batch->jobs)->stored_letter.id);
    pg_batch_statement(batch, statement);
}

static void retry_send(struct pg_batch *batch)
{
    change_send(batch, PG_RETRY_DEAD_LETTER);
}

static void retry_finish(struct pg_batch *batch)
{
    struct pg_store *store = batch->owner->store;

    change_finish(batch);
    pg_store_tell_watchers(store);
}

static const struct pg_job_kind kind_retry = {
    .operation = STORE_WRITE,
    .writes = true,
    .repeatable = true,
    .send = retry_send,
    .answer = pg_batch_note_hit,
    .finish = retry_finish,
    .fail = pg_job_fail_done,
};

void pg_dead_letter_retry(struct repository *repository, int64_t id, repository_done *done,
                          void *arg)
{
    struct pg_job *job = pg_job_or_answer(repository, &kind_retry, 0, done, arg);

    if (job == NULL)
        return;
    job->stored_letter.id = id;
    pg_job_submit(job, PG_QUEUE_WRITES);
}

static void failed_send(struct pg_batch *batch)
{
    const struct pg_job *job = TAILQ_FIRST(&batch->jobs);
    struct pg_arguments *arguments = pg_batch_arguments(batch);

    pg_put_number(arguments, job->stored_letter.id);
    pg_put_string(arguments, job->stored_letter.reason);
    pg_batch_statement(batch, PG_FAIL_DEAD_LETTER);
}

/* Not repeated: it would count twice. */
static const struct pg_job_kind kind_failed = {
    .operation = STORE_WRITE,
    .writes = true,
    .send = failed_send,
    .answer = pg_batch_note_hit,
    .finish = change_finish,
    .fail = pg_job_fail_done,
};

void pg_dead_letter_failed(struct repository *repository, int64_t id, const char *reason,
                           repository_done *done, void *arg)
{
    struct pg_job *job =
        pg_job_or_answer(repository, &kind_failed, space_string_size(reason), done, arg);

    if (job == NULL)
        return;
    job->stored_letter.id = id;
    job->stored_letter.reason = place_readable(&(struct space){.next = (char *)(job + 1)}, reason);
    pg_job_submit(job, PG_QUEUE_WRITES);
}

static void drop_send(struct pg_batch *batch)
{
    change_send(batch, PG_DROP_DEAD_LETTER);
}

/* Not repeated: it would not be found. */
static const struct pg_job_kind kind_drop = {
    .operation = STORE_WRITE,
    .writes = true,
    .send = drop_send,
    .answer = pg_batch_note_hit,
    .finish = change_finish,
    .fail = pg_job_fail_done,
};

void pg_dead_letter_drop(struct repository *repository, int64_t id, repository_done *done,
                         void *arg)
{
    struct pg_job *job = pg_job_or_answer(repository, &kind_drop, 0, done, arg);

    if (job == NULL)
        return;
    job->stored_letter.id = id;
    pg_job_submit(job, PG_QUEUE_WRITES);
}
