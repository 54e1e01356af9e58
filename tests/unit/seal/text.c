/* Sealed texts: what opens, and that nothing else does. */
#include "seal/seal.h"

#include <pthread.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char secret[] = "{\"user_id\":\"0190b000-0000-7000-8000-000000000001\"}";
enum { SIZE = sizeof(secret) - 1 };
#define EXPIRY INT64_C(1800000000000)

struct sealed {
    char text[SEAL_TEXT_LIMIT + 1];
    size_t length;
};

static struct seal *seal_of(uint8_t byte)
{
    uint8_t key[SEAL_KEY_SIZE];
    memset(key, byte, sizeof(key));
    struct seal *seal = seal_new(key);
    assert_non_null(seal);
    return seal;
}

static struct sealed closed(const struct seal *seal, const void *bytes, size_t size)
{
    struct sealed sealed;
    assert_int_equal(seal_close(seal, bytes, size, EXPIRY, sealed.text, &sealed.length), STATUS_OK);
    assert_in_range(sealed.length, 1, SEAL_TEXT_LIMIT);
    return sealed;
}

static enum status opens_at(const struct seal *seal, const struct sealed *sealed, int64_t now_ms)
{
    char bytes[SEAL_BYTES_LIMIT];
    size_t size;
    int64_t expires_at;
    return seal_open(seal, sealed->text, sealed->length, now_ms, bytes, &size, &expires_at);
}

static void what_was_sealed_comes_back(void **state)
{
    static const size_t sizes[] = {0, 1, 2, 3, 100, SEAL_BYTES_LIMIT - 1, SEAL_BYTES_LIMIT};
    static char bytes[SEAL_BYTES_LIMIT], back[SEAL_BYTES_LIMIT];
    struct seal *seal = seal_of(1);
    (void)state;
    memset(bytes, 0xa5, sizeof(bytes));
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct sealed sealed = closed(seal, bytes, sizes[i]);
        size_t size = 0;
        int64_t expires_at = 0;
        assert_int_equal(seal_open(seal, sealed.text, sealed.length, 0, back, &size, &expires_at),
                         STATUS_OK);
        assert_int_equal(size, sizes[i]);
        assert_int_equal(expires_at, EXPIRY);
        assert_memory_equal(back, bytes, size);
    }
    seal_free(&seal);
    assert_null(seal);
    seal_free(&seal);
}

static void the_text_is_of_urls(void **state)
{
    static const char characters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    struct seal *seal = seal_of(1);
    struct sealed sealed = closed(seal, secret, SIZE);
    (void)state;
    sealed.text[sealed.length] = '\0';
    assert_int_equal(strspn(sealed.text, characters), sealed.length);
    assert_null(strstr(sealed.text, "0190b000"));
    seal_free(&seal);
}

static void the_same_is_never_sealed_alike(void **state)
{
    struct seal *seal = seal_of(1);
    struct sealed one = closed(seal, secret, SIZE);
    struct sealed two = closed(seal, secret, SIZE);
    (void)state;
    assert_memory_not_equal(one.text, two.text, one.length);
    seal_free(&seal);
}

static void too_much_is_not_sealed(void **state)
{
    static char bytes[SEAL_BYTES_LIMIT + 1];
    struct seal *seal = seal_of(1);
    struct sealed sealed;
    (void)state;
    assert_int_equal(seal_close(seal, bytes, sizeof(bytes), EXPIRY, sealed.text, &sealed.length),
                     STATUS_LIMIT);
    seal_free(&seal);
}

static void it_ends_when_it_expires(void **state)
{
    struct seal *seal = seal_of(1);
    struct sealed sealed = closed(seal, secret, SIZE);
    (void)state;
    assert_int_equal(opens_at(seal, &sealed, EXPIRY - 1), STATUS_OK);
    assert_int_equal(opens_at(seal, &sealed, EXPIRY), STATUS_REFUSED);
    assert_int_equal(opens_at(seal, &sealed, INT64_MAX), STATUS_REFUSED);
    seal_free(&seal);
}

static void another_key_does_not_open_it(void **state)
{
    struct seal *seal = seal_of(1);
    struct seal *other = seal_of(2);
    struct sealed sealed = closed(seal, secret, SIZE);
    (void)state;
    assert_int_equal(opens_at(other, &sealed, 0), STATUS_REFUSED);
    seal_free(&seal);
    seal_free(&other);
}

/* Every other value of every character: those of the alphabet change bits, the rest are no text. */
static void one_changed_character_is_seen(void **state)
{
    struct seal *seal = seal_of(1);
    struct sealed sealed =
        closed(seal, "x", 1); /* the last character has bits that stand for none */
    (void)state;
    assert_int_equal(opens_at(seal, &sealed, 0), STATUS_OK);
    for (size_t i = 0; i < sealed.length; i++) {
        char kept = sealed.text[i];
        for (int byte = 0; byte < 256; byte++) {
            sealed.text[i] = (char)byte;
            if ((char)byte != kept && opens_at(seal, &sealed, 0) != STATUS_REFUSED)
                fail_msg("byte %zu as %d opens", i, byte);
        }
        sealed.text[i] = kept;
    }
    assert_int_equal(opens_at(seal, &sealed, 0), STATUS_OK);
    seal_free(&seal);
}

static void a_part_of_it_does_not_open(void **state)
{
    struct seal *seal = seal_of(1);
    struct sealed sealed = closed(seal, secret, SIZE);
    size_t whole = sealed.length;
    (void)state;
    for (sealed.length = 0; sealed.length < whole; sealed.length++)
        assert_int_equal(opens_at(seal, &sealed, 0), STATUS_REFUSED);
    for (size_t cut = 1; cut < whole; cut++) {
        struct sealed end = {.length = whole - cut};
        memcpy(end.text, sealed.text + cut, end.length);
        assert_int_equal(opens_at(seal, &end, 0), STATUS_REFUSED);
    }
    seal_free(&seal);
}

static void more_than_it_does_not_open(void **state)
{
    static char longest[SEAL_TEXT_LIMIT + 5];
    struct seal *seal = seal_of(1);
    struct sealed sealed = closed(seal, secret, SIZE);
    char bytes[SEAL_BYTES_LIMIT];
    size_t size;
    int64_t expires_at;
    (void)state;
    for (int i = 0; i < 4; i++) {
        sealed.text[sealed.length++] = 'A';
        assert_int_equal(opens_at(seal, &sealed, 0), STATUS_REFUSED);
    }
    memset(longest, 'A', sizeof(longest));
    for (size_t length = SEAL_TEXT_LIMIT - 4; length <= sizeof(longest); length++)
        assert_int_equal(seal_open(seal, longest, length, 0, bytes, &size, &expires_at),
                         STATUS_REFUSED);
    seal_free(&seal);
}

static void *use(void *arg)
{
    for (int i = 0; i < 200; i++) {
        struct sealed sealed = closed(arg, secret, SIZE);
        if (opens_at(arg, &sealed, 0) != STATUS_OK)
            return arg;
    }
    return NULL;
}

static void threads_share_one(void **state)
{
    struct seal *seal = seal_of(1);
    pthread_t threads[3];
    (void)state;
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, use, seal), 0);
    for (size_t i = 0; i < 3; i++) {
        void *failed;
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
    seal_free(&seal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_sealed_comes_back),
        cmocka_unit_test(the_text_is_of_urls),
        cmocka_unit_test(the_same_is_never_sealed_alike),
        cmocka_unit_test(too_much_is_not_sealed),
        cmocka_unit_test(it_ends_when_it_expires),
        cmocka_unit_test(another_key_does_not_open_it),
        cmocka_unit_test(one_changed_character_is_seen),
        cmocka_unit_test(a_part_of_it_does_not_open),
        cmocka_unit_test(more_than_it_does_not_open),
        cmocka_unit_test(threads_share_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
