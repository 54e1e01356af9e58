/* List cursors: one spelling each, and nothing else is taken. */
#include "store/list_cursor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void a_cursor_reads_back(void **state)
{
    struct uuid id = {{0, 1, 2, 3, 0xfc, 0xff, 6, 7, 8, 9, 10, 11, 12, 13, 14, 255}}, back;
    char text[STORE_CURSOR_SIZE];

    (void)state;
    store_cursor_write(&id, text);
    assert_int_equal(strlen(text), STORE_CURSOR_SIZE - 1);
    assert_int_equal(store_cursor_read(text, strlen(text), &back), STATUS_OK);
    assert_true(uuid_equal(&id, &back));
}

static void another_version_is_refused(void **state)
{
    struct uuid id = {{0}};
    char text[STORE_CURSOR_SIZE];

    (void)state;
    store_cursor_write(&id, text);
    assert_int_equal(text[1], 'Q'); /* the version's low bits */
    text[1] = 'g';
    assert_int_equal(store_cursor_read(text, strlen(text), &id), STATUS_INVALID);
}

static void a_second_spelling_is_refused(void **state)
{
    struct uuid id = {{0}};
    char text[STORE_CURSOR_SIZE];

    (void)state;
    store_cursor_write(&id, text);
    assert_int_equal(text[STORE_CURSOR_SIZE - 2], 'A');
    text[STORE_CURSOR_SIZE - 2] = 'B'; /* a bit that no byte holds */
    assert_int_equal(store_cursor_read(text, strlen(text), &id), STATUS_INVALID);
}

static void a_nul_inside_is_refused(void **state)
{
    struct uuid id = {{0}};
    char text[STORE_CURSOR_SIZE];

    (void)state;
    store_cursor_write(&id, text);
    text[5] = '\0';
    assert_int_equal(store_cursor_read(text, STORE_CURSOR_SIZE - 1, &id), STATUS_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cursor_reads_back),
        cmocka_unit_test(another_version_is_refused),
        cmocka_unit_test(a_second_spelling_is_refused),
        cmocka_unit_test(a_nul_inside_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
