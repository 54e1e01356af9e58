/* Making room: old events that every named reader has read, what came in and was handled, old dead
 * letters, and idempotency keys that have expired. Rows are looked at from the oldest on, so that a
 * step costs the same however many are kept. */
#include "store/sqlite/apply.h"

static int prune_events(struct sqlite_apply *apply, const struct prune *prune)
{
    struct sqlite_call call = sqlite_call(apply->connection, SQL_PRUNE_EVENTS);

    sqlite_bind_number(&call, (int64_t)prune->limit);
    sqlite_bind_number(&call, prune->events_before);
    return sqlite_call_run(&call);
}

/* All but events: the oldest rows from before a time. */
static int prune_rows(struct sqlite_apply *apply, enum sqlite_statement statement, int64_t before,
                      size_t limit)
{
    struct sqlite_call call = sqlite_call(apply->connection, statement);

    sqlite_bind_number(&call, before);
    sqlite_bind_number(&call, (int64_t)limit);
    return sqlite_call_run(&call);
}

/* Counts what the last statement has removed. */
static int count(const struct sqlite_apply *apply, int code, struct sqlite_job_prune *prune)
{
    if (code == SQLITE_OK)
        prune->removed += (size_t)sqlite3_changes64(apply->connection->db);
    return code;
}

static int prune_inbound(struct sqlite_apply *apply, struct sqlite_job_prune *prune)
{
    int64_t before = prune->what.inbound_before;
    int code = count(apply, prune_rows(apply, SQL_PRUNE_INBOUND, before, prune->what.limit), prune);

    if (code != SQLITE_OK)
        return code;
    return count(apply, prune_rows(apply, SQL_PRUNE_INBOX, before, prune->what.limit), prune);
}

int sqlite_apply_prune(struct sqlite_apply *apply, struct sqlite_job_prune *prune)
{
    const struct prune *what = &prune->what;
    int code = SQLITE_OK;

    prune->removed = 0;
    if (what->events_before != 0)
        code = count(apply, prune_events(apply, what), prune);
    if (code == SQLITE_OK && what->inbound_before != 0)
        code = prune_inbound(apply, prune);
    if (code == SQLITE_OK && what->letters_before != 0)
        code = count(apply,
                     prune_rows(apply, SQL_PRUNE_DEAD_LETTERS, what->letters_before, what->limit),
                     prune);
    if (code != SQLITE_OK)
        return code;
    return count(apply,
                 prune_rows(apply, SQL_PRUNE_KEYS, apply->now_ms - apply->key_ms, what->limit),
                 prune);
}
