/* RFC 3339 text, both ways. */
#include "base/clock.h"

#include <string.h>
#include <time.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void assert_parses(const char *text, int64_t expected)
{
    int64_t wall_ms = -1;

    assert_int_equal(clock_parse(text, strlen(text), &wall_ms), STATUS_OK);
    assert_true(wall_ms == expected);
}

static void assert_refused(const char *text)
{
    int64_t wall_ms = 42;

    if (clock_parse(text, strlen(text), &wall_ms) != STATUS_INVALID)
        fail_msg("%s was taken", text);
    assert_true(wall_ms == 42);
}

static void assert_formats(int64_t wall_ms, const char *expected)
{
    char text[CLOCK_TEXT_SIZE];

    clock_format(wall_ms, text);
    assert_string_equal(text, expected);
}

static void the_epoch_is_the_first_of_january_1970(void **state)
{
    (void)state;
    assert_formats(0, "1970-01-01T00:00:00.000Z");
    assert_parses("1970-01-01T00:00:00Z", 0);
}

static void milliseconds_before_the_epoch_belong_to_1969(void **state)
{
    (void)state;
    assert_formats(-1, "1969-12-31T23:59:59.999Z");
    assert_parses("1969-12-31T23:59:59.999Z", -1);
}

static void one_second_after_another_is_not_the_cached_one(void **state)
{
    (void)state;
    assert_formats(1769903999123, "2026-01-31T23:59:59.123Z");
    assert_formats(1769903999124, "2026-01-31T23:59:59.124Z");
    assert_formats(1769904000000, "2026-02-01T00:00:00.000Z");
    assert_formats(1769903999123, "2026-01-31T23:59:59.123Z");
}

static void the_29th_of_february_exists_in_leap_years_only(void **state)
{
    (void)state;
    assert_parses("2000-02-29T00:00:00Z", 951782400000);
    assert_parses("2024-02-29T12:00:00Z", 1709208000000);
    assert_refused("1900-02-29T00:00:00Z");
    assert_refused("2023-02-29T00:00:00Z");
}

static void days_of_800_years_read_and_write_as_the_c_library_does(void **state)
{
    char expected[64];

    (void)state;
    for (int64_t day = -150000; day < 150000; day += 7) {
        time_t seconds = (time_t)(day * 86400 + 4711);
        struct tm broken;

        assert_non_null(gmtime_r(&seconds, &broken));
        assert_true(strftime(expected, sizeof(expected), "%Y-%m-%dT%H:%M:%S.000Z", &broken) > 0);
        assert_formats((int64_t)seconds * 1000, expected);
        assert_parses(expected, (int64_t)seconds * 1000);
    }
}

static void years_run_from_1_to_9999(void **state)
{
    (void)state;
    assert_parses("0001-01-01T00:00:00.000Z", INT64_C(-62135596800000));
    assert_parses("9999-12-31T23:59:59.999Z", INT64_C(253402300799999));
    assert_refused("0000-12-31T23:59:59Z");
    assert_refused("9999-12-31T23:59:59-00:01");
    assert_refused("0001-01-01T00:00:00+00:01");
}

static void times_beyond_four_digits_of_a_year_are_held_at_the_end(void **state)
{
    (void)state;
    assert_formats(INT64_MIN, "0001-01-01T00:00:00.000Z");
    assert_formats(INT64_MAX, "9999-12-31T23:59:59.999Z");
}

static void an_offset_is_taken_off(void **state)
{
    (void)state;
    assert_parses("1970-01-01T02:30:00+02:30", 0);
    assert_parses("1969-12-31T19:00:00-05:00", 0);
    assert_parses("1970-01-01T00:00:00-00:00", 0);
}

static void t_and_z_may_be_small(void **state)
{
    (void)state;
    assert_parses("1970-01-01t00:00:00z", 0);
}

static void a_fraction_beyond_milliseconds_is_cut_off(void **state)
{
    (void)state;
    assert_parses("1970-01-01T00:00:00.1Z", 100);
    assert_parses("1970-01-01T00:00:00.0129999999999999999999Z", 12);
}

static void a_leap_second_is_taken_at_the_end_of_a_utc_day_only(void **state)
{
    (void)state;
    assert_parses("2016-12-31T23:59:60Z", 1483228800000);
    assert_parses("2016-12-31T15:59:60-08:00", 1483228800000);
    assert_refused("2016-12-31T22:59:60Z");
    assert_refused("2016-12-31T23:59:61Z");
}

static void what_is_not_rfc_3339_is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "2026-01-31",
        "2026-01-31T10:00:00",
        "2026-01-31 10:00:00Z",
        "2026-01-31T10:00Z",
        "2026-1-31T10:00:00Z",
        "2026-13-01T10:00:00Z",
        "2026-00-01T10:00:00Z",
        "2026-01-32T10:00:00Z",
        "2026-01-00T10:00:00Z",
        "2026-04-31T10:00:00Z",
        "2026-01-31T24:00:00Z",
        "2026-01-31T10:60:00Z",
        "2026-01-31T10:00:00.Z",
        "2026-01-31T10:00:00,5Z",
        "2026-01-31T10:00:00+0100",
        "2026-01-31T10:00:00+24:00",
        "2026-01-31T10:00:00+01:60",
        "2026-01-31T10:00:00ZZ",
        "2026-01-31T10:00:00Z ",
        " 2026-01-31T10:00:00Z",
        "+026-01-31T10:00:00Z",
        "12026-01-31T10:00:00Z",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_refused(texts[i]);
}

static void the_wall_clock_agrees_with_the_c_library(void **state)
{
    time_t before = time(NULL);
    int64_t now = clock_wall_ms();

    (void)state;
    /* time() may lag the clock by a tick, so a second is left on either side. */
    assert_true(now / 1000 >= before - 1 && now / 1000 <= time(NULL) + 1);
}

static void monotonic_time_does_not_go_back(void **state)
{
    int64_t last = clock_monotonic_us();

    (void)state;
    for (int i = 0; i < 1000; i++) {
        int64_t now = clock_monotonic_us();

        assert_true(now >= last);
        last = now;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_epoch_is_the_first_of_january_1970),
        cmocka_unit_test(milliseconds_before_the_epoch_belong_to_1969),
        cmocka_unit_test(one_second_after_another_is_not_the_cached_one),
        cmocka_unit_test(the_29th_of_february_exists_in_leap_years_only),
        cmocka_unit_test(days_of_800_years_read_and_write_as_the_c_library_does),
        cmocka_unit_test(years_run_from_1_to_9999),
        cmocka_unit_test(times_beyond_four_digits_of_a_year_are_held_at_the_end),
        cmocka_unit_test(an_offset_is_taken_off),
        cmocka_unit_test(t_and_z_may_be_small),
        cmocka_unit_test(a_fraction_beyond_milliseconds_is_cut_off),
        cmocka_unit_test(a_leap_second_is_taken_at_the_end_of_a_utc_day_only),
        cmocka_unit_test(what_is_not_rfc_3339_is_refused),
        cmocka_unit_test(the_wall_clock_agrees_with_the_c_library),
        cmocka_unit_test(monotonic_time_does_not_go_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
