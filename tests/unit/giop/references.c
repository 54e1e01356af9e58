/* References: in and out of bytes, what their profiles say, what is kept of what we do not know. */
#include "bytes.h"

#include "base/json_writer.h"
#include "cdr/value.h"
#include "giop/reference.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct cdr_reader reader_of(const struct buffer *bytes, const struct cdr_limits *limits)
{
    return cdr_reader_of(bytes->data, bytes->size, true, limits);
}

static struct ior *read_ior(const char *hex, enum exception_kind expected)
{
    struct cdr_limits limits = cdr_limits_default();
    struct buffer bytes = bytes_of(hex);
    struct cdr_reader r = reader_of(&bytes, &limits);
    struct ior *ior = ior_read(&r);
    assert_int_equal(r.failure, expected);
    buffer_release(&bytes);
    return ior;
}

/* Type id "T"; an IIOP profile of "h", port 1, key "key": 1.0 and big, 1.2 and little with a code
 * set component, an alternate address "b" and one component that nobody knows. */
#define TYPE "02000000 54000000 "
#define PROFILE_1_0 "00000000 13000000 00010000 00000002 68000001 00000003 6b657900 "
#define CODE_SETS                                                                                  \
    "01000000 1c000000 01000000 01000105 01000000 01000100 09010100 01000000 00010100 "
#define PROFILE_1_2                                                                                \
    "00000000 5c000000 01010200 02000000 68000100 03000000 6b657900 03000000 " CODE_SETS           \
    "03000000 0c000000 01000000 02000000 62000200 63000000 04000000 01020304 "

static void a_profile_of_1_0_is_read(void **state)
{
    struct ior *ior = read_ior(TYPE "01000000 " PROFILE_1_0, EXCEPTION_NONE);
    const struct profile *profile = ior_iiop(ior);
    (void)state;
    assert_string_equal(ior->type_id, "T");
    assert_non_null(profile);
    assert_int_equal(profile->minor, 0);
    assert_string_equal(profile->endpoints[0].host, "h");
    assert_int_equal(profile->endpoints[0].port, 1);
    assert_text((const char *)profile->key, profile->key_size, "key");
    assert_false(profile->has_codesets);
    ior_release(&ior);
    assert_null(ior);
}

static void a_profile_of_1_2_tells_code_sets_and_alternate_addresses(void **state)
{
    struct ior *ior = read_ior(TYPE "01000000 " PROFILE_1_2, EXCEPTION_NONE);
    const struct profile *profile = ior_iiop(ior);
    (void)state;
    assert_non_null(profile);
    assert_int_equal(profile->minor, 2);
    assert_int_equal(profile->endpoint_count, 2);
    assert_string_equal(profile->endpoints[1].host, "b");
    assert_int_equal(profile->endpoints[1].port, 2);
    assert_true(profile->has_codesets);
    assert_int_equal(profile->codesets.chars.native, CODESET_UTF_8);
    assert_int_equal(profile->codesets.chars.count, 1);
    assert_int_equal(profile->codesets.chars.conversions[0], CODESET_ISO_8859_1);
    assert_int_equal(profile->codesets.wchars.native, CODESET_UTF_16);
    assert_int_equal(profile->codesets.wchars.conversions[0], CODESET_UCS_2);
    ior_release(&ior);
}

static void a_later_minor_version_is_read_as_1_2(void **state)
{
    struct ior *ior = read_ior(TYPE "01000000 00000000 17000000 01010900 02000000 68000100 "
                                    "03000000 6b657900 00000000 00",
                               EXCEPTION_NONE);
    (void)state;
    assert_int_equal(ior_iiop(ior)->minor, 2);
    ior_release(&ior);
}

static void components_for_all_speak_for_a_profile_of_1_0(void **state)
{
    struct ior *ior =
        read_ior(TYPE "02000000 " PROFILE_1_0 "01000000 2c000000 01000000 01000000 " CODE_SETS,
                 EXCEPTION_NONE);
    (void)state;
    assert_true(ior->profiles[0].has_codesets);
    assert_int_equal(ior->profiles[0].codesets.chars.native, CODESET_UTF_8);
    ior_release(&ior);
}

static void what_cannot_be_read_is_kept_and_passed_on(void **state)
{
    static const char hex[] = TYPE "03000000 63000000 02000000 abcd0000 "
                                   "00000000 03000000 01020000 " /* IIOP 2.0, cut off */
        PROFILE_1_0;
    struct ior *ior = read_ior(hex, EXCEPTION_NONE);
    struct buffer out = {0};
    struct cdr_writer w = {.out = &out};
    (void)state;
    assert_int_equal(ior->profile_count, 3);
    assert_false(ior->profiles[0].iiop);
    assert_false(ior->profiles[1].iiop);
    assert_ptr_equal(ior_iiop(ior), &ior->profiles[2]);
    ior_write(&w, ior);
    if (we_are_little()) {
        buffer_append(&out, "", 1); /* what the last one was padded with */
        assert_bytes(&out, hex);
    }
    buffer_release(&out);
    ior_release(&ior);
}

static void every_address_of_every_profile_is_listed_in_order(void **state)
{
    size_t profile;
    struct ior *ior = read_ior(TYPE "02000000 " PROFILE_1_0 PROFILE_1_2, EXCEPTION_NONE);
    (void)state;
    assert_string_equal(ior_endpoint(ior, 0, &profile)->host, "h");
    assert_int_equal(profile, 0);
    assert_string_equal(ior_endpoint(ior, 2, &profile)->host, "b");
    assert_int_equal(profile, 1);
    assert_null(ior_endpoint(ior, 3, &profile));
    ior_release(&ior);
}

static void nil_is_no_reference_and_no_failure(void **state)
{
    struct buffer out = {0};
    struct cdr_writer w = {.out = &out};
    (void)state;
    assert_null(read_ior("01000000 00000000 00000000", EXCEPTION_NONE));
    assert_null(read_ior(TYPE "00000000", EXCEPTION_NONE));
    ior_write(&w, NULL);
    if (we_are_little())
        assert_bytes(&out, "01000000 00000000 00000000");
    buffer_release(&out);
}

/* ---- hostile ---- */

static void a_reference_that_is_cut_off_anywhere_is_refused(void **state)
{
    struct cdr_limits limits = cdr_limits_default();
    struct buffer bytes = bytes_of(TYPE "02000000 " PROFILE_1_2 PROFILE_1_0);
    (void)state;
    for (size_t size = 0; size < bytes.size - 1; size++) {
        struct buffer cut = bytes_cut(&bytes, size);
        struct cdr_reader r = reader_of(&cut, &limits);
        assert_null(ior_read(&r));
        assert_false(cdr_ok(&r));
        buffer_release(&cut);
    }
    buffer_release(&bytes);
}

static void a_damaged_reference_does_no_harm(void **state)
{
    struct cdr_limits limits = cdr_limits_default();
    struct buffer bytes = bytes_of(TYPE "01000000 " PROFILE_1_2);
    struct buffer text = {0};
    (void)state;
    for (size_t at = 0; at < bytes.size; at++) {
        for (int flip = 1; flip < 256; flip *= 2) {
            bytes.data[at] = (char)(bytes.data[at] ^ flip);
            struct cdr_reader r = reader_of(&bytes, &limits);
            struct ior *ior = ior_read(&r);
            if (ior)
                ior_explain(ior, &text);
            ior_release(&ior);
            bytes.data[at] = (char)(bytes.data[at] ^ flip);
        }
    }
    buffer_release(&text);
    buffer_release(&bytes);
}

static void profiles_and_components_are_limited(void **state)
{
    char *profiles = repeated(TYPE "11000000 ", 17, "63000000 00000000 ", "");
    char *components = repeated(TYPE "01000000 01000000 90000000 01000000 11000000 ", 17,
                                "63000000 00000000 ", "");
    (void)state;
    assert_null(read_ior(profiles, EXCEPTION_IMP_LIMIT));
    assert_null(read_ior(components, EXCEPTION_IMP_LIMIT));
    free(profiles);
    free(components);
    assert_null(read_ior(TYPE "ffffff7f 00000000 00000000", EXCEPTION_MARSHAL));
}

/* ---- ours ---- */

static void a_reference_of_ours_says_1_2_and_our_code_sets(void **state)
{
    struct ior *ior = ior_new("IDL:X:1.0", "127.0.0.1", 2810, "a\0b", 3);
    const struct profile *profile = ior_iiop(ior);
    (void)state;
    assert_int_equal(profile->minor, 2);
    assert_int_equal(profile->key_size, 3);
    assert_memory_equal(profile->key, "a\0b", 3);
    assert_int_equal(profile->codesets.chars.native, codesets_ours.chars.native);
    assert_int_equal(profile->codesets.wchars.native, codesets_ours.wchars.native);
    ior_release(&ior);
}

static struct ior *parse(const char *text)
{
    struct ior *ior;
    struct fault fault;
    assert_int_equal(ior_parse(text, strlen(text), &ior, &fault), STATUS_OK);
    return ior;
}

static void a_text_reads_back_as_the_same_reference(void **state)
{
    struct ior *ior = ior_new("IDL:X:1.0", "::1", 2810, "key", 3);
    struct buffer text = {0};
    (void)state;
    ior_format(ior, &text);
    buffer_append(&text, "", 1);
    struct ior *again = parse(text.data);
    assert_true(ior_equal(ior, again));
    assert_string_equal(again->type_id, "IDL:X:1.0");
    struct ior *other = ior_new("IDL:X:1.0", "::1", 2811, "key", 3);
    assert_false(ior_equal(ior, other));
    ior_release(&other);
    ior_release(&again);
    ior_release(&ior);
    buffer_release(&text);
}

static void a_reference_lives_as_long_as_it_is_held(void **state)
{
    struct ior *ior = ior_new("", "h", 1, "k", 1);
    struct ior *held = ior_hold(ior);
    (void)state;
    ior_release(&ior);
    assert_null(ior);
    assert_string_equal(held->profiles[0].endpoints[0].host, "h");
    ior_release(&held);
    ior_release(&held);
}

static void a_text_that_is_no_reference_is_told_why(void **state)
{
    static const struct {
        const char *text, *why;
    } bad[] = {
        {"", "expected \"IOR:\""},
        {"IOR", "expected \"IOR:\""},
        {"IOR:", "no reference"},
        {"IOR:0g", "hexadecimal digit at character 6"},
        {"IOR:000", "digit at character 8"},
        {"IOR:01000000", "MARSHAL"},
        {"IOR:00000000000000010000000000000000", "nil"},
        {"http://x", "expected \"IOR:\""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct ior *ior;
        struct fault fault;
        assert_int_equal(ior_parse(bad[i].text, strlen(bad[i].text), &ior, &fault), STATUS_INVALID);
        assert_null(ior);
        assert_non_null(strstr(fault.text, bad[i].why));
    }
}

static void a_text_of_more_than_64_kib_is_refused(void **state)
{
    struct ior *ior;
    struct fault fault;
    char *text = repeated("IOR:0", 65532, "0", "");
    (void)state;
    assert_int_equal(ior_parse(text, 65537, &ior, &fault), STATUS_INVALID);
    assert_non_null(strstr(fault.text, "65536"));
    free(text);
}

/* ---- explained ---- */

static void assert_explained(const struct ior *ior, const char *expected)
{
    struct buffer text = {0};
    ior_explain(ior, &text);
    buffer_append(&text, "", 1);
    assert_string_equal(text.data, expected);
    buffer_release(&text);
}

static void a_reference_is_explained_line_by_line(void **state)
{
    struct ior *ior =
        read_ior(TYPE "02000000 " PROFILE_1_2 "63000000 02000000 abcd", EXCEPTION_NONE);
    (void)state;
    assert_explained(ior, "type: T\n"
                          "profile 1: IIOP 1.2\n"
                          "  address: h:1\n"
                          "  alternate address: b:2\n"
                          "  key: key (3 bytes)\n"
                          "  code set of char: UTF-8, or ISO-8859-1\n"
                          "  code set of wchar: UTF-16, or UCS-2\n"
                          "  component 0x00000063, 4 bytes\n"
                          "profile 2: 0x00000063, unknown, 2 bytes\n");
    ior_release(&ior);
}

static void an_explanation_holds_nothing_but_plain_characters(void **state)
{
    struct ior *ior = ior_new("a\nb", "h\x1b[2J", 1, "\0\xff", 2);
    struct buffer text = {0};
    (void)state;
    ior_explain(ior, &text);
    for (size_t i = 0; i < text.size; i++)
        assert_true(text.data[i] == '\n' || (text.data[i] >= ' ' && text.data[i] < 0x7f));
    buffer_append(&text, "", 1);
    assert_non_null(strstr(text.data, "type: a%0ab\n"));
    assert_non_null(strstr(text.data, "address: h%1b%5b2J:1\n"));
    assert_non_null(strstr(text.data, "key: %00%ff (2 bytes)\n"));
    buffer_release(&text);
    ior_release(&ior);
}

/* ---- as values ---- */

static void a_reference_is_a_value_and_nothing_is_nil(void **state)
{
    struct cdr_limits limits = cdr_limits_default();
    struct buffer out = {0};
    struct buffer text = {0};
    struct cdr_writer w = {.out = &out};
    struct fault fault;
    (void)state;
    assert_int_equal(ior_references.write(&w, "corbaloc::h/k", 13, &fault), STATUS_OK);
    assert_int_equal(ior_references.write(&w, "", 0, &fault), STATUS_OK);
    struct cdr_reader r = cdr_reader_of(out.data, out.size, we_are_little(), &limits);
    ior_references.read(&r, &text);
    assert_memory_equal(text.data, "IOR:", 4);
    buffer_clear(&text);
    ior_references.read(&r, &text);
    assert_int_equal(text.size, 0);
    assert_true(cdr_ok(&r));
    assert_int_equal(cdr_left(&r), 0);
    assert_int_equal(ior_references.write(&w, "x", 1, &fault), STATUS_INVALID);
    assert_int_equal(ior_references.write(&w, "corbaname::h#a", 14, &fault), STATUS_INVALID);
    buffer_release(&text);
    buffer_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_profile_of_1_0_is_read),
        cmocka_unit_test(a_profile_of_1_2_tells_code_sets_and_alternate_addresses),
        cmocka_unit_test(a_later_minor_version_is_read_as_1_2),
        cmocka_unit_test(components_for_all_speak_for_a_profile_of_1_0),
        cmocka_unit_test(what_cannot_be_read_is_kept_and_passed_on),
        cmocka_unit_test(every_address_of_every_profile_is_listed_in_order),
        cmocka_unit_test(nil_is_no_reference_and_no_failure),
        cmocka_unit_test(a_reference_that_is_cut_off_anywhere_is_refused),
        cmocka_unit_test(a_damaged_reference_does_no_harm),
        cmocka_unit_test(profiles_and_components_are_limited),
        cmocka_unit_test(a_reference_of_ours_says_1_2_and_our_code_sets),
        cmocka_unit_test(a_text_reads_back_as_the_same_reference),
        cmocka_unit_test(a_reference_lives_as_long_as_it_is_held),
        cmocka_unit_test(a_text_that_is_no_reference_is_told_why),
        cmocka_unit_test(a_text_of_more_than_64_kib_is_refused),
        cmocka_unit_test(a_reference_is_explained_line_by_line),
        cmocka_unit_test(an_explanation_holds_nothing_but_plain_characters),
        cmocka_unit_test(a_reference_is_a_value_and_nothing_is_nil),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
