/* Statuses have names, and faults are filled whole. */
#include "base/status.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void every_status_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (int a = STATUS_OK; a <= STATUS_INTERNAL; a++) {
        assert_string_not_equal(status_name((enum status)a), "unknown");
        for (int b = STATUS_OK; b < a; b++)
            assert_string_not_equal(status_name((enum status)a), status_name((enum status)b));
    }
}

static void a_number_that_is_no_status_is_unknown(void **state)
{
    (void)state;
    assert_string_equal(status_name((enum status)99), "unknown");
}

static void a_fault_says_where_and_why_and_gives_its_status_back(void **state)
{
    struct fault fault;

    (void)state;
    assert_int_equal(fault_set(&fault, STATUS_LIMIT, "/items", "at most %d", 200), STATUS_LIMIT);
    assert_int_equal(fault.status, STATUS_LIMIT);
    assert_string_equal(fault.where, "/items");
    assert_string_equal(fault.text, "at most 200");
}

static void a_fault_without_a_place_has_an_empty_one(void **state)
{
    struct fault fault;

    (void)state;
    (void)fault_set(&fault, STATUS_INVALID, NULL, "no");
    assert_string_equal(fault.where, "");
}

static void a_status_needs_no_fault(void **state)
{
    (void)state;
    assert_int_equal(fault_set(NULL, STATUS_REFUSED, "/x", "no"), STATUS_REFUSED);
}

static void a_long_fault_is_cut_and_terminated(void **state)
{
    struct fault fault;
    char text[2048];

    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    (void)fault_set(&fault, STATUS_INVALID, text, "%s", text);
    assert_int_equal(strlen(fault.where), sizeof(fault.where) - 1);
    assert_int_equal(strlen(fault.text), sizeof(fault.text) - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_has_a_name_of_its_own),
        cmocka_unit_test(a_number_that_is_no_status_is_unknown),
        cmocka_unit_test(a_fault_says_where_and_why_and_gives_its_status_back),
        cmocka_unit_test(a_fault_without_a_place_has_an_empty_one),
        cmocka_unit_test(a_status_needs_no_fault),
        cmocka_unit_test(a_long_fault_is_cut_and_terminated),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
