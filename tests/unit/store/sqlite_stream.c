/* The stream of a SQLite store when it is long, or when somebody has touched it. */
#include "../../contract/sqlite_place.h"
#include "../../contract/suite.h"

#include "base/log.h"

#include <event2/event.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

enum { MANY = CURSOR_LAG_LIMIT + 10 };

static void run_sql(const struct suite *suite, const char *sql)
{
    sqlite3 *db = NULL;

    assert_int_equal(sqlite3_open(((const struct sqlite_place *)suite->place)->path, &db),
                     SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s", sqlite3_errmsg(db));
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* Ten minutes from one to the next. */
static void add_many(struct suite *suite)
{
    char sql[512];

    suite_close(suite);
    snprintf(sql, sizeof(sql),
             "INSERT INTO heads VALUES ('order.created', %d);"
             "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT %d)"
             " INSERT INTO events SELECT i, nullif(i - 1, 0), randomblob(16), randomblob(16),"
             " 'order.created', 'OrderCreatedEvent', i * 600000, NULL, '{}' FROM n",
             MANY, MANY);
    run_sql(suite, sql);
    suite_open(suite, (struct store_options){0});
}

static struct position at(int64_t number)
{
    struct position position;

    snprintf(position.text, sizeof(position.text), "%016lld", (long long)number);
    return position;
}

struct lags {
    int times;
    size_t count;
    uint64_t lag[4];
};

static void on_cursors(void *arg, enum status status, const struct stored_cursor *cursors,
                       size_t count, const struct fault *fault)
{
    struct lags *lags = arg;

    (void)fault;
    assert_int_equal(status, STATUS_OK);
    lags->times++;
    lags->count = count;
    for (size_t i = 0; i < count && i < 4; i++)
        lags->lag[i] = cursors[i].lag;
}

static void a_lag_is_counted_up_to_its_limit(void **state)
{
    struct suite *suite = *state;
    struct lags lags = {0};

    add_many(suite);
    assert_int_equal(suite_write_cursor(suite, "a", at(MANY - CURSOR_LAG_LIMIT + 1)), STATUS_OK);
    assert_int_equal(suite_write_cursor(suite, "b", at(MANY - CURSOR_LAG_LIMIT)), STATUS_OK);
    assert_int_equal(suite_write_cursor(suite, "c", at(1)), STATUS_OK);
    assert_int_equal(suite_write_cursor(suite, "d", at(MANY + 5)), STATUS_OK);
    repository_cursors_list(suite->repository, on_cursors, &lags);
    assert_int_equal(lags.count, 4);
    assert_int_equal(lags.lag[0], CURSOR_LAG_LIMIT - 1);
    assert_int_equal(lags.lag[1], CURSOR_LAG_LIMIT);
    assert_int_equal(lags.lag[2], CURSOR_LAG_LIMIT);
    assert_int_equal(lags.lag[3], 0); /* behind the head */
}

static struct position find(struct suite *suite, int64_t time)
{
    struct suite_position found = {0};

    repository_events_find_time(suite->repository, time, suite_on_position, &found);
    assert_int_equal(found.times, 1);
    assert_int_equal(found.status, STATUS_OK);
    return found.position;
}

static void times_are_found_in_a_long_stream(void **state)
{
    struct suite *suite = *state;

    add_many(suite);
    for (int64_t i = 2; i <= MANY; i += 997)
        assert_string_equal(find(suite, i * 600000).text, at(i - 1).text);
    assert_string_equal(find(suite, INT64_MIN).text, "");
    assert_string_equal(find(suite, INT64_MAX).text, at(MANY).text);
}

static void a_long_stream_is_read_in_batches_to_its_end(void **state)
{
    struct suite *suite = *state;
    struct position after = {{0}};
    int64_t read = 0;
    const struct event_list *list;

    add_many(suite);
    while ((list = suite_events(suite, after.text, 1000))->count > 0) {
        for (size_t i = 0; i < list->count; i++)
            assert_string_equal(list->events[i].position.text, at(++read).text);
        after = list->events[list->count - 1].position;
    }
    assert_int_equal(read, MANY);
    assert_int_equal(suite_events(suite, "", SIZE_MAX)->count, 4096);
}

/* Somebody has deleted events from the middle: that is no floor, and a reader goes on behind them.
 */
static void a_hole_is_not_the_floor(void **state)
{
    struct suite *suite = *state;
    const struct event_list *list;

    add_many(suite);
    run_sql(suite, "DELETE FROM events WHERE position BETWEEN 11 AND 19 OR position < 4");
    assert_string_equal(suite_heads(suite).floor.text, at(3).text);
    list = suite_events(suite, at(12).text, 2);
    assert_int_equal(list->status, STATUS_OK);
    assert_string_equal(list->events[0].position.text, at(20).text);
    assert_int_equal(suite_events(suite, at(2).text, 2)->status, STATUS_GONE);
    assert_string_equal(find(suite, 15 * 600000).text, at(10).text);
}

/* A callback that reads on, before the texts of its own events are forgotten. */
struct nested {
    struct suite *suite;
    int depth, wrong;
    char data[16];
};

static void read_on(void *arg, enum status status, const struct stored_event *events, size_t count,
                    const struct fault *fault)
{
    struct nested *nested = arg;
    char data[16];

    (void)fault;
    nested->wrong += status != STATUS_OK || count != 2;
    if (status != STATUS_OK || count != 2 || ++nested->depth == 5)
        return;
    snprintf(data, sizeof(data), "%s", events[1].data);
    repository_events_after(nested->suite->repository, &events[1].position, 2, read_on, nested);
    nested->wrong += strcmp(events[1].data, data) != 0 || events[0].position.text[0] != '0' ||
                     strcmp(events[0].topic, "order.created") != 0;
}

static void a_callback_may_read_on(void **state)
{
    struct suite *suite = *state;
    struct nested nested = {.suite = suite};

    add_many(suite);
    run_sql(suite, "UPDATE events SET data = position");
    for (int round = 0; round < 3; round++) {
        nested.depth = 0;
        repository_events_after(suite->repository, &(struct position){{0}}, 2, read_on, &nested);
        assert_int_equal(nested.depth, 5);
        assert_int_equal(nested.wrong, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUITE_TEST(a_lag_is_counted_up_to_its_limit),
        SUITE_TEST(times_are_found_in_a_long_stream),
        SUITE_TEST(a_long_stream_is_read_in_batches_to_its_end),
        SUITE_TEST(a_hole_is_not_the_floor),
        SUITE_TEST(a_callback_may_read_on),
    };

    suite_factory = &sqlite_factory;
    log_configure(LOG_ERROR, LOG_AUTO);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
