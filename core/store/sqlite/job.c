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

struct sqlite_job *sqlite_job_inbox(const char *inbox_id)
{
    struct space space;
    struct sqlite_job *job = job_new(JOB_ADD_INBOX, space_string_size(inbox_id), &space);

    job->inbox_id = space_string(&space, inbox_id);
    return job;
}

struct sqlite_job *sqlite_job_dead_letter(const struct dead_letter *letter)
{
    struct space space;
    size_t size = space_string_size(letter->source) + space_string_size(letter->topic) +
                  space_string_size(letter->reason) + letter->payload_length;
    struct sqlite_job *job = job_new(JOB_ADD_DEAD_LETTER, size, &space);

    job->dead_letter = (struct dead_letter){
        .source = space_string(&space, letter->source),
        .topic = space_string(&space, letter->topic),
        .reason = space_string(&space, letter->reason),
        .payload = space_place(&space, letter->payload, letter->payload_length),
        .payload_length = letter->payload_length,
    };
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
