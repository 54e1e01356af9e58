/* Reading, moving and writing the heads of the topics. */
#include "store/sqlite/heads.h"

#include <string.h>

static void take_row(struct sqlite_heads *heads, const char *topic, int64_t position)
{
    if (position > heads->last)
        heads->last = position;
    for (int kind = 0; kind < ORDER_EVENT_KIND_COUNT; kind++)
        if (topic != NULL && strcmp(topic, order_event_topic((enum order_event_kind)kind)) == 0)
            heads->topics[kind] = position;
}

/* A table of heads behind the events would give positions out twice. */
static enum status check_against_events(struct sqlite_connection *connection,
                                        const struct sqlite_heads *heads, struct fault *fault)
{
    int64_t last = 0;
    enum status status = sqlite_connection_number(
        connection, "SELECT coalesce(max(position), 0) FROM events", &last, fault);

    if (status == STATUS_OK && last > heads->last)
        return fault_set(fault, STATUS_UNAVAILABLE, NULL,
                         "the database is damaged: events stand behind the recorded heads");
    return status;
}

enum status sqlite_heads_read(struct sqlite_connection *connection, struct sqlite_heads *heads,
                              struct fault *fault)
{
    struct sqlite_call call = sqlite_call(connection, SQL_READ_HEADS);
    size_t length;
    int code;

    *heads = (struct sqlite_heads){0};
    while (sqlite_call_row(&call))
        take_row(heads, sqlite_column_string(&call, 0, &length),
                 sqlite3_column_int64(call.statement, 1));
    code = sqlite_call_end(&call);
    if (code != SQLITE_OK)
        return sqlite_fault(connection, code, "reading the heads", fault);
    return check_against_events(connection, heads, fault);
}

int64_t sqlite_heads_next(struct sqlite_heads *heads, enum order_event_kind kind, int64_t *previous)
{
    *previous = heads->topics[kind];
    heads->topics[kind] = ++heads->last;
    heads->moved[kind] = true;
    return heads->last;
}

int sqlite_heads_write(struct sqlite_connection *connection, struct sqlite_heads *heads)
{
    int code = SQLITE_OK;

    for (int kind = 0; kind < ORDER_EVENT_KIND_COUNT && code == SQLITE_OK; kind++) {
        if (!heads->moved[kind])
            continue;
        struct sqlite_call call = sqlite_call(connection, SQL_WRITE_HEAD);
        sqlite_bind_string(&call, order_event_topic((enum order_event_kind)kind));
        sqlite_bind_number(&call, heads->topics[kind]);
        code = sqlite_call_run(&call);
        heads->moved[kind] = false;
    }
    return code;
}

bool sqlite_heads_moved(const struct sqlite_heads *heads)
{
    for (int kind = 0; kind < ORDER_EVENT_KIND_COUNT; kind++)
        if (heads->moved[kind])
            return true;
    return false;
}
