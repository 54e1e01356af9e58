/* Making an order: every rule of its fields, merging and the total. */
#include "samples.h"

#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct order *create(const struct order_item *items, size_t count)
{
    struct order_draft draft = sample_draft(items, count);
    struct order *order = NULL;
    struct fault fault = {0};

    if (order_create(&draft, SAMPLE_NOW, &order, &fault) != STATUS_OK)
        fail_msg("%s: %s", fault.where, fault.text);
    return order;
}

static void assert_draft_refused(const struct order_draft *draft, enum status expected,
                                 const char *where)
{
    struct order *order = NULL;
    struct fault fault = {0};

    assert_int_equal(order_create(draft, SAMPLE_NOW, &order, &fault), expected);
    assert_null(order);
    assert_int_equal(fault.status, expected);
    assert_string_equal(fault.where, where);
    assert_true(fault.text[0] != '\0');
}

static void assert_refused(const struct order_item *items, size_t count, enum status expected,
                           const char *where)
{
    struct order_draft draft = sample_draft(items, count);

    assert_draft_refused(&draft, expected, where);
}

/* `count` lines of as many products, one cent each; the caller's to free. */
static struct order_item *lines(size_t count)
{
    struct order_item *items = calloc(count, sizeof(*items));

    assert_non_null(items);
    for (size_t i = 0; i < count; i++)
        items[i] = (struct order_item){sample_product((unsigned)i), 1, 1};
    return items;
}

static void a_new_order_is_pending_of_version_1_and_not_stored(void **state)
{
    struct order *order = sample_order();
    struct order_record record = order_record(order);

    (void)state;
    assert_int_equal(record.status, ORDER_PENDING);
    assert_int_equal(record.version, 1);
    assert_int_equal(order_stored_version(order), 0);
    assert_true(record.created_at == SAMPLE_NOW);
    assert_true(record.updated_at == SAMPLE_NOW);
    assert_int_equal(record.completed_at, 0);
    assert_null(record.notes);
    assert_null(record.reason);
    assert_string_equal(record.currency->code, "USD");
    order_free(&order);
    assert_null(order);
}

static void the_total_is_the_sum_of_quantity_times_price(void **state)
{
    struct order *order = sample_order();

    (void)state;
    assert_int_equal(order_record(order).total_amount, 2 * 1099 + 599);
    order_free(&order);
}

static void a_price_of_nothing_is_a_price(void **state)
{
    const struct order_item items[] = {{sample_product(1), 3, 0}};
    struct order *order = create(items, 1);

    (void)state;
    assert_int_equal(order_record(order).total_amount, 0);
    order_free(&order);
}

static void two_lines_of_one_product_become_one_in_the_firsts_place(void **state)
{
    const struct order_item items[] = {
        {sample_product(2), 3, 599},
        {sample_product(1), 1, 1099},
        {sample_product(2), 4, 599},
    };
    struct order *order = create(items, 3);
    struct order_record record = order_record(order);

    (void)state;
    assert_int_equal(record.item_count, 2);
    assert_true(uuid_equal(&record.items[0].product_id, &items[0].product_id));
    assert_int_equal(record.items[0].quantity, 7);
    assert_int_equal(record.items[1].quantity, 1);
    assert_int_equal(record.total_amount, 7 * 599 + 1099);
    order_free(&order);
}

static void two_prices_of_one_product_are_refused_at_the_later_line(void **state)
{
    const struct order_item items[] = {
        {sample_product(1), 1, 1099},
        {sample_product(2), 1, 599},
        {sample_product(1), 1, 1098},
    };

    (void)state;
    assert_refused(items, 3, STATUS_INVALID, "/items/2/price");
}

static void merged_quantities_are_taken_to_the_limit_and_not_beyond(void **state)
{
    struct order_item items[] = {
        {sample_product(1), 999999, 1},
        {sample_product(1), 1, 1},
        {sample_product(1), 1, 1},
    };
    struct order *order = create(items, 2);

    (void)state;
    assert_int_equal(order_record(order).items[0].quantity, 1000000);
    order_free(&order);
    assert_refused(items, 3, STATUS_INVALID, "/items/2/quantity");
}

static void an_order_without_items_is_refused(void **state)
{
    (void)state;
    assert_refused(NULL, 0, STATUS_INVALID, "/items");
}

static void an_order_of_200_items_is_taken(void **state)
{
    struct order_item *items = lines(200);
    struct order *order = create(items, 200);

    (void)state;
    assert_int_equal(order_record(order).item_count, 200);
    assert_int_equal(order_record(order).total_amount, 200);
    order_free(&order);
    free(items);
}

static void an_order_of_201_items_is_refused(void **state)
{
    struct order_item *items = lines(201);

    (void)state;
    assert_refused(items, 201, STATUS_INVALID, "/items");
    free(items);
}

static void items_are_counted_before_they_are_merged(void **state)
{
    struct order_item *items = lines(201);

    (void)state;
    items[200].product_id = items[0].product_id;
    assert_refused(items, 201, STATUS_INVALID, "/items");
    free(items);
}

static void quantities_run_from_1_to_a_million(void **state)
{
    static const int64_t wrong[] = {0, -1, 1000001, INT64_MIN, INT64_MAX};
    struct order_item items[] = {{sample_product(1), 1, 5}, {sample_product(2), 1000000, 5}};
    struct order *order = create(items, 2);

    (void)state;
    assert_int_equal(order_record(order).total_amount, 5000005);
    order_free(&order);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        items[1].quantity = wrong[i];
        assert_refused(items, 2, STATUS_INVALID, "/items/1/quantity");
    }
}

static void a_negative_price_is_refused(void **state)
{
    const struct order_item items[] = {{sample_product(1), 1, -1}};

    (void)state;
    assert_refused(items, 1, STATUS_INVALID, "/items/0/price");
}

static void a_product_beyond_64_bits_is_refused_not_wrapped(void **state)
{
    struct order_item items[] = {{sample_product(1), 1000000, INT64_MAX / 1000000}};
    struct order *order = create(items, 1);

    (void)state;
    assert_true(order_record(order).total_amount == INT64_MAX / 1000000 * 1000000);
    order_free(&order);
    items[0].price++;
    assert_refused(items, 1, STATUS_LIMIT, "/items");
}

static void a_sum_beyond_64_bits_is_refused_not_wrapped(void **state)
{
    struct order_item items[] = {
        {sample_product(1), 1, INT64_MAX - 10},
        {sample_product(2), 10, 1},
    };
    struct order *order = create(items, 2);

    (void)state;
    assert_true(order_record(order).total_amount == INT64_MAX);
    order_free(&order);
    items[1].quantity = 11;
    assert_refused(items, 2, STATUS_LIMIT, "/items");
}

static void an_order_id_that_is_not_of_version_7_is_refused(void **state)
{
    const struct order_item items[] = {{sample_product(1), 1, 1}};
    struct order_draft draft = sample_draft(items, 1);

    (void)state;
    draft.order_id.bytes[6] = 0x40;
    assert_draft_refused(&draft, STATUS_INVALID, "/order_id");
    draft.order_id.bytes[6] = 0x70;
    draft.order_id.bytes[8] = 0xc0;
    assert_draft_refused(&draft, STATUS_INVALID, "/order_id");
}

static void an_order_of_1970s_first_moment_or_before_is_refused(void **state)
{
    const struct order_item items[] = {{sample_product(1), 1, 1}};
    struct order_draft draft = sample_draft(items, 1);
    struct order *order = NULL;
    struct fault fault = {0};

    (void)state;
    assert_int_equal(order_create(&draft, 0, &order, &fault), STATUS_INVALID);
    assert_string_equal(fault.where, "/created_at");
    assert_null(order);
}

/* A draft of one item with those notes, tried. */
static enum status try_notes(const char *notes, size_t length, struct fault *fault)
{
    const struct order_item items[] = {{sample_product(1), 1, 1}};
    struct order_draft draft = sample_draft(items, 1);
    struct order *order = NULL;
    enum status status;

    draft.notes = notes;
    draft.notes_length = length;
    status = order_create(&draft, SAMPLE_NOW, &order, fault);
    if (status == STATUS_OK) {
        struct order_record record = order_record(order);

        assert_int_equal(record.notes_length, length);
        assert_memory_equal(record.notes, notes, length);
        assert_ptr_not_equal(record.notes, notes);
    }
    order_free(&order);
    return status;
}

static void notes_are_copied_and_may_be_empty(void **state)
{
    (void)state;
    assert_int_equal(try_notes("for Ann\n", 8, NULL), STATUS_OK);
    assert_int_equal(try_notes("", 0, NULL), STATUS_OK);
}

static void notes_are_limited_in_characters_not_in_bytes(void **state)
{
    static const char pill[4] = {'\xf0', '\x9f', '\x92', '\x8a'};
    char notes[sizeof(pill) * 2001];
    struct fault fault = {0};

    (void)state;
    for (size_t i = 0; i < 2001; i++)
        memcpy(notes + sizeof(pill) * i, pill, sizeof(pill));
    assert_int_equal(try_notes(notes, sizeof(pill) * 2000, &fault), STATUS_OK);
    assert_int_equal(try_notes(notes, sizeof(pill) * 2001, &fault), STATUS_INVALID);
    assert_string_equal(fault.where, "/notes");
    memset(notes, 'x', 2001);
    assert_int_equal(try_notes(notes, 2000, &fault), STATUS_OK);
    assert_int_equal(try_notes(notes, 2001, &fault), STATUS_INVALID);
}

static void notes_that_are_not_utf8_or_hold_nul_are_refused_and_not_quoted(void **state)
{
    struct fault fault = {0};

    (void)state;
    assert_int_equal(try_notes("secret\xff", 7, &fault), STATUS_INVALID);
    assert_string_equal(fault.where, "/notes");
    assert_null(strstr(fault.text, "secret"));
    assert_int_equal(try_notes("secret\0x", 8, &fault), STATUS_INVALID);
    assert_string_equal(fault.where, "/notes");
    assert_null(strstr(fault.text, "secret"));
}

static void freeing_nothing_is_fine(void **state)
{
    struct order *none = NULL;

    (void)state;
    order_free(&none);
    assert_null(none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_order_is_pending_of_version_1_and_not_stored),
        cmocka_unit_test(the_total_is_the_sum_of_quantity_times_price),
        cmocka_unit_test(a_price_of_nothing_is_a_price),
        cmocka_unit_test(two_lines_of_one_product_become_one_in_the_firsts_place),
        cmocka_unit_test(two_prices_of_one_product_are_refused_at_the_later_line),
        cmocka_unit_test(merged_quantities_are_taken_to_the_limit_and_not_beyond),
        cmocka_unit_test(an_order_without_items_is_refused),
        cmocka_unit_test(an_order_of_200_items_is_taken),
        cmocka_unit_test(an_order_of_201_items_is_refused),
        cmocka_unit_test(items_are_counted_before_they_are_merged),
        cmocka_unit_test(quantities_run_from_1_to_a_million),
        cmocka_unit_test(a_negative_price_is_refused),
        cmocka_unit_test(a_product_beyond_64_bits_is_refused_not_wrapped),
        cmocka_unit_test(a_sum_beyond_64_bits_is_refused_not_wrapped),
        cmocka_unit_test(an_order_id_that_is_not_of_version_7_is_refused),
        cmocka_unit_test(an_order_of_1970s_first_moment_or_before_is_refused),
        cmocka_unit_test(notes_are_copied_and_may_be_empty),
        cmocka_unit_test(notes_are_limited_in_characters_not_in_bytes),
        cmocka_unit_test(notes_that_are_not_utf8_or_hold_nul_are_refused_and_not_quoted),
        cmocka_unit_test(freeing_nothing_is_fine),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
