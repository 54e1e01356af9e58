/* Peers that send what they must not: each costs its own calls, and nothing else. */
#include "client_world.h"

#include <string.h>
#include <unistd.h>

/* A call to a peer that sends these bytes for an answer. */
static void answer_bytes(struct scene *scene, struct called *called, struct wire *wire)
{
    call_echo(scene->object, called, "x", 0);
    (void)line_request(&scene->world, &scene->line);
    line_send(&scene->world, &scene->line, wire);
}

/* The client calls the same peer again, on a new connection. */
static void assert_recovers(struct scene *scene)
{
    struct called called = {0};
    line_close(&scene->line);
    call_echo(scene->object, &called, "x", 0);
    line_accept(&scene->world, &scene->peer, &scene->line);
    answer_text(&scene->world, &scene->line, "well");
    assert_returned(&scene->world, &called, "well");
}

static void what_is_no_giop_ends_the_connection(void **state)
{
    (void)state;
    struct scene scene;
    struct called called = {0};
    struct wire wire = {.minor = 2};
    scene_open(&scene, NULL);
    buffer_append_text(&wire.bytes, "HTTP/1.1 400 Bad Request\r\n\r\n");
    answer_bytes(&scene, &called, &wire);
    assert_failed(&scene.world, &called, EXCEPTION_COMM_FAILURE, COMPLETED_MAYBE, true);
    line_wait_for_end(&scene.world, &scene.line);
    assert_recovers(&scene);
    scene_close(&scene);
}

static void a_size_beyond_the_limit_is_answered_with_message_error(void **state)
{
    (void)state;
    struct scene scene;
    struct called called = {0};
    struct wire wire = {.minor = 2};
    scene_open(&scene, NULL);
    wire_reply(&wire, 1, GIOP_NO_EXCEPTION);
    wire_end(&wire);
    memcpy(wire.bytes.data + 8, "\xf0\xff\xff\x7f", 4);
    answer_bytes(&scene, &called, &wire);
    assert_failed(&scene.world, &called, EXCEPTION_COMM_FAILURE, COMPLETED_MAYBE, true);
    assert_int_equal(line_message(&scene.world, &scene.line).type, GIOP_MESSAGE_ERROR);
    line_wait_for_end(&scene.world, &scene.line);
    assert_recovers(&scene);
    scene_close(&scene);
}

static void a_request_from_the_peer_is_no_answer(void **state)
{
    (void)state;
    struct scene scene;
    struct called called = {0};
    struct wire wire = {.minor = 2};
    scene_open(&scene, NULL);
    wire_call(&wire, 1, 3, "desk", "ping");
    answer_bytes(&scene, &called, &wire);
    assert_failed(&scene.world, &called, EXCEPTION_COMM_FAILURE, COMPLETED_MAYBE, true);
    assert_int_equal(line_message(&scene.world, &scene.line).type, GIOP_MESSAGE_ERROR);
    line_wait_for_end(&scene.world, &scene.line);
    assert_recovers(&scene);
    scene_close(&scene);
}

static void a_reply_without_a_whole_header_ends_the_connection(void **state)
{
    (void)state;
    struct scene scene;
    struct called called = {0};
    struct wire wire = {.minor = 2};
    scene_open(&scene, NULL);
    wire_bare(&wire, MESSAGE_REPLY);
    answer_bytes(&scene, &called, &wire);
    assert_failed(&scene.world, &called, EXCEPTION_COMM_FAILURE, COMPLETED_MAYBE, true);
    line_wait_for_end(&scene.world, &scene.line);
    assert_recovers(&scene);
    scene_close(&scene);
}

static void a_reply_to_nobody_is_dropped(void **state)
{
    (void)state;
    struct scene scene;
    struct called called = {0};
    struct wire wire = {.minor = 2};
    scene_open(&scene, NULL);
    call_echo(scene.object, &called, "x", 0);
    wire_reply_text(&wire, 4711, "whose?");
    wire_reply_text(&wire, 4712, "nobody's");
    line_send(&scene.world, &scene.line, &wire);
    answer_text(&scene.world, &scene.line, "mine");
    assert_returned(&scene.world, &called, "mine");
    scene_close(&scene);
}

static void a_second_reply_to_the_same_call_is_dropped(void **state)
{
    (void)state;
    struct scene scene;
    struct called called = {0};
    struct wire wire = {.minor = 2};
    scene_open(&scene, NULL);
    call_echo(scene.object, &called, "x", 0);
    struct giop_request request = line_request(&scene.world, &scene.line);
    wire_reply_text(&wire, request.id, "once");
    wire_reply_text(&wire, request.id, "twice");
    line_send(&scene.world, &scene.line, &wire);
    assert_returned(&scene.world, &called, "once");
    scene_close(&scene);
}

/* The reply to a call, made by `make`, cannot be read; others are not touched. */
static void assert_unreadable(void (*make)(struct wire *wire, uint32_t id))
{
    struct scene scene;
    struct called called = {0};
    struct called other = {0};
    struct wire wire = {.minor = 2};
    scene_open(&scene, NULL);
    call_echo(scene.object, &called, "x", 0);
    call_echo(scene.object, &other, "y", 0);
    make(&wire, line_request(&scene.world, &scene.line).id);
    line_send(&scene.world, &scene.line, &wire);
    assert_failed(&scene.world, &called, EXCEPTION_MARSHAL, COMPLETED_MAYBE, true);
    answer_text(&scene.world, &scene.line, "well");
    assert_returned(&scene.world, &other, "well");
    scene_close(&scene);
}

static void make_unknown_status(struct wire *wire, uint32_t id)
{
    wire_reply(wire, id, 6);
    wire_end(wire);
}

static void make_endless_contexts(struct wire *wire, uint32_t id)
{
    wire_begin(wire, MESSAGE_REPLY);
    wire_ulong(wire, id);
    wire_ulong(wire, GIOP_NO_EXCEPTION);
    wire_ulong(wire, 3);
    wire_end(wire);
}

static void make_user_exception_without_id(struct wire *wire, uint32_t id)
{
    wire_reply(wire, id, GIOP_USER_EXCEPTION);
    wire_ulong(wire, 1000);
    wire_end(wire);
}

static void make_cut_system_exception(struct wire *wire, uint32_t id)
{
    wire_reply(wire, id, GIOP_SYSTEM_EXCEPTION);
    wire_string(wire, "IDL:omg.org/CORBA/UNKNOWN:1.0");
    wire_end(wire);
}

static void make_cut_forward(struct wire *wire, uint32_t id)
{
    wire_reply(wire, id, GIOP_LOCATION_FORWARD);
    wire_string(wire, "IDL:Desk:1.0");
    wire_ulong(wire, 100000);
    wire_end(wire);
}

static void make_empty_addressing_mode(struct wire *wire, uint32_t id)
{
    wire_reply(wire, id, GIOP_NEEDS_ADDRESSING_MODE);
    wire_end(wire);
}

static void a_reply_that_cannot_be_read_ends_its_call_alone(void **state)
{
    (void)state;
    assert_unreadable(make_unknown_status);
    assert_unreadable(make_endless_contexts);
    assert_unreadable(make_user_exception_without_id);
    assert_unreadable(make_cut_system_exception);
    assert_unreadable(make_cut_forward);
    assert_unreadable(make_empty_addressing_mode);
}

static void a_reply_beyond_the_message_limit_ends_the_connection(void **state)
{
    (void)state;
    struct orb_client_options options = orb_client_defaults();
    struct scene scene;
    struct called called = {0};
    struct wire wire = {.minor = 2};
    char text[3000] = {0};
    memset(text, 'a', sizeof(text) - 1);
    options.stream.message_bytes = 2048;
    scene_open(&scene, &options);
    wire_reply_text(&wire, 2, text);
    answer_bytes(&scene, &called, &wire);
    assert_failed(&scene.world, &called, EXCEPTION_COMM_FAILURE, COMPLETED_MAYBE, true);
    scene_close(&scene);
}

static void a_peer_that_hangs_up_at_once_costs_the_call_only(void **state)
{
    (void)state;
    struct world world;
    struct peer peer;
    struct line line;
    struct called called = {0};
    world_open(&world, NULL);
    peer_open(&peer);
    struct orb_object *object = object_at(&world, &peer, 2);
    call_echo(object, &called, "x", 0);
    line_accept(&world, &peer, &line);
    line_close(&line);
    wait_for(&world, &called);
    assert_int_equal(called.system.kind, EXCEPTION_COMM_FAILURE);
    orb_object_release(&object);
    peer_close(&peer);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_giop_ends_the_connection),
        cmocka_unit_test(a_size_beyond_the_limit_is_answered_with_message_error),
        cmocka_unit_test(a_request_from_the_peer_is_no_answer),
        cmocka_unit_test(a_reply_without_a_whole_header_ends_the_connection),
        cmocka_unit_test(a_reply_to_nobody_is_dropped),
        cmocka_unit_test(a_second_reply_to_the_same_call_is_dropped),
        cmocka_unit_test(a_reply_that_cannot_be_read_ends_its_call_alone),
        cmocka_unit_test(a_reply_beyond_the_message_limit_ends_the_connection),
        cmocka_unit_test(a_peer_that_hangs_up_at_once_costs_the_call_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
