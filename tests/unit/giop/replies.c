/* Headers of Reply and LocateReply in each version and byte order, and system exceptions. */
#include "bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* One reply: id 7, no exception, a context 5 of the bytes aa bb, an unsigned long 42. */
static const char *const replies[] = {
    "47494f50 01000001 0000001c  00000001 00000005 00000002 aabb0000  00000007 00000000 0000002a",
    "47494f50 01000101 1c000000  01000000 05000000 02000000 aabb0000  07000000 00000000 2a000000",
    "47494f50 01010001 0000001c  00000001 00000005 00000002 aabb0000  00000007 00000000 0000002a",
    "47494f50 01010101 1c000000  01000000 05000000 02000000 aabb0000  07000000 00000000 2a000000",
    "47494f50 01020001 00000020  00000007 00000000  00000001 00000005 00000002 aabb0000 00000000"
    "0000002a",
    "47494f50 01020101 20000000  07000000 00000000  01000000 05000000 02000000 aabb0000 00000000"
    "2a000000",
};
enum { REPLIES = sizeof(replies) / sizeof(replies[0]) };

static void a_reply_is_read_in_every_version_and_byte_order(void **state)
{
    (void)state;
    for (size_t i = 0; i < REPLIES; i++) {
        struct giop_reply reply;
        struct cdr_limits limits = cdr_limits_default();
        struct buffer bytes = bytes_of(replies[i]);
        struct giop_message message = message_in(&bytes);
        assert_int_equal(giop_read_reply(&message, &limits, &reply), EXCEPTION_NONE);
        assert_int_equal(reply.id, 7);
        assert_int_equal(reply.status, GIOP_NO_EXCEPTION);
        assert_int_equal(reply.contexts.count, 1);
        assert_int_equal(reply.contexts.list[0].id, 5);
        assert_int_equal(cdr_read_ulong(&reply.body), 42);
        assert_int_equal(cdr_left(&reply.body), 0);
        buffer_release(&bytes);
    }
}

static void a_reply_is_written_byte_for_byte_in_every_version(void **state)
{
    struct service_contexts contexts;
    (void)state;
    contexts.count = 1;
    contexts.list[0] =
        (struct service_context){.id = 5, .data = (const uint8_t *)"\xaa\xbb", .size = 2};
    for (uint8_t minor = 0; minor <= 2; minor++) {
        struct buffer out = {0};
        struct cdr_writer w = giop_open_reply(&out, minor, 7, GIOP_NO_EXCEPTION, &contexts);
        cdr_write_ulong(&w, 42);
        giop_close(&w, 0);
        assert_bytes(&out, replies[2 * minor + we_are_little()]);
        buffer_release(&out);
    }
}

static void a_reply_without_a_body_ends_with_its_header(void **state)
{
    static const uint8_t two[2] = {0xaa, 0xbb};
    struct service_contexts contexts;
    struct buffer out = {0};
    (void)state;
    contexts.count = 1;
    contexts.list[0] = (struct service_context){.id = 5, .data = two, .size = sizeof(two)};
    buffer_append_text(&out, "abc");
    struct cdr_writer w = giop_open_reply(&out, 2, 7, GIOP_NO_EXCEPTION, &contexts);
    assert_int_equal(out.size, 3 + 40);
    giop_close(&w, 0);
    assert_int_equal(out.size, 3 + 34);
    assert_int_equal(out.data[3 + (we_are_little() ? 8 : 11)], 34 - 12);
    buffer_release(&out);
}

static void a_reply_may_be_abandoned(void **state)
{
    struct buffer out = {0};
    (void)state;
    buffer_append_text(&out, "abc");
    struct cdr_writer w = giop_open_reply(&out, 1, 7, GIOP_USER_EXCEPTION, NULL);
    cdr_write_ulonglong(&w, 1);
    giop_abandon(&w);
    assert_int_equal(out.size, 3);
    buffer_release(&out);
}

/* The place of the status in a reply without contexts. */
static uint32_t status_in(const struct buffer *out, size_t at)
{
    uint32_t status;
    memcpy(&status, out->data + at, sizeof(status));
    return status;
}

static void versions_before_1_2_get_a_plain_forward(void **state)
{
    (void)state;
    for (uint8_t minor = 0; minor <= 2; minor++) {
        struct buffer out = {0};
        struct cdr_writer w = giop_open_reply(&out, minor, 7, GIOP_LOCATION_FORWARD_PERM, NULL);
        giop_close(&w, 0);
        assert_int_equal(status_in(&out, minor < 2 ? 20 : 16),
                         minor < 2 ? GIOP_LOCATION_FORWARD : GIOP_LOCATION_FORWARD_PERM);
        buffer_clear(&out);
        w = giop_open_locate_reply(&out, minor, 7, GIOP_OBJECT_FORWARD_PERM);
        giop_close(&w, 0);
        assert_int_equal(status_in(&out, 16),
                         minor < 2 ? GIOP_OBJECT_FORWARD : GIOP_OBJECT_FORWARD_PERM);
        buffer_release(&out);
    }
}

static enum exception_kind read_status(uint8_t minor, enum giop_type type, uint8_t status)
{
    struct giop_reply reply;
    struct giop_locate_reply located;
    struct cdr_limits limits = cdr_limits_default();
    struct buffer bytes = bytes_of("47494f50 01000100 00000000 00000000 00000000 00000000");
    bytes.data[5] = (char)minor;
    bytes.data[type == GIOP_REPLY && minor < 2 ? 20 : 16] = (char)status;
    struct giop_message message = message_in(&bytes);
    enum exception_kind failure = type == GIOP_REPLY
                                      ? giop_read_reply(&message, &limits, &reply)
                                      : giop_read_locate_reply(&message, &limits, &located);
    buffer_release(&bytes);
    return failure;
}

static void a_status_that_the_version_does_not_know_is_refused(void **state)
{
    (void)state;
    for (uint8_t minor = 0; minor <= 2; minor++) {
        uint8_t most = minor < 2 ? GIOP_LOCATION_FORWARD : GIOP_NEEDS_ADDRESSING_MODE;
        uint8_t most_located = minor < 2 ? GIOP_OBJECT_FORWARD : GIOP_LOC_NEEDS_ADDRESSING_MODE;
        assert_int_equal(read_status(minor, GIOP_REPLY, most), EXCEPTION_NONE);
        assert_int_equal(read_status(minor, GIOP_REPLY, most + 1), EXCEPTION_MARSHAL);
        assert_int_equal(read_status(minor, GIOP_LOCATE_REPLY, most_located), EXCEPTION_NONE);
        assert_int_equal(read_status(minor, GIOP_LOCATE_REPLY, most_located + 1),
                         EXCEPTION_MARSHAL);
    }
}

/* ---- LocateReply ---- */

static const char *const located[] = {
    "47494f50 01020004 0000000c 00000007 00000002 0000002a",
    "47494f50 01020104 0c000000 07000000 02000000 2a000000",
};

/* In 1.2, too: 9.4.6.2 has no padding in front of it. */
static void the_body_of_a_locate_reply_follows_at_once(void **state)
{
    struct buffer out = {0};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct giop_locate_reply reply;
        struct cdr_limits limits = cdr_limits_default();
        struct buffer bytes = bytes_of(located[i]);
        struct giop_message message = message_in(&bytes);
        assert_int_equal(giop_read_locate_reply(&message, &limits, &reply), EXCEPTION_NONE);
        assert_int_equal(reply.id, 7);
        assert_int_equal(reply.status, GIOP_OBJECT_FORWARD);
        assert_int_equal(cdr_read_ulong(&reply.body), 42);
        buffer_release(&bytes);
    }
    struct cdr_writer w = giop_open_locate_reply(&out, 2, 7, GIOP_OBJECT_FORWARD);
    cdr_write_ulong(&w, 42);
    giop_close(&w, 0);
    assert_bytes(&out, located[we_are_little()]);
    buffer_release(&out);
}

/* ---- system exceptions ---- */

static struct cdr_reader reader_of(const struct buffer *bytes)
{
    return cdr_reader_of(bytes->data, bytes->size, we_are_little(), NULL);
}

static void a_system_exception_is_written_and_read(void **state)
{
    const struct system_exception exception = {EXCEPTION_BAD_PARAM, 7, COMPLETED_MAYBE};
    struct buffer out = {0};
    struct cdr_writer w = {.out = &out};
    (void)state;
    giop_write_exception(&w, &exception);
    struct cdr_reader r = reader_of(&out);
    struct system_exception read = giop_read_exception(&r);
    assert_true(cdr_ok(&r));
    assert_int_equal(read.kind, EXCEPTION_BAD_PARAM);
    assert_int_equal(read.minor, 7);
    assert_int_equal(read.completed, COMPLETED_MAYBE);
    buffer_release(&out);
}

static void write_exception(struct buffer *out, const char *id, uint32_t completed)
{
    struct cdr_writer w = {.out = out};
    cdr_write_identifier(&w, id, strlen(id));
    cdr_write_ulong(&w, 9);
    cdr_write_ulong(&w, completed);
}

static void an_exception_that_no_standard_knows_is_unknown(void **state)
{
    struct buffer out = {0};
    (void)state;
    write_exception(&out, "IDL:acme.com/Odd:1.0", COMPLETED_YES);
    struct cdr_reader r = reader_of(&out);
    struct system_exception read = giop_read_exception(&r);
    assert_true(cdr_ok(&r));
    assert_int_equal(read.kind, EXCEPTION_UNKNOWN);
    assert_int_equal(read.minor, 9);
    assert_int_equal(read.completed, COMPLETED_YES);
    buffer_release(&out);
}

static void an_exception_that_cannot_be_read_may_have_come_after_the_operation(void **state)
{
    struct buffer out = {0};
    (void)state;
    write_exception(&out, "IDL:omg.org/CORBA/BAD_PARAM:1.0", 3);
    for (size_t size = 0; size <= out.size; size++) {
        struct buffer cut = bytes_cut(&out, size);
        struct cdr_reader r = reader_of(&cut);
        struct system_exception read = giop_read_exception(&r);
        assert_false(cdr_ok(&r));
        assert_int_equal(read.kind, EXCEPTION_MARSHAL);
        assert_int_equal(read.completed, COMPLETED_MAYBE);
        buffer_release(&cut);
    }
    buffer_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reply_is_read_in_every_version_and_byte_order),
        cmocka_unit_test(a_reply_is_written_byte_for_byte_in_every_version),
        cmocka_unit_test(a_reply_without_a_body_ends_with_its_header),
        cmocka_unit_test(a_reply_may_be_abandoned),
        cmocka_unit_test(versions_before_1_2_get_a_plain_forward),
        cmocka_unit_test(a_status_that_the_version_does_not_know_is_refused),
        cmocka_unit_test(the_body_of_a_locate_reply_follows_at_once),
        cmocka_unit_test(a_system_exception_is_written_and_read),
        cmocka_unit_test(an_exception_that_no_standard_knows_is_unknown),
        cmocka_unit_test(an_exception_that_cannot_be_read_may_have_come_after_the_operation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
