/* Base64 for URLs: every length, and one spelling for each. */
#include "seal/base64.h"

#include "base/random.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { LONGEST = 64 };

static void the_rfcs_examples_are_written(void **state)
{
    static const char *const examples[][2] = {
        {"", ""},           {"f", "Zg"},         {"fo", "Zm8"},      {"foo", "Zm9v"},
        {"foob", "Zm9vYg"}, {"\xfb\xff", "-_8"}, {"\xff\xef", "_-8"}};
    (void)state;
    for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
        char text[16];
        size_t size = strlen(examples[i][0]);
        base64_write(text, (const uint8_t *)examples[i][0], size);
        assert_int_equal(base64_length(size), strlen(examples[i][1]));
        assert_memory_equal(text, examples[i][1], base64_length(size));
    }
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    for (size_t size = 0; size <= LONGEST; size++) {
        uint8_t bytes[LONGEST + 1], back[LONGEST + 4];
        char text[2 * LONGEST];
        size_t got = 0;
        random_bytes(bytes, sizeof(bytes));
        base64_write(text, bytes, size);
        assert_true(base64_read(text, base64_length(size), back, &got));
        assert_int_equal(got, size);
        assert_memory_equal(back, bytes, size);
    }
}

static void other_spellings_are_refused(void **state)
{
    static const char *const bad[] = {"Z",
                                      "Zg==",
                                      "Zh",
                                      "Zm9",
                                      "Zm9vY",
                                      "Z+8A",
                                      "Z/8A",
                                      "Zg\n",
                                      " Zg0",
                                      "Zm 9",
                                      "Zm9v=",
                                      "\xc3\xa4"
                                      "AA"};
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        uint8_t bytes[16];
        size_t size;
        if (base64_read(bad[i], strlen(bad[i]), bytes, &size))
            fail_msg("\"%s\" was read", bad[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rfcs_examples_are_written),
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(other_spellings_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
