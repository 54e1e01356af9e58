/* What came in, where several processes and broken connections have to do with it. */
#include "postgres_world.h"

#include <event2/event.h>
#include <stdio.h>
#include <string.h>

enum { MESSAGES = 40 };

static void count_up(void *arg)
{
    ++*(int *)arg;
}

static void begin_put(struct suite *suite, const char *event_id, struct answer *answer)
{
    struct inbound message = {
        .event_id = event_id, .topic = "topic", .payload = "{}", .payload_length = 2};

    repository_inbound_put(suite->repository, &message, suite_answer, answer);
}

static enum status put(struct suite *suite, const char *event_id)
{
    struct answer answer = {0};

    begin_put(suite, event_id, &answer);
    suite_wait(suite->base, &answer.times);
    return answer.status;
}

static enum status handled(struct suite *suite, const char *event_id)
{
    struct answer answer = {0};

    repository_inbound_handled(suite->repository, event_id, suite_answer, &answer);
    suite_wait(suite->base, &answer.times);
    return answer.status;
}

struct waiting {
    int times;
    size_t count;
    char ids[MESSAGES][32];
};

static void on_pending(void *arg, enum status status, const struct stored_inbound *messages,
                       size_t count, const struct fault *fault)
{
    struct waiting *waiting = arg;

    (void)fault;
    assert_int_equal(status, STATUS_OK);
    assert_in_range(count, 0, MESSAGES);
    waiting->times++;
    waiting->count = count;
    for (size_t i = 0; i < count; i++) {
        assert_true(i == 0 || messages[i].number > messages[i - 1].number);
        snprintf(waiting->ids[i], sizeof(waiting->ids[i]), "%s", messages[i].message.event_id);
    }
}

static struct waiting pending(struct suite *suite)
{
    struct waiting waiting = {0};

    repository_inbound_pending(suite->repository, MESSAGES, on_pending, &waiting);
    suite_wait(suite->base, &waiting.times);
    return waiting;
}

/* ---- groups ---- */

static void messages_of_one_turn_are_one_transaction_in_their_order(void **state)
{
    struct suite *suite = *state;
    struct answer answers[MESSAGES] = {{0}}, again = {0};
    PGconn *conn = world_session(suite);
    struct waiting waiting;
    char id[32];

    for (int i = 0; i < MESSAGES; i++) {
        snprintf(id, sizeof(id), "message %d", MESSAGES - i);
        begin_put(suite, id, &answers[i]);
    }
    begin_put(suite, "message 7", &again);
    for (int i = 0; i < MESSAGES; i++) {
        suite_wait(suite->base, &answers[i].times);
        assert_int_equal(answers[i].status, STATUS_OK);
    }
    suite_wait(suite->base, &again.times);
    assert_int_equal(again.status, STATUS_DUPLICATE);
    assert_int_equal(world_number(conn, "SELECT count(DISTINCT xid) FROM inbound"), 1);
    waiting = pending(suite);
    assert_int_equal(waiting.count, MESSAGES);
    for (int i = 0; i < MESSAGES; i++) {
        snprintf(id, sizeof(id), "message %d", MESSAGES - i);
        assert_string_equal(waiting.ids[i], id);
    }
    PQfinish(conn);
}

/* Text that is none is not stored, whoever else is in the group. */
static void a_message_that_is_refused_costs_its_neighbours_nothing(void **state)
{
    struct suite *suite = *state;
    struct answer answers[5] = {{0}};
    static const char *const ids[] = {"a", "b", "\xff", "c", "d"};

    for (int i = 0; i < 5; i++)
        begin_put(suite, ids[i], &answers[i]);
    for (int i = 0; i < 5; i++) {
        suite_wait(suite->base, &answers[i].times);
        assert_int_equal(answers[i].status, i == 2 ? STATUS_INTERNAL : STATUS_OK);
    }
    assert_int_equal(pending(suite).count, 4);
}

/* ---- several processes ---- */

static void what_one_process_puts_the_other_hears_of_and_handles(void **state)
{
    struct suite *suite = *state, other = {.base = suite->base, .place = suite->place};
    int heard = 0;

    suite_open(&other, (struct store_options){0});
    repository_watch(other.repository, count_up, &heard);
    assert_int_equal(put(suite, "one"), STATUS_OK);
    suite_wait(suite->base, &heard);
    assert_int_equal(pending(&other).count, 1);
    assert_int_equal(put(&other, "one"), STATUS_DUPLICATE);
    assert_int_equal(handled(&other, "one"), STATUS_OK);
    assert_int_equal(pending(suite).count, 0);
    assert_int_equal(handled(suite, "one"), STATUS_NOT_FOUND);
    assert_int_equal(put(suite, "one"), STATUS_DUPLICATE);
    suite_close(&other);
}

/* A lower number that is committed after a higher one, which has been heard of. */
static void a_message_that_is_committed_late_is_heard_of_too(void **state)
{
    struct suite *suite = *state, other = {.base = suite->base, .place = suite->place};
    PGconn *late = world_session(suite);
    int heard = 0;

    world_do(late, "BEGIN; INSERT INTO inbound (event_id, topic, payload, received_at)"
                   " VALUES ('late', 'topic', '{}', now())");
    suite_open(&other, (struct store_options){0});
    assert_int_equal(put(&other, "first"), STATUS_OK); /* a connection that comes looks at all */
    assert_int_equal(handled(&other, "first"), STATUS_OK);
    repository_watch(other.repository, count_up, &heard);
    assert_int_equal(put(suite, "soon"), STATUS_OK);
    suite_wait(suite->base, &heard);
    assert_int_equal(pending(&other).count, 1);
    assert_int_equal(handled(&other, "soon"), STATUS_OK);
    heard = 0;
    world_do(late, "COMMIT");
    suite_wait(suite->base, &heard);
    assert_int_equal(pending(&other).count, 1);
    suite_close(&other);
    PQfinish(late);
}

static void stop(int none, short events, void *arg)
{
    (void)none, (void)events;
    (void)event_base_loopbreak(arg);
}

/* So many turns of the poll: it asks every 20 ms, and each question is a statement. */
static void await_polls(struct suite *suite, PGconn *conn)
{
    static const char asked[] =
        "SELECT calls FROM (SELECT sum(idx_scan)::bigint AS calls FROM pg_stat_user_indexes"
        " WHERE indexrelname = 'inbound_pending') AS s";
    int64_t before = world_number(conn, asked);
    struct event *tick = event_new(suite->base, -1, EV_PERSIST, stop, suite->base);

    assert_int_equal(event_add(tick, &(struct timeval){.tv_usec = 10000}), 0);
    while (world_number(conn, asked) < before + 10)
        assert_int_not_equal(event_base_dispatch(suite->base), -1);
    event_free(tick);
}

static void a_message_that_waits_is_not_told_of_for_ever(void **state)
{
    struct suite *suite = *state, other = {.base = suite->base, .place = suite->place};
    PGconn *conn = world_session(suite);
    int heard = 0, told;

    suite_open(&other, (struct store_options){0});
    repository_watch(other.repository, count_up, &heard);
    assert_int_equal(put(suite, "waits"), STATUS_OK);
    suite_wait(suite->base, &heard);
    await_polls(suite, conn);
    told = heard;
    await_polls(suite, conn);
    assert_int_equal(heard, told);
    assert_int_equal(pending(&other).count, 1);
    suite_close(&other);
    PQfinish(conn);
}

static void who_begins_to_watch_hears_of_what_waits_already(void **state)
{
    struct suite *suite = *state;
    int heard = 0;

    assert_int_equal(put(suite, "waits"), STATUS_OK);
    suite_close(suite);
    suite_open(suite, (struct store_options){0});
    repository_watch(suite->repository, count_up, &heard);
    suite_wait(suite->base, &heard);
}

static void a_letter_to_be_tried_again_is_heard_of_in_the_other_process(void **state)
{
    struct suite *suite = *state, other = {.base = suite->base, .place = suite->place};
    struct dead_letter letter = {
        .source = "inbound", .topic = "topic", .reason = "why", .payload = "{}"};
    struct answer answer = {0};
    int heard = 0;

    repository_dead_letter_add(suite->repository, &letter, suite_answer, &answer);
    suite_wait(suite->base, &answer.times);
    suite_open(&other, (struct store_options){0});
    repository_watch(other.repository, count_up, &heard);
    answer.times = 0;
    repository_dead_letter_retry(suite->repository, 1, suite_answer, &answer);
    suite_wait(suite->base, &answer.times);
    assert_int_equal(answer.status, STATUS_OK);
    suite_wait(suite->base, &heard);
    suite_close(&other);
}

/* ---- connections that break ---- */

static void break_one_that_waits(struct suite *suite, PGconn *holder)
{
    PGconn *other = world_session(suite);

    world_await(suite, other,
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'");
    world_do(other, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE wait_event_type = 'Lock'");
    world_do(holder, "COMMIT");
    PQfinish(other);
}

static void a_message_whose_connection_breaks_is_put_once(void **state)
{
    struct suite *suite = *state;
    PGconn *conn = world_session(suite);
    struct answer answer = {0};

    assert_int_equal(pending(suite).count, 0);
    assert_int_equal(put(suite, "zero"), STATUS_OK); /* both are connected */
    world_do(conn, "BEGIN; LOCK TABLE inbound IN ACCESS EXCLUSIVE MODE");
    begin_put(suite, "one", &answer);
    break_one_that_waits(suite, conn);
    suite_wait(suite->base, &answer.times);
    assert_int_equal(answer.status, STATUS_OK);
    assert_int_equal(world_number(conn, "SELECT count(*) FROM inbound"), 2);
    PQfinish(conn);
}

/* It is committed here and waits for a standby that is not there, when its connection is ended. */
static void break_after_the_commit(struct suite *suite, PGconn *conn)
{
    world_await(suite, conn, "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'");
    world_server(suite, "ALTER SYSTEM RESET synchronous_standby_names");
    world_do(conn, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                   " WHERE wait_event = 'SyncRep'");
    world_server(suite, "SELECT pg_reload_conf()");
}

static void want_a_standby(struct suite *suite, PGconn *conn)
{
    world_server(suite, "ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
    world_server(suite, "SELECT pg_reload_conf()");
    world_await(suite, conn,
                "SELECT (current_setting('synchronous_standby_names') = 'nobody')::int");
}

static void a_message_that_was_committed_unheard_is_there_and_told_of(void **state)
{
    struct suite *suite = *state;
    PGconn *conn = world_session(suite);
    struct answer answer = {0};

    want_a_standby(suite, conn);
    begin_put(suite, "one", &answer);
    break_after_the_commit(suite, conn);
    suite_wait(suite->base, &answer.times);
    assert_true(answer.status == STATUS_OK || answer.status == STATUS_DUPLICATE);
    assert_int_equal(pending(suite).count, 1);
    PQfinish(conn);
}

static void what_was_handled_unheard_is_handled(void **state)
{
    struct suite *suite = *state;
    PGconn *conn = world_session(suite);
    struct answer answer = {0};

    assert_int_equal(put(suite, "one"), STATUS_OK);
    want_a_standby(suite, conn);
    repository_inbound_handled(suite->repository, "one", suite_answer, &answer);
    break_after_the_commit(suite, conn);
    suite_wait(suite->base, &answer.times);
    assert_int_equal(answer.status, STATUS_OK);
    assert_int_equal(pending(suite).count, 0);
    PQfinish(conn);
}

static void a_message_that_was_buried_unheard_is_buried_once(void **state)
{
    struct suite *suite = *state;
    PGconn *conn = world_session(suite);
    struct answer answer = {0};
    struct dead_letter letter = {.source = "inbound",
                                 .topic = "topic",
                                 .event_id = "one",
                                 .reason = "why",
                                 .attempts = 3,
                                 .payload = "{}",
                                 .payload_length = 2,
                                 .was_inbound = true};

    assert_int_equal(put(suite, "one"), STATUS_OK);
    want_a_standby(suite, conn);
    repository_dead_letter_add(suite->repository, &letter, suite_answer, &answer);
    break_after_the_commit(suite, conn);
    suite_wait(suite->base, &answer.times);
    assert_int_equal(answer.status, STATUS_OK);
    assert_int_equal(world_number(conn, "SELECT count(*) FROM dead_letters WHERE attempts = 3"), 1);
    assert_int_equal(pending(suite).count, 0);
    PQfinish(conn);
}

/* ---- what was there before ---- */

static void the_cursor_of_all_hooks_becomes_one_of_each(void **state)
{
    struct suite *suite = *state;
    PGconn *conn = world_session(suite);

    suite_close(suite);
    world_do(conn, "DROP TABLE inbound; DROP INDEX inbox_by_age; ALTER TABLE dead_letters"
                   " DROP event_id, DROP about, DROP attempts, DROP retrying;"
                   "UPDATE meta SET value = '3' WHERE name = 'schema';"
                   "INSERT INTO cursors VALUES ('relay', '7', 8, now()), ('hooks', '5', 6, now());"
                   "INSERT INTO dead_letters (source, topic, reason, payload, received_at)"
                   " VALUES ('inbound', 'topic', 'why', '', now())");
    suite_open(suite, (struct store_options){0});
    (void)suite_heads(suite);
    assert_int_equal(world_number(conn, "SELECT count(*) FROM cursors WHERE xid = '5' AND id = 6"
                                        " AND name IN ('hook:ask_release', 'hook:ask_restock')"),
                     2);
    assert_int_equal(world_number(conn, "SELECT count(*) FROM cursors"), 3);
    assert_int_equal(world_number(conn, "SELECT attempts FROM dead_letters"), 1);
    PQfinish(conn);
}

static void what_waits_in_a_restored_database_is_heard_of(void **state)
{
    struct suite *suite = *state;
    PGconn *conn = world_session(suite);
    int heard = 0;

    assert_int_equal(put(suite, "one"), STATUS_OK);
    suite_close(suite);
    world_do(conn, "UPDATE inbound SET xid = (xid::text::int8 + 1000000)::text::xid8");
    suite_open(suite, (struct store_options){0});
    repository_watch(suite->repository, count_up, &heard);
    suite_wait(suite->base, &heard);
    assert_int_equal(pending(suite).count, 1);
    PQfinish(conn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(messages_of_one_turn_are_one_transaction_in_their_order),
        WORLD_TEST(a_message_that_is_refused_costs_its_neighbours_nothing),
        WORLD_TEST(what_one_process_puts_the_other_hears_of_and_handles),
        WORLD_TEST(a_message_that_is_committed_late_is_heard_of_too),
        WORLD_TEST(a_message_that_waits_is_not_told_of_for_ever),
        WORLD_TEST(who_begins_to_watch_hears_of_what_waits_already),
        WORLD_TEST(a_letter_to_be_tried_again_is_heard_of_in_the_other_process),
        WORLD_TEST(a_message_whose_connection_breaks_is_put_once),
        WORLD_TEST(a_message_that_was_committed_unheard_is_there_and_told_of),
        WORLD_TEST(what_was_handled_unheard_is_handled),
        WORLD_TEST(a_message_that_was_buried_unheard_is_buried_once),
        WORLD_TEST(the_cursor_of_all_hooks_becomes_one_of_each),
        WORLD_TEST(what_waits_in_a_restored_database_is_heard_of),
    };

    return cmocka_run_group_tests_name("inbound", tests, NULL, NULL);
}
