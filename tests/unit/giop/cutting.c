/* Messages that are cut into fragments when they are written. */
#include "feed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct buffer a_long_reply(uint8_t minor, size_t size, size_t fragment_bytes)
{
    struct buffer out = {0};
    struct cdr_writer w = giop_open_reply(&out, minor, 7, GIOP_NO_EXCEPTION, NULL);
    for (size_t i = 0; i < size; i++)
        cdr_write_octet(&w, (uint8_t)i);
    giop_close(&w, fragment_bytes);
    return out;
}

static uint32_t size_in(const char *header)
{
    uint32_t size;
    memcpy(&size, header + 8, sizeof(size));
    return size + 12;
}

static void every_fragment_but_the_last_is_full_and_a_multiple_of_8(void **state)
{
    struct buffer out = a_long_reply(2, 1000, 203);
    size_t at = 0;
    (void)state;
    while (out.data[at + 6] & 2) {
        assert_int_equal(size_in(out.data + at), 200);
        assert_int_equal(out.data[at + 7], at == 0 ? GIOP_REPLY : GIOP_FRAGMENT);
        assert_memory_equal(out.data + at + 12, out.data + 12, 4); /* the request id */
        at += 200;
    }
    assert_int_equal(out.data[at + 7], GIOP_FRAGMENT);
    assert_int_equal(at + size_in(out.data + at), out.size);
    buffer_release(&out);
}

static void what_was_cut_is_put_together_again(void **state)
{
    struct feed *feed = *state;
    for (size_t size = 0; size < 700; size += 7) {
        struct giop_message message;
        struct buffer whole = a_long_reply(2, size, 0);
        struct buffer cut = a_long_reply(2, size, 64 + size % 50);
        feed_bytes(feed, cut.data, cut.size);
        assert_int_equal(feed_next(feed, &message), GIOP_MESSAGE);
        assert_int_equal(message.size, whole.size);
        assert_memory_equal(message.data, whole.data, whole.size);
        buffer_release(&whole);
        buffer_release(&cut);
    }
}

static void a_request_is_cut_behind_what_waits_already(void **state)
{
    struct feed *feed = *state;
    static const char body[500] = "body";
    struct giop_message message;
    struct giop_request request;
    struct buffer out = {0};
    struct giop_request_head head = {.minor = 2, .id = 9, .operation = "o", .operation_length = 1};
    giop_write_cancel(&out, 2, 1);
    giop_write_request(&out, &head, body, sizeof(body), 128);
    feed_bytes(feed, out.data, out.size);
    assert_int_equal(feed_next(feed, &message), GIOP_MESSAGE);
    assert_int_equal(message.type, GIOP_CANCEL_REQUEST);
    assert_int_equal(feed_next(feed, &message), GIOP_MESSAGE);
    assert_int_equal(giop_read_request(&message, NULL, &request), EXCEPTION_NONE);
    assert_int_equal(cdr_left(&request.body), sizeof(body));
    assert_memory_equal(cdr_take(&request.body, sizeof(body), 1), body, sizeof(body));
    buffer_release(&out);
}

static void messages_before_1_2_are_never_cut(void **state)
{
    (void)state;
    for (uint8_t minor = 0; minor < 2; minor++) {
        struct buffer out = a_long_reply(minor, 1000, 200);
        assert_int_equal(out.data[6] & 2, 0);
        assert_int_equal(size_in(out.data), out.size);
        buffer_release(&out);
    }
}

static void a_message_of_just_the_size_stays_whole(void **state)
{
    struct buffer out = a_long_reply(2, 176, 200);
    (void)state;
    assert_int_equal(out.size, 200);
    assert_int_equal(out.data[6] & 2, 0);
    buffer_release(&out);
}

#define TEST(name_) cmocka_unit_test_setup_teardown(name_, feed_setup, feed_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_fragment_but_the_last_is_full_and_a_multiple_of_8),
        TEST(what_was_cut_is_put_together_again),
        TEST(a_request_is_cut_behind_what_waits_already),
        TEST(messages_before_1_2_are_never_cut),
        TEST(a_message_of_just_the_size_stays_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
