/* Restoring an order: as it was stored, or not at all. */
#include "samples.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct order_item items[] = {
    {{{0x01, 0x90, 0xa0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 1}}, 2, 1099},
    {{{0x01, 0x90, 0xa0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 2}}, 1, 599},
};

static struct order_record good_record(void)
{
    return (struct order_record){
        .order_id = uuid_v7(SAMPLE_NOW),
        .user_id = sample_product(0xffff),
        .status = ORDER_CANCELLED,
        .currency = currency_find("USD", 3),
        .total_amount = 2797,
        .items = items,
        .item_count = 2,
        .notes = "note",
        .notes_length = 4,
        .reason = "why",
        .reason_length = 3,
        .version = 3,
        .created_at = SAMPLE_NOW,
        .updated_at = SAMPLE_NOW + 10,
    };
}

static struct order_record completed_record(void)
{
    struct order_record record = good_record();

    record.status = ORDER_COMPLETED;
    record.reason = NULL;
    record.completed_at = SAMPLE_NOW + 10;
    return record;
}

static void assert_damaged(const struct order_record *record, const char *where)
{
    struct order *order = NULL;
    struct fault fault = {0};

    assert_int_equal(order_restore(record, &order, &fault), STATUS_INVALID);
    assert_null(order);
    assert_string_equal(fault.where, where);
    assert_null(strstr(fault.text, "note"));
}

static void what_was_stored_comes_back_whole(void **state)
{
    struct order_record record = good_record();
    struct order_record back;
    struct order *order = NULL;

    (void)state;
    assert_int_equal(order_restore(&record, &order, NULL), STATUS_OK);
    back = order_record(order);
    assert_true(uuid_equal(&back.order_id, &record.order_id));
    assert_true(uuid_equal(&back.user_id, &record.user_id));
    assert_int_equal(back.status, ORDER_CANCELLED);
    assert_ptr_equal(back.currency, record.currency);
    assert_int_equal(back.total_amount, 2797);
    assert_int_equal(back.item_count, 2);
    assert_memory_equal(back.items, items, sizeof(items));
    assert_ptr_not_equal(back.items, items);
    assert_string_equal(back.notes, "note");
    assert_string_equal(back.reason, "why");
    assert_int_equal(back.version, 3);
    assert_true(back.created_at == SAMPLE_NOW);
    assert_true(back.updated_at == SAMPLE_NOW + 10);
    assert_int_equal(back.completed_at, 0);
    order_free(&order);
}

static void a_restored_order_is_stored_and_has_no_events(void **state)
{
    struct order_record record = completed_record();
    struct order *order = NULL;
    size_t count = 9;

    (void)state;
    assert_int_equal(order_restore(&record, &order, NULL), STATUS_OK);
    assert_int_equal(order_stored_version(order), 3);
    (void)order_events(order, &count);
    assert_int_equal(count, 0);
    assert_true(order_record(order).completed_at == SAMPLE_NOW + 10);
    order_free(&order);
}

static void every_order_that_can_be_made_can_be_restored(void **state)
{
    (void)state;
    for (int status = 0; status < ORDER_STATUS_COUNT; status++) {
        struct order *made = sample_order_in((enum order_status)status);
        struct order_record record = order_record(made);
        struct order *order = NULL;

        assert_int_equal(order_restore(&record, &order, NULL), STATUS_OK);
        order_free(&order);
        order_free(&made);
    }
}

static void a_total_that_is_not_the_sum_is_damage(void **state)
{
    struct order_record record = good_record();

    (void)state;
    record.total_amount = 2798;
    assert_damaged(&record, "/total_amount");
}

static void items_that_break_a_rule_are_damage(void **state)
{
    struct order_record record = good_record();
    struct order_item wrong[2] = {items[0], items[1]};

    (void)state;
    record.item_count = 0;
    assert_damaged(&record, "/items");
    record.item_count = 2;
    record.items = wrong;
    wrong[1].quantity = 0;
    assert_damaged(&record, "/items/1/quantity");
    wrong[1] = items[1];
    wrong[0].price = -1;
    assert_damaged(&record, "/items/0/price");
    wrong[0].price = INT64_MAX;
    assert_damaged(&record, "/items");
}

static void two_lines_of_one_product_are_damage(void **state)
{
    struct order_item twice[2] = {items[0], items[0]};
    struct order_record record = good_record();

    (void)state;
    record.items = twice;
    record.total_amount = INT64_C(4) * 1099;
    assert_damaged(&record, "/items");
}

static void a_status_or_currency_that_does_not_exist_is_damage(void **state)
{
    struct order_record record = good_record();

    (void)state;
    record.status = (enum order_status)4;
    assert_damaged(&record, "/status");
    record = good_record();
    record.currency = NULL;
    assert_damaged(&record, "/currency");
}

static void a_version_out_of_range_is_damage(void **state)
{
    struct order_record record = good_record();

    (void)state;
    record.version = 0;
    assert_damaged(&record, "/version");
    record.version = INT64_MAX;
    assert_damaged(&record, "/version");
}

static void an_id_that_is_not_of_version_7_is_damage(void **state)
{
    struct order_record record = good_record();

    (void)state;
    record.order_id.bytes[6] = 0x40;
    assert_damaged(&record, "/order_id");
}

static void a_reason_without_a_cancellation_is_damage(void **state)
{
    struct order_record record = good_record();

    (void)state;
    record.status = ORDER_PENDING;
    assert_damaged(&record, "/reason");
}

static void times_out_of_order_are_damage(void **state)
{
    struct order_record record = good_record();

    (void)state;
    record.created_at = 0;
    assert_damaged(&record, "/created_at");
    record = good_record();
    record.updated_at = SAMPLE_NOW - 1;
    assert_damaged(&record, "/updated_at");
    record = good_record();
    record.completed_at = SAMPLE_NOW;
    assert_damaged(&record, "/completed_at");
    record = completed_record();
    record.completed_at = 0;
    assert_damaged(&record, "/completed_at");
    record.completed_at = SAMPLE_NOW - 1;
    assert_damaged(&record, "/completed_at");
    record.completed_at = SAMPLE_NOW + 11;
    assert_damaged(&record, "/completed_at");
}

static void text_that_is_not_utf8_is_damage(void **state)
{
    struct order_record record = good_record();

    (void)state;
    record.notes = "\xffoo";
    record.notes_length = 3;
    assert_damaged(&record, "/notes");
    record = good_record();
    record.reason = "\xffoo";
    assert_damaged(&record, "/reason");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_stored_comes_back_whole),
        cmocka_unit_test(a_restored_order_is_stored_and_has_no_events),
        cmocka_unit_test(every_order_that_can_be_made_can_be_restored),
        cmocka_unit_test(a_total_that_is_not_the_sum_is_damage),
        cmocka_unit_test(items_that_break_a_rule_are_damage),
        cmocka_unit_test(two_lines_of_one_product_are_damage),
        cmocka_unit_test(a_status_or_currency_that_does_not_exist_is_damage),
        cmocka_unit_test(a_version_out_of_range_is_damage),
        cmocka_unit_test(an_id_that_is_not_of_version_7_is_damage),
        cmocka_unit_test(a_reason_without_a_cancellation_is_damage),
        cmocka_unit_test(times_out_of_order_are_damage),
        cmocka_unit_test(text_that_is_not_utf8_is_damage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
