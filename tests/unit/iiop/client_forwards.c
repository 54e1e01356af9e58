/* Where calls are sent on to: forwards, what is remembered of them and forgotten, other ways to
 * name the target, and references with several addresses. */
#include "client_world.h"

#include <stdio.h>
#include <string.h>

/* A second peer, where calls are forwarded to. */
struct stage {
    struct scene scene;
    struct peer other;
    struct line there;
    struct ior *forward;
};

static void stage_open(struct stage *stage, const struct orb_client_options *options)
{
    *stage = (struct stage){.there.descriptor = -1};
    scene_open(&stage->scene, options);
    peer_open(&stage->other);
    stage->forward = ior_at(&stage->other, "away");
}

static void stage_close(struct stage *stage)
{
    if (stage->there.descriptor >= 0)
        line_close(&stage->there);
    peer_close(&stage->other);
    ior_release(&stage->forward);
    scene_close(&stage->scene);
}

/* Has a call forwarded and answered there. */
static void forward_once(struct stage *stage, uint32_t status)
{
    struct called called = {0};
    struct world *world = &stage->scene.world;
    call_echo(stage->scene.object, &called, "x", 0);
    answer_forward(world, &stage->scene.line, status, stage->forward);
    line_accept(world, &stage->other, &stage->there);
    struct giop_request request = line_request(world, &stage->there);
    assert_int_equal(request.key_size, 4);
    assert_memory_equal(request.key, "away", 4);
    struct wire wire = {.minor = 2};
    wire_reply_text(&wire, request.id, "here");
    line_send(world, &stage->there, &wire);
    assert_returned(world, &called, "here");
}

static void a_forwarded_call_is_made_where_it_leads_and_so_is_the_next(void **state)
{
    (void)state;
    for (uint32_t status = GIOP_LOCATION_FORWARD; status <= GIOP_LOCATION_FORWARD_PERM; status++) {
        struct stage stage;
        struct called called = {0};
        stage_open(&stage, NULL);
        forward_once(&stage, status);
        call_echo(stage.scene.object, &called, "x", 0);
        /* Now that code sets are known, they have a connection of their own. */
        struct line second;
        line_accept(&stage.scene.world, &stage.other, &second);
        answer_text(&stage.scene.world, &second, "still here");
        assert_returned(&stage.scene.world, &called, "still here");
        assert_true(line_is_silent(&stage.scene.world, &stage.scene.line));
        line_close(&second);
        stage_close(&stage);
    }
}

static void a_remembered_forward_that_is_gone_is_forgotten(void **state)
{
    (void)state;
    struct stage stage;
    struct called called = {0};
    struct line second;
    stage_open(&stage, NULL);
    forward_once(&stage, GIOP_LOCATION_FORWARD);
    call_echo(stage.scene.object, &called, "x", 0);
    line_accept(&stage.scene.world, &stage.other, &second);
    answer_exception(&stage.scene.world, &second, "OBJECT_NOT_EXIST", COMPLETED_NO);
    line_close(&second);
    /* The body was made for the forward's code sets: the original place has none. */
    answer_text(&stage.scene.world, &stage.scene.line, "home again");
    assert_returned(&stage.scene.world, &called, "home again");
    stage_close(&stage);
}

static void a_forward_to_a_dead_peer_falls_back_once(void **state)
{
    (void)state;
    struct stage stage;
    struct called called = {0};
    stage_open(&stage, NULL);
    peer_close(&stage.other);
    call_echo(stage.scene.object, &called, "x", 0);
    answer_forward(&stage.scene.world, &stage.scene.line, GIOP_LOCATION_FORWARD, stage.forward);
    answer_forward(&stage.scene.world, &stage.scene.line, GIOP_LOCATION_FORWARD, stage.forward);
    assert_failed(&stage.scene.world, &called, EXCEPTION_TRANSIENT, COMPLETED_NO, true);
    peer_open(&stage.other);
    stage_close(&stage);
}

static void an_exception_after_the_call_ran_does_not_fall_back(void **state)
{
    (void)state;
    struct stage stage;
    struct called called = {0};
    struct line second;
    stage_open(&stage, NULL);
    forward_once(&stage, GIOP_LOCATION_FORWARD);
    call_echo(stage.scene.object, &called, "x", 0);
    line_accept(&stage.scene.world, &stage.other, &second);
    answer_exception(&stage.scene.world, &second, "TRANSIENT", COMPLETED_MAYBE);
    assert_failed(&stage.scene.world, &called, EXCEPTION_TRANSIENT, COMPLETED_MAYBE, false);
    line_close(&second);
    stage_close(&stage);
}

static void a_forward_to_another_object_is_not_followed_again(void **state)
{
    (void)state;
    struct stage stage;
    struct called called[2] = {{0}};
    struct line second;
    stage_open(&stage, NULL);
    forward_once(&stage, GIOP_LOCATION_FORWARD_PERM);
    call_echo(stage.scene.object, &called[0], "x", 0);
    line_accept(&stage.scene.world, &stage.other, &second);
    answer_exception(&stage.scene.world, &second, "BAD_OPERATION", COMPLETED_NO);
    assert_failed(&stage.scene.world, &called[0], EXCEPTION_BAD_OPERATION, COMPLETED_NO, false);
    call_echo(stage.scene.object, &called[1], "x", 0);
    answer_text(&stage.scene.world, &stage.scene.line, "home again");
    assert_returned(&stage.scene.world, &called[1], "home again");
    line_close(&second);
    stage_close(&stage);
}

static void a_forward_to_what_speaks_no_giop_is_not_followed_again(void **state)
{
    (void)state;
    struct stage stage;
    struct wire wire = {.minor = 2};
    struct called called[2] = {{0}};
    struct line second;
    stage_open(&stage, NULL);
    forward_once(&stage, GIOP_LOCATION_FORWARD);
    call_echo(stage.scene.object, &called[0], "x", 0);
    line_accept(&stage.scene.world, &stage.other, &second);
    (void)line_request(&stage.scene.world, &second);
    buffer_append_text(&wire.bytes, "HTTP/1.1 400 Bad Request\r\n\r\n");
    line_send(&stage.scene.world, &second, &wire);
    assert_failed(&stage.scene.world, &called[0], EXCEPTION_COMM_FAILURE, COMPLETED_MAYBE, true);
    call_echo(stage.scene.object, &called[1], "x", 0);
    answer_text(&stage.scene.world, &stage.scene.line, "home again");
    assert_returned(&stage.scene.world, &called[1], "home again");
    line_close(&second);
    stage_close(&stage);
}

static void a_circle_of_forwards_ends(void **state)
{
    (void)state;
    struct orb_client_options options = orb_client_defaults();
    struct scene scene;
    struct called called = {0};
    options.forward_limit = 3;
    scene_open(&scene, &options);
    struct ior *to = ior_at(&scene.peer, "desk");
    call_echo(scene.object, &called, "x", 0);
    for (int i = 0; i < 4; i++)
        answer_forward(&scene.world, &scene.line, GIOP_LOCATION_FORWARD, to);
    assert_failed(&scene.world, &called, EXCEPTION_TRANSIENT, COMPLETED_NO, true);
    ior_release(&to);
    scene_close(&scene);
}

static void a_forward_to_nil_is_refused(void **state)
{
    (void)state;
    struct scene scene;
    struct called called = {0};
    scene_open(&scene, NULL);
    call_echo(scene.object, &called, "x", 0);
    answer_forward(&scene.world, &scene.line, GIOP_LOCATION_FORWARD, NULL);
    assert_failed(&scene.world, &called, EXCEPTION_INV_OBJREF, COMPLETED_NO, true);
    scene_close(&scene);
}

/* ---- address kinds ---- */

static void ask_for_address(struct scene *scene, uint16_t kind)
{
    struct giop_request request = line_request(&scene->world, &scene->line);
    struct wire wire = {.minor = 2};
    wire_reply(&wire, request.id, GIOP_NEEDS_ADDRESSING_MODE);
    buffer_append(&wire.bytes, &kind, sizeof(kind));
    wire_end(&wire);
    line_send(&scene->world, &scene->line, &wire);
}

/* Of a request of GIOP 1.2: behind id, flags and three octets. */
static uint16_t address_kind(const struct giop_message *message)
{
    uint16_t kind;
    memcpy(&kind, message->data + GIOP_HEADER_SIZE + 8, sizeof(kind));
    return kind;
}

static void the_target_is_named_as_the_peer_asks(void **state)
{
    (void)state;
    struct scene scene;
    scene_open(&scene, NULL);
    for (unsigned kind = GIOP_PROFILE_ADDR; kind <= GIOP_REFERENCE_ADDR; kind++) {
        struct called called = {0};
        call_echo(scene.object, &called, "x", 0);
        ask_for_address(&scene, (uint16_t)kind);
        struct giop_message message = line_message(&scene.world, &scene.line);
        struct giop_request request;
        assert_int_equal(address_kind(&message), kind);
        assert_int_equal(giop_read_request(&message, NULL, &request), EXCEPTION_NONE);
        assert_memory_equal(request.key, "desk", 4);
        struct wire wire = {.minor = 2};
        wire_reply_text(&wire, request.id, "well");
        line_send(&scene.world, &scene.line, &wire);
        assert_returned(&scene.world, &called, "well");
    }
    struct called called = {0};
    call_echo(scene.object, &called, "x", 0);
    struct giop_message message = line_message(&scene.world, &scene.line);
    assert_int_equal(address_kind(&message), GIOP_REFERENCE_ADDR); /* it is remembered */
    scene_close(&scene);
}

static void asking_for_another_address_for_ever_ends(void **state)
{
    (void)state;
    struct orb_client_options options = orb_client_defaults();
    struct scene scene;
    struct called called = {0};
    options.forward_limit = 2;
    scene_open(&scene, &options);
    call_echo(scene.object, &called, "x", 0);
    for (int i = 0; i < 3; i++)
        ask_for_address(&scene, GIOP_PROFILE_ADDR);
    assert_failed(&scene.world, &called, EXCEPTION_TRANSIENT, COMPLETED_NO, true);
    scene_close(&scene);
}

static void an_address_kind_that_does_not_exist_is_refused(void **state)
{
    (void)state;
    struct scene scene;
    struct called called = {0};
    scene_open(&scene, NULL);
    call_echo(scene.object, &called, "x", 0);
    ask_for_address(&scene, 3);
    assert_failed(&scene.world, &called, EXCEPTION_MARSHAL, COMPLETED_MAYBE, true);
    scene_close(&scene);
}

/* ---- several addresses ---- */

static void the_address_that_answers_is_found_and_remembered(void **state)
{
    (void)state;
    struct world world;
    struct peer dead;
    struct peer alive;
    struct line line;
    struct called called[2] = {{0}};
    char reference[120];
    world_open(&world, NULL);
    peer_open(&dead);
    peer_open(&alive);
    (void)snprintf(reference, sizeof(reference),
                   "corbaloc:iiop:1.2@127.0.0.1:%u,iiop:1.2@127.0.0.1:%u/desk", dead.port,
                   alive.port);
    peer_close(&dead);
    struct orb_object *object = object_of(&world, reference);
    call_echo(object, &called[0], "x", 0);
    line_accept(&world, &alive, &line);
    answer_text(&world, &line, "one");
    assert_returned(&world, &called[0], "one");
    call_echo(object, &called[1], "x", 0);
    char port[8];
    (void)snprintf(port, sizeof(port), ":%u", alive.port);
    assert_non_null(strstr(orb_object_peer(object), port));
    answer_text(&world, &line, "two");
    assert_returned(&world, &called[1], "two");
    orb_object_release(&object);
    line_close(&line);
    peer_close(&alive);
    world_close(&world);
}

static void a_reference_with_no_address_of_iiop_is_refused(void **state)
{
    (void)state;
    struct world world;
    struct called called = {0};
    /* Big-endian: an empty type id, and one profile with a tag that nobody knows. */
    const uint8_t bytes[] = {0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 99, 0, 0, 0, 0};
    world_open(&world, NULL);
    struct cdr_reader r = cdr_reader_of(bytes, sizeof(bytes), false, NULL);
    struct ior *ior = ior_read(&r);
    assert_non_null(ior);
    struct orb_object *object = orb_object_new(world.client, ior);
    call_echo(object, &called, "x", 0);
    assert_failed(&world, &called, EXCEPTION_INV_OBJREF, COMPLETED_NO, true);
    orb_object_release(&object);
    ior_release(&ior);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_forwarded_call_is_made_where_it_leads_and_so_is_the_next),
        cmocka_unit_test(a_remembered_forward_that_is_gone_is_forgotten),
        cmocka_unit_test(a_forward_to_a_dead_peer_falls_back_once),
        cmocka_unit_test(an_exception_after_the_call_ran_does_not_fall_back),
        cmocka_unit_test(a_forward_to_another_object_is_not_followed_again),
        cmocka_unit_test(a_forward_to_what_speaks_no_giop_is_not_followed_again),
        cmocka_unit_test(a_circle_of_forwards_ends),
        cmocka_unit_test(a_forward_to_nil_is_refused),
        cmocka_unit_test(the_target_is_named_as_the_peer_asks),
        cmocka_unit_test(asking_for_another_address_for_ever_ends),
        cmocka_unit_test(an_address_kind_that_does_not_exist_is_refused),
        cmocka_unit_test(the_address_that_answers_is_found_and_remembered),
        cmocka_unit_test(a_reference_with_no_address_of_iiop_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
