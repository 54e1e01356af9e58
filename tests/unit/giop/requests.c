/* Headers of Request, LocateRequest and CancelRequest, in each version and byte order. */
#include "bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* One request: id 7, with a reply, key "key", operation "ping", a context 5 of the bytes aa bb, and
 * an unsigned long 42 as its body. */
static const char *const requests[] = {
    /* 1.0, big: contexts, id, response_expected, key, operation, principal, body */
    "47494f50 01000000 00000034  00000001 00000005 00000002 aabb0000  00000007 01000000"
    "00000003 6b657900 00000005 70696e67 00000000 00000000 0000002a",
    "47494f50 01000100 34000000  01000000 05000000 02000000 aabb0000  07000000 01000000"
    "03000000 6b657900 05000000 70696e67 00000000 00000000 2a000000",
    /* 1.1: three reserved bytes stand where 1.0 has padding */
    "47494f50 01010000 00000034  00000001 00000005 00000002 aabb0000  00000007 01000000"
    "00000003 6b657900 00000005 70696e67 00000000 00000000 0000002a",
    "47494f50 01010100 34000000  01000000 05000000 02000000 aabb0000  07000000 01000000"
    "03000000 6b657900 05000000 70696e67 00000000 00000000 2a000000",
    /* 1.2: id, flags and 3 reserved, KeyAddr and its key, operation, contexts, padding, body */
    "47494f50 01020000 00000038  00000007 03000000 00000000 00000003 6b657900"
    "00000005 70696e67 00000000  00000001 00000005 00000002 aabb0000 00000000 0000002a",
    "47494f50 01020100 38000000  07000000 03000000 00000000 03000000 6b657900"
    "05000000 70696e67 00000000  01000000 05000000 02000000 aabb0000 00000000 2a000000",
};
enum { REQUESTS = sizeof(requests) / sizeof(requests[0]) };

static void assert_is_the_request(const char *hex)
{
    struct giop_request request;
    struct cdr_limits limits = cdr_limits_default();
    struct buffer bytes = bytes_of(hex);
    struct giop_message message = message_in(&bytes);
    assert_int_equal(giop_read_request(&message, &limits, &request), EXCEPTION_NONE);
    assert_int_equal(request.id, 7);
    assert_int_equal(request.response, GIOP_RESPONSE_TARGET);
    assert_text((const char *)request.key, request.key_size, "key");
    assert_text(request.operation, request.operation_length, "ping");
    assert_int_equal(request.contexts.count, 1);
    assert_int_equal(request.contexts.list[0].id, 5);
    assert_int_equal(request.contexts.list[0].size, 2);
    assert_memory_equal(request.contexts.list[0].data, "\xaa\xbb", 2);
    assert_int_equal(cdr_read_ulong(&request.body), 42);
    assert_int_equal(cdr_left(&request.body), 0);
    assert_true(cdr_ok(&request.body));
    assert_int_equal(request.body.minor, message.minor);
    buffer_release(&bytes);
}

static void a_request_is_read_in_every_version_and_byte_order(void **state)
{
    (void)state;
    for (size_t i = 0; i < REQUESTS; i++)
        assert_is_the_request(requests[i]);
}

/* ---- how the object is named ---- */

static enum exception_kind read_key(const char *hex, char *key)
{
    struct giop_request request;
    struct cdr_limits limits = cdr_limits_default();
    struct buffer bytes = bytes_of(hex);
    struct giop_message message = message_in(&bytes);
    enum exception_kind failure = giop_read_request(&message, &limits, &request);
    memcpy(key, request.key ? (const char *)request.key : "", request.key_size);
    key[request.key_size] = '\0';
    buffer_release(&bytes);
    return failure;
}

/* The end of a request: operation "ping", no contexts. The profiles are of IIOP 1.0: host "h",
 * port 1. */
#define TAIL "05000000 70696e67 00000000 00000000"

static void a_key_may_come_in_a_profile(void **state)
{
    char key[32];
    (void)state;
    /* disposition 1, tag 0, the profile */
    assert_int_equal(read_key("47494f50 01020100 44000000 07000000 03000000 0100 0000 00000000"
                              "13000000 01010000 02000000 68000100 03000000 6b6579 00" TAIL,
                              key),
                     EXCEPTION_NONE);
    assert_string_equal(key, "key");
}

static void a_key_may_come_in_the_selected_profile_of_a_reference(void **state)
{
    char key[32];
    (void)state;
    /* disposition 2, index 1, type id "", three profiles, of which the first is no IIOP */
    assert_int_equal(
        read_key("47494f50 01020100 00000000 07000000 03000000 0200 0000 01000000"
                 "01000000 00000000 02000000"
                 "63000000 02000000 ffff0000"
                 "00000000 13000000 01010000 02000000 68000100 03000000 616263 00" TAIL,
                 key),
        EXCEPTION_NONE);
    assert_string_equal(key, "abc");
}

static void an_address_without_a_profile_that_we_know_is_a_bad_reference(void **state)
{
    char key[32];
    (void)state;
    /* a profile of tag 99 */
    assert_int_equal(read_key("47494f50 01020100 00000000 07000000 03000000 0100 0000 63000000"
                              "02000000 ffff0000" TAIL,
                              key),
                     EXCEPTION_INV_OBJREF);
    /* the first of two profiles, which is of tag 99 */
    assert_int_equal(
        read_key("47494f50 01020100 00000000 07000000 03000000 0200 0000 00000000"
                 "01000000 00000000 02000000"
                 "63000000 02000000 ffff0000"
                 "00000000 13000000 01010000 02000000 68000100 03000000 616263 00" TAIL,
                 key),
        EXCEPTION_INV_OBJREF);
    /* a profile beyond the last */
    assert_int_equal(
        read_key("47494f50 01020100 00000000 07000000 03000000 0200 0000 02000000"
                 "01000000 00000000 01000000"
                 "00000000 13000000 01010000 02000000 68000100 03000000 616263 00" TAIL,
                 key),
        EXCEPTION_INV_OBJREF);
}

static void an_address_of_a_fourth_kind_is_refused(void **state)
{
    char key[32];
    (void)state;
    assert_int_equal(read_key("47494f50 01020100 00000000 07000000 03000000 0300 0000 03000000"
                              "6b657900" TAIL,
                              key),
                     EXCEPTION_MARSHAL);
}

static void a_reference_with_too_many_profiles_is_beyond_a_limit(void **state)
{
    char key[32];
    char *hex = repeated("47494f50 01020100 00000000 07000000 03000000 0200 0000 00000000"
                         "01000000 00000000 11000000",
                         17, "63000000 00000000", "");
    (void)state;
    assert_int_equal(read_key(hex, key), EXCEPTION_IMP_LIMIT);
    free(hex);
}

/* ---- whom to answer ---- */

static void response_flags_say_who_answers(void **state)
{
    static const struct {
        uint8_t flags;
        enum giop_response response;
    } known[] = {{0, GIOP_RESPONSE_NONE}, {1, GIOP_RESPONSE_SERVER}, {3, GIOP_RESPONSE_TARGET}};
    struct giop_request request;
    struct cdr_limits limits = cdr_limits_default();
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct buffer bytes = bytes_of(requests[5]);
        bytes.data[16] = (char)known[i].flags;
        struct giop_message message = message_in(&bytes);
        assert_int_equal(giop_read_request(&message, &limits, &request), EXCEPTION_NONE);
        assert_int_equal(request.response, known[i].response);
        buffer_release(&bytes);
    }
}

/* Contexts stand in front of the id before 1.2: it is to be known all the same. */
static void a_request_with_too_many_contexts_still_tells_whom_to_answer(void **state)
{
    struct giop_request request;
    struct cdr_limits limits = cdr_limits_default();
    char *hex = repeated("47494f50 01000100 00000000 21000000", 33, "05000000 00000000",
                         "07000000 01000000 03000000 6b657900 05000000 70696e67 00000000 00000000");
    (void)state;
    struct buffer bytes = bytes_of(hex);
    struct giop_message message = message_in(&bytes);
    assert_int_equal(giop_read_request(&message, &limits, &request), EXCEPTION_IMP_LIMIT);
    assert_int_equal(request.id, 7);
    assert_int_equal(request.response, GIOP_RESPONSE_TARGET);
    assert_text(request.operation, request.operation_length, "ping");
    assert_int_equal(request.contexts.count, GIOP_CONTEXTS_LIMIT);
    buffer_release(&bytes);
    free(hex);
}

static void fewer_contexts_may_be_allowed(void **state)
{
    struct giop_request request;
    struct cdr_limits limits = cdr_limits_default();
    struct buffer bytes = bytes_of(requests[5]); /* with one */
    struct giop_message message = message_in(&bytes);
    (void)state;
    limits.contexts = 1;
    assert_int_equal(giop_read_request(&message, &limits, &request), EXCEPTION_NONE);
    limits.contexts = 0;
    assert_int_equal(giop_read_request(&message, &limits, &request), EXCEPTION_IMP_LIMIT);
    assert_int_equal(request.contexts.count, 0);
    buffer_release(&bytes);
}

static void padding_in_front_of_no_body_is_no_body(void **state)
{
    struct giop_request request;
    struct cdr_limits limits = cdr_limits_default();
    struct buffer bytes = bytes_of(requests[5]);
    (void)state;
    bytes.size -= 4; /* the body; its padding stays */
    for (size_t pad = 0; pad < 7; pad++) {
        struct giop_message message = message_in(&bytes);
        assert_int_equal(giop_read_request(&message, &limits, &request), EXCEPTION_NONE);
        assert_int_equal(cdr_left(&request.body), 0);
        bytes.size -= pad < 6;
    }
    buffer_release(&bytes);
}

/* ---- writing ---- */

static struct giop_request_head the_head(uint8_t minor, const struct service_contexts *contexts)
{
    return (struct giop_request_head){
        .minor = minor,
        .id = 7,
        .response = GIOP_RESPONSE_TARGET,
        .address = GIOP_KEY_ADDR,
        .key = (const uint8_t *)"key",
        .key_size = 3,
        .operation = "ping",
        .operation_length = 4,
        .contexts = contexts,
    };
}

static struct buffer write_the_request(uint8_t minor, size_t body_size)
{
    static const uint32_t body = 42;
    struct service_contexts contexts;
    struct buffer out = {0};
    contexts.count = 1;
    contexts.list[0] =
        (struct service_context){.id = 5, .data = (const uint8_t *)"\xaa\xbb", .size = 2};
    struct giop_request_head head = the_head(minor, &contexts);
    giop_write_request(&out, &head, &body, body_size, 0);
    return out;
}

static void a_request_of_1_2_is_written_byte_for_byte(void **state)
{
    struct buffer out = write_the_request(2, 4);
    (void)state;
    assert_bytes(&out, requests[we_are_little() ? 5 : 4]);
    buffer_release(&out);
}

/* The principal is 4 bytes long, so that the body begins at 64. */
static void a_body_begins_on_a_multiple_of_8_in_every_version(void **state)
{
    (void)state;
    for (uint8_t minor = 0; minor < 2; minor++) {
        struct buffer out = write_the_request(minor, 4);
        struct buffer like = bytes_of(requests[we_are_little() ? 1 : 0]);
        assert_int_equal(out.size, 68);
        assert_int_equal(out.data[5], minor);
        assert_memory_equal(out.data + 12, like.data + 12, 44);
        assert_int_equal(we_are_little() ? out.data[56] : out.data[59], 4);
        assert_int_equal(we_are_little() ? out.data[64] : out.data[67], 42);
        buffer_release(&like);
        buffer_release(&out);
    }
}

static void what_is_written_reads_back(void **state)
{
    (void)state;
    for (uint8_t minor = 0; minor <= 2; minor++) {
        struct giop_request request;
        struct cdr_limits limits = cdr_limits_default();
        struct buffer out = write_the_request(minor, 4);
        struct giop_message message = message_in(&out);
        assert_int_equal(giop_read_request(&message, &limits, &request), EXCEPTION_NONE);
        assert_int_equal(request.id, 7);
        assert_text(request.operation, request.operation_length, "ping");
        assert_int_equal(request.contexts.count, 1);
        assert_int_equal(request.body.position % 8, 0);
        assert_int_equal(cdr_read_ulong(&request.body), 42);
        buffer_release(&out);
    }
}

static void a_request_without_a_body_ends_with_its_header(void **state)
{
    struct buffer old = write_the_request(0, 0);
    struct buffer new = write_the_request(2, 0);
    (void)state;
    assert_int_equal(old.size, 60);
    assert_int_equal(new.size, 58);
    assert_int_equal(we_are_little() ? new.data[8] : new.data[11], 46);
    buffer_release(&old);
    buffer_release(&new);
}

static void a_request_goes_behind_what_waits_already(void **state)
{
    struct buffer out = {0};
    struct giop_request_head head = the_head(2, NULL);
    (void)state;
    buffer_append_text(&out, "abc");
    giop_write_request(&out, &head, "x", 1, 0);
    assert_memory_equal(out.data, "abcGIOP", 7);
    assert_int_equal((out.size - 3 - 1) % 8, 0); /* alignment counts from the message */
    buffer_release(&out);
}

static void a_oneway_asks_for_no_reply(void **state)
{
    (void)state;
    for (uint8_t minor = 0; minor <= 2; minor++) {
        struct giop_request request;
        struct cdr_limits limits = cdr_limits_default();
        struct buffer out = {0};
        struct giop_request_head head = the_head(minor, NULL);
        head.response = GIOP_RESPONSE_NONE;
        giop_write_request(&out, &head, NULL, 0, 0);
        struct giop_message message = message_in(&out);
        assert_int_equal(giop_read_request(&message, &limits, &request), EXCEPTION_NONE);
        assert_int_equal(request.response, GIOP_RESPONSE_NONE);
        buffer_release(&out);
    }
}

static void assert_addressed(enum giop_address address, uint8_t minor, uint8_t disposition)
{
    struct giop_request request;
    struct cdr_limits limits = cdr_limits_default();
    struct buffer out = {0};
    struct ior *target = ior_new("IDL:X:1.0", "h", 1, "key", 3);
    struct giop_request_head head = the_head(minor, NULL);
    head.address = address;
    head.target = target;
    giop_write_request(&out, &head, NULL, 0, 0);
    struct giop_message message = message_in(&out);
    if (minor == 2)
        assert_int_equal(we_are_little() ? out.data[20] : out.data[21], disposition);
    assert_int_equal(giop_read_request(&message, &limits, &request), EXCEPTION_NONE);
    assert_text((const char *)request.key, request.key_size, "key");
    ior_release(&target);
    buffer_release(&out);
}

static void an_object_is_named_as_asked_for_in_1_2_and_by_its_key_before(void **state)
{
    (void)state;
    for (uint8_t minor = 0; minor <= 2; minor++) {
        assert_addressed(GIOP_KEY_ADDR, minor, 0);
        assert_addressed(GIOP_PROFILE_ADDR, minor, 1);
        assert_addressed(GIOP_REFERENCE_ADDR, minor, 2);
    }
}

/* ---- locate and cancel ---- */

static const char *const locates[] = {
    "47494f50 01000003 0000000b 00000007 00000003 6b6579",
    "47494f50 01000103 0b000000 07000000 03000000 6b6579",
    "47494f50 01010003 0000000b 00000007 00000003 6b6579",
    "47494f50 01010103 0b000000 07000000 03000000 6b6579",
    "47494f50 01020003 0000000f 00000007 00000000 00000003 6b6579",
    "47494f50 01020103 0f000000 07000000 00000000 03000000 6b6579",
};

static void a_locate_request_is_read_and_written_in_every_version(void **state)
{
    (void)state;
    for (size_t i = 0; i < 6; i++) {
        struct giop_locate_request request;
        struct cdr_limits limits = cdr_limits_default();
        struct buffer out = {0};
        struct buffer bytes = bytes_of(locates[i]);
        struct giop_message message = message_in(&bytes);
        assert_int_equal(giop_read_locate_request(&message, &limits, &request), EXCEPTION_NONE);
        assert_int_equal(request.id, 7);
        assert_text((const char *)request.key, request.key_size, "key");
        giop_write_locate_request(&out, message.minor, 7, (const uint8_t *)"key", 3);
        assert_bytes(&out, locates[(i & ~1U) + we_are_little()]);
        buffer_release(&out);
        buffer_release(&bytes);
    }
}

static void a_cancel_request_is_read_and_written(void **state)
{
    uint32_t id;
    struct buffer out = {0};
    struct buffer big = bytes_of("47494f50 01000002 00000004 00000007");
    struct giop_message message = message_in(&big);
    (void)state;
    assert_true(giop_read_cancel(&message, &id));
    assert_int_equal(id, 7);
    message.size = 15;
    assert_false(giop_read_cancel(&message, &id));
    giop_write_cancel(&out, 1, 7);
    assert_bytes(&out, we_are_little() ? "47494f50 01010102 04000000 07000000"
                                       : "47494f50 01010002 00000004 00000007");
    buffer_release(&out);
    buffer_release(&big);
}

static void a_message_may_be_nothing_but_a_header(void **state)
{
    struct buffer out = {0};
    (void)state;
    giop_write_bare(&out, 0, GIOP_CLOSE_CONNECTION);
    giop_write_bare(&out, 2, GIOP_MESSAGE_ERROR);
    assert_bytes(&out, we_are_little() ? "47494f50 01000105 00000000 47494f50 01020106 00000000"
                                       : "47494f50 01000005 00000000 47494f50 01020006 00000000");
    buffer_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_read_in_every_version_and_byte_order),
        cmocka_unit_test(a_key_may_come_in_a_profile),
        cmocka_unit_test(a_key_may_come_in_the_selected_profile_of_a_reference),
        cmocka_unit_test(an_address_without_a_profile_that_we_know_is_a_bad_reference),
        cmocka_unit_test(an_address_of_a_fourth_kind_is_refused),
        cmocka_unit_test(a_reference_with_too_many_profiles_is_beyond_a_limit),
        cmocka_unit_test(response_flags_say_who_answers),
        cmocka_unit_test(a_request_with_too_many_contexts_still_tells_whom_to_answer),
        cmocka_unit_test(fewer_contexts_may_be_allowed),
        cmocka_unit_test(padding_in_front_of_no_body_is_no_body),
        cmocka_unit_test(a_request_of_1_2_is_written_byte_for_byte),
        cmocka_unit_test(a_body_begins_on_a_multiple_of_8_in_every_version),
        cmocka_unit_test(what_is_written_reads_back),
        cmocka_unit_test(a_request_without_a_body_ends_with_its_header),
        cmocka_unit_test(a_request_goes_behind_what_waits_already),
        cmocka_unit_test(a_oneway_asks_for_no_reply),
        cmocka_unit_test(an_object_is_named_as_asked_for_in_1_2_and_by_its_key_before),
        cmocka_unit_test(a_locate_request_is_read_and_written_in_every_version),
        cmocka_unit_test(a_cancel_request_is_read_and_written),
        cmocka_unit_test(a_message_may_be_nothing_but_a_header),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
