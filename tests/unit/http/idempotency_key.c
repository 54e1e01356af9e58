/* What is an Idempotency-Key, and which one it is. */
#include "http/idempotency_key.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void assert_key(const char *value, const char *expected)
{
    char key[IDEMPOTENCY_KEY_LIMIT + 1];
    struct fault fault = {0};
    if (idempotency_key_read(value, strlen(value), key, &fault) != STATUS_OK)
        fail_msg("%s: %s", value, fault.text);
    assert_string_equal(key, expected);
}

static void assert_none(const char *value, size_t length)
{
    char key[IDEMPOTENCY_KEY_LIMIT + 1];
    struct fault fault = {0};
    /* In memory of its own size, so that a read beyond its end is seen. */
    char *copy = test_malloc(length + (length == 0));
    memcpy(copy, value, length);
    assert_int_equal(idempotency_key_read(copy, length, key, &fault), STATUS_INVALID);
    assert_string_equal(fault.where, "/Idempotency-Key");
    assert_non_null(strstr(fault.text, "1 to 255 visible characters"));
    assert_string_equal(key, "");
    test_free(copy);
}

static void visible_characters_are_a_key_as_they_are(void **state)
{
    (void)state;
    assert_key("8e03978e-40d5-43dd-bc93-6894a57f9324", "8e03978e-40d5-43dd-bc93-6894a57f9324");
    assert_key("!", "!");
    assert_key("~", "~");
    assert_key("a\"b", "a\"b");
    assert_key("a\\b", "a\\b");
    assert_key("a,b;c=d", "a,b;c=d");
}

static void a_string_in_quotes_is_the_same_key(void **state)
{
    (void)state;
    assert_key("\"8e03978e\"", "8e03978e");
    assert_key("\"a\\\"b\\\\c\"", "a\"b\\c");
    assert_key("\"\\\\\"", "\\");
}

static void anything_else_is_none(void **state)
{
    static const char *const bad[] = {
        "",         " ",      "a b",       "\"",           "\"\"", "\"a",
        "\"a b\"",  "\"a\"b", "\"a\";q=1", "\"a\", \"b\"", "a, b", "\"a\\\"",
        "\"a\\n\"", "\"\\",   "\xc3\xa4",  "\"\xc3\xa4\"", "a\tb", "a\x7f",
        "\"a\" ",   " a",     "\"\\x\"",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_none(bad[i], strlen(bad[i]));
    assert_none("a\0b", 3);
    assert_none("\"a\0\"", 4);
}

static void a_key_has_255_characters_at_most(void **state)
{
    char value[2 * 255 + 3], expected[256];
    (void)state;
    memset(expected, 'k', 255);
    expected[255] = '\0';
    memset(value, 'k', 256);
    value[255] = '\0';
    assert_key(value, expected);
    value[255] = 'k';
    assert_none(value, 256);
    /* Escapes do not count. */
    value[0] = '"';
    for (size_t i = 0; i < 255; i++) {
        value[1 + 2 * i] = '\\';
        value[2 + 2 * i] = '"';
    }
    value[511] = '"';
    value[512] = '\0';
    memset(expected, '"', 255);
    assert_key(value, expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(visible_characters_are_a_key_as_they_are),
        cmocka_unit_test(a_string_in_quotes_is_the_same_key),
        cmocka_unit_test(anything_else_is_none),
        cmocka_unit_test(a_key_has_255_characters_at_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
