/* UUIDs: version 7, and the text form. */
#include "base/uuid.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char sample[] = "0190a000-0000-7abc-8def-00000000000a";

static int64_t uuid_ms(const struct uuid *uuid)
{
    int64_t ms = 0;

    for (int i = 0; i < 6; i++)
        ms = ms << 8 | uuid->bytes[i];
    return ms;
}

static void version_7_carries_the_time_the_version_and_the_variant(void **state)
{
    struct uuid uuid = uuid_v7(1769903999123);

    (void)state;
    assert_true(uuid_ms(&uuid) == 1769903999123);
    assert_int_equal(uuid.bytes[6] >> 4, 7);
    assert_int_equal(uuid.bytes[8] >> 6, 2);
}

static void ids_of_one_millisecond_increase(void **state)
{
    struct uuid last = uuid_v7(1000);

    (void)state;
    for (int i = 0; i < 200000; i++) {
        struct uuid next = uuid_v7(1000);

        assert_true(uuid_compare(&last, &next) < 0);
        last = next;
    }
    assert_true(uuid_ms(&last) == 1000);
    assert_int_equal(last.bytes[6] >> 4, 7);
    assert_int_equal(last.bytes[8] >> 6, 2);
}

static void ids_of_a_later_millisecond_are_greater(void **state)
{
    struct uuid early = uuid_v7(1000);
    struct uuid late = uuid_v7(1001);

    (void)state;
    assert_true(uuid_compare(&early, &late) < 0);
}

static void floor_and_ceiling_hold_every_id_of_their_millisecond(void **state)
{
    struct uuid floor = uuid_v7_floor(5000);
    struct uuid ceiling = uuid_v7_ceiling(5000);
    struct uuid next = uuid_v7_floor(5001);

    (void)state;
    for (int i = 0; i < 1000; i++) {
        struct uuid uuid = uuid_v7(5000);

        assert_true(uuid_compare(&floor, &uuid) <= 0);
        assert_true(uuid_compare(&uuid, &ceiling) <= 0);
    }
    assert_true(uuid_compare(&ceiling, &next) < 0);
}

static void text_is_read_and_written_back(void **state)
{
    char text[UUID_TEXT_SIZE];
    struct uuid uuid;

    (void)state;
    assert_int_equal(uuid_parse(sample, strlen(sample), &uuid), STATUS_OK);
    assert_int_equal(uuid.bytes[0], 0x01);
    assert_int_equal(uuid.bytes[15], 0x0a);
    uuid_format(&uuid, text);
    assert_string_equal(text, sample);
}

static void capitals_are_read_and_written_small(void **state)
{
    static const char capitals[] = "ABCDEF01-2345-6789-ABCD-EF0123456789";
    char text[UUID_TEXT_SIZE];
    struct uuid uuid;

    (void)state;
    assert_int_equal(uuid_parse(capitals, 36, &uuid), STATUS_OK);
    uuid_format(&uuid, text);
    assert_string_equal(text, "abcdef01-2345-6789-abcd-ef0123456789");
}

static void a_wrong_character_is_refused_wherever_it_stands(void **state)
{
    static const char wrong[] = {'g', '-', ' ', '\0', '/', ':', '@', 'G', '`', '\xff', '_'};

    (void)state;
    for (size_t at = 0; at < 36; at++)
        for (size_t i = 0; i < sizeof(wrong); i++) {
            struct uuid uuid;
            char text[UUID_TEXT_SIZE];

            memcpy(text, sample, sizeof(text));
            if (text[at] == wrong[i])
                continue;
            text[at] = wrong[i];
            assert_int_equal(uuid_parse(text, 36, &uuid), STATUS_INVALID);
        }
}

static void a_digit_in_a_hyphens_place_is_refused(void **state)
{
    struct uuid uuid;

    (void)state;
    assert_int_equal(uuid_parse("0190a0000-000-7abc-8def-00000000000a", 36, &uuid), STATUS_INVALID);
}

static void other_lengths_are_refused(void **state)
{
    struct uuid uuid;

    (void)state;
    assert_int_equal(uuid_parse(sample, 0, &uuid), STATUS_INVALID);
    assert_int_equal(uuid_parse(sample, 35, &uuid), STATUS_INVALID);
    assert_int_equal(uuid_parse("0190a000-0000-7abc-8def-00000000000a0", 37, &uuid),
                     STATUS_INVALID);
}

static void a_refused_text_leaves_the_uuid_alone(void **state)
{
    struct uuid uuid = uuid_v7(7);
    struct uuid before = uuid;

    (void)state;
    assert_int_equal(uuid_parse("0190a000-0000-7abc-8def-00000000000x", 36, &uuid), STATUS_INVALID);
    assert_true(uuid_equal(&uuid, &before));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(version_7_carries_the_time_the_version_and_the_variant),
        cmocka_unit_test(ids_of_one_millisecond_increase),
        cmocka_unit_test(ids_of_a_later_millisecond_are_greater),
        cmocka_unit_test(floor_and_ceiling_hold_every_id_of_their_millisecond),
        cmocka_unit_test(text_is_read_and_written_back),
        cmocka_unit_test(capitals_are_read_and_written_small),
        cmocka_unit_test(a_wrong_character_is_refused_wherever_it_stands),
        cmocka_unit_test(a_digit_in_a_hyphens_place_is_refused),
        cmocka_unit_test(other_lengths_are_refused),
        cmocka_unit_test(a_refused_text_leaves_the_uuid_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
