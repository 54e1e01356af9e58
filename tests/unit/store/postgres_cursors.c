/* Where the stream begins, ends and is gone, and cursors in it, where several sessions are at it.
 */
#include "postgres_world.h"

#include <event2/event.h>
#include <stdio.h>
#include <string.h>

struct spot {
    int times;
    enum status status;
    struct position position;
    struct fault fault;
};

static void on_spot(void *arg, enum status status, const struct position *position,
                    const struct fault *fault)
{
    struct spot *spot = arg;

    assert_non_null(position);
    spot->times++;
    spot->status = status;
    spot->position = *position;
    spot->fault = *fault;
}

static struct spot ack(struct suite *suite, const char *name, struct position position)
{
    struct spot spot = {0};

    repository_cursor_ack(suite->repository, name, &position, on_spot, &spot);
    suite_wait(suite->base, &spot.times);
    return spot;
}

static struct spot find_time(struct suite *suite, int64_t time)
{
    struct spot spot = {0};

    repository_events_find_time(suite->repository, time, on_spot, &spot);
    suite_wait(suite->base, &spot.times);
    assert_int_equal(spot.status, STATUS_OK);
    return spot;
}

static enum status create(struct suite *suite, const char *name, struct position position)
{
    struct answer answer = {0};

    repository_cursor_create(suite->repository, name, &position, suite_answer, &answer);
    suite_wait(suite->base, &answer.times);
    return answer.status;
}

struct listing {
    int times;
    size_t count;
    struct stored_cursor cursors[8];
    char names[8][32];
};

static void on_cursors(void *arg, enum status status, const struct stored_cursor *cursors,
                       size_t count, const struct fault *fault)
{
    struct listing *listing = arg;

    (void)fault;
    assert_int_equal(status, STATUS_OK);
    assert_in_range(count, 0, 8);
    listing->times++;
    listing->count = count;
    for (size_t i = 0; i < count; i++) {
        listing->cursors[i] = cursors[i];
        snprintf(listing->names[i], sizeof(listing->names[i]), "%s", cursors[i].name);
    }
}

static struct listing list(struct suite *suite)
{
    struct listing listing = {0};

    repository_cursors_list(suite->repository, on_cursors, &listing);
    suite_wait(suite->base, &listing.times);
    return listing;
}

static void on_pruned(void *arg, enum status status, size_t removed, const struct fault *fault)
{
    (void)removed, (void)fault;
    assert_int_equal(status, STATUS_OK);
    ++*(int *)arg;
}

static void prune(struct suite *suite, size_t count)
{
    struct prune what = {.events_before = INT64_MAX, .limit = count};
    int times = 0;

    repository_prune(suite->repository, &what, on_pruned, &times);
    suite_wait(suite->base, &times);
}

static void add(struct suite *suite, int count, struct position at[])
{
    const struct event_list *events;

    for (int i = 0; i < count; i++)
        (void)suite_add(suite, suite_user(1), SUITE_NOW_MS, i + 1);
    events = suite_events(suite, "", 100);
    assert_int_equal(events->count, count);
    for (int i = 0; i < count; i++)
        at[i] = events->events[i].position;
}

/* An event of a transaction that is not below the xmin of any snapshot: an older one is open. */
static struct position add_unreadable(struct suite *suite, PGconn *older)
{
    struct position position = {{0}};
    PGconn *conn = world_session(suite);
    PGresult *result;

    world_do(older, "BEGIN; SELECT pg_current_xact_id()");
    (void)suite_add(suite, suite_user(1), SUITE_NOW_MS + 1000, 1);
    result = PQexec(conn, "SELECT lpad(to_hex(xid::text::int8), 16, '0') || '-' ||"
                          " lpad(to_hex(id), 16, '0') FROM events ORDER BY xid DESC, id DESC");
    assert_int_equal(PQresultStatus(result), PGRES_TUPLES_OK);
    snprintf(position.text, sizeof(position.text), "%s", PQgetvalue(result, 0, 0));
    PQclear(result);
    PQfinish(conn);
    return position;
}

/* ---- what is gone ---- */

static void a_position_below_the_floor_is_gone_and_the_floor_is_not(void **state)
{
    struct suite *suite = *state;
    struct position at[6];
    const struct event_list *events;

    add(suite, 6, at);
    prune(suite, 3);
    assert_int_equal(suite_events(suite, at[1].text, 10)->status, STATUS_GONE);
    assert_int_equal(suite_events(suite, "0000000000000001-0000000000000001", 10)->status,
                     STATUS_GONE);
    events = suite_events(suite, at[2].text, 10);
    assert_int_equal(events->status, STATUS_OK);
    assert_int_equal(events->count, 3);
    events = suite_events(suite, "", 10);
    assert_int_equal(events->count, 3);
    assert_string_equal(events->events[0].position.text, at[3].text);
    assert_string_equal(events->events[0].previous.text, at[2].text);
}

static void a_reader_that_stands_still_while_events_go_is_told(void **state)
{
    struct suite *suite = *state;
    struct position at[6];

    add(suite, 6, at);
    assert_int_equal(suite_events(suite, at[0].text, 1)->count, 1); /* it is remembered at 1 */
    prune(suite, 3);
    assert_int_equal(suite_events(suite, at[1].text, 10)->status, STATUS_GONE);
    prune(suite, 3);
    assert_int_equal(suite_events(suite, at[1].text, 10)->status, STATUS_GONE);
    assert_int_equal(suite_events(suite, at[5].text, 10)->status, STATUS_OK);
    assert_int_equal(suite_events(suite, at[5].text, 10)->count, 0);
}

/* Whatever of the others were read before, each event names the one before it on its topic. */
static void many_readers_at_once_each_see_the_chain_of_the_topic(void **state)
{
    struct suite *suite = *state;
    struct position at[100];

    add(suite, 100, at);
    for (int round = 0; round < 3; round++)
        for (int reader = 0; reader < 90; reader++) {
            const struct event_list *events =
                suite_events(suite, at[reader + round].text, 1 + (size_t)(reader % 3));
            assert_string_equal(events->events[0].previous.text, at[reader + round].text);
            assert_string_equal(events->events[0].follows.text, at[reader + round].text);
        }
}

/* ---- times ---- */

#define MINUTE_MS ((int64_t)60000)

static void a_time_is_found_before_its_first_event_and_not_long_before(void **state)
{
    struct suite *suite = *state;
    const struct event_list *events;
    struct position at[20];

    for (int i = 0; i < 20; i++)
        (void)suite_add(suite, suite_user(1), SUITE_NOW_MS + i * MINUTE_MS, 1);
    events = suite_events(suite, "", 100);
    for (int i = 0; i < 20; i++)
        at[i] = events->events[i].position;
    assert_string_equal(find_time(suite, 0).position.text, "");
    assert_string_equal(find_time(suite, INT64_MIN).position.text, "");
    assert_string_equal(find_time(suite, SUITE_NOW_MS + MINUTE_MS).position.text, "");
    for (int i = 2; i < 20; i++)
        assert_string_equal(find_time(suite, SUITE_NOW_MS + i * MINUTE_MS).position.text,
                            at[i - 2].text);
    assert_string_equal(find_time(suite, INT64_MAX).position.text, at[19].text);
    prune(suite, 5);
    assert_string_equal(find_time(suite, SUITE_NOW_MS).position.text, "");
    assert_string_equal(find_time(suite, SUITE_NOW_MS + 6 * MINUTE_MS).position.text, "");
    assert_string_equal(find_time(suite, SUITE_NOW_MS + 8 * MINUTE_MS).position.text, at[6].text);
}

static void no_time_is_found_beyond_what_can_be_read(void **state)
{
    struct suite *suite = *state;
    PGconn *older = world_session(suite);
    struct position at[3];

    add(suite, 3, at);
    (void)add_unreadable(suite, older);
    assert_string_equal(find_time(suite, INT64_MAX).position.text, at[2].text);
    PQfinish(older);
}

/* ---- cursors ---- */

static void a_cursor_may_not_stand_beyond_what_can_be_read(void **state)
{
    struct suite *suite = *state;
    PGconn *older = world_session(suite);
    struct position at[3], ahead;

    add(suite, 3, at);
    ahead = add_unreadable(suite, older);
    assert_int_equal(create(suite, "new", ahead), STATUS_INVALID);
    assert_int_equal(create(suite, "new", at[1]), STATUS_OK);
    assert_int_equal(ack(suite, "new", ahead).status, STATUS_INVALID);
    assert_int_equal(list(suite).cursors[0].lag, 1);
    world_do(older, "COMMIT");
    assert_string_equal(ack(suite, "new", ahead).position.text, ahead.text);
    PQfinish(older);
}

static void a_cursor_is_not_made_where_events_are_gone(void **state)
{
    struct suite *suite = *state;
    struct position at[6];

    add(suite, 6, at);
    prune(suite, 3);
    assert_int_equal(create(suite, "below", at[1]), STATUS_GONE);
    assert_int_equal(create(suite, "floor", at[2]), STATUS_OK);
    assert_int_equal(create(suite, "beginning", (struct position){{0}}), STATUS_OK);
    assert_int_equal(create(suite, "floor", at[3]), STATUS_DUPLICATE);
    assert_int_equal(list(suite).count, 2);
    assert_int_equal(list(suite).cursors[0].lag, 3); /* what is there, not what was */
    assert_int_equal(list(suite).cursors[1].lag, 3);
    assert_string_equal(ack(suite, "beginning", at[0]).position.text, at[2].text);
}

/* The one that holds the row acknowledges more than the one that waits for it. */
static void of_two_sessions_that_acknowledge_at_once_the_greater_counts(void **state)
{
    struct suite *suite = *state;
    PGconn *conn = world_session(suite), *other = world_session(suite);
    struct spot spot = {0};
    struct position at[6];
    char sql[256];

    add(suite, 6, at);
    assert_int_equal(create(suite, "both", at[0]), STATUS_OK);
    snprintf(sql, sizeof(sql),
             "BEGIN; UPDATE cursors AS c SET xid = e.xid, id = e.id FROM"
             " (SELECT xid, id FROM events ORDER BY xid, id OFFSET 4 LIMIT 1) AS e");
    world_do(conn, sql);
    repository_cursor_ack(suite->repository, "both", &at[2], on_spot, &spot);
    world_await(suite, other,
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'");
    world_do(conn, "COMMIT");
    suite_wait(suite->base, &spot.times);
    assert_int_equal(spot.status, STATUS_OK);
    assert_string_equal(spot.position.text, at[4].text);
    assert_string_equal(ack(suite, "both", at[3]).position.text, at[4].text);
    assert_string_equal(ack(suite, "both", at[5]).position.text, at[5].text);
    PQfinish(other);
    PQfinish(conn);
}

/* Retention has judged the stream without the cursor, and has not been committed. */
static void a_cursor_is_made_after_the_step_of_retention_under_way(void **state)
{
    struct suite *suite = *state;
    PGconn *conn = world_session(suite), *other = world_session(suite);
    struct answer answer = {0};
    struct position at[6];

    add(suite, 6, at);
    world_do(conn, "BEGIN; SELECT pg_advisory_xact_lock(hashtext('orderd floor'),"
                   " 'cursors'::regclass::oid::int)");
    repository_cursor_create(suite->repository, "new", &at[1], suite_answer, &answer);
    world_await(suite, other,
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'");
    world_do(conn, "WITH gone AS (DELETE FROM events WHERE (xid, id) IN (SELECT xid, id FROM events"
                   " ORDER BY xid, id LIMIT 3) RETURNING topic, xid, id) INSERT INTO event_floors"
                   " SELECT topic, xid, id FROM gone ORDER BY xid DESC, id DESC LIMIT 1; COMMIT");
    suite_wait(suite->base, &answer.times);
    assert_int_equal(answer.status, STATUS_GONE);
    PQfinish(other);
    PQfinish(conn);
}

static void lags_count_to_the_limit_and_no_further(void **state)
{
    struct suite *suite = *state;
    PGconn *conn = world_session(suite);
    struct listing listing;

    world_do(conn,
             "INSERT INTO events (xid, id, event_id, order_id, topic, type, occurred_at, data)"
             " SELECT (3 + n / 1000)::text::xid8, n, gen_random_uuid(), gen_random_uuid(),"
             " 'order.created', 'OrderCreatedEvent', now(), '{}'"
             " FROM generate_series(1, 150000) AS n;"
             "INSERT INTO cursors SELECT 'at ' || n, (3 + n / 1000)::text::xid8, n, now()"
             " FROM unnest(ARRAY[1, 49999, 50000, 50001, 149990, 150000]) AS n;"
             "INSERT INTO cursors VALUES ('new', '0', 0, now())");
    listing = list(suite);
    assert_int_equal(listing.count, 7);
    assert_string_equal(listing.names[0], "at 1");
    assert_int_equal(listing.cursors[0].lag, CURSOR_LAG_LIMIT);
    assert_int_equal(listing.cursors[1].lag, 10);
    assert_int_equal(listing.cursors[2].lag, 0);
    assert_string_equal(listing.names[3], "at 49999");
    assert_int_equal(listing.cursors[3].lag, CURSOR_LAG_LIMIT);
    assert_int_equal(listing.cursors[4].lag, CURSOR_LAG_LIMIT);
    assert_int_equal(listing.cursors[5].lag, CURSOR_LAG_LIMIT - 1);
    assert_string_equal(listing.names[6], "new");
    assert_int_equal(listing.cursors[6].lag, CURSOR_LAG_LIMIT);
    PQfinish(conn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_position_below_the_floor_is_gone_and_the_floor_is_not),
        WORLD_TEST(a_reader_that_stands_still_while_events_go_is_told),
        WORLD_TEST(many_readers_at_once_each_see_the_chain_of_the_topic),
        WORLD_TEST(a_time_is_found_before_its_first_event_and_not_long_before),
        WORLD_TEST(no_time_is_found_beyond_what_can_be_read),
        WORLD_TEST(a_cursor_may_not_stand_beyond_what_can_be_read),
        WORLD_TEST(a_cursor_is_not_made_where_events_are_gone),
        WORLD_TEST(of_two_sessions_that_acknowledge_at_once_the_greater_counts),
        WORLD_TEST(a_cursor_is_made_after_the_step_of_retention_under_way),
        WORLD_TEST(lags_count_to_the_limit_and_no_further),
    };

    return cmocka_run_group_tests_name("cursors", tests, NULL, NULL);
}
