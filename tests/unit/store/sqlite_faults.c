/* What the writer does when the disk is full, the file is moved away, a write breaks, a lock is
 * held, or time runs out. */
#include "../../contract/sqlite_place.h"
#include "../../contract/suite.h"

#include "base/log.h"
#include "store/sqlite/queue.h"
#include "store/sqlite/repository.h"

#include <event2/event.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

static const char *path_of(const struct suite *suite)
{
    return ((const struct sqlite_place *)suite->place)->path;
}

static enum status ping(struct suite *suite)
{
    struct answer answer = {0};

    repository_ping(suite->repository, suite_answer, &answer);
    suite_wait(suite->base, &answer.times);
    return answer.status;
}

static sqlite3 *open_beside(const struct suite *suite, const char *sql)
{
    sqlite3 *db = NULL;

    assert_int_equal(sqlite3_open(path_of(suite), &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s", sqlite3_errmsg(db));
    return db;
}

/* ---- a full disk ---- */

/* No file of this process may grow beyond what the log takes now: to the writer that is a disk
 * without room, until the old limit is back. */
static struct rlimit fill_disk(const struct suite *suite)
{
    char log[256];
    struct stat status;
    struct rlimit before, limit;

    snprintf(log, sizeof(log), "%s-wal", path_of(suite));
    assert_int_equal(stat(log, &status), 0);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = (rlim_t)status.st_size + 4096;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    return before;
}

enum { ORDERS = 20 };

static void a_full_disk_fails_every_save_of_the_group_and_keeps_nothing(void **state)
{
    struct suite *suite = *state;
    struct order *orders[ORDERS];
    struct answer answers[ORDERS] = {{0}};
    struct rlimit before;

    (void)suite_add(suite, suite_user(1), SUITE_NOW_MS, 1);
    before = fill_disk(suite);
    for (int i = 0; i < ORDERS; i++) {
        orders[i] = suite_order(suite_user(1), SUITE_NOW_MS + i, i);
        repository_save(suite->repository, &(struct save){.order = orders[i]}, suite_answer,
                        &answers[i]);
    }
    for (int i = 0; i < ORDERS; i++) {
        suite_wait(suite->base, &answers[i].times);
        assert_int_equal(answers[i].status, STATUS_UNAVAILABLE);
        assert_null(suite_get(suite, suite_id(orders[i])));
    }
    assert_int_equal(suite_events(suite, "", 100)->count, 1);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    for (int i = 0; i < ORDERS; i++) { /* and recovers by itself */
        assert_int_equal(suite_save(suite, orders[i]), STATUS_OK);
        order_free(&orders[i]);
    }
    assert_int_equal(suite_events(suite, "", 100)->count, ORDERS + 1);
}

static void a_ping_tells_a_full_disk_and_its_recovery(void **state)
{
    struct suite *suite = *state;
    struct rlimit before;

    assert_int_equal(ping(suite), STATUS_OK);
    before = fill_disk(suite);
    while (ping(suite) == STATUS_OK)
        ; /* until the page that is left is used up */
    assert_int_equal(ping(suite), STATUS_UNAVAILABLE);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(ping(suite), STATUS_OK);
}

static void positions_have_no_gap_after_a_full_disk(void **state)
{
    struct suite *suite = *state;
    const struct event_list *list;
    struct order *order = suite_order(suite_user(1), SUITE_NOW_MS, 1);
    struct rlimit before;

    (void)suite_add(suite, suite_user(1), SUITE_NOW_MS, 1);
    before = fill_disk(suite);
    assert_int_equal(suite_save(suite, order), STATUS_UNAVAILABLE);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(suite_save(suite, order), STATUS_OK);
    list = suite_events(suite, "", 100);
    assert_int_equal(list->count, 2);
    assert_string_equal(list->events[1].previous.text, list->events[0].position.text);
    order_free(&order);
}

/* ---- a file that has lost its name ---- */

static void a_file_that_was_moved_takes_no_saves_until_it_is_back(void **state)
{
    struct suite *suite = *state;
    struct order *order = suite_order(suite_user(1), SUITE_NOW_MS, 1);
    char moved[256];

    snprintf(moved, sizeof(moved), "%s-moved", path_of(suite));
    assert_int_equal(rename(path_of(suite), moved), 0);
    assert_int_equal(suite_save(suite, order), STATUS_UNAVAILABLE);
    assert_int_equal(ping(suite), STATUS_UNAVAILABLE);
    assert_int_equal(rename(moved, path_of(suite)), 0);
    assert_int_equal(ping(suite), STATUS_OK);
    assert_int_equal(suite_save(suite, order), STATUS_OK);
    assert_int_equal(suite_events(suite, "", 100)->count, 1);
    order_free(&order);
}

/* ---- a write that breaks half-way ---- */

/* The trigger fires at the event, when the order and its items are written already. */
static void a_save_that_breaks_half_way_fails_alone(void **state)
{
    struct suite *suite = *state;
    struct order *orders[ORDERS];
    struct answer answers[ORDERS] = {{0}};
    struct uuid bad = suite_user(66);
    sqlite3 *db = open_beside(suite, "CREATE TRIGGER sabotage BEFORE INSERT ON events"
                                     " WHEN new.data LIKE '%000000000042%' BEGIN"
                                     " SELECT raise(ABORT, 'sabotage'); END");
    const struct event_list *list;

    assert_int_equal(bad.bytes[15], 0x42);
    for (int i = 0; i < ORDERS; i++) {
        orders[i] = suite_order(i == 7 ? bad : suite_user(1), SUITE_NOW_MS + i, i);
        repository_save(suite->repository,
                        &(struct save){.order = orders[i], .inbox_id = i == 7 ? "bad" : NULL},
                        suite_answer, &answers[i]);
    }
    for (int i = 0; i < ORDERS; i++) {
        struct order *stored;
        suite_wait(suite->base, &answers[i].times);
        assert_int_equal(answers[i].status, i == 7 ? STATUS_INTERNAL : STATUS_OK);
        stored = suite_get(suite, suite_id(orders[i]));
        assert_true((stored != NULL) == (i != 7));
        order_free(&stored);
    }
    list = suite_events(suite, "", 100);
    assert_int_equal(list->count, ORDERS - 1);
    for (size_t i = 1; i < list->count; i++)
        assert_string_equal(list->events[i].previous.text, list->events[i - 1].position.text);
    assert_int_equal(sqlite3_exec(db, "DROP TRIGGER sabotage", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    assert_int_equal(suite_save_caused(suite, orders[7], "bad"), STATUS_OK);
    for (int i = 0; i < ORDERS; i++)
        order_free(&orders[i]);
}

static void a_message_waits_on_when_its_letter_cannot_be_written(void **state)
{
    struct suite *suite = *state;
    const struct inbound message = {.event_id = "event-1", .topic = "t"};
    const struct dead_letter letter = {.source = "inbound",
                                       .topic = "t",
                                       .event_id = "event-1",
                                       .reason = "why",
                                       .was_inbound = true};
    struct answer answers[2] = {{0}};
    sqlite3 *db = open_beside(suite, "CREATE TRIGGER sabotage BEFORE INSERT ON dead_letters BEGIN"
                                     " SELECT raise(ABORT, 'sabotage'); END");

    assert_int_equal(suite_put(suite, &message), STATUS_OK);
    repository_dead_letter_add(suite->repository, &letter, suite_answer, &answers[0]);
    repository_ping(suite->repository, suite_answer, &answers[1]);
    suite_wait(suite->base, &answers[1].times);
    assert_int_equal(answers[0].status, STATUS_INTERNAL);
    assert_int_equal(answers[1].status, STATUS_OK);
    assert_int_equal(suite_pending(suite, 10)->count, 1);
    assert_int_equal(sqlite3_exec(db, "DROP TRIGGER sabotage", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    answers[0].times = 0;
    repository_dead_letter_add(suite->repository, &letter, suite_answer, &answers[0]);
    suite_wait(suite->base, &answers[0].times);
    assert_int_equal(answers[0].status, STATUS_OK);
    assert_int_equal(suite_pending(suite, 10)->count, 0);
}

/* ---- time ---- */

static void a_save_behind_a_foreign_lock_is_refused_at_its_deadline(void **state)
{
    struct suite *suite = *state;
    struct order *order = suite_order(suite_user(1), SUITE_NOW_MS, 1);
    sqlite3 *db;

    suite_close(suite);
    suite_open(suite, (struct store_options){.deadline_ms = 100});
    db = open_beside(suite, "BEGIN IMMEDIATE");
    assert_int_equal(suite_save(suite, order), STATUS_UNAVAILABLE);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    assert_null(suite_get(suite, suite_id(order)));
    while (suite_save(suite, order) != STATUS_OK)
        ; /* the writer may still be in the wait of its last attempt */
    assert_int_equal(suite_events(suite, "", 100)->count, 1);
    order_free(&order);
}

/* Without a writer: the test takes the job as the writer would, and is slow about it. */
static void a_write_that_has_begun_is_a_time_out_at_its_deadline(void **state)
{
    struct suite *suite = *state;
    const struct store_options options = {.deadline_ms = 50};
    struct sqlite_queue queue;
    struct repository *repository = NULL;
    struct sqlite_repository *inside;
    struct sqlite_job_list group = TAILQ_HEAD_INITIALIZER(group);
    struct answer begun = {0}, waiting = {0};
    struct sqlite_job *job;

    sqlite_queue_init(&queue, 10);
    assert_int_equal(
        sqlite_repository_open(&queue, path_of(suite), &options, suite->base, &repository, NULL),
        STATUS_OK);
    inside = (struct sqlite_repository *)repository;
    repository_ping(repository, suite_answer, &begun);
    repository_ping(repository, suite_answer, &waiting);
    (void)event_base_loop(suite->base, EVLOOP_NONBLOCK);
    assert_int_equal(sqlite_queue_take(&queue, 1, &group), 1);
    suite_wait(suite->base, &waiting.times);
    assert_int_equal(begun.times, 1);
    assert_int_equal(begun.status, STATUS_TIMEOUT);
    assert_int_equal(waiting.status, STATUS_UNAVAILABLE);
    assert_int_equal(atomic_load(&queue.waiting), 0);
    job = TAILQ_FIRST(&group);
    job->status = STATUS_OK;
    mailbox_post(inside->mailbox, &job->letter, sqlite_submit_answered);
    inside->begun = 0;
    repository_close(&repository);
    assert_int_equal(begun.times, 1); /* the late answer is not given twice */
    sqlite_queue_destroy(&queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUITE_TEST(a_full_disk_fails_every_save_of_the_group_and_keeps_nothing),
        SUITE_TEST(a_ping_tells_a_full_disk_and_its_recovery),
        SUITE_TEST(positions_have_no_gap_after_a_full_disk),
        SUITE_TEST(a_file_that_was_moved_takes_no_saves_until_it_is_back),
        SUITE_TEST(a_save_that_breaks_half_way_fails_alone),
        SUITE_TEST(a_message_waits_on_when_its_letter_cannot_be_written),
        SUITE_TEST(a_save_behind_a_foreign_lock_is_refused_at_its_deadline),
        SUITE_TEST(a_write_that_has_begun_is_a_time_out_at_its_deadline),
    };

    suite_factory = &sqlite_factory;
    log_configure(LOG_ERROR, LOG_AUTO);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
