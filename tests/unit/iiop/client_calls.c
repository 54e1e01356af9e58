/* What goes out in a call and comes back: versions, byte orders, fragments, contexts, code sets,
 * oneways, and each kind of answer. */
#include "client_world.h"

#include "base/metrics.h"

#include <stdio.h>
#include <string.h>

static void every_version_is_called_as_its_reference_says(void **state)
{
    (void)state;
    struct world world;
    struct peer peer;
    world_open(&world, NULL);
    peer_open(&peer);
    for (int minor = 0; minor <= 2; minor++) {
        for (int big = 0; big <= 1; big++) {
            struct line line;
            struct called called = {0};
            struct orb_object *object = object_at(&world, &peer, minor);
            call_echo(object, &called, "hello", 0);
            if (minor + big == 0)
                line_accept(&world, &peer, &line);
            struct giop_message message = line_message(&world, &line);
            assert_int_equal(message.minor, minor);
            struct giop_request request;
            assert_int_equal(giop_read_request(&message, NULL, &request), EXCEPTION_NONE);
            assert_memory_equal(request.key, "desk", 4);
            assert_memory_equal(request.operation, "echo", 4);
            struct wire wire = {.minor = (uint8_t)minor, .big = big};
            wire_reply_text(&wire, request.id, "well");
            line_send(&world, &line, &wire);
            assert_returned(&world, &called, "well");
            orb_object_release(&object);
            if (minor + big == 3)
                line_close(&line);
        }
    }
    peer_close(&peer);
    world_close(&world);
}

static void a_reply_in_fragments_is_put_together(void **state)
{
    (void)state;
    struct scene scene;
    struct called called = {0};
    scene_open(&scene, NULL);
    call_echo(scene.object, &called, "x", 0);
    struct giop_request request = line_request(&scene.world, &scene.line);
    struct wire wire = {.minor = 2};
    wire_reply_text(&wire, request.id, "in two pieces");
    struct wire rest = {.minor = 2};
    size_t cut = 32; /* the header of message and reply, and the string's length */
    wire_begin(&rest, MESSAGE_FRAGMENT);
    wire_ulong(&rest, request.id);
    buffer_append(&rest.bytes, wire.bytes.data + cut, wire.bytes.size - cut);
    wire_end(&rest);
    wire.bytes.size = cut;
    wire_end(&wire);
    wire.bytes.data[6] |= 2;
    line_send(&scene.world, &scene.line, &wire);
    assert_int_equal(called.answers, 0);
    line_send(&scene.world, &scene.line, &rest);
    assert_returned(&scene.world, &called, "in two pieces");
    scene_close(&scene);
}

static void a_long_request_goes_out_in_fragments(void **state)
{
    (void)state;
    struct orb_client_options options = orb_client_defaults();
    struct scene scene;
    struct called called = {0};
    char text[5001] = {0};
    memset(text, 'a', sizeof(text) - 1);
    options.fragment_bytes = 1024;
    scene_open(&scene, &options);
    call_echo(scene.object, &called, text, 0);
    assert_int_equal(line_message(&scene.world, &scene.line).type, GIOP_REQUEST);
    for (int i = 0; i < 4; i++)
        assert_int_equal(line_message(&scene.world, &scene.line).type, GIOP_FRAGMENT);
    scene_close(&scene);
    assert_int_equal(called.answers, 1);
}

static void replies_come_in_any_order(void **state)
{
    (void)state;
    struct scene scene;
    struct called called[3] = {{0}};
    uint32_t ids[3];
    scene_open(&scene, NULL);
    for (int i = 0; i < 3; i++)
        call_echo(scene.object, &called[i], "x", 0);
    for (int i = 0; i < 3; i++)
        ids[i] = line_request(&scene.world, &scene.line).id;
    for (int i = 2; i >= 0; i--) {
        struct wire wire = {.minor = 2};
        char text[2] = {(char)('a' + i), '\0'};
        wire_reply_text(&wire, ids[i], text);
        line_send(&scene.world, &scene.line, &wire);
        assert_returned(&scene.world, &called[i], text);
    }
    scene_close(&scene);
}

static void a_user_exception_comes_with_its_id(void **state)
{
    (void)state;
    struct scene scene;
    struct called called = {0};
    scene_open(&scene, NULL);
    call_echo(scene.object, &called, "x", 0);
    struct giop_request request = line_request(&scene.world, &scene.line);
    struct wire wire = {.minor = 2};
    wire_reply(&wire, request.id, GIOP_USER_EXCEPTION);
    wire_string(&wire, "IDL:Desk/Full:1.0");
    wire_end(&wire);
    line_send(&scene.world, &scene.line, &wire);
    wait_for(&scene.world, &called);
    assert_int_equal(called.end, ORB_USER_EXCEPTION);
    assert_string_equal(called.text, "IDL:Desk/Full:1.0");
    assert_false(called.local);
    scene_close(&scene);
}

static void a_system_exception_comes_as_the_peer_raised_it(void **state)
{
    (void)state;
    struct scene scene;
    struct called called = {0};
    scene_open(&scene, NULL);
    call_echo(scene.object, &called, "x", 0);
    answer_exception(&scene.world, &scene.line, "NO_PERMISSION", COMPLETED_YES);
    assert_failed(&scene.world, &called, EXCEPTION_NO_PERMISSION, COMPLETED_YES, false);
    assert_int_equal(called.system.minor, 7);
    scene_close(&scene);
}

static void a_transient_reply_is_not_tried_again(void **state)
{
    (void)state;
    struct scene scene;
    struct called called = {0};
    scene_open(&scene, NULL);
    call_echo(scene.object, &called, "x", 0);
    answer_exception(&scene.world, &scene.line, "TRANSIENT", COMPLETED_NO);
    assert_failed(&scene.world, &called, EXCEPTION_TRANSIENT, COMPLETED_NO, false);
    assert_true(line_is_silent(&scene.world, &scene.line));
    scene_close(&scene);
}

static void a_oneway_ends_when_it_has_left(void **state)
{
    (void)state;
    struct scene scene;
    struct called called = {0};
    scene_open(&scene, NULL);
    call_oneway(scene.object, &called, "go");
    assert_returned(&scene.world, &called, "");
    struct giop_request request = line_request(&scene.world, &scene.line);
    assert_int_equal(request.response, GIOP_RESPONSE_NONE);
    scene_close(&scene);
}

static void a_first_call_that_is_oneway_ends_too(void **state)
{
    (void)state;
    struct world world;
    struct peer peer;
    struct line line;
    struct called called = {0};
    world_open(&world, NULL);
    peer_open(&peer);
    struct orb_object *object = object_at(&world, &peer, 2);
    call_oneway(object, &called, "go");
    line_accept(&world, &peer, &line);
    assert_returned(&world, &called, "");
    assert_int_equal(line_request(&world, &line).response, GIOP_RESPONSE_NONE);
    orb_object_release(&object);
    line_close(&line);
    peer_close(&peer);
    world_close(&world);
}

static void calls_of_one_turn_go_out_in_one_piece(void **state)
{
    (void)state;
    struct scene scene;
    struct called called[8] = {{0}};
    scene_open(&scene, NULL);
    for (int i = 0; i < 8; i++)
        call_echo(scene.object, &called[i], "x", 0);
    assert_int_equal(scene.line.got.size, scene.line.taken);
    for (int i = 0; i < 8; i++)
        answer_text(&scene.world, &scene.line, "y");
    for (int i = 0; i < 8; i++)
        assert_returned(&scene.world, &called[i], "y");
    scene_close(&scene);
}

static void contexts_are_sent_as_they_were_given(void **state)
{
    (void)state;
    struct scene scene;
    struct called called = {0};
    struct cdr_writer *body;
    scene_open(&scene, NULL);
    called.call = orb_call_new(scene.object, "ping", 4, GIOP_RESPONSE_TARGET, &body);
    orb_call_add_context(called.call, 77, "\1abc", 4);
    orb_call_add_context(called.call, 78, "\1second", 7);
    call_send(&called, 0);
    struct giop_request request = line_request(&scene.world, &scene.line);
    assert_int_equal(request.contexts.count, 2);
    assert_int_equal(request.contexts.list[0].id, 77);
    assert_memory_equal(request.contexts.list[0].data, "\1abc", 4);
    assert_int_equal(request.contexts.list[1].id, 78);
    assert_memory_equal(request.contexts.list[1].data, "\1second", 7);
    scene_close(&scene);
}

static void more_contexts_than_a_message_may_have_end_the_call(void **state)
{
    (void)state;
    struct scene scene;
    struct called called = {0};
    struct cdr_writer *body;
    scene_open(&scene, NULL);
    called.call = orb_call_new(scene.object, "echo", 4, GIOP_RESPONSE_TARGET, &body);
    for (uint32_t i = 0; i < GIOP_CONTEXTS_LIMIT; i++)
        orb_call_add_context(called.call, 100 + i, "\1", 1);
    call_send(&called, 0);
    assert_failed(&scene.world, &called, EXCEPTION_IMP_LIMIT, COMPLETED_NO, true);
    scene_close(&scene);
}

static void a_call_that_is_dropped_sends_nothing(void **state)
{
    (void)state;
    struct scene scene;
    struct cdr_writer *body;
    scene_open(&scene, NULL);
    orb_call_drop(orb_call_new(scene.object, "echo", 4, GIOP_RESPONSE_TARGET, &body));
    assert_true(line_is_silent(&scene.world, &scene.line));
    scene_close(&scene);
}

/* ---- code sets ---- */

static bool names_codesets(const struct giop_request *request, uint32_t chars, uint32_t wchars)
{
    uint32_t char_set, wchar_set;
    const struct service_context *context =
        giop_context_find(&request->contexts, CONTEXT_CODE_SETS);
    return context && giop_context_codesets(context, &char_set, &wchar_set) && char_set == chars &&
           wchar_set == wchars;
}

static void code_sets_are_named_once_a_connection(void **state)
{
    (void)state;
    struct world world;
    struct peer peer;
    struct line line;
    struct called called[3] = {{0}};
    world_open(&world, NULL);
    peer_open(&peer);
    struct ior *ior = ior_at(&peer, "desk");
    struct orb_object *object = orb_object_new(world.client, ior);
    call_echo(object, &called[0], "gr\xc3\xbc\xc3\x9f", 0);
    call_echo(object, &called[1], "dich", 0);
    line_accept(&world, &peer, &line);
    struct giop_request request = line_request(&world, &line);
    assert_true(names_codesets(&request, CODESET_UTF_8, CODESET_UTF_16));
    struct cdr_reader body = request.body;
    assert_int_equal(cdr_read_ulong(&body), 7);
    request = line_request(&world, &line);
    assert_int_equal(request.contexts.count, 0);
    line_close(&line);
    wait_for(&world, &called[0]);
    call_echo(object, &called[2], "again", 0);
    line_accept(&world, &peer, &line);
    request = line_request(&world, &line);
    assert_true(names_codesets(&request, CODESET_UTF_8, CODESET_UTF_16));
    orb_object_release(&object);
    ior_release(&ior);
    line_close(&line);
    peer_close(&peer);
    world_close(&world);
}

static void without_code_sets_no_wide_text_is_sent(void **state)
{
    (void)state;
    struct scene scene;
    struct called called = {0};
    struct cdr_writer *body;
    scene_open(&scene, NULL);
    struct orb_call *call = orb_call_new(scene.object, "echo", 4, GIOP_RESPONSE_TARGET, &body);
    cdr_write_wstring(body, 0, "w", 1);
    assert_int_equal(body->failure, EXCEPTION_BAD_PARAM);
    orb_call_drop(call);
    call_echo(scene.object, &called, "\xe2\x82\xac", 0); /* no such character in ISO-8859-1 */
    assert_failed(&scene.world, &called, EXCEPTION_DATA_CONVERSION, COMPLETED_NO, true);
    scene_close(&scene);
}

static void outcomes_are_counted(void **state)
{
    (void)state;
    struct scene scene;
    struct called called = {0};
    struct counter *returned =
        metrics_counter("orderd_orb_calls_total", "", "outcome=\"returned\"");
    struct counter *refused =
        metrics_counter("orderd_orb_calls_total", "", "outcome=\"system_exception\"");
    uint64_t returned_before = counter_value(returned);
    uint64_t refused_before = counter_value(refused);
    scene_open(&scene, NULL);
    call_echo(scene.object, &called, "x", 0);
    answer_exception(&scene.world, &scene.line, "BAD_OPERATION", COMPLETED_NO);
    wait_for(&scene.world, &called);
    assert_int_equal(counter_value(returned) - returned_before, 1);
    assert_int_equal(counter_value(refused) - refused_before, 1);
    scene_close(&scene);
}

static void an_object_tells_where_its_calls_go(void **state)
{
    (void)state;
    struct scene scene;
    scene_open(&scene, NULL);
    char expected[32];
    (void)snprintf(expected, sizeof(expected), "127.0.0.1:%u", scene.peer.port);
    assert_string_equal(orb_object_peer(scene.object), expected);
    scene_close(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_version_is_called_as_its_reference_says),
        cmocka_unit_test(a_reply_in_fragments_is_put_together),
        cmocka_unit_test(a_long_request_goes_out_in_fragments),
        cmocka_unit_test(replies_come_in_any_order),
        cmocka_unit_test(a_user_exception_comes_with_its_id),
        cmocka_unit_test(a_system_exception_comes_as_the_peer_raised_it),
        cmocka_unit_test(a_transient_reply_is_not_tried_again),
        cmocka_unit_test(a_oneway_ends_when_it_has_left),
        cmocka_unit_test(a_first_call_that_is_oneway_ends_too),
        cmocka_unit_test(calls_of_one_turn_go_out_in_one_piece),
        cmocka_unit_test(contexts_are_sent_as_they_were_given),
        cmocka_unit_test(more_contexts_than_a_message_may_have_end_the_call),
        cmocka_unit_test(a_call_that_is_dropped_sends_nothing),
        cmocka_unit_test(code_sets_are_named_once_a_connection),
        cmocka_unit_test(without_code_sets_no_wide_text_is_sent),
        cmocka_unit_test(outcomes_are_counted),
        cmocka_unit_test(an_object_tells_where_its_calls_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
