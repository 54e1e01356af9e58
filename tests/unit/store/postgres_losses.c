/* Connections that break, at every moment of a save. */
#include "postgres_world.h"

#include "base/metrics.h"

#include <event2/event.h>

#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const char end_the_others[] =
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname ="
    " current_database() AND pid <> pg_backend_pid()";
static const char somebody_waits_for_a_lock[] =
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND wait_event_type = 'Lock'";
static const char somebody_waits_for_a_standby[] =
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND wait_event = 'SyncRep'";

static void idle_connections_that_break_are_made_again(void **state)
{
    struct suite *suite = *state;
    PGconn *conn = world_session(suite);

    for (int i = 0; i < 3; i++) {
        struct uuid id = suite_add(suite, suite_user(1), SUITE_NOW_MS, 1);
        struct order *order;
        world_do(conn, end_the_others);
        order = suite_get(suite, id);
        assert_non_null(order);
        order_free(&order);
    }
    assert_int_equal(suite_events(suite, "", 10)->count, 3);
    PQfinish(conn);
}

static void connections_that_are_up_and_that_broke_are_counted(void **state)
{
    struct suite *suite = *state;
    const struct gauge *up = metrics_gauge("orderd_store_connections", "", "");
    const struct counter *broke = metrics_counter("orderd_store_connections_lost_total", "", "");
    uint64_t before = counter_value(broke);
    PGconn *conn = world_session(suite);

    while (gauge_value(up) < 2)
        assert_int_equal(event_base_loop(suite->base, EVLOOP_ONCE), 0);
    world_do(conn, end_the_others);
    while (counter_value(broke) < before + 2)
        assert_int_equal(event_base_loop(suite->base, EVLOOP_ONCE), 0);
    while (gauge_value(up) < 2)
        assert_int_equal(event_base_loop(suite->base, EVLOOP_ONCE), 0);
    suite_close(suite);
    assert_int_equal(gauge_value(up), 0);
    PQfinish(conn);
}

static void a_save_whose_connection_breaks_before_the_commit_is_sent_again(void **state)
{
    struct suite *suite = *state;
    struct order *order = suite_order(suite_user(1), SUITE_NOW_MS, 7);
    struct answer answer = {0};
    PGconn *conn = world_session(suite), *other = world_session(suite);

    (void)suite_events(suite, "", 1);
    assert_int_equal(suite_write_cursor(suite, "some", (struct position){{0}}), STATUS_OK);
    world_do(conn, "BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE"); /* both are connected */
    world_save(suite, order, &answer);
    world_await(suite, other, somebody_waits_for_a_lock);
    world_do(other, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND wait_event_type = 'Lock'");
    world_do(conn, "COMMIT");
    suite_wait(suite->base, &answer.times);
    assert_int_equal(answer.status, STATUS_OK);
    assert_int_equal(world_number(conn, "SELECT count(*) FROM orders"), 1);
    assert_int_equal(world_number(conn, "SELECT count(*) FROM events"), 1);
    order_free(&order);
    PQfinish(other);
    PQfinish(conn);
}

/* With a synchronous standby that is not there, a transaction is committed here and waits to be
 * told so; ending its connection then is the moment that nobody can see from outside. */
static void break_after_the_commit(struct suite *suite, PGconn *conn, const struct answer *answer)
{
    world_await(suite, conn, somebody_waits_for_a_standby);
    assert_int_equal(answer->times, 0);
    world_server(suite, "ALTER SYSTEM RESET synchronous_standby_names");
    world_do(conn, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                   " WHERE datname = current_database() AND wait_event = 'SyncRep'");
    world_server(suite, "SELECT pg_reload_conf()");
}

static void want_a_standby(struct suite *suite, PGconn *conn)
{
    world_server(suite, "ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
    world_server(suite, "SELECT pg_reload_conf()");
    world_await(suite, conn,
                "SELECT (current_setting('synchronous_standby_names') = 'nobody')::int");
}

static void a_new_order_that_was_committed_unheard_is_found(void **state)
{
    struct suite *suite = *state;
    struct order *order = suite_order(suite_user(1), SUITE_NOW_MS, 7);
    struct answer answer = {0};
    PGconn *conn = world_session(suite);

    want_a_standby(suite, conn);
    world_save(suite, order, &answer);
    break_after_the_commit(suite, conn, &answer);
    suite_wait(suite->base, &answer.times);
    assert_int_equal(answer.status, STATUS_OK);
    assert_int_equal(world_number(conn, "SELECT count(*) FROM orders"), 1);
    assert_int_equal(world_number(conn, "SELECT count(*) FROM events"), 1);
    order_free(&order);
    PQfinish(conn);
}

static void a_key_that_was_committed_unheard_is_its_own(void **state)
{
    struct suite *suite = *state;
    struct order *order = suite_order(suite_user(1), SUITE_NOW_MS, 7);
    struct keyed_answer keyed = {
        .user_id = suite_user(1), .key = "once", .answer = "{}", .answer_length = 2};
    struct answer answer = {0};
    PGconn *conn = world_session(suite);

    want_a_standby(suite, conn);
    repository_save(suite->repository, &(struct save){.order = order, .keyed = &keyed},
                    suite_answer, &answer);
    break_after_the_commit(suite, conn, &answer);
    suite_wait(suite->base, &answer.times);
    assert_int_equal(answer.status, STATUS_OK);
    assert_int_equal(world_number(conn, "SELECT count(*) FROM idempotency_keys"), 1);
    order_free(&order);
    PQfinish(conn);
}

static void a_change_that_was_committed_unheard_is_found(void **state)
{
    struct suite *suite = *state;
    struct uuid id = suite_add(suite, suite_user(1), SUITE_NOW_MS, 1);
    struct order *order = suite_get(suite, id);
    struct answer answer = {0};
    PGconn *conn = world_session(suite);

    suite_change(order, ORDER_CONFIRMED, NULL, SUITE_NOW_MS + 1);
    want_a_standby(suite, conn);
    repository_save(suite->repository, &(struct save){.order = order, .inbox_id = "cause"},
                    suite_answer, &answer);
    break_after_the_commit(suite, conn, &answer);
    suite_wait(suite->base, &answer.times);
    assert_int_equal(answer.status, STATUS_OK);
    assert_int_equal(world_number(conn, "SELECT version FROM orders"), 2);
    assert_int_equal(world_number(conn, "SELECT count(*) FROM events"), 2);
    order_free(&order);
    PQfinish(conn);
}

static void a_change_that_lost_against_another_is_not_taken_for_its_own(void **state)
{
    struct suite *suite = *state;
    struct uuid id = suite_add(suite, suite_user(1), SUITE_NOW_MS, 1);
    struct order *order = suite_get(suite, id);
    struct answer answer = {0};
    PGconn *conn = world_session(suite), *other = world_session(suite);

    suite_change(order, ORDER_CONFIRMED, NULL, SUITE_NOW_MS + 1);
    world_do(conn, "BEGIN; UPDATE orders SET version = 2, status = 3, reason = 'faster'");
    world_save(suite, order, &answer);
    world_await(suite, other, somebody_waits_for_a_lock);
    world_do(other, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND wait_event_type = 'Lock'");
    world_do(conn, "COMMIT");
    suite_wait(suite->base, &answer.times);
    assert_int_equal(answer.status, STATUS_CONFLICT);
    assert_int_equal(world_number(conn, "SELECT count(*) FROM events"), 1);
    order_free(&order);
    PQfinish(other);
    PQfinish(conn);
}

static void a_save_that_waits_beyond_its_deadline_is_answered(void **state)
{
    struct suite *suite = *state;
    struct order *order = suite_order(suite_user(1), SUITE_NOW_MS, 7);
    struct answer answer = {0}, second = {0};
    PGconn *conn = world_session(suite);

    world_reopen(suite, (struct store_options){.deadline_ms = 400, .connections = 1});
    (void)suite_events(suite, "", 1); /* connected */
    world_do(conn, "BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE");
    world_save(suite, order, &answer);
    suite_wait(suite->base, &answer.times);
    assert_true(answer.status == STATUS_UNAVAILABLE || answer.status == STATUS_TIMEOUT);
    world_do(conn, "COMMIT");
    world_save(suite, order, &second);
    suite_wait(suite->base, &second.times);
    assert_true(second.status == STATUS_OK || second.status == STATUS_CONFLICT);
    assert_int_equal(world_number(conn, "SELECT count(*) FROM orders"), 1);
    order_free(&order);
    PQfinish(conn);
}

/* ---- what ends while a connection or an answer is on its way ---- */

static void never_leads(void *arg, const char *epoch)
{
    (void)arg, (void)epoch;
    fail_msg("a candidacy that has ended was told something");
}

/* Its connection is made, and lies in the mailbox while this thread does something else. */
static void begin_to_lead(struct suite *suite, PGconn *conn)
{
    repository_lead(suite->repository, never_leads, NULL);
    while (world_number(conn, "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle'"
                              " AND query LIKE '%SET idle_session_timeout%'") == 0)
        continue;
}

static void a_candidacy_can_end_while_its_connection_is_on_its_way(void **state)
{
    struct suite *suite = *state;
    PGconn *conn = world_session(suite);

    (void)suite_events(suite, "", 1);
    begin_to_lead(suite, conn);
    repository_lead(suite->repository, NULL, NULL);
    (void)suite_events(suite, "", 1);
    begin_to_lead(suite, conn);
    PQfinish(conn); /* and the repository closes */
}

static void a_group_that_fails_while_the_store_closes_leaves_nothing(void **state)
{
    struct suite *suite = *state;
    PGconn *conn = world_session(suite), *other = world_session(suite);
    struct answer answers[8] = {{0}};

    (void)suite_add(suite, suite_user(1), SUITE_NOW_MS, 1); /* connected */
    world_do(conn, "BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE");
    for (int i = 0; i < 8; i++) {
        struct order *order = suite_order(suite_user(1), SUITE_NOW_MS + i, 1);
        world_save(suite, order, &answers[i]);
        order_free(&order);
    }
    world_await(suite, other, somebody_waits_for_a_lock);
    repository_close(&suite->repository);
    for (int i = 0; i < 8; i++) {
        assert_int_equal(answers[i].times, 1);
        assert_int_equal(answers[i].status, STATUS_UNAVAILABLE);
    }
    PQfinish(other);
    PQfinish(conn);
}

/* ---- sockets that get the number of one that is gone ---- */

enum { NEIGHBOURS = 16, DESCRIPTORS = 256 };

struct neighbourhood {
    struct event_base *base;
    int sockets[NEIGHBOURS];
    struct event *events[NEIGHBOURS];
    int heard;
};

/* The store's connections break without a word. */
static void cut_the_others(const PGconn *conn)
{
    for (int fd = 3; fd < DESCRIPTORS; fd++) {
        struct sockaddr_un peer = {0};
        socklen_t size = sizeof(peer);
        if (fd != PQsocket(conn) && getpeername(fd, (struct sockaddr *)&peer, &size) == 0 &&
            strstr(peer.sun_path, ".s.PGSQL.") != NULL)
            (void)shutdown(fd, SHUT_RDWR);
    }
}

static void on_heard(int fd, short events, void *arg)
{
    struct neighbourhood *all = arg;
    char byte;

    (void)events;
    assert_int_equal(read(fd, &byte, 1), 1);
    all->heard++;
}

static void open_neighbours(int none, short events, void *arg)
{
    struct neighbourhood *all = arg;

    (void)none, (void)events;
    for (int i = 0; i < NEIGHBOURS; i += 2)
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, &all->sockets[i]), 0);
    for (int i = 0; i < NEIGHBOURS; i++) {
        all->events[i] = event_new(all->base, all->sockets[i], EV_READ, on_heard, all);
        assert_int_equal(event_add(all->events[i], NULL), 0);
    }
}

static void close_neighbours(struct neighbourhood *all)
{
    for (int i = 0; i < NEIGHBOURS; i++) {
        event_free(all->events[i]);
        close(all->sockets[i]);
    }
}

/* Sending, a piece of what is long after the other, finds out that the connection is gone, and
 * libpq closes its socket; in the same turn of the loop somebody else opens one. */
static void a_socket_that_gets_the_number_of_a_lost_connection_is_heard(void **state)
{
    struct suite *suite = *state;
    struct neighbourhood all = {.base = suite->base};
    static char long_answer[512 * 1024];
    struct keyed_answer keyed = {.user_id = suite_user(1),
                                 .key = "long",
                                 .answer = long_answer,
                                 .answer_length = sizeof(long_answer)};
    struct order *order = suite_order(suite_user(1), SUITE_NOW_MS, 1);
    PGconn *conn = world_session(suite);
    struct answer answer = {0};
    struct event *open;

    (void)suite_add(suite, suite_user(1), SUITE_NOW_MS, 1); /* connected */
    open = event_new(suite->base, -1, 0, open_neighbours, &all);
    cut_the_others(conn);
    repository_save(suite->repository, &(struct save){.order = order, .keyed = &keyed},
                    suite_answer, &answer);
    event_active(open, 0, 0);
    suite_wait(suite->base, &answer.times);
    assert_int_equal(answer.status, STATUS_OK);
    for (int i = 0; i < NEIGHBOURS; i++)
        assert_int_equal(write(all.sockets[i], "!", 1), 1);
    for (int turn = 0; turn < 100; turn++)
        assert_int_not_equal(event_base_loop(suite->base, EVLOOP_NONBLOCK), -1);
    assert_int_equal(all.heard, NEIGHBOURS);
    close_neighbours(&all);
    event_free(open);
    order_free(&order);
    PQfinish(conn);
}

/* ---- more saves than the database can do ---- */

enum { FLOOD_ROUNDS = 30, FLOOD_SIZE = 30, FLOOD_ROUND_US = 100000 };

struct flood {
    int pending, done_late; /* of the last third of the rounds */
    bool late;
};

static void flood_answer(void *arg, enum status status, const struct fault *fault)
{
    struct flood *flood = arg;

    (void)fault;
    flood->pending--;
    flood->done_late += flood->late && status == STATUS_OK;
}

/* Each order takes 10 ms, so 100 of the 300 a second can be saved. */
static void flood_with_saves(struct suite *suite, struct flood *flood)
{
    for (int round = 0; round < FLOOD_ROUNDS; round++) {
        struct timeval moment = {.tv_usec = FLOOD_ROUND_US};
        flood->late = round >= FLOOD_ROUNDS * 2 / 3;
        for (int i = 0; i < FLOOD_SIZE; i++) {
            struct order *order = suite_order(suite_user(1), SUITE_NOW_MS + round, 1);
            flood->pending++;
            repository_save(suite->repository, &(struct save){.order = order}, flood_answer, flood);
            order_free(&order);
        }
        assert_int_equal(event_base_loopexit(suite->base, &moment), 0);
        assert_int_not_equal(event_base_dispatch(suite->base), -1);
    }
    while (flood->pending > 0)
        assert_int_not_equal(event_base_loop(suite->base, EVLOOP_ONCE), -1);
}

static void a_flood_ends_no_connection_and_what_can_be_done_is_answered(void **state)
{
    static const char the_last_to_come[] =
        "SELECT max(extract(epoch FROM backend_start) * 1000000)::bigint FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()";
    struct suite *suite = *state;
    PGconn *conn = world_session(suite);
    struct flood flood = {0};
    int64_t last;

    world_do(conn,
             "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS"
             " $$ BEGIN PERFORM pg_sleep(0.01); RETURN new; END $$;"
             "CREATE TRIGGER slow BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION slow()");
    world_reopen(suite, (struct store_options){.deadline_ms = 1000, .group_limit = 16});
    (void)suite_events(suite, "", 1);
    (void)suite_add(suite, suite_user(1), SUITE_NOW_MS, 1);
    last = world_number(conn, the_last_to_come);
    flood_with_saves(suite, &flood);
    assert_int_equal(world_number(conn, the_last_to_come), last);
    assert_true(flood.done_late > 0);
    PQfinish(conn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(idle_connections_that_break_are_made_again),
        WORLD_TEST(connections_that_are_up_and_that_broke_are_counted),
        WORLD_TEST(a_save_whose_connection_breaks_before_the_commit_is_sent_again),
        WORLD_TEST(a_new_order_that_was_committed_unheard_is_found),
        WORLD_TEST(a_key_that_was_committed_unheard_is_its_own),
        WORLD_TEST(a_change_that_was_committed_unheard_is_found),
        WORLD_TEST(a_change_that_lost_against_another_is_not_taken_for_its_own),
        WORLD_TEST(a_save_that_waits_beyond_its_deadline_is_answered),
        WORLD_TEST(a_candidacy_can_end_while_its_connection_is_on_its_way),
        WORLD_TEST(a_group_that_fails_while_the_store_closes_leaves_nothing),
        WORLD_TEST(a_socket_that_gets_the_number_of_a_lost_connection_is_heard),
        WORLD_TEST(a_flood_ends_no_connection_and_what_can_be_done_is_answered),
    };

    return cmocka_run_group_tests_name("losses", tests, NULL, NULL);
}
