/* Messages out of a run of bytes: where they begin and end, what is refused, what memory it takes.
 */
#include "feed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void a_message_that_came_in_one_piece_is_lent_where_it_lies(void **state)
{
    struct feed *feed = *state;
    struct giop_message message;
    feed_hex(feed, "47494f50 01020105 00000000 47494f50 01000002 00000004 00000007");
    assert_int_equal(feed_next(feed, &message), GIOP_MESSAGE);
    assert_int_equal(message.type, GIOP_CLOSE_CONNECTION);
    assert_int_equal(message.minor, 2);
    assert_true(message.little);
    assert_int_equal(message.size, 12);
    const uint8_t *first = message.data;
    assert_int_equal(feed_next(feed, &message), GIOP_MESSAGE);
    assert_int_equal(message.type, GIOP_CANCEL_REQUEST);
    assert_false(message.little);
    assert_int_equal(message.size, 16);
    assert_ptr_equal(message.data, first + 12);
    assert_int_equal(feed_next(feed, &message), GIOP_WAIT);
    assert_false(giop_stream_waiting(feed->stream));
}

static void a_message_may_come_byte_by_byte(void **state)
{
    struct feed *feed = *state;
    struct giop_message message;
    struct buffer bytes = bytes_of("47494f50 01000002 00000004 00000007");
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < bytes.size; i++) {
            assert_int_equal(feed_next(feed, &message), GIOP_WAIT);
            assert_int_equal(giop_stream_waiting(feed->stream), i > 0);
            feed_bytes(feed, bytes.data + i, 1);
        }
        assert_int_equal(feed_next(feed, &message), GIOP_MESSAGE);
        assert_memory_equal(message.data, bytes.data, bytes.size);
    }
    buffer_release(&bytes);
}

/* What is more than the buffer's rest is moved to the front, whatever the pieces are. */
static void messages_keep_their_bytes_however_they_are_cut(void **state)
{
    struct feed *feed = *state;
    struct buffer bytes = {0};
    for (uint32_t i = 0; i < 300; i++) {
        char filler[256];
        struct cdr_writer w = giop_open_reply(&bytes, 2, i, GIOP_NO_EXCEPTION, NULL);
        memset(filler, (int)i, sizeof(filler));
        cdr_write_octets(&w, filler, i % sizeof(filler));
        giop_close(&w, 0);
    }
    for (size_t step = 1; step < 20000; step = step * 3 + 1) {
        struct giop_message message;
        uint32_t next = 0;
        size_t at = 0;
        while (at < bytes.size || next < 300) {
            size_t size = bytes.size - at < step ? bytes.size - at : step;
            feed_bytes(feed, bytes.data + at, size);
            at += size;
            while (feed_next(feed, &message) == GIOP_MESSAGE) {
                struct giop_reply reply;
                size_t filled;
                assert_int_equal(giop_read_reply(&message, NULL, &reply), EXCEPTION_NONE);
                assert_int_equal(reply.id, next);
                const uint8_t *filler = cdr_read_octets(&reply.body, 0, &filled);
                assert_int_equal(filled, next % 256);
                assert_true(filled == 0 || filler[filled - 1] == (uint8_t)next);
                next++;
            }
        }
        assert_int_equal(next, 300);
    }
    buffer_release(&bytes);
}

/* ---- what is refused ---- */

static void assert_ends(void **state, const char *hex, enum giop_next end, const char *why)
{
    struct feed *feed = *state;
    struct giop_message message;
    struct fault fault = {0};
    feed_hex(feed, hex);
    assert_int_equal(giop_stream_next(feed->stream, &message, &fault), end);
    assert_non_null(strstr(fault.text, why));
    assert_int_equal(giop_stream_next(feed->stream, &message, NULL), end); /* for good */
    feed_begin_anew(feed);
}

static void what_is_no_giop_is_dropped_with_its_first_byte(void **state)
{
    assert_ends(state, "48", GIOP_DROPPED, "no GIOP");
    assert_ends(state, "47494f51", GIOP_DROPPED, "no GIOP");
    assert_ends(state, "474554202f20485454502f312e310d0a", GIOP_DROPPED, "no GIOP");
}

static void other_versions_are_answered_with_an_error(void **state)
{
    assert_ends(state, "47494f50 01030100 00000000", GIOP_BROKEN, "version");
    assert_ends(state, "47494f50 02000100 00000000", GIOP_BROKEN, "version");
    assert_ends(state, "47494f50 00000100 00000000", GIOP_BROKEN, "version");
}

static void types_that_a_version_does_not_have_are_refused(void **state)
{
    assert_ends(state, "47494f50 01020108 00000000", GIOP_BROKEN, "type");
    assert_ends(state, "47494f50 010001ff 00000000", GIOP_BROKEN, "type");
    assert_ends(state, "47494f50 01000107 00000000", GIOP_BROKEN, "type");
    assert_ends(state, "47494f50 01000200 00000000", GIOP_BROKEN, "byte order");
}

static void a_size_beyond_the_limit_is_refused_before_it_comes(void **state)
{
    struct feed *feed = *state;
    assert_ends(state, "47494f50 01020100 f0ffff7f", GIOP_BROKEN, "limit");
    assert_ends(state, "47494f50 01020000 ffffffff", GIOP_BROKEN, "limit");
    assert_int_equal(feed->budget.used, 0);
}

/* ---- memory ---- */

static void a_size_that_was_only_announced_takes_no_memory(void **state)
{
    struct feed *feed = *state;
    struct giop_message message;
    size_t size;
    feed_hex(feed, "47494f50 01020100 f4ff0f00"); /* 1 MiB */
    assert_int_equal(feed_next(feed, &message), GIOP_WAIT);
    assert_non_null(giop_stream_space(feed->stream, &size));
    assert_true(size <= 8192);
    assert_int_equal(feed->budget.used, 0);
}

static void memory_grows_with_what_has_come_and_goes_with_the_message(void **state)
{
    struct feed *feed = *state;
    struct giop_message message;
    static char zeros[4096];
    size_t came = 12;
    feed_hex(feed, "47494f50 01020100 f4ff0f00");
    while (came < 1 << 20) {
        size_t size = (1 << 20) - came < sizeof(zeros) ? (1 << 20) - came : sizeof(zeros);
        assert_int_equal(feed_next(feed, &message), GIOP_WAIT);
        feed_bytes(feed, zeros, size);
        came += size;
        assert_true(feed->budget.used <= 2 * came);
    }
    assert_int_equal(feed_next(feed, &message), GIOP_MESSAGE);
    assert_int_equal(message.size, 1 << 20);
    assert_true(feed->budget.used > 0);
    assert_int_equal(feed_next(feed, &message), GIOP_WAIT);
    assert_int_equal(feed->budget.used, 0);
}

static void a_spent_budget_leaves_no_space(void **state)
{
    struct feed *feed = *state;
    struct giop_message message;
    static char zeros[1024];
    size_t size;
    feed->budget.limit = 100000;
    feed_hex(feed, "47494f50 01020100 f4ff0f00");
    while (giop_stream_space(feed->stream, &size)) {
        feed_bytes(feed, zeros, sizeof(zeros));
        assert_int_equal(feed_next(feed, &message), GIOP_WAIT);
        assert_true(feed->budget.used <= feed->budget.limit);
    }
    assert_true(feed->budget.used > 50000);
    giop_stream_free(&feed->stream);
    assert_null(feed->stream);
    assert_int_equal(feed->budget.used, 0);
}

static void one_connection_cannot_take_what_another_holds(void **state)
{
    struct feed *feed = *state;
    struct giop_stream_limits limits = giop_stream_limits_default();
    struct giop_stream *other = giop_stream_new(&limits, &feed->budget);
    size_t size;
    feed->budget.limit = 0;
    /* The first few KB are everyone's own. */
    assert_non_null(giop_stream_space(feed->stream, &size));
    assert_non_null(giop_stream_space(other, &size));
    assert_int_equal(feed->budget.used, 0);
    giop_stream_free(&other);
}

static void a_stream_at_rest_holds_nothing(void **state)
{
    struct feed *feed = *state;
    struct giop_message message;
    feed_hex(feed, "47494f50 01020105 00000000");
    assert_int_equal(feed_next(feed, &message), GIOP_MESSAGE);
    giop_stream_rest(feed->stream);
    assert_int_equal(feed_next(feed, &message), GIOP_WAIT);
    feed_hex(feed, "47494f50 0102");
    giop_stream_rest(feed->stream); /* what waits stays */
    feed_hex(feed, "0106 00000000");
    assert_int_equal(feed_next(feed, &message), GIOP_MESSAGE);
    assert_int_equal(message.type, GIOP_MESSAGE_ERROR);
}

#define TEST(name_) cmocka_unit_test_setup_teardown(name_, feed_setup, feed_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_message_that_came_in_one_piece_is_lent_where_it_lies),
        TEST(a_message_may_come_byte_by_byte),
        TEST(messages_keep_their_bytes_however_they_are_cut),
        TEST(what_is_no_giop_is_dropped_with_its_first_byte),
        TEST(other_versions_are_answered_with_an_error),
        TEST(types_that_a_version_does_not_have_are_refused),
        TEST(a_size_beyond_the_limit_is_refused_before_it_comes),
        TEST(a_size_that_was_only_announced_takes_no_memory),
        TEST(memory_grows_with_what_has_come_and_goes_with_the_message),
        TEST(a_spent_budget_leaves_no_space),
        TEST(one_connection_cannot_take_what_another_holds),
        TEST(a_stream_at_rest_holds_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
