/* The growing run of bytes, and the allocation below it. */
#include "base/buffer.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void an_empty_buffer_takes_nothing_and_stays_empty(void **state)
{
    struct buffer buffer = {0};

    (void)state;
    buffer_append(&buffer, NULL, 0);
    assert_int_equal(buffer.size, 0);
    assert_null(buffer.data);
    buffer_release(&buffer);
}

static void bytes_are_kept_in_order_over_many_growths(void **state)
{
    struct buffer buffer = {0};

    (void)state;
    for (int i = 0; i < 10000; i++) {
        char byte = (char)('a' + i % 26);

        buffer_append(&buffer, &byte, 1);
    }
    assert_int_equal(buffer.size, 10000);
    for (int i = 0; i < 10000; i++)
        assert_int_equal(buffer.data[i], 'a' + i % 26);
    buffer_release(&buffer);
}

static void text_and_formatted_text_follow_each_other(void **state)
{
    struct buffer buffer = {0};

    (void)state;
    buffer_append_text(&buffer, "one");
    buffer_printf(&buffer, "%s %d", ",", 2);
    buffer_printf(&buffer, "%s", "");
    assert_int_equal(buffer.size, 6);
    assert_memory_equal(buffer.data, "one, 2", 6);
    buffer_release(&buffer);
}

static void formatted_text_longer_than_the_first_capacity_is_whole(void **state)
{
    struct buffer buffer = {0};

    (void)state;
    buffer_printf(&buffer, "%05000d", 7);
    assert_int_equal(buffer.size, 5000);
    assert_int_equal(buffer.data[4999], '7');
    buffer_release(&buffer);
}

static void reserved_room_is_the_callers_to_fill(void **state)
{
    struct buffer buffer = {0};

    (void)state;
    memset(buffer_reserve(&buffer, 3000), 'x', 3000);
    buffer.size += 3000;
    assert_true(buffer.capacity >= 3000);
    assert_int_equal(buffer.data[2999], 'x');
    buffer_release(&buffer);
}

static void clearing_keeps_the_memory_and_releasing_gives_it_back(void **state)
{
    struct buffer buffer = {0};
    size_t capacity;

    (void)state;
    buffer_append_text(&buffer, "x");
    capacity = buffer.capacity;
    buffer_clear(&buffer);
    assert_int_equal(buffer.size, 0);
    assert_int_equal(buffer.capacity, capacity);
    buffer_release(&buffer);
    assert_null(buffer.data);
    assert_int_equal(buffer.capacity, 0);
}

static void new_memory_is_zeroed_even_when_none_is_asked_for(void **state)
{
    unsigned char *bytes = memory_new(64);
    void *nothing = memory_new(0);

    (void)state;
    for (int i = 0; i < 64; i++)
        assert_int_equal(bytes[i], 0);
    assert_non_null(nothing);
    free(bytes);
    free(nothing);
}

static void resizing_keeps_what_was_there(void **state)
{
    char *text = memory_text("abc", 3);

    (void)state;
    text = memory_resize(text, 1000);
    assert_string_equal(text, "abc");
    free(text);
}

static void a_text_copy_is_terminated(void **state)
{
    char *text = memory_text("abcdef", 3);
    char *empty = memory_text(NULL, 0);

    (void)state;
    assert_string_equal(text, "abc");
    assert_string_equal(empty, "");
    free(text);
    free(empty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_buffer_takes_nothing_and_stays_empty),
        cmocka_unit_test(bytes_are_kept_in_order_over_many_growths),
        cmocka_unit_test(text_and_formatted_text_follow_each_other),
        cmocka_unit_test(formatted_text_longer_than_the_first_capacity_is_whole),
        cmocka_unit_test(reserved_room_is_the_callers_to_fill),
        cmocka_unit_test(clearing_keeps_the_memory_and_releasing_gives_it_back),
        cmocka_unit_test(new_memory_is_zeroed_even_when_none_is_asked_for),
        cmocka_unit_test(resizing_keeps_what_was_there),
        cmocka_unit_test(a_text_copy_is_terminated),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
