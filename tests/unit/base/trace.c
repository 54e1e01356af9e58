/* W3C Trace Context: traces are continued or begun. */
#include "base/trace.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char caller[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

static void assert_well_formed(const struct trace *trace)
{
    assert_int_equal(strlen(trace->id), 32);
    assert_int_equal(strspn(trace->id, "0123456789abcdef"), 32);
    assert_int_equal(strlen(trace->parent), 55);
    assert_memory_equal(trace->parent, "00-", 3);
    assert_memory_equal(trace->parent + 3, trace->id, 32);
    assert_int_equal(trace->parent[35], '-');
    assert_int_equal(strspn(trace->parent + 36, "0123456789abcdef"), 16);
    assert_int_equal(trace->parent[52], '-');
}

static void assert_starts_anew(const char *traceparent, size_t length)
{
    struct trace trace;

    trace_begin(&trace, traceparent, length);
    assert_well_formed(&trace);
    if (strcmp(trace.id, "4bf92f3577b34da6a3ce929d0e0e4736") == 0)
        fail_msg("%s was continued", traceparent);
}

static void a_callers_trace_is_continued_with_a_span_of_our_own(void **state)
{
    struct trace trace;

    (void)state;
    trace_begin(&trace, caller, strlen(caller));
    assert_well_formed(&trace);
    assert_string_equal(trace.id, "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_memory_not_equal(trace.parent + 36, caller + 36, 16);
    assert_string_equal(trace.parent + 52, "-01");
}

static void the_callers_decision_not_to_sample_is_kept(void **state)
{
    struct trace trace;

    (void)state;
    trace_begin(&trace, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00", 55);
    assert_string_equal(trace.parent + 52, "-00");
}

static void flags_that_we_do_not_know_are_not_passed_on(void **state)
{
    struct trace trace;

    (void)state;
    trace_begin(&trace, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-ff", 55);
    assert_string_equal(trace.parent + 52, "-01");
}

static void without_a_caller_a_new_trace_begins(void **state)
{
    struct trace a;
    struct trace b;

    (void)state;
    trace_begin(&a, NULL, 0);
    trace_begin(&b, NULL, 0);
    assert_well_formed(&a);
    assert_string_not_equal(a.id, b.id);
}

static void a_later_version_may_say_more(void **state)
{
    static const char later[] = "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what";
    struct trace trace;

    (void)state;
    trace_begin(&trace, later, strlen(later));
    assert_well_formed(&trace);
    assert_string_equal(trace.id, "4bf92f3577b34da6a3ce929d0e0e4736");
}

static void what_is_no_traceparent_starts_a_new_trace(void **state)
{
    static const char *const texts[] = {
        "",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-011",
        "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-011",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00F067AA0BA902B7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0g",
        "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7_01",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_starts_anew(texts[i], strlen(texts[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_callers_trace_is_continued_with_a_span_of_our_own),
        cmocka_unit_test(the_callers_decision_not_to_sample_is_kept),
        cmocka_unit_test(flags_that_we_do_not_know_are_not_passed_on),
        cmocka_unit_test(without_a_caller_a_new_trace_begins),
        cmocka_unit_test(a_later_version_may_say_more),
        cmocka_unit_test(what_is_no_traceparent_starts_a_new_trace),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
