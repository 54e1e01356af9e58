/* Opening a SQLite store: its files, its lock, its schema, and what is refused. */
#include "../../contract/sqlite_place.h"
#include "../../contract/suite.h"

#include "base/log.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *path_of(const struct suite *suite)
{
    return ((const struct sqlite_place *)suite->place)->path;
}

static void run_sql(const struct suite *suite, const char *sql)
{
    sqlite3 *db = NULL;

    assert_int_equal(sqlite3_open(path_of(suite), &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s", sqlite3_errmsg(db));
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static int64_t number(const struct suite *suite, const char *sql)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    int64_t found;

    assert_int_equal(sqlite3_open(path_of(suite), &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    found = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return found;
}

static enum status open_url(const char *url, struct fault *fault)
{
    struct store *store = NULL;
    enum status status = store_open(&(struct store_options){.url = url}, &store, fault);

    assert_true((status == STATUS_OK) == (store != NULL));
    store_close(&store);
    return status;
}

static enum status open_again(const struct suite *suite, struct fault *fault)
{
    return open_url(((const struct sqlite_place *)suite->place)->url, fault);
}

static mode_t mode_of(const char *path, const char *suffix)
{
    char name[256];
    struct stat status;

    snprintf(name, sizeof(name), "%s%s", path, suffix);
    assert_int_equal(stat(name, &status), 0);
    return status.st_mode & 0777;
}

static void every_file_is_for_the_owner_only(void **state)
{
    struct suite *suite = *state;
    char directory[256];
    mode_t before = umask(0);

    suite_close(suite);
    suite_factory->destroy(suite->place);
    suite->place = suite_factory->create();
    suite_open(suite, (struct store_options){0});
    umask(before);
    (void)suite_add(suite, suite_user(1), SUITE_NOW_MS, 1);
    snprintf(directory, sizeof(directory), "%s", path_of(suite));
    *strrchr(directory, '/') = '\0';
    assert_int_equal(mode_of(directory, ""), 0700);
    assert_int_equal(mode_of(path_of(suite), ""), 0600);
    assert_int_equal(mode_of(path_of(suite), "-wal"), 0600);
    assert_int_equal(mode_of(path_of(suite), "-shm"), 0600);
    assert_int_equal(mode_of(path_of(suite), ".lock"), 0600);
}

static void a_second_process_is_refused(void **state)
{
    struct fault fault = {0};
    char pid[32];

    assert_int_equal(open_again(*state, &fault), STATUS_UNAVAILABLE);
    snprintf(pid, sizeof(pid), "(%d)", (int)getpid());
    assert_non_null(strstr(fault.text, "another process"));
    assert_non_null(strstr(fault.text, pid));
    assert_non_null(strstr(fault.where, "orderd.db.lock"));
    suite_close(*state);
    assert_int_equal(open_again(*state, &fault), STATUS_OK);
}

static void the_file_says_whose_it_is(void **state)
{
    assert_int_equal(number(*state, "PRAGMA application_id"), 0x4f524452);
    assert_int_equal(number(*state, "SELECT count(*) FROM pragma_journal_mode"
                                    " WHERE journal_mode = 'wal'"),
                     1);
}

static void a_newer_schema_is_refused_and_left_alone(void **state)
{
    struct suite *suite = *state;
    struct fault fault = {0};

    suite_close(suite);
    run_sql(suite, "PRAGMA user_version = 9999");
    assert_int_equal(open_again(suite, &fault), STATUS_REFUSED);
    assert_int_equal(fault.status, STATUS_REFUSED);
    assert_non_null(strstr(fault.text, "9999"));
    assert_string_equal(fault.where, path_of(suite));
    assert_int_equal(number(suite, "PRAGMA user_version"), 9999);
}

static void an_older_schema_is_brought_up_to_date(void **state)
{
    struct suite *suite = *state;
    struct fault fault = {0};
    int64_t version;

    suite_close(suite);
    version = number(suite, "PRAGMA user_version");
    run_sql(suite, "DROP TABLE inbox; DROP TABLE dead_letters; DROP TABLE health;"
                   "DROP TABLE idempotency_keys; DROP TABLE inbound; PRAGMA user_version = 2");
    assert_int_equal(open_again(suite, &fault), STATUS_OK);
    assert_int_equal(number(suite, "PRAGMA user_version"), version);
    assert_int_equal(number(suite, "SELECT count(*) FROM health"), 1);
}

/* As it was when all hooks had one cursor and a dead letter only its reason. */
static void back_to_version_4(const struct suite *suite)
{
    run_sql(suite, "DROP TABLE inbound; DROP INDEX inbox_by_age; DROP INDEX dead_letters_retrying;"
                   "DROP INDEX dead_letters_by_source; DROP INDEX dead_letters_by_age;"
                   "ALTER TABLE dead_letters DROP COLUMN event_id;"
                   "ALTER TABLE dead_letters DROP COLUMN about;"
                   "ALTER TABLE dead_letters DROP COLUMN attempts;"
                   "ALTER TABLE dead_letters DROP COLUMN retrying; PRAGMA user_version = 4");
}

static void the_one_cursor_of_the_hooks_becomes_one_of_each(void **state)
{
    struct suite *suite = *state;
    struct fault fault = {0};

    suite_close(suite);
    back_to_version_4(suite);
    run_sql(suite, "INSERT INTO cursors VALUES ('hooks', 7, 11), ('relay', 9, 12)");
    assert_int_equal(open_again(suite, &fault), STATUS_OK);
    assert_int_equal(number(suite, "SELECT count(*) FROM cursors WHERE position = 7 AND updated_at"
                                   " = 11 AND name IN ('hook:ask_release', 'hook:ask_restock')"),
                     2);
    assert_int_equal(number(suite, "SELECT position FROM cursors WHERE name = 'relay'"), 9);
    assert_int_equal(number(suite, "SELECT count(*) FROM cursors"), 3);
}

static void without_that_cursor_no_hook_has_one(void **state)
{
    struct suite *suite = *state;
    struct fault fault = {0};

    suite_close(suite);
    back_to_version_4(suite);
    assert_int_equal(open_again(suite, &fault), STATUS_OK);
    assert_int_equal(number(suite, "SELECT count(*) FROM cursors"), 0);
}

static void old_dead_letters_stay_and_were_tried_once(void **state)
{
    struct suite *suite = *state;
    struct fault fault = {0};

    suite_close(suite);
    back_to_version_4(suite);
    run_sql(suite, "INSERT INTO dead_letters (source, topic, reason, payload, received_at)"
                   " VALUES ('inbound', 'a topic', 'why', x'00ff', 5)");
    assert_int_equal(open_again(suite, &fault), STATUS_OK);
    assert_int_equal(number(suite, "SELECT count(*) FROM dead_letters WHERE attempts = 1 AND"
                                   " retrying = 0 AND event_id IS NULL AND payload = x'00ff'"),
                     1);
}

/* Migration 3 fails at its second table: nothing of it may stay. */
static void a_migration_that_fails_leaves_nothing_behind(void **state)
{
    struct suite *suite = *state;
    struct fault fault = {0};

    suite_close(suite);
    run_sql(suite, "DROP TABLE inbox; DROP TABLE health; PRAGMA user_version = 2");
    assert_int_not_equal(open_again(suite, &fault), STATUS_OK);
    assert_int_equal(number(suite, "PRAGMA user_version"), 2);
    assert_int_equal(
        number(suite, "SELECT count(*) FROM sqlite_schema WHERE name IN ('inbox', 'health')"), 0);
}

static void another_programs_database_is_refused_and_left_alone(void **state)
{
    struct suite *suite = *state;
    struct fault fault = {0};

    suite_close(suite);
    assert_int_equal(unlink(path_of(suite)), 0);
    run_sql(suite, "CREATE TABLE theirs (x)");
    assert_int_equal(open_again(suite, &fault), STATUS_REFUSED);
    assert_int_equal(number(suite, "SELECT count(*) FROM pragma_journal_mode"
                                   " WHERE journal_mode = 'delete'"),
                     1);
    assert_int_equal(number(suite, "SELECT count(*) FROM sqlite_schema"), 1);
}

static void overwrite(const char *path, off_t from, size_t length)
{
    int file = open(path, O_RDWR);
    char byte = 'x';

    assert_true(file >= 0);
    for (size_t i = 0; i < length; i++)
        assert_int_equal(pwrite(file, &byte, 1, from + (off_t)i), 1);
    close(file);
}

static void a_file_that_is_no_database_is_refused(void **state)
{
    struct suite *suite = *state;
    struct fault fault = {0};

    suite_close(suite);
    overwrite(path_of(suite), 0, 4096);
    assert_int_equal(open_again(suite, &fault), STATUS_UNAVAILABLE);
    assert_string_equal(fault.where, path_of(suite));
    assert_non_null(strstr(fault.text, "not a database"));
}

static void a_place_that_cannot_be_made_is_refused(void **state)
{
    struct suite *suite = *state;
    char url[256];
    struct fault fault = {0};

    snprintf(url, sizeof(url), "sqlite:%s/below/orderd.db", path_of(suite));
    assert_int_equal(open_url(url, &fault), STATUS_UNAVAILABLE);
    assert_true(fault.where[0] == '/');
}

/* In a child, for root must become somebody else to meet a directory that it cannot write. */
static void a_directory_that_may_not_be_written_is_refused(void **state)
{
    struct suite *suite = *state;
    const char *directory = ((const struct sqlite_place *)suite->place)->directory;
    struct fault fault = {0};
    int result = 0;
    pid_t child;

    suite_close(suite);
    assert_int_equal(chmod(directory, 0555), 0);
    fflush(NULL);
    child = fork();
    if (child == 0) {
        if (geteuid() == 0 && seteuid(65534) != 0)
            _exit(2);
        _exit(open_again(suite, &fault) == STATUS_UNAVAILABLE ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_int_equal(chmod(directory, 0700), 0);
    assert_true(WIFEXITED(result));
    assert_int_equal(WEXITSTATUS(result), 0);
}

static void urls_that_name_no_file_are_refused(void **state)
{
    static const char *const urls[] = {"",
                                       "sqlite",
                                       "sqlite:",
                                       "sqlite:/tmp/",
                                       "sqlite::memory:",
                                       "orderd.db",
                                       "mysql://user:secret@host/db"};
    (void)state;
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        struct fault fault = {0};
        assert_int_equal(open_url(urls[i], &fault), STATUS_INVALID);
        assert_string_equal(fault.where, "/url");
        assert_null(strstr(fault.text, "secret"));
    }
    assert_int_equal(open_url(NULL, NULL), STATUS_INVALID);
}

/* ---- a damaged store is never served ---- */

struct got {
    enum status status;
    struct order *order;
};

static void on_got(void *arg, enum status status, struct order *order, const struct fault *fault)
{
    struct got *got = arg;

    (void)fault;
    got->status = status;
    got->order = order;
}

static enum status status_after(struct suite *suite, const char *sql)
{
    struct uuid id = suite_add(suite, suite_user(1), SUITE_NOW_MS, 100);
    struct got got = {0};

    run_sql(suite, sql);
    repository_get(suite->repository, &id, READ_DECIDING, on_got, &got);
    assert_null(got.order);
    return got.status;
}

static void an_order_whose_total_is_wrong_is_not_served(void **state)
{
    assert_int_equal(status_after(*state, "UPDATE orders SET total_amount = 99"), STATUS_INTERNAL);
}

static void an_order_that_lost_its_items_is_not_served(void **state)
{
    assert_int_equal(status_after(*state, "DELETE FROM order_items"), STATUS_INTERNAL);
}

static void an_order_of_an_unknown_currency_is_not_served(void **state)
{
    assert_int_equal(status_after(*state, "UPDATE orders SET currency = 'XQQ'"), STATUS_INTERNAL);
}

static void an_order_with_too_many_items_is_not_served(void **state)
{
    assert_int_equal(
        status_after(*state,
                     "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 300)"
                     " INSERT INTO order_items SELECT order_id, i, randomblob(16), 1, 0"
                     " FROM orders, n"),
        STATUS_INTERNAL);
}

static void items_of_no_order_cannot_be_written(void **state)
{
    sqlite3 *db = NULL;
    struct suite *suite = *state;

    assert_int_equal(sqlite3_open(path_of(suite), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db,
                                  "PRAGMA foreign_keys = 1; INSERT INTO order_items VALUES"
                                  " (randomblob(16), 0, randomblob(16), 1, 1)",
                                  NULL, NULL, NULL),
                     SQLITE_CONSTRAINT);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUITE_TEST(every_file_is_for_the_owner_only),
        SUITE_TEST(a_second_process_is_refused),
        SUITE_TEST(the_file_says_whose_it_is),
        SUITE_TEST(a_newer_schema_is_refused_and_left_alone),
        SUITE_TEST(an_older_schema_is_brought_up_to_date),
        SUITE_TEST(the_one_cursor_of_the_hooks_becomes_one_of_each),
        SUITE_TEST(without_that_cursor_no_hook_has_one),
        SUITE_TEST(old_dead_letters_stay_and_were_tried_once),
        SUITE_TEST(a_migration_that_fails_leaves_nothing_behind),
        SUITE_TEST(another_programs_database_is_refused_and_left_alone),
        SUITE_TEST(a_file_that_is_no_database_is_refused),
        SUITE_TEST(a_place_that_cannot_be_made_is_refused),
        SUITE_TEST(a_directory_that_may_not_be_written_is_refused),
        SUITE_TEST(urls_that_name_no_file_are_refused),
        SUITE_TEST(an_order_whose_total_is_wrong_is_not_served),
        SUITE_TEST(an_order_that_lost_its_items_is_not_served),
        SUITE_TEST(an_order_of_an_unknown_currency_is_not_served),
        SUITE_TEST(an_order_with_too_many_items_is_not_served),
        SUITE_TEST(items_of_no_order_cannot_be_written),
    };

    suite_factory = &sqlite_factory;
    log_configure(LOG_ERROR, LOG_AUTO);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
