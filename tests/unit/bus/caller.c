/* Requests taken apart into who asked and what. */
#include "bus/caller.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct asked {
    struct bus_message message;
    struct caller caller;
    struct caller_request request;
    struct fault fault;
};

/* A NULL ends the frames. */
static enum status ask(struct asked *asked, const char *const *frames)
{
    memset(asked, 0, sizeof(*asked));
    for (; frames[asked->message.count]; asked->message.count++) {
        const char *text = frames[asked->message.count];
        if (asked->message.count < BUS_FRAMES_LIMIT)
            asked->message.frames[asked->message.count] =
                (struct bus_frame){.data = text, .size = strlen(text)};
    }
    return caller_read(&asked->message, &asked->caller, &asked->request, &asked->fault);
}

static bool is(const char *bytes, size_t size, const char *text)
{
    return size == strlen(text) && memcmp(bytes, text, size) == 0;
}

static void a_request_is_a_verb_an_id_and_frames(void **state)
{
    static const char *const frames[] = {"peer", "READ", "7", "{}", NULL};
    struct asked asked;
    (void)state;
    assert_int_equal(ask(&asked, frames), STATUS_OK);
    assert_false(asked.caller.delimited);
    assert_true(is(asked.caller.routing, asked.caller.routing_size, "peer"));
    assert_true(is(asked.caller.id, asked.caller.id_size, "7"));
    assert_true(is(asked.request.verb.data, asked.request.verb.size, "READ"));
    assert_int_equal(asked.request.count, 1);
    assert_true(is(asked.request.frames[0].data, asked.request.frames[0].size, "{}"));
}

static void the_empty_frame_of_a_req_socket_is_remembered(void **state)
{
    static const char *const frames[] = {"peer", "", "HEAD", "id", "a", "b", NULL};
    struct asked asked;
    (void)state;
    assert_int_equal(ask(&asked, frames), STATUS_OK);
    assert_true(asked.caller.delimited);
    assert_true(is(asked.request.verb.data, asked.request.verb.size, "HEAD"));
    assert_int_equal(asked.request.count, 2);
}

static void a_request_may_have_no_frames_behind_its_id(void **state)
{
    static const char *const frames[] = {"peer", "HEAD", "id", NULL};
    struct asked asked;
    (void)state;
    assert_int_equal(ask(&asked, frames), STATUS_OK);
    assert_int_equal(asked.request.count, 0);
}

static void what_has_no_id_can_be_answered_under_none(void **state)
{
    static const char *const only_routing[] = {"peer", NULL};
    static const char *const only_verb[] = {"peer", "READ", NULL};
    static const char *const only_delimiter[] = {"peer", "", NULL};
    static const char *const empty_id[] = {"peer", "READ", "", "{}", NULL};
    static const char *const long_id[] = {
        "peer", "READ", "0123456789012345678901234567890123456789012345678901234567890123x", NULL};
    static const char *const *const cases[] = {only_routing, only_verb, only_delimiter, empty_id,
                                               long_id};
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct asked asked;
        assert_int_equal(ask(&asked, cases[i]), STATUS_INVALID);
        assert_int_equal(asked.caller.id_size, 0);
        assert_true(is(asked.caller.routing, asked.caller.routing_size, "peer"));
        assert_true(strlen(asked.fault.text) > 0);
    }
}

static void too_many_frames_are_refused_under_their_id(void **state)
{
    static const char *const frames[] = {"peer", "READ", "id", "1", "2", "3", "4", "5", "6", NULL};
    struct asked asked;
    (void)state;
    assert_int_equal(ask(&asked, frames), STATUS_INVALID);
    assert_true(is(asked.caller.id, asked.caller.id_size, "id"));
    assert_int_equal(asked.request.count, 0);
}

static void callers_are_equal_when_connection_and_id_are(void **state)
{
    static const char *const one[] = {"peer", "READ", "id", NULL};
    static const char *const same[] = {"peer", "CANCEL", "id", "{}", NULL};
    static const char *const other_id[] = {"peer", "READ", "ix", NULL};
    static const char *const other_peer[] = {"pee", "READ", "id", NULL};
    struct asked a, b;
    (void)state;
    assert_int_equal(ask(&a, one), STATUS_OK);
    assert_int_equal(ask(&b, same), STATUS_OK);
    assert_true(caller_equal(&a.caller, &b.caller));
    assert_int_equal(ask(&b, other_id), STATUS_OK);
    assert_false(caller_equal(&a.caller, &b.caller));
    assert_int_equal(ask(&b, other_peer), STATUS_OK);
    assert_false(caller_equal(&a.caller, &b.caller));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_a_verb_an_id_and_frames),
        cmocka_unit_test(the_empty_frame_of_a_req_socket_is_remembered),
        cmocka_unit_test(a_request_may_have_no_frames_behind_its_id),
        cmocka_unit_test(what_has_no_id_can_be_answered_under_none),
        cmocka_unit_test(too_many_frames_are_refused_under_their_id),
        cmocka_unit_test(callers_are_equal_when_connection_and_id_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
