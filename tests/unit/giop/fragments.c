/* Messages that come in fragments. */
#include "feed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Replies of 1.2, little: the first fragment holds id, status and no contexts; the body is an
 * unsigned long and an octet sequence. */
#define FIRST(id_) "47494f50 01020301 14000000 " id_ "000000 00000000 00000000 00000000 04000000 "
#define MORE(id_, bytes_) "47494f50 01020307 0c000000 " id_ "000000 " bytes_
#define LAST(id_, bytes_) "47494f50 01020107 08000000 " id_ "000000 " bytes_

static void assert_next_reply(struct feed *feed, uint32_t id, const char *octets)
{
    struct giop_message message;
    struct giop_reply reply;
    size_t size;
    assert_int_equal(feed_next(feed, &message), GIOP_MESSAGE);
    assert_int_equal(giop_read_reply(&message, NULL, &reply), EXCEPTION_NONE);
    assert_int_equal(reply.id, id);
    assert_int_equal(cdr_read_ulong(&reply.body), 0);
    const uint8_t *bytes = cdr_read_octets(&reply.body, 0, &size);
    assert_text((const char *)bytes, size, octets);
    assert_int_equal(cdr_left(&reply.body), 0);
}

static void assert_next(struct feed *feed, enum giop_next next)
{
    struct giop_message message;
    assert_int_equal(feed_next(feed, &message), next);
}

static void fragments_of_different_replies_come_in_between_each_other(void **state)
{
    struct feed *feed = *state;
    feed_hex(feed, FIRST("07") FIRST("08") LAST("08", "62626262"));
    assert_next_reply(feed, 8, "bbbb");
    assert_next(feed, GIOP_WAIT);
    assert_true(giop_stream_waiting(feed->stream));
    feed_hex(feed, LAST("07", "61616161"));
    assert_next_reply(feed, 7, "aaaa");
    assert_next(feed, GIOP_WAIT);
    assert_false(giop_stream_waiting(feed->stream));
}

static void a_message_put_together_has_a_header_that_says_so(void **state)
{
    struct feed *feed = *state;
    struct giop_message message;
    feed_hex(feed, FIRST("07") LAST("07", "61616161"));
    assert_int_equal(feed_next(feed, &message), GIOP_MESSAGE);
    struct buffer bytes = {.data = (char *)message.data, .size = message.size};
    assert_bytes(&bytes, "47494f50 01020101 18000000 07000000 00000000 00000000 00000000 04000000"
                         "61616161");
}

static void whole_messages_come_in_between_fragments(void **state)
{
    struct feed *feed = *state;
    struct giop_message message;
    feed_hex(feed,
             FIRST("07") "47494f50 01020104 08000000 09000000 01000000" LAST("07", "61616161"));
    assert_int_equal(feed_next(feed, &message), GIOP_MESSAGE);
    assert_int_equal(message.type, GIOP_LOCATE_REPLY);
    assert_next_reply(feed, 7, "aaaa");
}

static void the_other_byte_order_is_put_together_as_well(void **state)
{
    struct feed *feed = *state;
    struct giop_message message;
    feed_hex(feed, "47494f50 01020201 00000014 00000007 00000000 00000000 00000000 00000004"
                   "47494f50 01020007 00000008 00000007 61616161");
    assert_int_equal(feed_next(feed, &message), GIOP_MESSAGE);
    struct buffer bytes = {.data = (char *)message.data, .size = message.size};
    assert_bytes(&bytes, "47494f50 01020001 00000018 00000007 00000000 00000000 00000000 00000004"
                         "61616161");
}

static void a_fragment_of_an_unknown_message_is_ignored(void **state)
{
    struct feed *feed = *state;
    feed_hex(feed,
             LAST("09", "61616161")
                 MORE("09", "61616161 61616161") "47494f50 01010107 04000000 61616161" FIRST("07")
                     LAST("07", "62626262"));
    assert_next_reply(feed, 7, "bbbb");
}

static void an_empty_last_fragment_ends_a_message(void **state)
{
    struct feed *feed = *state;
    feed_hex(feed, "47494f50 01020301 14000000 07000000 00000000 00000000 00000000 00000000"
                   "47494f50 01020107 04000000 07000000");
    assert_next_reply(feed, 7, "");
}

/* ---- 1.1 ---- */

/* As omniORB cuts it: two doubles with an octet in front of each, each double aligned within its
 * own fragment, where the message as a whole would have it elsewhere. */
static void values_of_1_1_are_aligned_within_their_fragment(void **state)
{
    struct feed *feed = *state;
    struct giop_message message;
    struct giop_reply reply;
    feed_hex(feed, "47494f50 01010301 1c000000 00000000 04000000 00000000 aaffffff ffffffff"
                   "000000000000f03f"
                   "47494f50 01010307 0c000000 05000000 6f6b6f6b 00ffffff"
                   "47494f50 01010307 00000000"
                   "47494f50 01010107 0c000000 bbffffff 0000000000000040");
    assert_int_equal(feed_next(feed, &message), GIOP_MESSAGE);
    assert_int_equal(giop_read_reply(&message, NULL, &reply), EXCEPTION_NONE);
    size_t length;
    struct cdr_reader *body = &reply.body;
    assert_int_equal(cdr_left(body), 40);
    assert_int_equal(cdr_read_octet(body), 0xaa);
    assert_true(cdr_read_double(body) == 1.0);
    const char *text = cdr_read_string(body, 0, NULL, &length);
    assert_text(text, length, "okok");
    (void)cdr_take(body, 3, 1);
    assert_int_equal(cdr_read_octet(body), 0xbb);
    assert_true(cdr_read_double(body) == 2.0);
    assert_true(cdr_ok(body));
    assert_int_equal(cdr_left(body), 0);
    assert_int_equal(cdr_read_octet(body), 0);
    assert_false(cdr_ok(body));
}

static void bytes_of_1_1_go_on_in_the_next_fragments(void **state)
{
    struct feed *feed = *state;
    struct giop_message message;
    struct giop_reply reply;
    feed_hex(feed, "47494f50 01010301 14000000 00000000 04000000 00000000 08000000 61626364"
                   "47494f50 01010307 02000000 6566"
                   "47494f50 01010107 07000000 6768 ffff 2a0000");
    feed_hex(feed, "");
    assert_int_equal(feed_next(feed, &message), GIOP_MESSAGE);
    assert_int_equal(giop_read_reply(&message, NULL, &reply), EXCEPTION_NONE);
    size_t size;
    const uint8_t *bytes = cdr_read_octets(&reply.body, 0, &size);
    assert_text((const char *)bytes, size, "abcdefgh");
    assert_int_equal(cdr_read_ushort(&reply.body), 0xffff);
    assert_int_equal(cdr_left(&reply.body), 3);
    assert_int_equal(cdr_read_ulong(&reply.body), 0); /* cut off */
    assert_false(cdr_ok(&reply.body));
}

static void a_header_of_1_1_may_be_cut_as_well(void **state)
{
    struct feed *feed = *state;
    struct giop_message message;
    struct giop_request request;
    feed_hex(feed, "47494f50 01010300 04000000 01000000"
                   "47494f50 01010307 0a000000 05000000 02000000 aabb"
                   "47494f50 01010307 0c000000 07000000 01000000 03000000"
                   "47494f50 01010107 14000000 6b657900 05000000 70696e67 00000000 00000000");
    assert_int_equal(feed_next(feed, &message), GIOP_MESSAGE);
    assert_int_equal(giop_read_request(&message, NULL, &request), EXCEPTION_NONE);
    assert_int_equal(request.id, 7);
    assert_text((const char *)request.key, request.key_size, "key");
    assert_text(request.operation, request.operation_length, "ping");
    assert_memory_equal(request.contexts.list[0].data, "\xaa\xbb", 2);
}

static void a_second_message_of_1_1_cannot_begin_before_the_first_ends(void **state)
{
    struct feed *feed = *state;
    feed_hex(feed, "47494f50 01010301 00000000 47494f50 01010301 00000000");
    assert_next(feed, GIOP_BROKEN);
    assert_int_equal(feed->budget.used, 0);
}

static void many_small_fragments_of_1_1_count_with_what_is_noted_of_them(void **state)
{
    struct feed *feed = *state;
    feed->limits.message_bytes = 4096;
    feed_begin_anew(feed);
    feed_hex(feed, "47494f50 01010301 00000000");
    for (int i = 0; i < 450; i++)
        feed_hex(feed, "47494f50 01010307 01000000 61");
    assert_next(feed, GIOP_WAIT);
    for (int i = 0; i < 10; i++)
        feed_hex(feed, "47494f50 01010307 01000000 61");
    assert_next(feed, GIOP_BROKEN);
}

/* ---- cancelled ---- */

#define FIRST_REQUEST(id_)                                                                         \
    "47494f50 01020300 14000000 " id_ "000000 03000000 00000000 03000000 6b657900 "

static void a_cancelled_message_is_forgotten_and_its_fragments_ignored(void **state)
{
    struct feed *feed = *state;
    struct giop_message message;
    uint32_t id;
    feed_hex(feed, FIRST_REQUEST("07") "47494f50 01020102 04000000 07000000"
                                       "47494f50 01020107 08000000 07000000 61616161");
    assert_int_equal(feed_next(feed, &message), GIOP_MESSAGE);
    assert_int_equal(message.type, GIOP_CANCEL_REQUEST);
    assert_true(giop_read_cancel(&message, &id));
    assert_int_equal(id, 7);
    assert_int_equal(feed->budget.used, 0);
    assert_next(feed, GIOP_WAIT);
    assert_false(giop_stream_waiting(feed->stream));
}

static void a_message_of_1_1_is_cancelled_by_the_id_in_its_header(void **state)
{
    struct feed *feed = *state;
    feed_hex(feed, "47494f50 01010300 08000000 00000000 07000000"
                   "47494f50 01010102 04000000 08000000");
    assert_next(feed, GIOP_MESSAGE); /* of another id */
    assert_true(giop_stream_waiting(feed->stream));
    feed_hex(feed, "47494f50 01010102 04000000 07000000");
    assert_next(feed, GIOP_MESSAGE);
    assert_false(giop_stream_waiting(feed->stream));
}

static void a_reply_cannot_be_cancelled(void **state)
{
    struct feed *feed = *state;
    feed_hex(feed, FIRST("07") "47494f50 01020102 04000000 07000000" LAST("07", "61616161"));
    assert_next(feed, GIOP_MESSAGE);
    assert_next_reply(feed, 7, "aaaa");
}

/* ---- refused ---- */

static void assert_broken(void **state, const char *hex)
{
    struct feed *feed = *state;
    feed_hex(feed, hex);
    assert_next(feed, GIOP_BROKEN);
    assert_int_equal(feed->budget.used, 0);
    feed_begin_anew(feed);
}

static void messages_that_cannot_have_fragments_may_not_announce_any(void **state)
{
    assert_broken(state, "47494f50 01020302 04000000 07000000");
    assert_broken(state, "47494f50 01020305 00000000");
    assert_broken(state, "47494f50 01010303 00000000");
}

static void a_fragment_of_1_2_must_hold_its_request_id(void **state)
{
    assert_broken(state, "47494f50 01020301 00000000");
    assert_broken(state, "47494f50 01020107 00000000");
    assert_broken(state, FIRST("07") "47494f50 01020307 03000000 070000");
}

static void fragments_of_1_2_but_the_last_have_a_length_divisible_by_8(void **state)
{
    assert_broken(state, "47494f50 01020301 08000000 07000000 00000000");
    assert_broken(state, FIRST("07") "47494f50 01020307 08000000 07000000 61616161");
}

static void a_fragment_keeps_its_messages_byte_order(void **state)
{
    assert_broken(state, FIRST("07") "47494f50 01020007 00000008 00000007 61616161");
}

static void one_id_cannot_begin_twice(void **state)
{
    assert_broken(state, FIRST("07") FIRST("07"));
}

static void unfinished_messages_are_limited_in_number(void **state)
{
    struct feed *feed = *state;
    char first[] = FIRST("00");
    for (int i = 0; i < 16; i++) {
        first[28] = "0123456789abcdef"[i];
        feed_hex(feed, first);
        assert_next(feed, GIOP_WAIT);
    }
    feed_hex(feed, FIRST("77"));
    assert_next(feed, GIOP_BROKEN);
    assert_int_equal(feed->budget.used, 0);
}

/* A fragment after the other, for ever. */
static enum giop_next feed_fragments(struct feed *feed, size_t most)
{
    struct giop_message message;
    enum giop_next next = GIOP_WAIT;
    feed_hex(feed, FIRST("07"));
    for (size_t came = 32; next == GIOP_WAIT && came <= most; came += 8) {
        feed_hex(feed, MORE("07", "61616161 61616161"));
        next = feed_next(feed, &message);
        assert_true(feed->budget.used <= 2 * most);
    }
    return next;
}

static void a_message_in_fragments_is_limited_in_size(void **state)
{
    struct feed *feed = *state;
    feed->limits.message_bytes = 10000;
    feed_begin_anew(feed);
    assert_int_equal(feed_fragments(feed, 9000), GIOP_WAIT);
    feed_begin_anew(feed);
    assert_int_equal(feed_fragments(feed, 10100), GIOP_BROKEN);
    assert_int_equal(feed->budget.used, 0);
}

static void unfinished_messages_of_one_connection_are_limited_together(void **state)
{
    struct feed *feed = *state;
    feed->limits.reassembly_bytes = 10000;
    feed_begin_anew(feed);
    assert_int_equal(feed_fragments(feed, 10100), GIOP_BROKEN);
}

static void unfinished_messages_of_all_connections_are_limited_together(void **state)
{
    struct feed *feed = *state;
    feed->budget.limit = 10000;
    assert_int_equal(feed_fragments(feed, 20000), GIOP_BROKEN);
    assert_int_equal(feed->budget.used, 0);
}

#define TEST(name_) cmocka_unit_test_setup_teardown(name_, feed_setup, feed_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(fragments_of_different_replies_come_in_between_each_other),
        TEST(a_message_put_together_has_a_header_that_says_so),
        TEST(whole_messages_come_in_between_fragments),
        TEST(the_other_byte_order_is_put_together_as_well),
        TEST(a_fragment_of_an_unknown_message_is_ignored),
        TEST(an_empty_last_fragment_ends_a_message),
        TEST(values_of_1_1_are_aligned_within_their_fragment),
        TEST(bytes_of_1_1_go_on_in_the_next_fragments),
        TEST(a_header_of_1_1_may_be_cut_as_well),
        TEST(a_second_message_of_1_1_cannot_begin_before_the_first_ends),
        TEST(many_small_fragments_of_1_1_count_with_what_is_noted_of_them),
        TEST(a_cancelled_message_is_forgotten_and_its_fragments_ignored),
        TEST(a_message_of_1_1_is_cancelled_by_the_id_in_its_header),
        TEST(a_reply_cannot_be_cancelled),
        TEST(messages_that_cannot_have_fragments_may_not_announce_any),
        TEST(a_fragment_of_1_2_must_hold_its_request_id),
        TEST(fragments_of_1_2_but_the_last_have_a_length_divisible_by_8),
        TEST(a_fragment_keeps_its_messages_byte_order),
        TEST(one_id_cannot_begin_twice),
        TEST(unfinished_messages_are_limited_in_number),
        TEST(a_message_in_fragments_is_limited_in_size),
        TEST(unfinished_messages_of_one_connection_are_limited_together),
        TEST(unfinished_messages_of_all_connections_are_limited_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
