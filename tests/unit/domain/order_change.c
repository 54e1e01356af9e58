/* Changing an order: every transition, versions, times, and items while PENDING. */
#include "samples.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct order_transition transition_to(enum order_status to, const char *reason,
                                             const char *notes)
{
    return (struct order_transition){
        .to = to,
        .reason = reason,
        .reason_length = reason ? strlen(reason) : 0,
        .notes = notes,
        .notes_length = notes ? strlen(notes) : 0,
    };
}

static void assert_same(const struct order_record *a, const struct order_record *b)
{
    assert_int_equal(a->status, b->status);
    assert_int_equal(a->version, b->version);
    assert_true(a->updated_at == b->updated_at);
    assert_true(a->completed_at == b->completed_at);
    assert_true(a->total_amount == b->total_amount);
    assert_ptr_equal(a->items, b->items);
    assert_ptr_equal(a->notes, b->notes);
    assert_ptr_equal(a->reason, b->reason);
}

static void assert_transition(enum order_status from, enum order_status to)
{
    struct order_transition transition = transition_to(to, "why", "note");
    struct order *order = sample_order_in(from);
    struct order_record before = order_record(order);
    struct order_record after;
    struct fault fault = {0};
    enum status status = order_change_status(order, &transition, SAMPLE_NOW + 1, &fault);
    size_t events;

    after = order_record(order);
    (void)order_events(order, &events);
    if (order_status_may_become(from, to)) {
        assert_int_equal(status, STATUS_OK);
        assert_int_equal(after.status, to);
        assert_int_equal(after.version, before.version + 1);
        assert_true(after.updated_at == SAMPLE_NOW + 1);
        assert_true(events > 0);
    } else {
        assert_int_equal(status, STATUS_REFUSED);
        assert_string_equal(fault.where, "/status");
        assert_same(&before, &after);
        assert_int_equal(events, 0);
    }
    order_free(&order);
}

static void each_of_the_16_transitions_happens_whole_or_changes_nothing(void **state)
{
    (void)state;
    for (int from = 0; from < ORDER_STATUS_COUNT; from++)
        for (int to = 0; to < ORDER_STATUS_COUNT; to++)
            assert_transition((enum order_status)from, (enum order_status)to);
}

static void a_status_that_does_not_exist_is_refused(void **state)
{
    struct order *order = sample_order();

    (void)state;
    assert_int_equal(sample_change(order, (enum order_status)4), STATUS_REFUSED);
    assert_int_equal(order_record(order).version, 1);
    order_free(&order);
}

static void completing_sets_completed_at_and_nothing_else_does(void **state)
{
    struct order *order = sample_order();
    struct order_transition complete = transition_to(ORDER_COMPLETED, NULL, NULL);
    struct order *cancelled = sample_order_in(ORDER_CANCELLED);

    (void)state;
    assert_int_equal(sample_change(order, ORDER_CONFIRMED), STATUS_OK);
    assert_int_equal(order_record(order).completed_at, 0);
    assert_int_equal(order_change_status(order, &complete, SAMPLE_NOW + 5, NULL), STATUS_OK);
    assert_true(order_record(order).completed_at == SAMPLE_NOW + 5);
    assert_int_equal(order_record(cancelled).completed_at, 0);
    order_free(&order);
    order_free(&cancelled);
}

static void updated_at_never_goes_back(void **state)
{
    struct order *order = sample_order();
    struct order_transition confirm = transition_to(ORDER_CONFIRMED, NULL, NULL);
    struct order_transition complete = transition_to(ORDER_COMPLETED, NULL, NULL);

    (void)state;
    assert_int_equal(order_change_status(order, &confirm, SAMPLE_NOW - 1000, NULL), STATUS_OK);
    assert_true(order_record(order).updated_at == SAMPLE_NOW);
    assert_int_equal(order_change_status(order, &complete, SAMPLE_NOW - 1, NULL), STATUS_OK);
    assert_true(order_record(order).updated_at == SAMPLE_NOW);
    assert_true(order_record(order).completed_at == SAMPLE_NOW);
    assert_true(order_record(order).created_at == SAMPLE_NOW);
    order_free(&order);
}

static void a_reason_stays_with_a_cancelled_order_only(void **state)
{
    struct order_transition confirm = transition_to(ORDER_CONFIRMED, "in stock", NULL);
    struct order_transition cancel = transition_to(ORDER_CANCELLED, "changed my mind", NULL);
    struct order *order = sample_order();

    (void)state;
    assert_int_equal(order_change_status(order, &confirm, SAMPLE_NOW, NULL), STATUS_OK);
    assert_null(order_record(order).reason);
    assert_int_equal(order_change_status(order, &cancel, SAMPLE_NOW, NULL), STATUS_OK);
    assert_string_equal(order_record(order).reason, "changed my mind");
    order_free(&order);
}

static void cancelling_needs_no_reason(void **state)
{
    struct order *order = sample_order_in(ORDER_CANCELLED);

    (void)state;
    assert_null(order_record(order).reason);
    order_free(&order);
}

static void notes_are_replaced_in_the_same_change_or_kept(void **state)
{
    struct order_transition confirm = transition_to(ORDER_CONFIRMED, NULL, "ring twice");
    struct order_transition complete = transition_to(ORDER_COMPLETED, NULL, NULL);
    struct order *order = sample_order();

    (void)state;
    assert_int_equal(order_change_status(order, &confirm, SAMPLE_NOW, NULL), STATUS_OK);
    assert_string_equal(order_record(order).notes, "ring twice");
    assert_int_equal(order_record(order).version, 2);
    assert_int_equal(order_change_status(order, &complete, SAMPLE_NOW, NULL), STATUS_OK);
    assert_string_equal(order_record(order).notes, "ring twice");
    order_free(&order);
}

static void assert_change_refused(const struct order_transition *transition, const char *where)
{
    struct order *order = sample_order_in(ORDER_PENDING);
    struct order_record before = order_record(order);
    struct order_record after;
    struct fault fault = {0};
    size_t events;

    assert_int_equal(order_change_status(order, transition, SAMPLE_NOW + 1, &fault),
                     STATUS_INVALID);
    after = order_record(order);
    (void)order_events(order, &events);
    assert_string_equal(fault.where, where);
    assert_same(&before, &after);
    assert_int_equal(events, 0);
    order_free(&order);
}

static void a_bad_reason_or_note_changes_nothing(void **state)
{
    char long_text[2002];
    struct order_transition transition;

    (void)state;
    memset(long_text, 'x', 2001);
    long_text[2001] = '\0';
    transition = transition_to(ORDER_CANCELLED, long_text, NULL);
    assert_change_refused(&transition, "/reason");
    transition = transition_to(ORDER_CANCELLED, "\xff", NULL);
    assert_change_refused(&transition, "/reason");
    transition = transition_to(ORDER_CANCELLED, "a", NULL);
    transition.reason = "a\0b";
    transition.reason_length = 3;
    assert_change_refused(&transition, "/reason");
    transition = transition_to(ORDER_CANCELLED, "fine", long_text);
    assert_change_refused(&transition, "/notes");
    transition = transition_to(ORDER_CONFIRMED, "fine", "\xc3");
    assert_change_refused(&transition, "/notes");
}

static void a_reason_of_2000_characters_is_taken(void **state)
{
    char reason[4001] = "";
    struct order_transition cancel;
    struct order *order = sample_order();

    (void)state;
    for (int i = 0; i < 2000; i++)
        memcpy(reason + 2 * (size_t)i, "\xc3\xa9", 3);
    cancel = transition_to(ORDER_CANCELLED, reason, NULL);
    assert_int_equal(order_change_status(order, &cancel, SAMPLE_NOW, NULL), STATUS_OK);
    assert_string_equal(order_record(order).reason, reason);
    order_free(&order);
}

static void an_order_at_the_last_version_changes_no_more(void **state)
{
    const struct order_item items[] = {{sample_product(7), 1, 1}};
    struct order *made = sample_order();
    struct order_record record = order_record(made);
    struct order *order = NULL;

    (void)state;
    record.version = (INT64_C(1) << 53) - 1;
    assert_int_equal(order_restore(&record, &order, NULL), STATUS_OK);
    assert_int_equal(sample_change(order, ORDER_CONFIRMED), STATUS_LIMIT);
    assert_int_equal(order_replace_items(order, items, 1, SAMPLE_NOW, NULL), STATUS_LIMIT);
    assert_true(order_record(order).version == record.version);
    order_free(&order);
    order_free(&made);
}

static void items_of_a_pending_order_are_replaced_with_their_total(void **state)
{
    const struct order_item items[] = {{sample_product(7), 2, 825}, {sample_product(7), 1, 825}};
    struct order *order = sample_order_in(ORDER_PENDING);
    struct order_record record;

    (void)state;
    assert_int_equal(order_replace_items(order, items, 2, SAMPLE_NOW + 9, NULL), STATUS_OK);
    record = order_record(order);
    assert_int_equal(record.item_count, 1);
    assert_int_equal(record.items[0].quantity, 3);
    assert_int_equal(record.total_amount, 3 * 825);
    assert_int_equal(record.version, 2);
    assert_int_equal(order_stored_version(order), 1);
    assert_true(record.updated_at == SAMPLE_NOW + 9);
    order_free(&order);
}

static void an_orders_own_items_may_replace_themselves(void **state)
{
    struct order *order = sample_order();
    struct order_record record = order_record(order);

    (void)state;
    assert_int_equal(order_replace_items(order, record.items, record.item_count, SAMPLE_NOW, NULL),
                     STATUS_OK);
    assert_int_equal(order_record(order).total_amount, 2797);
    order_free(&order);
}

static void items_are_not_replaced_once_the_order_is_not_pending(void **state)
{
    static const enum order_status later[] = {ORDER_CONFIRMED, ORDER_COMPLETED, ORDER_CANCELLED};
    const struct order_item items[] = {{sample_product(7), 2, 825}};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct order *order = sample_order_in(later[i]);
        struct order_record before = order_record(order);
        struct order_record after;

        assert_int_equal(order_replace_items(order, items, 1, SAMPLE_NOW + 1, NULL),
                         STATUS_REFUSED);
        after = order_record(order);
        assert_same(&before, &after);
        order_free(&order);
    }
}

static void bad_items_replace_nothing(void **state)
{
    const struct order_item items[] = {{sample_product(7), 0, 825}};
    struct order *order = sample_order();
    struct order_record before = order_record(order);
    struct order_record after;
    struct fault fault = {0};

    (void)state;
    assert_int_equal(order_replace_items(order, items, 1, SAMPLE_NOW + 1, &fault), STATUS_INVALID);
    assert_string_equal(fault.where, "/items/0/quantity");
    assert_int_equal(order_replace_items(order, items, 0, SAMPLE_NOW + 1, &fault), STATUS_INVALID);
    assert_string_equal(fault.where, "/items");
    after = order_record(order);
    assert_same(&before, &after);
    order_free(&order);
}

static void an_order_knows_whether_the_store_has_seen_its_items(void **state)
{
    const struct order_item items[] = {{sample_product(7), 2, 825}};
    const struct order_item bad[] = {{sample_product(7), 0, 825}};
    struct order *order = sample_order(), *restored = NULL;
    struct order_record record = order_record(order);

    (void)state;
    assert_false(order_items_replaced(order));
    assert_int_equal(order_replace_items(order, bad, 1, SAMPLE_NOW, NULL), STATUS_INVALID);
    assert_false(order_items_replaced(order));
    assert_int_equal(order_replace_items(order, items, 1, SAMPLE_NOW, NULL), STATUS_OK);
    assert_true(order_items_replaced(order));
    assert_int_equal(sample_change(order, ORDER_CONFIRMED), STATUS_OK);
    assert_true(order_items_replaced(order));
    order_mark_stored(order);
    assert_false(order_items_replaced(order));
    record = order_record(order);
    assert_int_equal(order_restore(&record, &restored, NULL), STATUS_OK);
    assert_false(order_items_replaced(restored));
    order_free(&restored);
    order_free(&order);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_of_the_16_transitions_happens_whole_or_changes_nothing),
        cmocka_unit_test(a_status_that_does_not_exist_is_refused),
        cmocka_unit_test(completing_sets_completed_at_and_nothing_else_does),
        cmocka_unit_test(updated_at_never_goes_back),
        cmocka_unit_test(a_reason_stays_with_a_cancelled_order_only),
        cmocka_unit_test(cancelling_needs_no_reason),
        cmocka_unit_test(notes_are_replaced_in_the_same_change_or_kept),
        cmocka_unit_test(a_bad_reason_or_note_changes_nothing),
        cmocka_unit_test(a_reason_of_2000_characters_is_taken),
        cmocka_unit_test(an_order_at_the_last_version_changes_no_more),
        cmocka_unit_test(items_of_a_pending_order_are_replaced_with_their_total),
        cmocka_unit_test(an_orders_own_items_may_replace_themselves),
        cmocka_unit_test(items_are_not_replaced_once_the_order_is_not_pending),
        cmocka_unit_test(bad_items_replace_nothing),
        cmocka_unit_test(an_order_knows_whether_the_store_has_seen_its_items),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
