/* Making jobs: one allocation with everything that the writer will need, laid out behind it. */
#include "store/sqlite/job.h"

#include "base/memory.h"
#include "store/space.h"

static struct sqlite_job *job_new(enum sqlite_job_kind kind, size_t extra, struct space *space)
{
    struct sqlite_job *job = memory_new(sizeof(*job) + extra);

    job->kind = kind;
    space->next = (char *)(job + 1);
    return job;
}

struct sqlite_job *sqlite_job_save(const struct save *save)
{
    struct space space;
    struct sqlite_job *job = job_new(JOB_SAVE, save_copy_size(save), &space);

    save_copy_place(&job->save, save, space.next);
    return job;
}

struct sqlite_job *sqlite_job_cursor(enum sqlite_job_kind kind, const char *name, int64_t position)
{
    struct space space;
    struct sqlite_job *job = job_new(kind, space_string_size(name), &space);

    job->cursor.name = space_string(&space, name);
    job->cursor.position = position;
    return job;
}

struct sqlite_job *sqlite_job_ack(const char *name, int64_t position, repository_position *acked)
{
    struct sqlite_job *job = sqlite_job_cursor(JOB_ACK_CURSOR, name, position);

    job->cursor.acked = acked;
    return job;
}

struct sqlite_job *sqlite_job_event(enum sqlite_job_kind kind, const char *event_id)
{
    struct space space;
    struct sqlite_job *job = job_new(kind, space_string_size(event_id), &space);

    job->event_id = space_string(&space, event_id);
    return job;
}

struct sqlite_job *sqlite_job_inbound(const struct inbound *message)
{
    struct space space;
    size_t size = space_string_size(message->event_id) + space_string_size(message->topic) +
                  space_string_size(message->about) + message->payload_length;
    struct sqlite_job *job = job_new(JOB_PUT_INBOUND, size, &space);

    job->inbound = (struct inbound){
        .event_id = space_string(&space, message->event_id),
        .topic = space_string(&space, message->topic),
        .about = space_string(&space, message->about),
        .payload = space_place(&space, message->payload, message->payload_length),
        .payload_length = message->payload_length,
    };
    return job;
}

struct sqlite_job *sqlite_job_dead_letter(const struct dead_letter *letter)
{
    struct space space;
    size_t size = space_string_size(letter->source) + space_string_size(letter->topic) +
                  space_string_size(letter->event_id) + space_string_size(letter->about) +
                  space_string_size(letter->reason) + letter->payload_length;
    struct sqlite_job *job = job_new(JOB_ADD_DEAD_LETTER, size, &space);

    job->dead_letter = (struct dead_letter){
        .source = space_string(&space, letter->source),
        .topic = space_string(&space, letter->topic),
        .event_id = space_string(&space, letter->event_id),
        .about = space_string(&space, letter->about),
        .reason = space_string(&space, letter->reason),
        .attempts = letter->attempts,
        .payload = space_place(&space, letter->payload, letter->payload_length),
        .payload_length = letter->payload_length,
        .was_inbound = letter->was_inbound,
    };
    return job;
}

struct sqlite_job *sqlite_job_letter(enum sqlite_job_kind kind, int64_t id, const char *reason)
{
    struct space space;
    struct sqlite_job *job = job_new(kind, space_string_size(reason), &space);

    job->letter_change.id = id;
    job->letter_change.reason = space_string(&space, reason);
    return job;
}

struct sqlite_job *sqlite_job_prune(const struct prune *prune, repository_pruned *pruned)
{
    struct space space;
    struct sqlite_job *job = job_new(JOB_PRUNE, 0, &space);

    job->prune = (struct sqlite_job_prune){.what = *prune, .pruned = pruned};
    return job;
}

struct sqlite_job *sqlite_job_ping(void)
{
    struct space space;

    return job_new(JOB_PING, 0, &space);
}
