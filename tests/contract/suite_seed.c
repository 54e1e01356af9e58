/* The contract of preparing and filling a database without a service: store/migrate.h and
 * store/seed.h. */
#include "suite.h"

#include "store/migrate.h"
#include "store/seed.h"

#include <string.h>

static const char *url_of(const struct suite *suite)
{
    return suite_factory->url(suite->place);
}

static struct seed *open_seed(const struct suite *suite)
{
    struct seed *seed = NULL;
    struct fault fault = {0};

    if (seed_open(url_of(suite), &seed, &fault) != STATUS_OK)
        fail_msg("%s: %s", fault.where, fault.text);
    return seed;
}

static enum status write(struct seed *seed, struct order *const *orders, size_t count)
{
    struct order_record records[8];
    struct fault fault = {0};
    enum status status;

    for (size_t i = 0; i < count; i++)
        records[i] = order_record(orders[i]);
    status = seed_write(seed, records, count, &fault);
    assert_true(status == STATUS_OK || fault.text[0] != '\0');
    return status;
}

/* One of each kind of order, with texts that a careless copy would break. */
static void make_orders(struct order *orders[4])
{
    static const char notes[] = "tab\t, line\n, \\N, \"quoted\", 'so' \xf0\x9f\x92\x8a";
    struct order_transition confirm = {
        .to = ORDER_CONFIRMED, .notes = notes, .notes_length = strlen(notes)};

    for (int i = 0; i < 4; i++)
        orders[i] = suite_order(suite_user(1), SUITE_NOW_MS + i, 1000 + i);
    for (int i = 1; i < 3; i++)
        assert_int_equal(order_change_status(orders[i], &confirm, SUITE_NOW_MS + 10, NULL),
                         STATUS_OK);
    suite_change(orders[2], ORDER_COMPLETED, NULL, SUITE_NOW_MS + 20);
    suite_change(orders[3], ORDER_CANCELLED, "out\\of\tstock", SUITE_NOW_MS + 30);
}

static void free_orders(struct order *orders[], size_t count)
{
    for (size_t i = 0; i < count; i++)
        order_free(&orders[i]);
}

static void orders_that_were_added_are_read_as_if_they_had_been_saved(void **state)
{
    struct suite *suite = *state;
    struct order *orders[4];
    struct seed *seed;

    make_orders(orders);
    suite_close(suite);
    seed = open_seed(suite);
    assert_int_equal(write(seed, orders, 3), STATUS_OK);
    assert_int_equal(write(seed, orders + 3, 1), STATUS_OK);
    seed_close(&seed);
    assert_null(seed);
    suite_open(suite, (struct store_options){0});
    for (int i = 0; i < 4; i++)
        suite_assert_stored(suite, orders[i]);
    free_orders(orders, 4);
}

static void nobody_hears_of_them_but_of_what_becomes_of_them(void **state)
{
    struct suite *suite = *state;
    struct order *order = suite_order(suite_user(1), SUITE_NOW_MS, 5), *stored;
    const struct event_list *list;
    struct seed *seed;

    suite_close(suite);
    seed = open_seed(suite);
    assert_int_equal(write(seed, &order, 1), STATUS_OK);
    seed_close(&seed);
    suite_open(suite, (struct store_options){0});
    assert_int_equal(suite_heads(suite).count, 0);
    stored = suite_get(suite, suite_id(order));
    assert_non_null(stored);
    suite_change(stored, ORDER_CONFIRMED, NULL, SUITE_NOW_MS + 1);
    assert_int_equal(suite_save(suite, stored), STATUS_OK);
    list = suite_events(suite, "", 10);
    assert_int_equal(list->count, 1);
    assert_string_equal(list->events[0].topic, "order.status_changed");
    order_free(&order);
    order_free(&stored);
}

static void a_batch_is_added_whole_or_not_at_all(void **state)
{
    struct suite *suite = *state;
    struct order *orders[4];
    struct seed *seed;

    make_orders(orders);
    suite_close(suite);
    seed = open_seed(suite);
    assert_int_equal(write(seed, orders + 2, 1), STATUS_OK);
    assert_int_not_equal(write(seed, orders, 3), STATUS_OK); /* the last is there already */
    assert_int_equal(write(seed, orders + 3, 1), STATUS_OK); /* and it goes on */
    seed_close(&seed);
    suite_open(suite, (struct store_options){0});
    for (int i = 0; i < 2; i++)
        assert_null(suite_get(suite, suite_id(orders[i])));
    suite_assert_stored(suite, orders[2]);
    suite_assert_stored(suite, orders[3]);
    free_orders(orders, 4);
}

static void a_running_service_is_told_of_or_not_disturbed(void **state)
{
    struct suite *suite = *state;
    struct order *order = suite_order(suite_user(1), SUITE_NOW_MS, 5);
    struct store_schema schema;
    struct seed *seed = NULL;
    struct fault fault = {0};

    if (suite_factory->exclusive) {
        assert_int_equal(seed_open(url_of(suite), &seed, &fault), STATUS_UNAVAILABLE);
        assert_non_null(strstr(fault.text, "another process"));
        assert_int_equal(store_migrate(url_of(suite), &schema, &fault), STATUS_UNAVAILABLE);
        assert_non_null(strstr(fault.text, "another process"));
    } else {
        assert_int_equal(store_migrate(url_of(suite), &schema, &fault), STATUS_OK);
        seed = open_seed(suite);
        assert_int_equal(write(seed, &order, 1), STATUS_OK);
        suite_assert_stored(suite, order);
    }
    seed_close(&seed);
    order_free(&order);
}

static void a_database_without_tables_gets_them_once(void **state)
{
    struct suite *suite = *state;
    struct store_schema first, second;
    struct seed *seed = NULL;
    struct fault fault = {0};

    suite_close(suite);
    suite_factory->destroy(suite->place);
    suite->place = suite_factory->create();
    for (int i = 0; i < 2; i++) { /* being refused makes nothing */
        assert_int_equal(seed_open(url_of(suite), &seed, &fault), STATUS_REFUSED);
        assert_non_null(strstr(fault.text, "orderctl migrate"));
        assert_null(seed);
    }
    assert_int_equal(store_migrate(url_of(suite), &first, &fault), STATUS_OK);
    assert_int_equal(first.found, 0);
    assert_true(first.version > 0);
    assert_int_equal(store_migrate(url_of(suite), &second, &fault), STATUS_OK);
    assert_int_equal(second.found, first.version);
    assert_int_equal(second.version, first.version);
    assert_string_equal(second.epoch, first.epoch);
    seed = open_seed(suite);
    seed_close(&seed);
    suite_open(suite, (struct store_options){0});
    assert_string_equal(store_epoch(suite->store), first.epoch);
}

static void what_is_no_url_is_refused(void **state)
{
    static const char *const urls[] = {NULL,        "",
                                       "orders.db", "mysql://secret@localhost/",
                                       "sqlite:",   "postgres://secret:secret@a:b:c/"};
    struct store_schema schema;
    struct seed *seed = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        struct fault fault = {0};
        assert_int_equal(store_migrate(urls[i], &schema, &fault), STATUS_INVALID);
        assert_string_equal(fault.where, "/url");
        assert_null(strstr(fault.text, "secret"));
        assert_int_equal(seed_open(urls[i], &seed, &fault), STATUS_INVALID);
        assert_string_equal(fault.where, "/url");
        assert_null(strstr(fault.text, "secret"));
    }
}

int suite_run_seed(void)
{
    const struct CMUnitTest tests[] = {
        SUITE_TEST(orders_that_were_added_are_read_as_if_they_had_been_saved),
        SUITE_TEST(nobody_hears_of_them_but_of_what_becomes_of_them),
        SUITE_TEST(a_batch_is_added_whole_or_not_at_all),
        SUITE_TEST(a_running_service_is_told_of_or_not_disturbed),
        SUITE_TEST(a_database_without_tables_gets_them_once),
        cmocka_unit_test(what_is_no_url_is_refused),
    };

    return cmocka_run_group_tests_name("migrating and seeding", tests, NULL, NULL);
}
