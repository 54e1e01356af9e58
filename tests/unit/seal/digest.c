/* SHA-256 against the examples of FIPS 180-4. */
#include "seal/digest.h"

#include "base/hex.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void assert_digest(const void *bytes, size_t size, const char *expected)
{
    uint8_t digest[DIGEST_SIZE];
    char text[2 * DIGEST_SIZE + 1] = "";
    assert_int_equal(digest_make(bytes, size, digest), STATUS_OK);
    hex_write(text, digest, sizeof(digest));
    assert_string_equal(text, expected);
}

static void the_examples_of_the_standard_come_out(void **state)
{
    static const char two_blocks[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    (void)state;
    assert_digest("abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_digest(two_blocks, strlen(two_blocks),
                  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void nothing_has_a_digest_too(void **state)
{
    (void)state;
    assert_digest("", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_examples_of_the_standard_come_out),
        cmocka_unit_test(nothing_has_a_digest_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
