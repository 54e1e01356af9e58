/* XAES-256-GCM against its published vectors. */
#include "seal/xaes.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char plain[] = "XAES-256-GCM";
enum { SIZE = sizeof(plain) - 1 };

static struct xaes *with_key_of(uint8_t byte)
{
    uint8_t key[XAES_KEY_SIZE];
    memset(key, byte, sizeof(key));
    struct xaes *xaes = xaes_new(key);
    assert_non_null(xaes);
    return xaes;
}

static struct xaes_message message_of(const void *in, uint8_t *out, const char *extra)
{
    return (struct xaes_message){
        .nonce = (const uint8_t *)"ABCDEFGHIJKLMNOPQRSTUVWX",
        .extra = (const uint8_t *)extra,
        .extra_size = strlen(extra),
        .in = in,
        .out = out,
        .size = SIZE,
    };
}

/* Ciphertext and tag as the vector has them. */
static void encrypts_to(uint8_t key, const char *extra,
                        const uint8_t expected[SIZE + XAES_TAG_SIZE])
{
    struct xaes *xaes = with_key_of(key);
    uint8_t out[SIZE], tag[XAES_TAG_SIZE], back[SIZE];
    struct xaes_message message = message_of(plain, out, extra);
    assert_true(xaes_encrypt(xaes, &message, tag));
    assert_memory_equal(out, expected, SIZE);
    assert_memory_equal(tag, expected + SIZE, XAES_TAG_SIZE);
    message = message_of(out, back, extra);
    assert_true(xaes_decrypt(xaes, &message, tag));
    assert_memory_equal(back, plain, SIZE);
    xaes_free(&xaes);
    assert_null(xaes);
}

/* The two branches of the key's derivation: the first key's CMAC mask needs no reduction, the
 * second one's does (c2sp.org/XAES-256-GCM, "Test Vectors"). */
static void the_published_vectors_come_out(void **state)
{
    static const uint8_t first[] = {0xce, 0x54, 0x6e, 0xf6, 0x3c, 0x9c, 0xc6, 0x07, 0x65, 0x92,
                                    0x36, 0x09, 0xb3, 0x3a, 0x9a, 0x19, 0x74, 0xe9, 0x6e, 0x52,
                                    0xda, 0xf2, 0xfc, 0xf7, 0x07, 0x5e, 0x22, 0x71};
    static const uint8_t second[] = {0x98, 0x6e, 0xc1, 0x83, 0x25, 0x93, 0xdf, 0x54, 0x43, 0xa1,
                                     0x79, 0x43, 0x7f, 0xd0, 0x83, 0xbf, 0x3f, 0xdb, 0x41, 0xab,
                                     0xd7, 0x40, 0xa2, 0x1f, 0x71, 0xeb, 0x76, 0x9d};
    (void)state;
    encrypts_to(1, "", first);
    encrypts_to(3, "c2sp.org/XAES-256-GCM", second);
}

static void what_is_not_proven_is_not_shown(void **state)
{
    static const uint8_t zeros[SIZE];
    struct xaes *xaes = with_key_of(1);
    uint8_t out[SIZE], tag[XAES_TAG_SIZE], back[SIZE];
    (void)state;
    struct xaes_message message = message_of(plain, out, "a");
    assert_true(xaes_encrypt(xaes, &message, tag));
    message = message_of(out, back, "b");
    assert_false(xaes_decrypt(xaes, &message, tag));
    assert_memory_equal(back, zeros, SIZE);
    xaes_free(&xaes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_published_vectors_come_out),
        cmocka_unit_test(what_is_not_proven_is_not_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
