/* The contract of listing orders: order, pages, filters, cursors. */
#include "suite.h"

#include <stdio.h>
#include <string.h>

struct listing {
    int times;
    enum status status;
    struct fault fault;
    size_t count;
    struct uuid ids[ORDER_QUERY_LIMIT];
    char next_cursor[64];
};

static void on_listed(void *arg, enum status status, struct order_page *page,
                      const struct fault *fault)
{
    struct listing *listing = arg;

    listing->times++;
    listing->status = status;
    listing->fault = *fault;
    listing->count = page->count;
    for (size_t i = 0; i < page->count; i++)
        listing->ids[i] = suite_id(page->orders[i]);
    snprintf(listing->next_cursor, sizeof(listing->next_cursor), "%s", page->next_cursor);
}

static struct listing list(struct suite *suite, struct order_query query)
{
    struct listing listing = {0};

    repository_list(suite->repository, &query, on_listed, &listing);
    suite_wait(suite->base, &listing.times);
    assert_int_equal(listing.times, 1);
    return listing;
}

static struct listing next_page(struct suite *suite, struct order_query query,
                                const struct listing *page)
{
    query.cursor = page->next_cursor;
    query.cursor_length = strlen(page->next_cursor);
    return list(suite, query);
}

/* Orders a second apart with totals 0, 100, 200 ... of two users in turn. */
static void add_orders(struct suite *suite, struct uuid *ids, int count)
{
    for (int64_t i = 0; i < count; i++)
        ids[i] = suite_add(suite, suite_user((uint8_t)(i % 2)), SUITE_NOW_MS + i * 1000, i * 100);
}

static void assert_ids(const struct listing *listing, const struct uuid *ids, const int *expected,
                       size_t count)
{
    assert_int_equal(listing->status, STATUS_OK);
    assert_int_equal(listing->count, count);
    for (size_t i = 0; i < count; i++)
        assert_true(uuid_equal(&listing->ids[i], &ids[expected[i]]));
}

static void an_empty_store_lists_nothing(void **state)
{
    struct listing all = list(*state, (struct order_query){.limit = 20});

    assert_ids(&all, NULL, NULL, 0);
    assert_string_equal(all.next_cursor, "");
}

static void orders_come_newest_first(void **state)
{
    struct uuid ids[5];
    struct listing all;

    add_orders(*state, ids, 5);
    all = list(*state, (struct order_query){.limit = 20});
    assert_ids(&all, ids, (int[]){4, 3, 2, 1, 0}, 5);
    assert_string_equal(all.next_cursor, "");
}

static void pages_join_without_gap_or_repeat(void **state)
{
    struct order_query query = {.limit = 7};
    struct uuid ids[30];
    struct listing page;
    int next = 29;

    add_orders(*state, ids, 30);
    for (page = list(*state, query);; page = next_page(*state, query, &page)) {
        assert_int_equal(page.status, STATUS_OK);
        for (size_t i = 0; i < page.count; i++, next--)
            assert_true(uuid_equal(&page.ids[i], &ids[next]));
        if (page.next_cursor[0] == '\0')
            break;
        assert_int_equal(page.count, 7);
    }
    assert_int_equal(next, -1);
}

static void a_page_that_is_just_full_is_the_last(void **state)
{
    struct uuid ids[6];
    struct listing page;

    add_orders(*state, ids, 6);
    page = list(*state, (struct order_query){.limit = 3});
    assert_true(page.next_cursor[0] != '\0');
    page = next_page(*state, (struct order_query){.limit = 3}, &page);
    assert_ids(&page, ids, (int[]){2, 1, 0}, 3);
    assert_string_equal(page.next_cursor, "");
}

static void new_orders_do_not_shift_the_pages(void **state)
{
    struct uuid ids[6];
    struct listing page;

    add_orders(*state, ids, 6);
    page = list(*state, (struct order_query){.limit = 3});
    (void)suite_add(*state, suite_user(0), SUITE_NOW_MS + 100000, 1);
    (void)suite_add(*state, suite_user(1), SUITE_NOW_MS + 200000, 1);
    page = next_page(*state, (struct order_query){.limit = 3}, &page);
    assert_ids(&page, ids, (int[]){2, 1, 0}, 3);
}

static void a_user_filter_shows_that_users_orders(void **state)
{
    struct uuid ids[6], user = suite_user(1), nobody = suite_user(99);
    struct listing page;

    add_orders(*state, ids, 6);
    page = list(*state, (struct order_query){.user_id = &user, .limit = 2});
    assert_ids(&page, ids, (int[]){5, 3}, 2);
    page = next_page(*state, (struct order_query){.user_id = &user, .limit = 2}, &page);
    assert_ids(&page, ids, (int[]){1}, 1);
    page = list(*state, (struct order_query){.user_id = &nobody, .limit = 2});
    assert_ids(&page, ids, NULL, 0);
}

static void confirm(struct suite *suite, struct uuid id)
{
    struct order *order = suite_get(suite, id);

    suite_change(order, ORDER_CONFIRMED, NULL, SUITE_NOW_MS + 100000);
    assert_int_equal(suite_save(suite, order), STATUS_OK);
    order_free(&order);
}

static void a_status_filter_follows_the_changes(void **state)
{
    struct order_query query = {.has_status = true, .status = ORDER_CONFIRMED, .limit = 20};
    struct uuid ids[6];
    struct listing page;

    add_orders(*state, ids, 6);
    confirm(*state, ids[4]);
    confirm(*state, ids[1]);
    page = list(*state, query);
    assert_ids(&page, ids, (int[]){4, 1}, 2);
    query.status = ORDER_PENDING;
    page = list(*state, query);
    assert_ids(&page, ids, (int[]){5, 3, 2, 0}, 4);
}

static void user_and_status_filter_together(void **state)
{
    struct uuid ids[6], user = suite_user(0);
    struct order_query query = {
        .user_id = &user, .has_status = true, .status = ORDER_CONFIRMED, .limit = 20};
    struct listing page;

    add_orders(*state, ids, 6);
    for (int i = 1; i < 5; i++)
        confirm(*state, ids[i]);
    page = list(*state, query);
    assert_ids(&page, ids, (int[]){4, 2}, 2);
}

static void a_range_of_times_includes_both_ends(void **state)
{
    struct order_query query = {.has_created_from = true,
                                .created_from = SUITE_NOW_MS + 2000,
                                .has_created_to = true,
                                .created_to = SUITE_NOW_MS + 4000,
                                .limit = 2};
    struct uuid ids[8];
    struct listing page;

    add_orders(*state, ids, 8);
    page = list(*state, query);
    assert_ids(&page, ids, (int[]){4, 3}, 2);
    page = next_page(*state, query, &page);
    assert_ids(&page, ids, (int[]){2}, 1);
    query.created_from++;
    query.created_to--;
    page = list(*state, query);
    assert_ids(&page, ids, (int[]){3}, 1);
}

static void times_out_of_this_world_are_ranges_too(void **state)
{
    struct order_query query = {.has_created_from = true,
                                .created_from = INT64_MIN,
                                .has_created_to = true,
                                .created_to = INT64_MAX,
                                .limit = 20};
    struct uuid ids[2];
    struct listing page;

    add_orders(*state, ids, 2);
    page = list(*state, query);
    assert_ids(&page, ids, (int[]){1, 0}, 2);
    query.created_from = INT64_MAX;
    page = list(*state, query);
    assert_ids(&page, ids, NULL, 0);
    query.created_from = query.created_to = INT64_MIN;
    page = list(*state, query);
    assert_ids(&page, ids, NULL, 0);
}

static void a_range_of_totals_includes_both_ends(void **state)
{
    struct order_query query = {.has_total_min = true,
                                .total_min = 200,
                                .has_total_max = true,
                                .total_max = 500,
                                .limit = 3};
    struct uuid ids[8];
    struct listing page;

    add_orders(*state, ids, 8);
    page = list(*state, query);
    assert_ids(&page, ids, (int[]){5, 4, 3}, 3);
    page = next_page(*state, query, &page);
    assert_ids(&page, ids, (int[]){2}, 1);
    assert_string_equal(page.next_cursor, "");
}

static void a_limit_out_of_range_is_refused(void **state)
{
    struct listing page = list(*state, (struct order_query){.limit = 0});

    assert_int_equal(page.status, STATUS_INVALID);
    assert_string_equal(page.fault.where, "/limit");
    page = list(*state, (struct order_query){.limit = ORDER_QUERY_LIMIT + 1});
    assert_int_equal(page.status, STATUS_INVALID);
}

static void a_cursor_that_is_not_ours_is_refused(void **state)
{
    static const char *const hostile[] = {
        "",
        "x",
        "AAAAAAAAAAAAAAAAAAAAAAA",
        "AQAAAAAAAAAAAAAAAAAAAAA=",
        "' OR 1=1 --",
        "AQAAAAAAAAAAAAAAAAAAAA!",
        "AQAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "-_-_-_-_-_-_-_-_-_-_-_-",
    };
    struct uuid ids[2];

    add_orders(*state, ids, 2);
    for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
        struct listing page = list(
            *state, (struct order_query){
                        .limit = 1, .cursor = hostile[i], .cursor_length = strlen(hostile[i])});
        assert_int_equal(page.status, STATUS_INVALID);
        assert_int_equal(page.fault.status, STATUS_INVALID);
        assert_string_equal(page.fault.where, "/cursor");
        assert_int_equal(page.count, 0);
    }
}

static void a_cursor_cut_short_is_refused(void **state)
{
    struct uuid ids[2];
    struct listing page, cut;

    add_orders(*state, ids, 2);
    page = list(*state, (struct order_query){.limit = 1});
    for (size_t length = 0; length < strlen(page.next_cursor); length++) {
        cut = list(*state, (struct order_query){
                               .limit = 1, .cursor = page.next_cursor, .cursor_length = length});
        assert_int_equal(cut.status, STATUS_INVALID);
    }
}

struct taken {
    int times;
    struct order *order;
};

static void take_first(void *arg, enum status status, struct order_page *page,
                       const struct fault *fault)
{
    struct taken *taken = arg;

    (void)fault;
    assert_int_equal(status, STATUS_OK);
    taken->times++;
    taken->order = page->orders[0];
    page->orders[0] = NULL;
}

static void an_order_can_be_taken_from_the_page(void **state)
{
    struct suite *suite = *state;
    struct uuid ids[3], id;
    struct taken taken = {0};

    add_orders(suite, ids, 3);
    repository_list(suite->repository, &(struct order_query){.limit = 3}, take_first, &taken);
    suite_wait(suite->base, &taken.times);
    assert_non_null(taken.order);
    id = suite_id(taken.order);
    assert_true(uuid_equal(&id, &ids[2]));
    assert_int_equal(order_record(taken.order).item_count, 1);
    order_free(&taken.order);
}

int suite_run_lists(void)
{
    const struct CMUnitTest tests[] = {
        SUITE_TEST(an_empty_store_lists_nothing),
        SUITE_TEST(orders_come_newest_first),
        SUITE_TEST(pages_join_without_gap_or_repeat),
        SUITE_TEST(a_page_that_is_just_full_is_the_last),
        SUITE_TEST(new_orders_do_not_shift_the_pages),
        SUITE_TEST(a_user_filter_shows_that_users_orders),
        SUITE_TEST(a_status_filter_follows_the_changes),
        SUITE_TEST(user_and_status_filter_together),
        SUITE_TEST(a_range_of_times_includes_both_ends),
        SUITE_TEST(times_out_of_this_world_are_ranges_too),
        SUITE_TEST(a_range_of_totals_includes_both_ends),
        SUITE_TEST(a_limit_out_of_range_is_refused),
        SUITE_TEST(a_cursor_that_is_not_ours_is_refused),
        SUITE_TEST(a_cursor_cut_short_is_refused),
        SUITE_TEST(an_order_can_be_taken_from_the_page),
    };

    return cmocka_run_group_tests_name("lists", tests, NULL, NULL);
}
