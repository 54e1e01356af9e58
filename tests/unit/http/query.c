/* Query strings, well made, odd and broken. */
#include "http/query.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

static struct text text_of(const char *text)
{
    return (struct text){text, strlen(text)};
}

static void is(struct text text, const char *expected)
{
    assert_int_equal(text.length, strlen(expected));
    assert_memory_equal(text.data, expected, text.length);
}

static void pairs_come_one_after_the_other(void **state)
{
    (void)state;
    struct text query = text_of("&a=1&&b&c=x=y&=z&"), name, value;
    static const char *const expected[][2] = {{"a", "1"}, {"b", ""}, {"c", "x=y"}, {"", "z"}};
    for (size_t i = 0; i < 4; i++) {
        assert_true(query_next(&query, &name, &value));
        is(name, expected[i][0]);
        is(value, expected[i][1]);
    }
    assert_false(query_next(&query, &name, &value));
}

static void an_absent_query_has_none(void **state)
{
    (void)state;
    struct text query = {0}, name, value;
    assert_false(query_next(&query, &name, &value));
}

static void what_is_encoded_is_decoded(void **state)
{
    (void)state;
    struct buffer out = {0};
    assert_true(query_decode(text_of("a+b%2B%c3%A4%26"), &out));
    is((struct text){out.data, out.size}, "a b+\xc3\xa4&");
    assert_true(query_decode(text_of(""), &out));
    assert_int_equal(out.size, 0);
    buffer_release(&out);
}

static void broken_text_is_told(void **state)
{
    (void)state;
    static const char *const broken[] = {"%", "%4", "%4g", "a%00", "%ff", "\xc3", "%c3%28"};
    struct buffer out = {0};
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
        assert_false(query_decode(text_of(broken[i]), &out));
    assert_false(query_decode((struct text){"a\0b", 3}, &out));
    buffer_release(&out);
}

static void what_is_written_reads_back(void **state)
{
    (void)state;
    struct buffer encoded = {0}, decoded = {0};
    const char *text = "hook:a b+\xc3\xa4&=/%~";
    query_encode(text, &encoded);
    is((struct text){encoded.data, encoded.size}, "hook%3Aa%20b%2B%C3%A4%26%3D%2F%25~");
    assert_true(query_decode((struct text){encoded.data, encoded.size}, &decoded));
    is((struct text){decoded.data, decoded.size}, text);
    buffer_release(&encoded);
    buffer_release(&decoded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_come_one_after_the_other),
        cmocka_unit_test(an_absent_query_has_none),
        cmocka_unit_test(what_is_encoded_is_decoded),
        cmocka_unit_test(broken_text_is_told),
        cmocka_unit_test(what_is_written_reads_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
