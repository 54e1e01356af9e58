/* The shared part of the tests of the PostgreSQL store. */
#include "postgres_world.h"

#include "../../contract/postgres_server.h"

#include <event2/event.h>
#include <stdlib.h>

int world_setup(void **state)
{
    suite_factory = &postgres_factory;
    return suite_setup(state);
}

PGconn *world_session(const struct suite *suite)
{
    const struct postgres_place *place = suite->place;
    PGconn *conn = PQconnectdb(place->url);

    if (PQstatus(conn) != CONNECTION_OK)
        fail_msg("%s", PQerrorMessage(conn));
    return conn;
}

static PGresult *run(PGconn *conn, const char *sql)
{
    PGresult *result = PQexec(conn, sql);
    ExecStatusType status = PQresultStatus(result);

    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        fail_msg("%s: %s", sql, PQerrorMessage(conn));
    return result;
}

void world_do(PGconn *conn, const char *sql)
{
    PQclear(run(conn, sql));
}

int64_t world_number(PGconn *conn, const char *sql)
{
    PGresult *result = run(conn, sql);
    int64_t number = PQntuples(result) > 0 ? atoll(PQgetvalue(result, 0, 0)) : 0;

    PQclear(result);
    return number;
}

void world_server(const struct suite *suite, const char *sql)
{
    const struct postgres_place *place = suite->place;

    postgres_server_sql(place->database, sql);
}

void world_await(struct suite *suite, PGconn *conn, const char *sql)
{
    while (world_number(conn, sql) == 0) {
        struct timeval moment = {.tv_usec = 5000};
        assert_int_equal(event_base_loopexit(suite->base, &moment), 0);
        assert_int_not_equal(event_base_dispatch(suite->base), -1);
    }
}

void world_reopen(struct suite *suite, struct store_options options)
{
    suite_close(suite);
    suite_open(suite, options);
}

void world_save(struct suite *suite, const struct order *order, struct answer *answer)
{
    repository_save(suite->repository, &(struct save){.order = order}, suite_answer, answer);
}
