/* Messages that are cut off, damaged, or lie about themselves: each gives an exception or values
 * that lie within it, never more than its bytes bear out. */
#include "bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* One good message of each type that has a header of its own, in each version that differs; without
 * bodies, so that every byte is needed. */
static const char *const messages[] = {
    "47494f50 01000100 30000000 01000000 05000000 02000000 aabb0000 07000000 01000000"
    "03000000 6b657900 05000000 70696e67 00000000 00000000",
    "47494f50 01010000 00000030 00000001 00000005 00000002 aabb0000 00000007 01000000"
    "00000003 6b657900 00000005 70696e67 00000000 00000000",
    "47494f50 01020100 2e000000 07000000 03000000 00000000 03000000 6b657900"
    "05000000 70696e67 00000000 01000000 05000000 02000000 aabb",
    "47494f50 01020100 44000000 07000000 03000000 01000000 00000000"
    "13000000 01010000 02000000 68000100 03000000 6b657900 05000000 70696e67 00000000 00000000",
    "47494f50 01020100 44000000 07000000 03000000 02000000 00000000 01000000 00000000 01000000"
    "00000000 13000000 01010000 02000000 68000100 03000000 6b657900 05000000 70696e67 00000000"
    "00000000",
    "47494f50 01000101 18000000 01000000 05000000 02000000 aabb0000 07000000 00000000",
    "47494f50 01020001 00000016 00000007 00000000 00000001 00000005 00000002 aabb",
    "47494f50 01000102 04000000 07000000",
    "47494f50 01010103 0b000000 07000000 03000000 6b6579",
    "47494f50 01020003 0000000f 00000007 00000000 00000003 6b6579",
    "47494f50 01020104 08000000 07000000 02000000",
};
enum { MESSAGES = sizeof(messages) / sizeof(messages[0]) };

static void assert_within(const struct buffer *bytes, const void *begin, size_t size)
{
    const char *at = begin;
    if (size > 0) {
        assert_true(at >= bytes->data);
        assert_true(size <= (size_t)(bytes->data + bytes->size - at));
    }
}

static void assert_contexts_within(const struct buffer *bytes,
                                   const struct service_contexts *contexts)
{
    assert_true(contexts->count <= GIOP_CONTEXTS_LIMIT);
    for (size_t i = 0; i < contexts->count; i++)
        assert_within(bytes, contexts->list[i].data, contexts->list[i].size);
}

static enum exception_kind read_request(const struct buffer *bytes)
{
    struct giop_request request;
    struct cdr_limits limits = cdr_limits_default();
    struct giop_message message = message_in(bytes);
    enum exception_kind failure = giop_read_request(&message, &limits, &request);
    assert_within(bytes, request.key, request.key_size);
    assert_contexts_within(bytes, &request.contexts);
    if (failure == EXCEPTION_NONE)
        assert_within(bytes, request.operation, request.operation_length);
    return failure;
}

static enum exception_kind read_reply(const struct buffer *bytes)
{
    struct giop_reply reply;
    struct cdr_limits limits = cdr_limits_default();
    struct giop_message message = message_in(bytes);
    enum exception_kind failure = giop_read_reply(&message, &limits, &reply);
    assert_contexts_within(bytes, &reply.contexts);
    return failure;
}

static enum exception_kind read_rest(const struct buffer *bytes)
{
    struct giop_locate_request request;
    struct giop_locate_reply reply;
    uint32_t id;
    struct cdr_limits limits = cdr_limits_default();
    struct giop_message message = message_in(bytes);
    enum exception_kind failure = EXCEPTION_NONE;
    if (message.type == GIOP_LOCATE_REQUEST) {
        failure = giop_read_locate_request(&message, &limits, &request);
        assert_within(bytes, request.key, request.key_size);
    } else if (message.type == GIOP_LOCATE_REPLY) {
        failure = giop_read_locate_reply(&message, &limits, &reply);
    } else if (message.type == GIOP_CANCEL_REQUEST) {
        failure = giop_read_cancel(&message, &id) ? EXCEPTION_NONE : EXCEPTION_MARSHAL;
    }
    return failure;
}

static enum exception_kind read_any(const struct buffer *bytes)
{
    switch (bytes->data[7]) {
    case GIOP_REQUEST: return read_request(bytes);
    case GIOP_REPLY: return read_reply(bytes);
    default: return read_rest(bytes);
    }
}

static void every_message_is_good_as_it_is(void **state)
{
    (void)state;
    for (size_t i = 0; i < MESSAGES; i++) {
        struct buffer bytes = bytes_of(messages[i]);
        assert_int_equal(read_any(&bytes), EXCEPTION_NONE);
        buffer_release(&bytes);
    }
}

static void a_message_that_is_cut_off_anywhere_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < MESSAGES; i++) {
        struct buffer bytes = bytes_of(messages[i]);
        for (size_t size = GIOP_HEADER_SIZE; size < bytes.size; size++) {
            struct buffer cut = bytes_cut(&bytes, size);
            assert_int_not_equal(read_any(&cut), EXCEPTION_NONE);
            buffer_release(&cut);
        }
        buffer_release(&bytes);
    }
}

/* What comes out is checked in read_any: nothing that is handed out lies outside of the message. */
static void a_damaged_byte_does_no_harm(void **state)
{
    static const uint8_t flips[] = {0x01, 0x02, 0x04, 0x80, 0xff};
    size_t refused = 0;
    (void)state;
    for (size_t i = 0; i < MESSAGES; i++) {
        struct buffer bytes = bytes_of(messages[i]);
        for (size_t at = GIOP_HEADER_SIZE; at < bytes.size; at++) {
            for (size_t flip = 0; flip < sizeof(flips); flip++) {
                bytes.data[at] = (char)(bytes.data[at] ^ flips[flip]);
                refused += read_any(&bytes) != EXCEPTION_NONE;
                bytes.data[at] = (char)(bytes.data[at] ^ flips[flip]);
            }
        }
        assert_int_equal(read_any(&bytes), EXCEPTION_NONE);
        buffer_release(&bytes);
    }
    assert_true(refused > 100);
}

static void assert_refused_with(const char *hex, enum exception_kind kind)
{
    struct buffer bytes = bytes_of(hex);
    assert_int_equal(read_any(&bytes), kind);
    buffer_release(&bytes);
}

static void a_count_of_contexts_beyond_the_bytes_is_refused(void **state)
{
    (void)state;
    assert_refused_with("47494f50 01000100 10000000 ffffffff 00000000 00000000 00000000",
                        EXCEPTION_MARSHAL);
    assert_refused_with("47494f50 01020101 10000000 07000000 00000000 ffffffff 00000000",
                        EXCEPTION_MARSHAL);
    /* three announced, two could be there */
    assert_refused_with("47494f50 01020101 1c000000 07000000 00000000 03000000 01000000 00000000"
                        "01000000 00000000",
                        EXCEPTION_MARSHAL);
}

static void lengths_beyond_the_end_are_refused(void **state)
{
    (void)state;
    /* of a key */
    assert_refused_with("47494f50 01020103 0f000000 07000000 00000000 04000000 6b6579",
                        EXCEPTION_MARSHAL);
    assert_refused_with("47494f50 01020103 0f000000 07000000 00000000 ffffffff 6b6579",
                        EXCEPTION_MARSHAL);
    /* of a context */
    assert_refused_with(
        "47494f50 01020101 16000000 07000000 00000000 01000000 05000000 fffffff0 aabb",
        EXCEPTION_MARSHAL);
    /* of an operation */
    assert_refused_with("47494f50 01020100 20000000 07000000 03000000 00000000 03000000 6b657900"
                        "f0ffffff 70696e67 00000000",
                        EXCEPTION_MARSHAL);
}

static void an_operation_that_does_not_end_is_refused(void **state)
{
    (void)state;
    assert_refused_with("47494f50 01020100 20000000 07000000 03000000 00000000 03000000 6b657900"
                        "04000000 70696e67 00000000",
                        EXCEPTION_MARSHAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_message_is_good_as_it_is),
        cmocka_unit_test(a_message_that_is_cut_off_anywhere_is_refused),
        cmocka_unit_test(a_damaged_byte_does_no_harm),
        cmocka_unit_test(a_count_of_contexts_beyond_the_bytes_is_refused),
        cmocka_unit_test(lengths_beyond_the_end_are_refused),
        cmocka_unit_test(an_operation_that_does_not_end_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
