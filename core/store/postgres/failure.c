/* Reading errors of the server. */
#include "store/postgres/failure.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static bool is_class(const char *state, const char *class)
{
    return strncmp(state, class, strlen(class)) == 0;
}

/* What is not named here blames the row. */
static enum pg_blame blame_of(const char *state)
{
    static const struct {
        const char *prefix;
        enum pg_blame blame;
    } known[] = {
        {"08", PG_BLAME_CONNECTION},
        {"0A", PG_BLAME_SESSION}, /* feature_not_supported: a plan that a migration has changed */
        {"25006", PG_BLAME_SESSION},  /* read_only_sql_transaction: a standby now */
        {"26000", PG_BLAME_SESSION},  /* a statement that is not prepared: a pooler's doing */
        {"3", PG_BLAME_SERVER},       /* invalid catalog, schema */
        {"42", PG_BLAME_SERVER},      /* a table or a right is missing */
        {"53", PG_BLAME_SERVER},      /* insufficient resources */
        {"54", PG_BLAME_ROW},         /* program limit exceeded */
        {"57014", PG_BLAME_ROW},      /* query_canceled: by statement_timeout */
        {"57P", PG_BLAME_CONNECTION}, /* admin_shutdown, crash_shutdown, idle_session_timeout */
        {"58", PG_BLAME_SERVER},      /* system error */
        {"XX", PG_BLAME_SERVER},      /* internal error */
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (is_class(state, known[i].prefix))
            return known[i].blame;
    return PG_BLAME_ROW;
}

static void copy_field(const PGresult *result, int field, char *text, size_t size)
{
    const char *found = PQresultErrorField(result, field);

    snprintf(text, size, "%s", found == NULL ? "" : found);
}

void pg_failure_read(const PGresult *result, struct pg_failure *failure)
{
    ExecStatusType status = PQresultStatus(result);

    *failure = (struct pg_failure){.blame = PG_BLAME_NOBODY};
    if (status != PGRES_FATAL_ERROR && status != PGRES_BAD_RESPONSE)
        return;
    copy_field(result, PG_DIAG_SQLSTATE, failure->state, sizeof(failure->state));
    copy_field(result, PG_DIAG_CONSTRAINT_NAME, failure->constraint, sizeof(failure->constraint));
    copy_field(result, PG_DIAG_MESSAGE_PRIMARY, failure->text, sizeof(failure->text));
    /* Errors of libpq itself carry no state: the connection broke. */
    failure->blame = failure->state[0] == '\0' ? PG_BLAME_CONNECTION : blame_of(failure->state);
}

/* What is unique in a table is its key; the index may be that of a partition ("orders_2027_01"). */
static bool is_of_table(const char *constraint, const char *table)
{
    size_t length = strlen(table);

    return strncmp(constraint, table, length) == 0 && constraint[length] == '_';
}

static enum status violated(const struct pg_failure *failure, const char **where, const char **why)
{
    if (is_of_table(failure->constraint, "orders")) {
        *why = "another change of this order came first";
        return STATUS_CONFLICT;
    }
    if (is_of_table(failure->constraint, "inbox")) {
        *where = "/inbox_id";
        *why = "this event has been seen before";
        return STATUS_DUPLICATE;
    }
    if (is_of_table(failure->constraint, "idempotency_keys")) {
        *where = "/key";
        *why = "this key has been used before";
        return STATUS_DUPLICATE;
    }
    *why = "the database refused the row";
    return STATUS_INTERNAL;
}

bool pg_failure_is_lock(const struct pg_failure *failure)
{
    return is_class(failure->state, "55P03") || is_class(failure->state, "40");
}

enum status pg_failure_status(const struct pg_failure *failure, const char **where,
                              const char **why)
{
    *where = NULL;
    if (is_class(failure->state, "23505"))
        return violated(failure, where, why);
    if (pg_failure_is_lock(failure)) {
        *why = "another session holds a lock";
        return STATUS_UNAVAILABLE;
    }
    if (is_class(failure->state, "57014")) {
        *why = "the database did not do it in time";
        return STATUS_UNAVAILABLE;
    }
    if (failure->blame == PG_BLAME_ROW) {
        *why = "the database refused the row";
        return STATUS_INTERNAL;
    }
    *why = "the database cannot do it now";
    return STATUS_UNAVAILABLE;
}
