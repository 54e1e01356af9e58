/* What is in service contexts. */
#include "bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct service_context context_of(const struct buffer *bytes)
{
    return (struct service_context){.data = (const uint8_t *)bytes->data, .size = bytes->size};
}

static void code_sets_are_read_in_either_byte_order(void **state)
{
    static const char *const texts[] = {"00 000000 05010001 00010109",
                                        "01 000000 01000105 09010100"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        uint32_t char_set;
        uint32_t wchar_set;
        struct buffer bytes = bytes_of(texts[i]);
        struct service_context context = context_of(&bytes);
        assert_true(giop_context_codesets(&context, &char_set, &wchar_set));
        assert_int_equal(char_set, CODESET_UTF_8);
        assert_int_equal(wchar_set, CODESET_UTF_16);
        buffer_release(&bytes);
    }
}

static void code_sets_are_written(void **state)
{
    struct buffer out = {0};
    (void)state;
    giop_codesets_context(&out, CODESET_UTF_8, CODESET_UTF_16);
    assert_bytes(&out,
                 we_are_little() ? "01 000000 01000105 09010100" : "00 000000 05010001 00010109");
    buffer_release(&out);
}

static void a_text_is_read_and_written(void **state)
{
    size_t length;
    struct buffer out = {0};
    struct buffer big = bytes_of("00 000000 00000003 6f6b00");
    struct service_context context = context_of(&big);
    (void)state;
    assert_text(giop_context_text(&context, &length), 2, "ok");
    assert_int_equal(length, 2);
    giop_text_context(&out, "00-ab-cd-01", 11);
    context = context_of(&out);
    const char *text = giop_context_text(&context, &length);
    assert_text(text, length, "00-ab-cd-01");
    buffer_release(&out);
    buffer_release(&big);
}

static void a_context_that_was_cut_off_is_no_good(void **state)
{
    uint32_t char_set;
    uint32_t wchar_set;
    size_t length;
    struct buffer codesets = bytes_of("01 000000 01000105 09010100");
    struct buffer text = bytes_of("00 000000 00000003 6f6b00");
    (void)state;
    for (size_t size = 0; size < codesets.size; size++) {
        struct buffer cut = bytes_cut(&codesets, size);
        struct service_context context = context_of(&cut);
        assert_false(giop_context_codesets(&context, &char_set, &wchar_set));
        buffer_release(&cut);
    }
    for (size_t size = 0; size < text.size; size++) {
        struct buffer cut = bytes_cut(&text, size);
        struct service_context context = context_of(&cut);
        assert_null(giop_context_text(&context, &length));
        buffer_release(&cut);
    }
    buffer_release(&codesets);
    buffer_release(&text);
}

static void a_byte_order_that_is_none_is_no_good(void **state)
{
    uint32_t char_set;
    uint32_t wchar_set;
    struct buffer bytes = bytes_of("02 000000 01000105 09010100");
    struct service_context context = context_of(&bytes);
    (void)state;
    assert_false(giop_context_codesets(&context, &char_set, &wchar_set));
    buffer_release(&bytes);
}

static void a_context_is_found_by_its_id(void **state)
{
    struct service_contexts contexts;
    (void)state;
    contexts.count = 2;
    contexts.list[0] = (struct service_context){.id = 5};
    contexts.list[1] = (struct service_context){.id = CONTEXT_CODE_SETS};
    assert_ptr_equal(giop_context_find(&contexts, CONTEXT_CODE_SETS), &contexts.list[1]);
    assert_null(giop_context_find(&contexts, CONTEXT_TRACEPARENT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(code_sets_are_read_in_either_byte_order),
        cmocka_unit_test(code_sets_are_written),
        cmocka_unit_test(a_text_is_read_and_written),
        cmocka_unit_test(a_context_that_was_cut_off_is_no_good),
        cmocka_unit_test(a_byte_order_that_is_none_is_no_good),
        cmocka_unit_test(a_context_is_found_by_its_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
