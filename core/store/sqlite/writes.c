/* Writes: each call makes its job, once it is certain that the job is accepted. */
#include "store/sqlite/repository.h"

static struct sqlite_repository *of(struct repository *repository)
{
    return (struct sqlite_repository *)repository;
}

void sqlite_write_save(struct repository *repository, const struct save *save,
                       repository_done *done, void *arg)
{
    if (sqlite_submit_ready(of(repository), done, arg))
        sqlite_submit(of(repository), sqlite_job_save(save), done, arg);
}

/* ---- cursors ---- */

static void write_cursor(struct repository *repository, enum sqlite_job_kind kind, const char *name,
                         const struct position *position, repository_done *done, void *arg)
{
    struct fault fault = {0};
    int64_t number;

    if (sqlite_position_read(position, &number, &fault) != STATUS_OK)
        done(arg, fault.status, &fault);
    else if (sqlite_submit_ready(of(repository), done, arg))
        sqlite_submit(of(repository), sqlite_job_cursor(kind, name, number), done, arg);
}

void sqlite_write_cursor(struct repository *repository, const char *name,
                         const struct position *position, repository_done *done, void *arg)
{
    write_cursor(repository, JOB_WRITE_CURSOR, name, position, done, arg);
}

void sqlite_write_new_cursor(struct repository *repository, const char *name,
                             const struct position *position, repository_done *done, void *arg)
{
    write_cursor(repository, JOB_CREATE_CURSOR, name, position, done, arg);
}

void sqlite_write_no_cursor(struct repository *repository, const char *name, repository_done *done,
                            void *arg)
{
    if (sqlite_submit_ready(of(repository), done, arg))
        sqlite_submit(of(repository), sqlite_job_cursor(JOB_DELETE_CURSOR, name, 0), done, arg);
}

/* A write whose answer has another form and that is not accepted is answered at once, while this is
 * still there. */
struct refusal {
    repository_position *acked;
    repository_pruned *pruned;
    void *arg;
};

static void refuse_ack(void *arg, enum status status, const struct fault *fault)
{
    const struct refusal *refusal = arg;
    const struct position none = {{0}};

    refusal->acked(refusal->arg, status, &none, fault);
}

void sqlite_write_ack(struct repository *repository, const char *name,
                      const struct position *position, repository_position *acked, void *arg)
{
    struct refusal refusal = {.acked = acked, .arg = arg};
    struct fault fault = {0};
    int64_t number;

    if (sqlite_position_read(position, &number, &fault) != STATUS_OK)
        refuse_ack(&refusal, fault.status, &fault);
    else if (sqlite_submit_ready(of(repository), refuse_ack, &refusal))
        sqlite_submit(of(repository), sqlite_job_ack(name, number, acked), NULL, arg);
}

/* ---- making room ---- */

static void refuse_prune(void *arg, enum status status, const struct fault *fault)
{
    const struct refusal *refusal = arg;

    refusal->pruned(refusal->arg, status, 0, fault);
}

void sqlite_write_prune(struct repository *repository, const struct prune *prune,
                        repository_pruned *pruned, void *arg)
{
    struct refusal refusal = {.pruned = pruned, .arg = arg};

    if (sqlite_submit_ready(of(repository), refuse_prune, &refusal))
        sqlite_submit(of(repository), sqlite_job_prune(prune, pruned), NULL, arg);
}

/* ---- what came in ---- */

void sqlite_write_inbox(struct repository *repository, const char *inbox_id, repository_done *done,
                        void *arg)
{
    if (sqlite_submit_ready(of(repository), done, arg))
        sqlite_submit(of(repository), sqlite_job_event(JOB_ADD_INBOX, inbox_id), done, arg);
}

void sqlite_write_inbound(struct repository *repository, const struct inbound *message,
                          repository_done *done, void *arg)
{
    if (sqlite_submit_ready(of(repository), done, arg))
        sqlite_submit(of(repository), sqlite_job_inbound(message), done, arg);
}

void sqlite_write_handled(struct repository *repository, const char *event_id,
                          repository_done *done, void *arg)
{
    if (sqlite_submit_ready(of(repository), done, arg))
        sqlite_submit(of(repository), sqlite_job_event(JOB_HANDLE_INBOUND, event_id), done, arg);
}

/* ---- dead letters ---- */

void sqlite_write_letter(struct repository *repository, const struct dead_letter *letter,
                         repository_done *done, void *arg)
{
    if (sqlite_submit_ready(of(repository), done, arg))
        sqlite_submit(of(repository), sqlite_job_dead_letter(letter), done, arg);
}

static void change_letter(struct repository *repository, enum sqlite_job_kind kind, int64_t id,
                          const char *reason, repository_done *done, void *arg)
{
    if (sqlite_submit_ready(of(repository), done, arg))
        sqlite_submit(of(repository), sqlite_job_letter(kind, id, reason), done, arg);
}

void sqlite_write_letter_retry(struct repository *repository, int64_t id, repository_done *done,
                               void *arg)
{
    change_letter(repository, JOB_RETRY_DEAD_LETTER, id, NULL, done, arg);
}

void sqlite_write_letter_failed(struct repository *repository, int64_t id, const char *reason,
                                repository_done *done, void *arg)
{
    change_letter(repository, JOB_FAIL_DEAD_LETTER, id, reason, done, arg);
}

void sqlite_write_letter_drop(struct repository *repository, int64_t id, repository_done *done,
                              void *arg)
{
    change_letter(repository, JOB_DROP_DEAD_LETTER, id, NULL, done, arg);
}

/* ---- health ---- */

void sqlite_write_ping(struct repository *repository, repository_done *done, void *arg)
{
    if (sqlite_submit_ready(of(repository), done, arg))
        sqlite_submit(of(repository), sqlite_job_ping(), done, arg);
}
