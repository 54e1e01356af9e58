/* A filter that no index answers: the store looks at a bounded number of orders for one page. */
#include "../../contract/sqlite_place.h"
#include "../../contract/suite.h"

#include "base/log.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

/* Orders that are newer than any other and never match; they need no items, for nobody reads them.
 */
static void add_many(const struct suite *suite)
{
    const struct sqlite_place *place = suite->place;
    sqlite3 *db = NULL;

    assert_int_equal(sqlite3_open(place->path, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(db,
                     "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 20100)"
                     " INSERT INTO orders SELECT CAST(x'FF' || randomblob(15) AS BLOB),"
                     " randomblob(16), 0, 'USD', 1, NULL, NULL, 1, 0, 0, NULL FROM n",
                     NULL, NULL, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

struct listing {
    enum status status;
    size_t count;
    char next_cursor[64];
};

static void on_listed(void *arg, enum status status, struct order_page *page,
                      const struct fault *fault)
{
    struct listing *listing = arg;

    (void)fault;
    listing->status = status;
    listing->count = page->count;
    snprintf(listing->next_cursor, sizeof(listing->next_cursor), "%s", page->next_cursor);
}

static void a_narrow_filter_ends_a_page_early_and_goes_on_from_its_cursor(void **state)
{
    struct suite *suite = *state;
    struct order_query query = {.has_total_min = true, .total_min = 500, .limit = 5};
    struct listing first = {0}, second = {0};

    (void)suite_add(suite, suite_user(1), SUITE_NOW_MS, 500);
    add_many(suite);
    repository_list(suite->repository, &query, on_listed, &first);
    assert_int_equal(first.status, STATUS_OK);
    assert_int_equal(first.count, 0);
    assert_true(first.next_cursor[0] != '\0');
    query.cursor = first.next_cursor;
    query.cursor_length = strlen(first.next_cursor);
    repository_list(suite->repository, &query, on_listed, &second);
    assert_int_equal(second.status, STATUS_OK);
    assert_int_equal(second.count, 1);
    assert_string_equal(second.next_cursor, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUITE_TEST(a_narrow_filter_ends_a_page_early_and_goes_on_from_its_cursor),
    };

    suite_factory = &sqlite_factory;
    log_configure(LOG_ERROR, LOG_AUTO);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
