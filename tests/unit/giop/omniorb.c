/* What omniORB 4.2 sends, byte for byte, as it was seen on a wire. */
#include "bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct cdr_limits *limits(void)
{
    static struct cdr_limits defaults;
    defaults = cdr_limits_default();
    return &defaults;
}

/* long add(in long a, in double b), called with 3 and 4.0 in each version. Its padding is not
 * always zeros. */
static const char *const adds[] = {
    "47494f50010001003c000000000000000400000001a362030e000000fea362036b00004f9200000000003a00"
    "04000000616464000000000003000000000001000000000000001040",
    "47494f50010101003c000000000000000400000001a462030e000000fea462036b00004f9e00000000002000"
    "04000000616464000000000003000000020000000000000000001040",
    "47494f5001020100540000000400000003000000000000000e000000fea462036b00004faa00000000000000"
    "040000006164640001000000010000000c000000010000000100010009010100000000000300000000000000"
    "0000000000001040",
};

static void a_call_is_understood_in_every_version(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct giop_request request;
        struct buffer bytes = bytes_of(adds[i]);
        struct giop_message message = message_in(&bytes);
        assert_int_equal(message.minor, i);
        assert_int_equal(giop_read_request(&message, limits(), &request), EXCEPTION_NONE);
        assert_int_equal(request.id, 4);
        assert_int_equal(request.response, GIOP_RESPONSE_TARGET);
        assert_int_equal(request.key_size, 14);
        assert_text(request.operation, request.operation_length, "add");
        assert_int_equal(cdr_read_ulong(&request.body), 3);
        assert_true(cdr_read_double(&request.body) == 4.0);
        assert_int_equal(cdr_left(&request.body), 0);
        buffer_release(&bytes);
    }
}

static void the_first_request_of_1_2_says_its_code_sets(void **state)
{
    uint32_t char_set;
    uint32_t wchar_set;
    struct giop_request request;
    struct buffer bytes = bytes_of(adds[2]);
    struct giop_message message = message_in(&bytes);
    (void)state;
    assert_int_equal(giop_read_request(&message, limits(), &request), EXCEPTION_NONE);
    const struct service_context *context = giop_context_find(&request.contexts, CONTEXT_CODE_SETS);
    assert_non_null(context);
    assert_true(giop_context_codesets(context, &char_set, &wchar_set));
    assert_int_equal(char_set, CODESET_ISO_8859_1);
    assert_int_equal(wchar_set, CODESET_UTF_16);
    buffer_release(&bytes);
}

static void a_oneway_wants_no_answer(void **state)
{
    struct giop_request request;
    struct buffer bytes =
        bytes_of("47494f50010201004e0000000400000000000000000000000e000000feb862036b00005072000000"
                 "00000000050000006e6f74650000000001000000010000000c000000010000000100010009010100"
                 "0600000068656c6c6f00");
    struct giop_message message = message_in(&bytes);
    size_t length;
    (void)state;
    assert_int_equal(giop_read_request(&message, limits(), &request), EXCEPTION_NONE);
    assert_int_equal(request.response, GIOP_RESPONSE_NONE);
    assert_text(request.operation, request.operation_length, "note");
    const char *text = cdr_read_string(&request.body, 0, NULL, &length);
    assert_text(text, length, "hello");
    buffer_release(&bytes);
}

static void its_locate_messages_are_understood_in_every_version(void **state)
{
    static const char *const texts[][2] = {
        {"47494f500100010316000000020000000e000000fea362036b00004f920000000000",
         "47494f5001000104080000000200000001000000"},
        {"47494f500101010316000000020000000e000000fea462036b00004f9e0000000000",
         "47494f5001010104080000000200000001000000"},
        {"47494f50010201031a00000002000000000017000e000000fea462036b00004faa0000000000",
         "47494f5001020104080000000200000001000000"},
    };
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct giop_locate_request request;
        struct giop_locate_reply reply;
        struct buffer asked = bytes_of(texts[i][0]);
        struct buffer answered = bytes_of(texts[i][1]);
        struct giop_message message = message_in(&asked);
        assert_int_equal(giop_read_locate_request(&message, limits(), &request), EXCEPTION_NONE);
        assert_int_equal(request.id, 2);
        assert_int_equal(request.key_size, 14);
        message = message_in(&answered);
        assert_int_equal(giop_read_locate_reply(&message, limits(), &reply), EXCEPTION_NONE);
        assert_int_equal(reply.id, 2);
        assert_int_equal(reply.status, GIOP_OBJECT_HERE);
        buffer_release(&asked);
        buffer_release(&answered);
    }
}

static void read_reply(const char *hex, struct buffer *bytes, struct giop_reply *reply)
{
    *bytes = bytes_of(hex);
    struct giop_message message = message_in(bytes);
    assert_int_equal(giop_read_reply(&message, limits(), reply), EXCEPTION_NONE);
}

static void its_results_are_understood_in_every_version(void **state)
{
    static const char *const texts[] = {
        "47494f50010001011000000000000000040000000000000007000000",
        "47494f50010101011000000000000000040000000000000007000000",
        "47494f50010201011000000004000000000000000000000007000000",
    };
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct giop_reply reply;
        struct buffer bytes;
        read_reply(texts[i], &bytes, &reply);
        assert_int_equal(reply.id, 4);
        assert_int_equal(reply.status, GIOP_NO_EXCEPTION);
        assert_int_equal(cdr_read_ulong(&reply.body), 7);
        buffer_release(&bytes);
    }
}

static void its_user_exception_is_understood(void **state)
{
    struct giop_reply reply;
    struct buffer bytes;
    size_t length;
    (void)state;
    read_reply(
        "47494f5001020101300000000400000001000000000000001200000049444c3a50726f62652f4261643a"
        "312e30000000080000006e6f20676f6f6400",
        &bytes, &reply);
    assert_int_equal(reply.status, GIOP_USER_EXCEPTION);
    const char *id = cdr_read_identifier(&reply.body, &length);
    assert_text(id, length, "IDL:Probe/Bad:1.0");
    const char *why = cdr_read_string(&reply.body, 0, NULL, &length);
    assert_text(why, length, "no good");
    buffer_release(&bytes);
}

static void its_system_exception_is_understood(void **state)
{
    struct giop_reply reply;
    struct buffer bytes;
    (void)state;
    read_reply(
        "47494f5001020101380000000400000002000000000000002000000049444c3a6f6d672e6f72672f434f52"
        "42412f4241445f504152414d3a312e30000700000001000000",
        &bytes, &reply);
    assert_int_equal(reply.status, GIOP_SYSTEM_EXCEPTION);
    struct system_exception exception = giop_read_exception(&reply.body);
    assert_int_equal(exception.kind, EXCEPTION_BAD_PARAM);
    assert_int_equal(exception.minor, 7);
    assert_int_equal(exception.completed, COMPLETED_NO);
    buffer_release(&bytes);
}

/* From omniMapper: the reference of a corbaloc that it was told of. */
static void its_forward_is_understood(void **state)
{
    struct giop_reply reply;
    struct buffer bytes;
    (void)state;
    read_reply("47494f50010201013b00000007000000030000000000000001000000006f6f00"
               "01000000000000001b000000010100000a0000003132372e302e302e3100"
               "0f2703000000426172",
               &bytes, &reply);
    assert_int_equal(reply.status, GIOP_LOCATION_FORWARD);
    struct ior *to = ior_read(&reply.body);
    assert_non_null(to);
    assert_string_equal(to->profiles[0].endpoints[0].host, "127.0.0.1");
    assert_int_equal(to->profiles[0].endpoints[0].port, 9999);
    assert_text((const char *)to->profiles[0].key, to->profiles[0].key_size, "Bar");
    ior_release(&to);
    buffer_release(&bytes);
}

static const char reference[] =
    "IOR:010000001000000049444c3a50726f62652f503a312e300001000000000000006000000001010200"
    "0a0000003132372e302e302e310089c90e000000feb762036b0000505a00000000000000020000000000"
    "0000080000000100000000545441010000001c0000000100000001000100010000000100010509010100"
    "0100000009010100";

static void its_reference_is_understood(void **state)
{
    struct ior *ior;
    struct fault fault;
    struct buffer text = {0};
    (void)state;
    assert_int_equal(ior_parse(reference, strlen(reference), &ior, &fault), STATUS_OK);
    assert_string_equal(ior->type_id, "IDL:Probe/P:1.0");
    const struct profile *profile = ior_iiop(ior);
    assert_non_null(profile);
    assert_int_equal(profile->minor, 2);
    assert_int_equal(profile->endpoint_count, 1);
    assert_int_equal(profile->endpoints[0].port, 0xc989);
    assert_int_equal(profile->key_size, 14);
    assert_true(profile->has_codesets);
    assert_int_equal(profile->codesets.chars.native, CODESET_ISO_8859_1);
    assert_int_equal(profile->codesets.chars.conversions[0], CODESET_UTF_8);
    assert_int_equal(profile->codesets.wchars.native, CODESET_UTF_16);
    ior_format(ior, &text);
    assert_text(text.data, text.size, reference);
    buffer_release(&text);
    ior_release(&ior);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_is_understood_in_every_version),
        cmocka_unit_test(the_first_request_of_1_2_says_its_code_sets),
        cmocka_unit_test(a_oneway_wants_no_answer),
        cmocka_unit_test(its_locate_messages_are_understood_in_every_version),
        cmocka_unit_test(its_results_are_understood_in_every_version),
        cmocka_unit_test(its_user_exception_is_understood),
        cmocka_unit_test(its_system_exception_is_understood),
        cmocka_unit_test(its_forward_is_understood),
        cmocka_unit_test(its_reference_is_understood),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
