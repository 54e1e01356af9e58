/* Connections that end, peers that are silent or gone, calls that are given up: what is sent again,
 * what is not, and what the caller is told. */
#include "client_world.h"

#include "base/metrics.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void what_a_closed_connection_left_unanswered_goes_again(void **state)
{
    (void)state;
    struct scene scene;
    struct called called[2] = {{0}};
    struct wire wire = {.minor = 2};
    scene_open(&scene, NULL);
    call_echo(scene.object, &called[0], "first", 0);
    call_echo(scene.object, &called[1], "second", 0);
    (void)line_request(&scene.world, &scene.line);
    (void)line_request(&scene.world, &scene.line);
    wire_bare(&wire, MESSAGE_CLOSE);
    line_send(&scene.world, &scene.line, &wire);
    line_wait_for_end(&scene.world, &scene.line);
    line_close(&scene.line);
    line_accept(&scene.world, &scene.peer, &scene.line);
    answer_text(&scene.world, &scene.line, "one");
    answer_text(&scene.world, &scene.line, "two");
    assert_returned(&scene.world, &called[0], "one");
    assert_returned(&scene.world, &called[1], "two");
    scene_close(&scene);
}

static void a_peer_that_only_closes_does_not_get_the_call_for_ever(void **state)
{
    (void)state;
    struct scene scene;
    struct called called = {0};
    scene_open(&scene, NULL);
    call_echo(scene.object, &called, "x", 0);
    for (int i = 0; i < 6; i++) {
        struct wire wire = {.minor = 2};
        (void)line_request(&scene.world, &scene.line);
        wire_bare(&wire, MESSAGE_CLOSE);
        line_send(&scene.world, &scene.line, &wire);
        line_close(&scene.line);
        if (i < 5)
            line_accept(&scene.world, &scene.peer, &scene.line);
    }
    assert_failed(&scene.world, &called, EXCEPTION_TRANSIENT, COMPLETED_NO, true);
    scene.line = (struct line){.descriptor = dup(scene.peer.listener)};
    scene_close(&scene);
}

static void a_call_that_had_left_a_lost_connection_is_not_sent_again(void **state)
{
    (void)state;
    struct scene scene;
    struct called called = {0};
    scene_open(&scene, NULL);
    call_echo(scene.object, &called, "x", 0);
    (void)line_request(&scene.world, &scene.line);
    line_reset(&scene.line);
    assert_failed(&scene.world, &called, EXCEPTION_COMM_FAILURE, COMPLETED_MAYBE, true);
    assert_false(peer_was_called(&scene.world, &scene.peer));
    called = (struct called){0};
    call_echo(scene.object, &called, "again", 0); /* the next call connects anew */
    line_accept(&scene.world, &scene.peer, &scene.line);
    answer_text(&scene.world, &scene.line, "well");
    assert_returned(&scene.world, &called, "well");
    scene_close(&scene);
}

static void a_call_of_which_nothing_had_left_goes_again(void **state)
{
    (void)state;
    enum { BIG = 6 << 20 };
    struct orb_client_options options = orb_client_defaults();
    struct scene scene;
    struct called big = {0};
    struct called small = {0};
    options.unsent_bytes = 64 << 20;
    char *text = malloc(BIG + 1);
    assert_non_null(text);
    memset(text, 'b', BIG);
    text[BIG] = '\0';
    scene_open(&scene, &options);
    call_echo(scene.object, &big, text, 0); /* fills the socket */
    world_pause(&scene.world, 20);
    call_echo(scene.object, &small, "waits behind it", 0);
    world_pause(&scene.world, 20);
    line_reset(&scene.line);
    assert_failed(&scene.world, &big, EXCEPTION_COMM_FAILURE, COMPLETED_MAYBE, true);
    line_accept(&scene.world, &scene.peer, &scene.line);
    answer_text(&scene.world, &scene.line, "well");
    assert_returned(&scene.world, &small, "well");
    free(text);
    scene_close(&scene);
}

static void an_idle_connection_may_go_unnoticed(void **state)
{
    (void)state;
    struct scene scene;
    struct called called = {0};
    scene_open(&scene, NULL);
    line_close(&scene.line);
    world_pause(&scene.world, 10);
    call_echo(scene.object, &called, "x", 0);
    line_accept(&scene.world, &scene.peer, &scene.line);
    answer_text(&scene.world, &scene.line, "well");
    assert_returned(&scene.world, &called, "well");
    scene_close(&scene);
}

static void a_message_error_ends_all_calls(void **state)
{
    (void)state;
    struct scene scene;
    struct called called[2] = {{0}};
    struct wire wire = {.minor = 2};
    scene_open(&scene, NULL);
    call_echo(scene.object, &called[0], "x", 0);
    call_echo(scene.object, &called[1], "x", 0);
    (void)line_request(&scene.world, &scene.line);
    wire_bare(&wire, MESSAGE_BROKEN);
    line_send(&scene.world, &scene.line, &wire);
    for (int i = 0; i < 2; i++)
        assert_failed(&scene.world, &called[i], EXCEPTION_COMM_FAILURE, COMPLETED_MAYBE, true);
    scene_close(&scene);
}

/* ---- time ---- */

/* The next message cancels this request. */
static void assert_cancelled(struct scene *scene, uint32_t id)
{
    uint32_t cancelled;
    struct giop_message message = line_message(&scene->world, &scene->line);
    assert_int_equal(message.type, GIOP_CANCEL_REQUEST);
    assert_true(giop_read_cancel(&message, &cancelled));
    assert_int_equal(cancelled, id);
}

static void a_call_without_an_answer_times_out_and_is_cancelled(void **state)
{
    (void)state;
    struct scene scene;
    struct called called = {0};
    scene_open(&scene, NULL);
    call_echo(scene.object, &called, "x", 30);
    uint32_t id = line_request(&scene.world, &scene.line).id;
    assert_failed(&scene.world, &called, EXCEPTION_TIMEOUT, COMPLETED_MAYBE, true);
    assert_cancelled(&scene, id);
    struct wire wire = {.minor = 2};
    wire_reply_text(&wire, id, "late"); /* nobody waits: dropped */
    line_send(&scene.world, &scene.line, &wire);
    called = (struct called){0};
    call_echo(scene.object, &called, "next", 0);
    answer_text(&scene.world, &scene.line, "well");
    assert_returned(&scene.world, &called, "well");
    scene_close(&scene);
}

static void deadlines_pass_in_their_order(void **state)
{
    (void)state;
    struct scene scene;
    struct called called[3] = {{0}};
    const int times[] = {90, 30, 60};
    scene_open(&scene, NULL);
    for (int i = 0; i < 3; i++)
        call_echo(scene.object, &called[i], "x", times[i]);
    wait_for(&scene.world, &called[1]);
    assert_int_equal(called[0].answers, 0);
    wait_for(&scene.world, &called[2]);
    wait_for(&scene.world, &called[0]);
    scene_close(&scene);
}

static void a_cancelled_call_is_never_answered(void **state)
{
    (void)state;
    struct scene scene;
    struct called called = {0};
    scene_open(&scene, NULL);
    call_echo(scene.object, &called, "x", 0);
    uint32_t id = line_request(&scene.world, &scene.line).id;
    orb_call_cancel(called.call);
    assert_cancelled(&scene, id);
    struct wire wire = {.minor = 2};
    wire_reply_text(&wire, id, "late");
    line_send(&scene.world, &scene.line, &wire);
    world_pause(&scene.world, 10);
    assert_int_equal(called.answers, 0);
    scene_close(&scene);
}

static void a_call_can_be_given_up_before_the_connection_stands(void **state)
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
    orb_call_cancel(called.call);
    line_accept(&world, &peer, &line);
    assert_true(line_is_silent(&world, &line));
    orb_object_release(&object);
    line_close(&line);
    peer_close(&peer);
    world_close(&world);
    assert_int_equal(called.answers, 0);
}

/* ---- the breaker and back-off ---- */

/* Long enough that the next call comes within it on any machine; half of it is jitter. */
enum { BACKOFF_MS = 2000, PAUSE_MS = BACKOFF_MS + 10 };

static struct orb_client_options patient(void)
{
    struct orb_client_options options = orb_client_defaults();
    options.backoff_first_ms = BACKOFF_MS;
    return options;
}

static int64_t peers_down(void)
{
    return gauge_value(metrics_gauge("orderd_orb_peers_down", "", ""));
}

static void a_peer_that_refuses_is_left_alone_and_tried_again(void **state)
{
    (void)state;
    struct world world;
    struct peer peer;
    struct line line;
    struct called called[4] = {{0}};
    const struct orb_client_options options = patient();
    world_open(&world, &options);
    peer_open(&peer);
    struct orb_object *object = object_at(&world, &peer, 2);
    peer_close(&peer);
    call_echo(object, &called[0], "x", 0);
    assert_failed(&world, &called[0], EXCEPTION_TRANSIENT, COMPLETED_NO, true);
    assert_non_null(strstr(called[0].why, "Connection refused"));
    assert_int_equal(peers_down(), 1);
    peer_open_at(&peer, peer.port);
    call_echo(object, &called[1], "x", 0); /* at once: it is left alone */
    assert_failed(&world, &called[1], EXCEPTION_TRANSIENT, COMPLETED_NO, true);
    assert_non_null(strstr(called[1].why, "alone"));
    world_pause(&world, PAUSE_MS);
    call_echo(object, &called[2], "x", 0); /* the one that tries */
    call_echo(object, &called[3], "x", 0); /* and one that does not wait for it */
    assert_failed(&world, &called[3], EXCEPTION_TRANSIENT, COMPLETED_NO, true);
    line_accept(&world, &peer, &line);
    answer_text(&world, &line, "back");
    assert_returned(&world, &called[2], "back");
    assert_int_equal(peers_down(), 0);
    orb_object_release(&object);
    line_close(&line);
    peer_close(&peer);
    world_close(&world);
}

static void a_silent_peer_opens_the_breaker_and_an_answer_closes_it(void **state)
{
    (void)state;
    struct orb_client_options options = patient();
    struct scene scene;
    struct called called[5] = {{0}};
    options.breaker_failures = 2;
    scene_open(&scene, &options);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(peers_down(), 0);
        call_echo(scene.object, &called[i], "x", 10);
        assert_failed(&scene.world, &called[i], EXCEPTION_TIMEOUT, COMPLETED_MAYBE, true);
    }
    assert_int_equal(peers_down(), 1);
    call_echo(scene.object, &called[2], "x", 0);
    assert_failed(&scene.world, &called[2], EXCEPTION_TRANSIENT, COMPLETED_NO, true);
    world_pause(&scene.world, PAUSE_MS);
    call_echo(scene.object, &called[3], "probe", 0);
    call_echo(scene.object, &called[4], "x", 0);
    assert_failed(&scene.world, &called[4], EXCEPTION_TRANSIENT, COMPLETED_NO, true);
    for (int i = 0; i < 2; i++) {
        (void)line_request(&scene.world, &scene.line);
        assert_int_equal(line_message(&scene.world, &scene.line).type, GIOP_CANCEL_REQUEST);
    }
    answer_text(&scene.world, &scene.line, "well");
    assert_returned(&scene.world, &called[3], "well");
    assert_int_equal(peers_down(), 0);
    scene_close(&scene);
}

static void a_probe_that_times_out_leaves_the_breaker_open(void **state)
{
    (void)state;
    struct orb_client_options options = patient();
    struct scene scene;
    struct called called[3] = {{0}};
    options.breaker_failures = 1;
    scene_open(&scene, &options);
    call_echo(scene.object, &called[0], "x", 10);
    wait_for(&scene.world, &called[0]);
    world_pause(&scene.world, PAUSE_MS);
    call_echo(scene.object, &called[1], "probe", 10);
    assert_failed(&scene.world, &called[1], EXCEPTION_TIMEOUT, COMPLETED_MAYBE, true);
    call_echo(scene.object, &called[2], "x", 0);
    assert_failed(&scene.world, &called[2], EXCEPTION_TRANSIENT, COMPLETED_NO, true);
    assert_int_equal(peers_down(), 1);
    scene_close(&scene);
    assert_int_equal(peers_down(), 0);
}

/* ---- limits ---- */

static void too_many_calls_to_one_peer_are_refused(void **state)
{
    (void)state;
    struct orb_client_options options = orb_client_defaults();
    struct scene scene;
    struct called called[3] = {{0}};
    options.pending_calls = 2;
    scene_open(&scene, &options);
    for (int i = 0; i < 3; i++)
        call_echo(scene.object, &called[i], "x", 0);
    assert_failed(&scene.world, &called[2], EXCEPTION_NO_RESOURCES, COMPLETED_NO, true);
    answer_text(&scene.world, &scene.line, "a");
    answer_text(&scene.world, &scene.line, "b");
    assert_returned(&scene.world, &called[0], "a");
    assert_returned(&scene.world, &called[1], "b");
    scene_close(&scene);
}

static void more_bytes_than_may_wait_are_refused(void **state)
{
    (void)state;
    struct orb_client_options options = orb_client_defaults();
    struct scene scene;
    struct called called = {0};
    char text[2000] = {0};
    memset(text, 'a', sizeof(text) - 1);
    options.unsent_bytes = 1000;
    scene_open(&scene, &options);
    call_echo(scene.object, &called, text, 0);
    assert_failed(&scene.world, &called, EXCEPTION_NO_RESOURCES, COMPLETED_NO, true);
    scene_close(&scene);
}

static void an_idle_connection_makes_room_for_another(void **state)
{
    (void)state;
    struct orb_client_options options = orb_client_defaults();
    struct scene scene;
    struct peer other;
    struct line line;
    struct called called[3] = {{0}};
    options.connections = 1;
    scene_open(&scene, &options);
    peer_open(&other);
    struct orb_object *object = object_at(&scene.world, &other, 2);
    call_echo(object, &called[0], "x", 0);
    line_wait_for_end(&scene.world, &scene.line);
    line_accept(&scene.world, &other, &line);
    call_echo(scene.object, &called[1], "x", 0); /* the other one is in use now */
    assert_failed(&scene.world, &called[1], EXCEPTION_NO_RESOURCES, COMPLETED_NO, true);
    answer_text(&scene.world, &line, "well");
    assert_returned(&scene.world, &called[0], "well");
    orb_object_release(&object);
    line_close(&line);
    peer_close(&other);
    scene_close(&scene);
}

static void an_idle_connection_is_closed_after_its_time(void **state)
{
    (void)state;
    struct orb_client_options options = orb_client_defaults();
    struct scene scene;
    options.idle_timeout_ms = 30;
    scene_open(&scene, &options);
    line_wait_for_end(&scene.world, &scene.line);
    scene_close(&scene);
}

/* ---- lifetimes ---- */

static void the_end_of_the_client_ends_its_calls(void **state)
{
    (void)state;
    struct scene scene;
    struct called sent = {0};
    scene_open(&scene, NULL);
    call_echo(scene.object, &sent, "x", 0);
    (void)line_request(&scene.world, &scene.line);
    scene_close(&scene);
    assert_int_equal(sent.answers, 1);
    assert_int_equal(sent.system.kind, EXCEPTION_COMM_FAILURE);
    assert_int_equal(sent.system.completed, COMPLETED_MAYBE);
}

/* Calls again from within the callback, gives the neighbour up and lets the object go. */
struct chain {
    struct orb_object *object;
    struct called neighbour, next;
    bool ran;
};

static void chain_answered(void *arg, const struct orb_outcome *outcome)
{
    struct chain *chain = arg;
    (void)outcome;
    chain->ran = true;
    orb_call_cancel(chain->neighbour.call);
    call_echo(chain->object, &chain->next, "next", 0);
    orb_object_release(&chain->object);
}

static void a_callback_may_call_cancel_and_release(void **state)
{
    (void)state;
    struct scene scene;
    struct cdr_writer *body;
    scene_open(&scene, NULL);
    struct chain chain = {.object = orb_object_hold(scene.object)};
    call_echo(scene.object, &chain.neighbour, "neighbour", 0);
    struct orb_call *call = orb_call_new(scene.object, "echo", 4, GIOP_RESPONSE_TARGET, &body);
    orb_call_send(call, 0, chain_answered, &chain);
    orb_object_release(&scene.object);
    uint32_t neighbour = line_request(&scene.world, &scene.line).id;
    answer_text(&scene.world, &scene.line, "go");
    assert_cancelled(&scene, neighbour);
    answer_text(&scene.world, &scene.line, "well");
    assert_returned(&scene.world, &chain.next, "well");
    assert_true(chain.ran);
    assert_int_equal(chain.neighbour.answers, 0);
    scene_close(&scene);
}

/* Whoever calls a dead peer again as soon as it fails must not stop the loop. */
struct stubborn {
    struct orb_object *object;
    int failures;
};

static void call_again(void *arg, const struct orb_outcome *outcome)
{
    struct stubborn *stubborn = arg;
    struct cdr_writer *body;
    (void)outcome;
    if (++stubborn->failures >= 5000)
        return;
    struct orb_call *call = orb_call_new(stubborn->object, "echo", 4, GIOP_RESPONSE_TARGET, &body);
    orb_call_send(call, 0, call_again, stubborn);
}

static void failing_again_and_again_leaves_the_loop_its_turns(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    struct stubborn stubborn = {.object = object_of(&world, "corbaloc:iiop:1.2@127.0.0.1:1/desk")};
    call_again(&stubborn, NULL);
    world_pause(&world, 5);
    world_turn(&world);
    while (stubborn.failures < 5000)
        world_turn(&world);
    orb_object_release(&stubborn.object);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_closed_connection_left_unanswered_goes_again),
        cmocka_unit_test(a_peer_that_only_closes_does_not_get_the_call_for_ever),
        cmocka_unit_test(a_call_that_had_left_a_lost_connection_is_not_sent_again),
        cmocka_unit_test(a_call_of_which_nothing_had_left_goes_again),
        cmocka_unit_test(an_idle_connection_may_go_unnoticed),
        cmocka_unit_test(a_message_error_ends_all_calls),
        cmocka_unit_test(a_call_without_an_answer_times_out_and_is_cancelled),
        cmocka_unit_test(deadlines_pass_in_their_order),
        cmocka_unit_test(a_cancelled_call_is_never_answered),
        cmocka_unit_test(a_call_can_be_given_up_before_the_connection_stands),
        cmocka_unit_test(a_peer_that_refuses_is_left_alone_and_tried_again),
        cmocka_unit_test(a_silent_peer_opens_the_breaker_and_an_answer_closes_it),
        cmocka_unit_test(a_probe_that_times_out_leaves_the_breaker_open),
        cmocka_unit_test(too_many_calls_to_one_peer_are_refused),
        cmocka_unit_test(more_bytes_than_may_wait_are_refused),
        cmocka_unit_test(an_idle_connection_makes_room_for_another),
        cmocka_unit_test(an_idle_connection_is_closed_after_its_time),
        cmocka_unit_test(the_end_of_the_client_ends_its_calls),
        cmocka_unit_test(a_callback_may_call_cancel_and_release),
        cmocka_unit_test(failing_again_and_again_leaves_the_loop_its_turns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
