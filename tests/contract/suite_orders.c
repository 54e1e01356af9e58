/* The contract of saving and getting one order. */
#include "suite.h"

#include <event2/event.h>
#include <string.h>

static struct order *order_of(size_t item_count, const char *notes, const char *currency)
{
    struct order_item items[ORDER_ITEMS_LIMIT];
    struct order_draft draft = {.order_id = uuid_v7(SUITE_NOW_MS),
                                .user_id = suite_user(7),
                                .currency = currency_find(currency, 3),
                                .items = items,
                                .item_count = item_count,
                                .notes = notes,
                                .notes_length = notes == NULL ? 0 : strlen(notes)};
    struct order *order = NULL;

    for (size_t i = 0; i < item_count; i++)
        items[i] = (struct order_item){.product_id = suite_product((uint8_t)i),
                                       .quantity = (int64_t)i + 1,
                                       .price = 1000 + (int64_t)i};
    assert_int_equal(order_create(&draft, SUITE_NOW_MS, &order, NULL), STATUS_OK);
    return order;
}

static void every_field_of_a_new_order_comes_back(void **state)
{
    struct order *order =
        order_of(3, "Zwei\nZeilen, \"quoted\" \xe2\x82\xac \xf0\x9f\x92\x8a", "JPY");

    assert_int_equal(suite_save(*state, order), STATUS_OK);
    suite_assert_stored(*state, order);
    order_free(&order);
}

static void every_field_of_a_completed_order_comes_back(void **state)
{
    struct order *order = order_of(2, NULL, "USD");

    assert_int_equal(suite_save(*state, order), STATUS_OK);
    suite_change(order, ORDER_CONFIRMED, NULL, SUITE_NOW_MS + 1000);
    assert_int_equal(suite_save(*state, order), STATUS_OK);
    suite_assert_stored(*state, order);
    suite_change(order, ORDER_COMPLETED, NULL, SUITE_NOW_MS + 2001);
    assert_int_equal(suite_save(*state, order), STATUS_OK);
    suite_assert_stored(*state, order);
    order_free(&order);
}

static void every_field_of_a_cancelled_order_comes_back(void **state)
{
    struct order *order = order_of(1, "", "USD");

    assert_int_equal(suite_save(*state, order), STATUS_OK);
    suite_change(order, ORDER_CANCELLED, "stock release failed: \xc3\xa9", SUITE_NOW_MS + 5);
    assert_int_equal(suite_save(*state, order), STATUS_OK);
    suite_assert_stored(*state, order);
    order_free(&order);
}

static void an_order_of_200_items_comes_back(void **state)
{
    struct order *order = order_of(ORDER_ITEMS_LIMIT, NULL, "USD");

    assert_int_equal(suite_save(*state, order), STATUS_OK);
    suite_assert_stored(*state, order);
    order_free(&order);
}

static void notes_at_the_limit_come_back(void **state)
{
    static const char pill[4] = {'\xf0', '\x9f', '\x92', '\x8a'};
    static char notes[ORDER_NOTES_LIMIT * sizeof(pill) + 1];
    struct order *order;

    for (size_t i = 0; i < sizeof(notes) - 1; i++)
        notes[i] = pill[i % sizeof(pill)];
    order = order_of(1, notes, "USD");
    assert_int_equal(suite_save(*state, order), STATUS_OK);
    suite_assert_stored(*state, order);
    order_free(&order);
}

static void replaced_items_are_stored(void **state)
{
    struct order_item items[3] = {
        {.product_id = suite_product(9), .quantity = 1, .price = 5},
        {.product_id = suite_product(2), .quantity = 1000000, .price = 7},
        {.product_id = suite_product(0), .quantity = 1, .price = 1000},
    };
    struct order *order = order_of(5, NULL, "USD");

    assert_int_equal(suite_save(*state, order), STATUS_OK);
    assert_int_equal(order_replace_items(order, items, 3, SUITE_NOW_MS + 1, NULL), STATUS_OK);
    assert_int_equal(suite_save(*state, order), STATUS_OK);
    suite_assert_stored(*state, order);
    order_free(&order);
}

static void items_replaced_before_another_change_are_stored_with_it(void **state)
{
    struct suite *suite = *state;
    struct order_item item = {.product_id = suite_product(9), .quantity = 3, .price = 5};
    struct uuid id = suite_add(suite, suite_user(1), SUITE_NOW_MS, 100);
    struct order *order = suite_get(suite, id);

    assert_int_equal(order_replace_items(order, &item, 1, SUITE_NOW_MS + 1, NULL), STATUS_OK);
    suite_change(order, ORDER_CONFIRMED, NULL, SUITE_NOW_MS + 2);
    assert_int_equal(suite_save(suite, order), STATUS_OK);
    suite_assert_stored(suite, order);
    suite_change(order, ORDER_COMPLETED, NULL, SUITE_NOW_MS + 3);
    assert_int_equal(suite_save(suite, order), STATUS_OK);
    suite_assert_stored(suite, order);
    order_free(&order);
}

static void several_changes_can_be_saved_at_once(void **state)
{
    struct suite *suite = *state;
    struct order *order = order_of(1, NULL, "USD");

    suite_change(order, ORDER_CONFIRMED, NULL, SUITE_NOW_MS + 1);
    suite_change(order, ORDER_COMPLETED, NULL, SUITE_NOW_MS + 2);
    assert_int_equal(suite_save(suite, order), STATUS_OK);
    suite_assert_stored(suite, order);
    assert_int_equal(suite_events(suite, "", 100)->count, 4);
    order_free(&order);
}

static void an_unknown_order_is_not_found(void **state)
{
    struct suite *suite = *state;

    assert_null(suite_get(suite, uuid_v7(SUITE_NOW_MS)));
}

static void a_save_leaves_the_order_itself_alone(void **state)
{
    struct suite *suite = *state;
    struct order *order = order_of(1, NULL, "USD");
    struct answer answer = {0};
    size_t count;

    repository_save(suite->repository, &(struct save){.order = order}, suite_answer, &answer);
    suite_wait(suite->base, &answer.times);
    assert_int_equal(answer.status, STATUS_OK);
    assert_int_equal(order_stored_version(order), 0);
    (void)order_events(order, &count);
    assert_int_equal(count, 1);
    order_free(&order);
}

static void the_order_may_go_as_soon_as_save_returns(void **state)
{
    struct suite *suite = *state;
    struct order *order = order_of(4, "gone", "USD");
    struct uuid id = suite_id(order);
    char inbox[] = "cause";
    struct answer answer = {0};
    struct order *stored;

    repository_save(suite->repository, &(struct save){.order = order, .inbox_id = inbox},
                    suite_answer, &answer);
    order_free(&order);
    memset(inbox, 'x', sizeof(inbox) - 1);
    suite_wait(suite->base, &answer.times);
    assert_int_equal(answer.status, STATUS_OK);
    stored = suite_get(suite, id);
    assert_int_equal(order_record(stored).notes_length, 4);
    order_free(&stored);
}

static void a_new_order_is_not_saved_twice(void **state)
{
    struct suite *suite = *state;
    struct order *order = order_of(2, NULL, "USD");
    struct answer answers[2] = {{0}, {0}};

    for (int i = 0; i < 2; i++)
        repository_save(suite->repository, &(struct save){.order = order}, suite_answer,
                        &answers[i]);
    for (int i = 0; i < 2; i++)
        suite_wait(suite->base, &answers[i].times);
    assert_int_equal(answers[0].status, STATUS_OK);
    assert_int_equal(answers[1].status, STATUS_CONFLICT);
    assert_int_equal(answers[1].fault.status, STATUS_CONFLICT);
    assert_int_equal(suite_events(suite, "", 100)->count, 1);
    order_free(&order);
}

static void of_two_changes_of_one_version_the_second_conflicts(void **state)
{
    struct suite *suite = *state;
    struct uuid id = suite_add(suite, suite_user(1), SUITE_NOW_MS, 100);
    struct order *first = suite_get(suite, id);
    struct order *second = suite_get(suite, id);
    struct order *stored;

    suite_change(first, ORDER_CONFIRMED, NULL, SUITE_NOW_MS + 1);
    suite_change(second, ORDER_CANCELLED, "late", SUITE_NOW_MS + 2);
    assert_int_equal(suite_save(suite, first), STATUS_OK);
    assert_int_equal(suite_save(suite, second), STATUS_CONFLICT);
    stored = suite_get(suite, id);
    suite_assert_same(first, stored);
    assert_int_equal(suite_events(suite, "", 100)->count, 2);
    order_free(&stored);
    order_free(&second);
    order_free(&first);
}

static void a_change_of_an_order_that_is_not_there_conflicts(void **state)
{
    struct suite *suite = *state;
    struct order *order = order_of(1, NULL, "USD");

    order_mark_stored(order); /* which is not true */
    suite_change(order, ORDER_CONFIRMED, NULL, SUITE_NOW_MS + 1);
    assert_int_equal(suite_save(suite, order), STATUS_CONFLICT);
    assert_null(suite_get(suite, suite_id(order)));
    assert_int_equal(suite_events(suite, "", 100)->count, 0);
    order_free(&order);
}

static void an_inbound_event_changes_an_order_once(void **state)
{
    struct suite *suite = *state;
    struct uuid id = suite_add(suite, suite_user(1), SUITE_NOW_MS, 100);
    struct order *order = suite_get(suite, id), *stored;

    suite_change(order, ORDER_CONFIRMED, NULL, SUITE_NOW_MS + 1);
    assert_int_equal(suite_save_caused(suite, order, "release-1"), STATUS_OK);
    suite_change(order, ORDER_COMPLETED, NULL, SUITE_NOW_MS + 2);
    assert_int_equal(suite_save_caused(suite, order, "release-1"), STATUS_DUPLICATE);
    stored = suite_get(suite, id);
    assert_int_equal(order_record(stored).version, 2);
    assert_int_equal(suite_events(suite, "", 100)->count, 2);
    order_free(&stored);
    order_free(&order);
}

static void a_conflict_does_not_use_up_the_inbound_event(void **state)
{
    struct suite *suite = *state;
    struct uuid id = suite_add(suite, suite_user(1), SUITE_NOW_MS, 100);
    struct order *stale = suite_get(suite, id);
    struct order *fresh = suite_get(suite, id);

    suite_change(fresh, ORDER_CONFIRMED, NULL, SUITE_NOW_MS + 1);
    assert_int_equal(suite_save(suite, fresh), STATUS_OK);
    suite_change(stale, ORDER_CONFIRMED, NULL, SUITE_NOW_MS + 1);
    assert_int_equal(suite_save_caused(suite, stale, "release-2"), STATUS_CONFLICT);
    suite_change(fresh, ORDER_COMPLETED, NULL, SUITE_NOW_MS + 2);
    assert_int_equal(suite_save_caused(suite, fresh, "release-2"), STATUS_OK);
    order_free(&fresh);
    order_free(&stale);
}

enum { GROUP = 60 };

/* Saves that fail for every reason stand among good ones of the same turn of the loop. */
static void a_bad_save_does_not_harm_its_neighbours(void **state)
{
    struct suite *suite = *state;
    struct order *orders[GROUP];
    struct answer answers[GROUP] = {{0}};
    struct answer seen = {0};

    repository_inbox_add(suite->repository, "seen", suite_answer, &seen);
    suite_wait(suite->base, &seen.times);
    for (int i = 0; i < GROUP; i++)
        orders[i] = order_of(2, NULL, "USD");
    order_mark_stored(orders[17]); /* a change of an order that is not there */
    suite_change(orders[17], ORDER_CONFIRMED, NULL, SUITE_NOW_MS + 1);
    for (int i = 0; i < GROUP; i++)
        repository_save(suite->repository,
                        &(struct save){.order = i == 41 ? orders[40] : orders[i],
                                       .inbox_id = i == 23 ? "seen" : NULL},
                        suite_answer, &answers[i]);
    for (int i = 0; i < GROUP; i++)
        suite_wait(suite->base, &answers[i].times);
    for (int i = 0; i < GROUP; i++) {
        enum status expected = i == 23              ? STATUS_DUPLICATE
                               : i == 17 || i == 41 ? STATUS_CONFLICT
                                                    : STATUS_OK;
        assert_int_equal(answers[i].times, 1);
        assert_int_equal(answers[i].status, expected);
        if (expected == STATUS_OK)
            suite_assert_stored(suite, orders[i]);
        else
            assert_null(suite_get(suite, suite_id(orders[i])));
    }
    assert_int_equal(suite_events(suite, "", 1000)->count, GROUP - 3);
    for (int i = 0; i < GROUP; i++)
        order_free(&orders[i]);
}

static void what_was_saved_is_there_after_the_store_is_opened_again(void **state)
{
    struct suite *suite = *state;
    struct order *order = order_of(3, "kept", "USD");

    assert_int_equal(suite_save(suite, order), STATUS_OK);
    suite_close(suite);
    suite_open(suite, (struct store_options){0});
    suite_assert_stored(suite, order);
    assert_int_equal(suite_events(suite, "", 100)->count, 1);
    order_free(&order);
}

int suite_run_orders(void)
{
    const struct CMUnitTest tests[] = {
        SUITE_TEST(every_field_of_a_new_order_comes_back),
        SUITE_TEST(every_field_of_a_completed_order_comes_back),
        SUITE_TEST(every_field_of_a_cancelled_order_comes_back),
        SUITE_TEST(an_order_of_200_items_comes_back),
        SUITE_TEST(notes_at_the_limit_come_back),
        SUITE_TEST(replaced_items_are_stored),
        SUITE_TEST(items_replaced_before_another_change_are_stored_with_it),
        SUITE_TEST(several_changes_can_be_saved_at_once),
        SUITE_TEST(an_unknown_order_is_not_found),
        SUITE_TEST(a_save_leaves_the_order_itself_alone),
        SUITE_TEST(the_order_may_go_as_soon_as_save_returns),
        SUITE_TEST(a_new_order_is_not_saved_twice),
        SUITE_TEST(of_two_changes_of_one_version_the_second_conflicts),
        SUITE_TEST(a_change_of_an_order_that_is_not_there_conflicts),
        SUITE_TEST(an_inbound_event_changes_an_order_once),
        SUITE_TEST(a_conflict_does_not_use_up_the_inbound_event),
        SUITE_TEST(a_bad_save_does_not_harm_its_neighbours),
        SUITE_TEST(what_was_saved_is_there_after_the_store_is_opened_again),
    };

    return cmocka_run_group_tests_name("orders", tests, NULL, NULL);
}
