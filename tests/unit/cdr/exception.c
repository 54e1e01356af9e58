/* System exceptions: names, repository ids, and back. */
#include "cdr/exception.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void every_name_and_id_leads_back(void **state)
{
    (void)state;
    for (int i = EXCEPTION_UNKNOWN; i < EXCEPTION_KINDS; i++) {
        enum exception_kind kind = (enum exception_kind)i;
        const char *name = exception_name(kind);
        const char *id = exception_id(kind);
        assert_int_equal(exception_of_name(name, strlen(name)), kind);
        assert_int_equal(exception_of_id(id, strlen(id)), kind);
    }
}

static void an_id_is_what_the_specification_says(void **state)
{
    (void)state;
    assert_string_equal(exception_name(EXCEPTION_BAD_PARAM), "BAD_PARAM");
    assert_string_equal(exception_id(EXCEPTION_TIMEOUT), "IDL:omg.org/CORBA/TIMEOUT:1.0");
    assert_string_equal(completed_name(COMPLETED_NO), "COMPLETED_NO");
    assert_string_equal(completed_name((enum exception_completed)9), "COMPLETED_MAYBE");
}

static void what_is_no_exception_of_ours_is_unknown(void **state)
{
    (void)state;
    assert_int_equal(exception_of_id("IDL:omg.org/CORBA/NOVEL:1.0", 27), EXCEPTION_UNKNOWN);
    assert_int_equal(exception_of_id("IDL:omg.org/CORBA/MARSHAL:2.0", 29), EXCEPTION_UNKNOWN);
    assert_int_equal(exception_of_id("MARSHAL", 7), EXCEPTION_UNKNOWN);
    assert_int_equal(exception_of_id("", 0), EXCEPTION_UNKNOWN);
    assert_int_equal(exception_of_name("NONE", 4), EXCEPTION_UNKNOWN);
    assert_int_equal(exception_of_name("MARSHA", 6), EXCEPTION_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_name_and_id_leads_back),
        cmocka_unit_test(an_id_is_what_the_specification_says),
        cmocka_unit_test(what_is_no_exception_of_ours_is_unknown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
