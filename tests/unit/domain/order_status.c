/* The transition table, every row of it. */
#include "domain/order_status.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Rows: from. Columns: to. In the order of the enum. */
static const bool allowed[ORDER_STATUS_COUNT][ORDER_STATUS_COUNT] = {
    /* PENDING   */ {false, true, false, true},
    /* CONFIRMED */ {false, false, true, true},
    /* COMPLETED */ {false, false, false, false},
    /* CANCELLED */ {false, false, false, false},
};

static void exactly_the_four_transitions_of_the_contract_are_allowed(void **state)
{
    (void)state;
    for (int from = 0; from < ORDER_STATUS_COUNT; from++)
        for (int to = 0; to < ORDER_STATUS_COUNT; to++)
            assert_int_equal(
                order_status_may_become((enum order_status)from, (enum order_status)to),
                allowed[from][to]);
}

static void a_number_that_is_no_status_goes_nowhere(void **state)
{
    (void)state;
    assert_false(order_status_may_become((enum order_status)4, ORDER_CANCELLED));
    assert_false(order_status_may_become(ORDER_PENDING, (enum order_status)4));
    assert_false(order_status_may_become(ORDER_PENDING, (enum order_status) - 1));
    assert_string_equal(order_status_name((enum order_status)4), "UNKNOWN");
}

static void successors_come_in_the_order_of_the_enum(void **state)
{
    enum order_status to[ORDER_STATUS_COUNT];

    (void)state;
    assert_int_equal(order_status_successors(ORDER_PENDING, to), 2);
    assert_int_equal(to[0], ORDER_CONFIRMED);
    assert_int_equal(to[1], ORDER_CANCELLED);
    assert_int_equal(order_status_successors(ORDER_CONFIRMED, to), 2);
    assert_int_equal(to[0], ORDER_COMPLETED);
    assert_int_equal(to[1], ORDER_CANCELLED);
    assert_int_equal(order_status_successors(ORDER_COMPLETED, to), 0);
    assert_int_equal(order_status_successors(ORDER_CANCELLED, to), 0);
}

static void every_name_is_read_back(void **state)
{
    (void)state;
    for (int i = 0; i < ORDER_STATUS_COUNT; i++) {
        const char *name = order_status_name((enum order_status)i);
        enum order_status status;

        assert_true(order_status_parse(name, strlen(name), &status));
        assert_int_equal(status, i);
    }
}

static void other_names_are_none(void **state)
{
    enum order_status status = ORDER_CONFIRMED;

    (void)state;
    assert_false(order_status_parse("pending", 7, &status));
    assert_false(order_status_parse("PENDIN", 6, &status));
    assert_false(order_status_parse("PENDING ", 8, &status));
    assert_false(order_status_parse("", 0, &status));
    assert_int_equal(status, ORDER_CONFIRMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exactly_the_four_transitions_of_the_contract_are_allowed),
        cmocka_unit_test(a_number_that_is_no_status_goes_nowhere),
        cmocka_unit_test(successors_come_in_the_order_of_the_enum),
        cmocka_unit_test(every_name_is_read_back),
        cmocka_unit_test(other_names_are_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
