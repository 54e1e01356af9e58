/* Making room: old events that every named reader has read, and idempotency keys that have expired.
 * Events are looked at from the oldest position on, so that a step costs the same however many are
 * kept. */
#include "store/sqlite/apply.h"

static int prune_events(struct sqlite_apply *apply, const struct prune *prune)
{
    struct sqlite_call call = sqlite_call(apply->connection, SQL_PRUNE_EVENTS);

    sqlite_bind_number(&call, (int64_t)prune->limit);
    sqlite_bind_number(&call, prune->events_before);
    return sqlite_call_run(&call);
}

static int prune_keys(struct sqlite_apply *apply, const struct prune *prune)
{
    struct sqlite_call call = sqlite_call(apply->connection, SQL_PRUNE_KEYS);

    sqlite_bind_number(&call, apply->now_ms - apply->key_ms);
    sqlite_bind_number(&call, (int64_t)prune->limit);
    return sqlite_call_run(&call);
}

static size_t changed(const struct sqlite_apply *apply)
{
    return (size_t)sqlite3_changes64(apply->connection->db);
}

int sqlite_apply_prune(struct sqlite_apply *apply, struct sqlite_job_prune *prune)
{
    int code = SQLITE_OK;

    prune->removed = 0;
    if (prune->what.events_before != 0) {
        code = prune_events(apply, &prune->what);
        if (code == SQLITE_OK)
            prune->removed += changed(apply);
    }
    if (code == SQLITE_OK)
        code = prune_keys(apply, &prune->what);
    if (code == SQLITE_OK)
        prune->removed += changed(apply);
    return code;
}
