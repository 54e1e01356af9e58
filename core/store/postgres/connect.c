/* Connecting to one host after the other, with poll(2) around libpq's own state machine. */
#include "store/postgres/connect.h"

#include "base/clock.h"
#include "base/log.h"
#include "store/postgres/failure.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

struct pg_patience pg_patience(int interrupt, int milliseconds)
{
    return (struct pg_patience){.interrupt = interrupt,
                                .deadline_us = clock_monotonic_us() + (int64_t)milliseconds * 1000};
}

/* False when the deadline has passed or somebody interrupts. */
static bool wait_for(PGconn *conn, const struct pg_patience *patience, short events)
{
    struct pollfd fds[2] = {{.fd = PQsocket(conn), .events = events},
                            {.fd = patience->interrupt, .events = POLLIN}};
    int64_t left = patience->deadline_us - clock_monotonic_us();

    if (left <= 0 || fds[0].fd < 0)
        return false;
    return poll(fds, 2, (int)(left / 1000) + 1) > 0 && fds[1].revents == 0;
}

/* ---- connecting ---- */

/* libpq's words, with the SQLSTATE that "verbose" puts between severity and text. */
static void tell_why(PGconn *conn, char *text, size_t size, char state[6])
{
    const char *message = PQerrorMessage(conn), *place = message;

    state[0] = '\0';
    while ((place = strstr(place, ":  ")) != NULL) {
        place += 3;
        if (strspn(place, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 5 && place[5] == ':') {
            memcpy(state, place, 5);
            state[5] = '\0';
            message = place + 7;
            break;
        }
    }
    snprintf(text, size, "%.*s", (int)strcspn(message, "\n"), message);
    for (char *at = text; *at != '\0'; at++)
        if (*at == '\t')
            *at = ' ';
}

/* Wrong for now and for ever: a password, a user, a database, a right; or, in libpq's own words, an
 * option's value. */
static bool is_hopeless(const char *state, const char *why)
{
    if (state[0] == '\0')
        return strncmp(why, "invalid ", 8) == 0;
    return strncmp(state, "28", 2) == 0 || strncmp(state, "3D", 2) == 0 ||
           strncmp(state, "42", 2) == 0;
}

static PostgresPollingStatusType poll_through(PGconn *conn, const struct pg_patience *patience)
{
    PostgresPollingStatusType next = PGRES_POLLING_WRITING;

    while (next == PGRES_POLLING_READING || next == PGRES_POLLING_WRITING) {
        short events = next == PGRES_POLLING_READING ? POLLIN : POLLOUT;
        if (!wait_for(conn, patience, events))
            break;
        next = PQconnectPoll(conn);
    }
    return next;
}

static bool is_on(PGconn *conn, const char *parameter)
{
    const char *value = PQparameterStatus(conn, parameter);

    return value != NULL && strcmp(value, "on") == 0;
}

/* What the server says of itself unasked. With a target_session_attrs of any or primary libpq hands
 * over what takes no writes, too, and every call would find that out anew. */
static bool will_do(PGconn *conn, const struct pg_url *url)
{
    return !pg_url_writes(url) ||
           (!is_on(conn, "in_hot_standby") && !is_on(conn, "default_transaction_read_only"));
}

static enum status connect_host(const struct pg_url *url, size_t host,
                                const struct pg_patience *patience, PGconn **conn,
                                struct fault *fault)
{
    struct pg_parameters parameters = pg_url_parameters(url, host);
    PGconn *made = PQconnectStartParams(parameters.keywords, parameters.values, 0);
    char why[256] = "no memory", state[6] = "";

    if (made != NULL && PQstatus(made) != CONNECTION_BAD) {
        PQsetErrorVerbosity(made, PQERRORS_VERBOSE);
        PostgresPollingStatusType end = poll_through(made, patience);
        if (end == PGRES_POLLING_OK && !will_do(made, url)) {
            snprintf(why, sizeof(why), "it takes no writes");
        } else if (end == PGRES_POLLING_OK && PQsetnonblocking(made, 1) == 0) {
            PQsetErrorVerbosity(made, PQERRORS_DEFAULT);
            *conn = made;
            return STATUS_OK;
        } else if (end != PGRES_POLLING_FAILED) {
            snprintf(why, sizeof(why), "no answer in time");
        }
    }
    if (made != NULL && PQstatus(made) == CONNECTION_BAD)
        tell_why(made, why, sizeof(why), state);
    PQfinish(made);
    return fault_set(fault, is_hopeless(state, why) ? STATUS_REFUSED : STATUS_UNAVAILABLE,
                     pg_url_host_name(url, host), "%s", why);
}

enum status pg_connect(const struct pg_url *url, int interrupt, int connect_ms, PGconn **conn,
                       struct fault *fault)
{
    enum status status = STATUS_UNAVAILABLE;

    for (size_t host = 0; status != STATUS_OK && host < pg_url_hosts(url); host++) {
        struct pg_patience patience = pg_patience(interrupt, connect_ms);
        status = connect_host(url, host, &patience, conn, fault);
        if (status != STATUS_OK && pg_url_hosts(url) > 1)
            log_debug("host passed over", LOG_TEXT("host", fault->where),
                      LOG_TEXT("reason", fault->text));
    }
    return status;
}

/* ---- asking ---- */

static enum status refuse(PGresult *result, struct fault *fault)
{
    struct pg_failure failure;
    bool hopeless;

    pg_failure_read(result, &failure);
    hopeless = strncmp(failure.state, "42", 2) == 0 || strncmp(failure.state, "0A", 2) == 0;
    return fault_set(fault, hopeless ? STATUS_REFUSED : STATUS_UNAVAILABLE, NULL, "%s",
                     failure.text[0] == '\0' ? "the connection broke" : failure.text);
}

/* The next result, or NULL at the end; false when there is none to be had. */
static bool next_result(PGconn *conn, const struct pg_patience *patience, PGresult **result)
{
    while (PQisBusy(conn)) {
        int unsent = PQflush(conn);
        if (unsent < 0 || !wait_for(conn, patience, (short)(POLLIN | (unsent > 0 ? POLLOUT : 0))) ||
            PQconsumeInput(conn) == 0)
            return false;
    }
    *result = PQgetResult(conn);
    return true;
}

enum status pg_ask(PGconn *conn, const struct pg_patience *patience, const char *sql,
                   const char *const *values, int count, PGresult **result, struct fault *fault)
{
    PGresult *next = NULL, *last = NULL;
    enum status status = STATUS_OK;
    int sent = values == NULL ? PQsendQuery(conn, sql)
                              : PQsendQueryParams(conn, sql, count, NULL, values, NULL, NULL, 0);

    if (!sent)
        return fault_set(fault, STATUS_UNAVAILABLE, NULL, "the connection broke");
    do {
        if (!next_result(conn, patience, &next)) {
            status = fault_set(fault, STATUS_UNAVAILABLE, NULL,
                               PQstatus(conn) == CONNECTION_BAD ? "the connection broke"
                                                                : "no answer in time");
            break;
        }
        if (next != NULL) {
            PQclear(last);
            last = next;
        }
        if (next != NULL && status == STATUS_OK && PQresultStatus(next) == PGRES_FATAL_ERROR)
            status = refuse(next, fault);
    } while (next != NULL);
    if (status == STATUS_OK && last != NULL) {
        *result = last;
        return STATUS_OK;
    }
    PQclear(last);
    return status == STATUS_OK ? fault_set(fault, STATUS_UNAVAILABLE, NULL, "no answer") : status;
}

enum status pg_do(PGconn *conn, const struct pg_patience *patience, const char *sql,
                  struct fault *fault)
{
    PGresult *result = NULL;
    enum status status = pg_ask(conn, patience, sql, NULL, 0, &result, fault);

    PQclear(result);
    return status;
}

enum status pg_ask_text(PGconn *conn, const struct pg_patience *patience, const char *sql,
                        char *text, size_t size, struct fault *fault)
{
    PGresult *result = NULL;
    enum status status = pg_ask(conn, patience, sql, NULL, 0, &result, fault);

    if (status == STATUS_OK) {
        snprintf(text, size, "%s", PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "");
        PQclear(result);
    }
    return status;
}

/* ---- copying ---- */

enum { COPY_PIECE = 65536 };

/* Whether there is something to do again with the connection. */
static bool wait_to_send(PGconn *conn, const struct pg_patience *patience)
{
    /* The server may have something to say (an error) before it takes more. */
    return PQflush(conn) >= 0 && wait_for(conn, patience, POLLIN | POLLOUT) &&
           PQconsumeInput(conn) != 0;
}

static bool send_data(PGconn *conn, const struct pg_patience *patience, const char *data,
                      size_t size)
{
    int taken = 1;

    for (size_t sent = 0; taken == 1 && sent < size; sent += COPY_PIECE) {
        int piece = size - sent < COPY_PIECE ? (int)(size - sent) : COPY_PIECE;
        while ((taken = PQputCopyData(conn, data + sent, piece)) == 0)
            if (!wait_to_send(conn, patience))
                return false;
    }
    while (taken == 1 && (taken = PQputCopyEnd(conn, NULL)) == 0) {
        if (!wait_to_send(conn, patience))
            return false;
        taken = 1;
    }
    return taken == 1;
}

enum status pg_copy(PGconn *conn, const struct pg_patience *patience, const char *sql,
                    const char *data, size_t size, struct fault *fault)
{
    PGresult *result = NULL;
    enum status status = STATUS_OK;

    if (!PQsendQuery(conn, sql) || !next_result(conn, patience, &result))
        return fault_set(fault, STATUS_UNAVAILABLE, NULL, "no answer in time");
    if (PQresultStatus(result) == PGRES_COPY_IN && !send_data(conn, patience, data, size)) {
        PQclear(result);
        return fault_set(fault, STATUS_UNAVAILABLE, NULL, "the connection broke");
    }
    do {
        if (status == STATUS_OK && PQresultStatus(result) == PGRES_FATAL_ERROR)
            status = refuse(result, fault);
        PQclear(result);
        if (!next_result(conn, patience, &result))
            return fault_set(fault, STATUS_UNAVAILABLE, NULL, "no answer in time");
    } while (result != NULL);
    return status;
}
