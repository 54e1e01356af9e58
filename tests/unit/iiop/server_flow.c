/* Many requests at a time: pipelined, out of order, in fragments, cancelled, and beyond every limit
 * on how much may be under way. */
#include "server_world.h"

#include "base/log.h"

#include <event2/event.h>
#include <string.h>
#include <unistd.h>

static void pipelined_requests_are_answered_in_one_go(void **state)
{
    (void)state;
    enum { CALLS = 200 };
    struct world world;
    struct wire wire = {.minor = 2};
    world_open(&world, NULL);
    struct client client = client_open(&world);
    for (uint32_t id = 1; id <= CALLS; id++)
        wire_call(&wire, id, 3, "desk", "ping");
    client_send(&world, &client, &wire);
    for (uint32_t id = 1; id <= CALLS; id++)
        (void)assert_answer(&world, &client, id, GIOP_NO_EXCEPTION);
    client_close(&client);
    world_close(&world);
}

static void replies_come_in_the_order_in_which_they_are_made(void **state)
{
    (void)state;
    struct world world;
    struct wire wire = {.minor = 2};
    world_open(&world, NULL);
    struct client client = client_open(&world);
    wire_call(&wire, 1, 3, "desk", "hold");
    wire_call(&wire, 2, 3, "desk", "hold");
    wire_call(&wire, 3, 3, "desk", "ping");
    client_send(&world, &client, &wire);
    (void)assert_answer(&world, &client, 3, GIOP_NO_EXCEPTION);
    orb_reply_nothing(world.held[1]);
    (void)assert_answer(&world, &client, 2, GIOP_NO_EXCEPTION);
    orb_reply_exception(world.held[0], EXCEPTION_NO_RESOURCES, 0, COMPLETED_MAYBE);
    assert_exception(&world, &client, 1, "NO_RESOURCES", COMPLETED_MAYBE);
    client_close(&client);
    world_close(&world);
}

static void a_request_that_is_kept_knows_its_operation_and_key(void **state)
{
    (void)state;
    struct world world;
    struct wire wire = {.minor = 2};
    size_t size;
    world_open(&world, NULL);
    struct client client = client_open(&world);
    wire_call_text(&wire, 1, "desk", "hold", "argument");
    wire_call_text(&wire, 2, "desk", "echo", "another message over the bytes of the first");
    client_send(&world, &client, &wire);
    (void)assert_answer(&world, &client, 2, GIOP_NO_EXCEPTION);
    assert_memory_equal(orb_request_operation(world.held[0], &size), "hold", 4);
    assert_int_equal(size, 4);
    assert_memory_equal(orb_request_key(world.held[0], &size), "desk", 4);
    assert_int_equal(size, 4);
    (void)orb_request_object_id(world.held[0], &size);
    assert_int_equal(size, 0);
    struct cdr_reader arguments = orb_request_arguments(world.held[0]);
    assert_int_equal(cdr_left(&arguments), 0);
    assert_int_equal(orb_request_contexts(world.held[0])->count, 0);
    assert_memory_equal(orb_request_peer(world.held[0]), "127.0.0.1:", 10);
    orb_reply_nothing(world.held[0]);
    client_close(&client);
    world_close(&world);
}

/* ---- fragments ---- */

/* A Request for echo that says that more comes, and one Fragment with the rest of its text. */
static void begin_fragmented(struct wire *wire, uint32_t id)
{
    wire_request(wire, id, 3, "desk", "echo");
    wire_ulong(wire, 9);
    buffer_append(&wire->bytes, "long", 4);
    wire_align(wire, 8);
    wire_end(wire);
    wire->bytes.data[wire->begin + 6] |= 2;
}

static void end_fragmented(struct wire *wire, uint32_t id)
{
    wire_begin(wire, MESSAGE_FRAGMENT);
    wire_ulong(wire, id);
    buffer_append(&wire->bytes, "text", 5);
    wire_end(wire);
}

static void fragments_of_several_requests_may_interleave(void **state)
{
    (void)state;
    struct world world;
    struct wire wire = {.minor = 2};
    world_open(&world, NULL);
    struct client client = client_open(&world);
    begin_fragmented(&wire, 1);
    begin_fragmented(&wire, 2);
    wire_call(&wire, 3, 3, "desk", "ping");
    end_fragmented(&wire, 2);
    client_send(&world, &client, &wire);
    (void)assert_answer(&world, &client, 3, GIOP_NO_EXCEPTION);
    struct answer answer = assert_answer(&world, &client, 2, GIOP_NO_EXCEPTION);
    assert_string_equal(reading_string(&answer.reading), "longtext");
    end_fragmented(&wire, 1);
    client_send(&world, &client, &wire);
    answer = assert_answer(&world, &client, 1, GIOP_NO_EXCEPTION);
    assert_string_equal(reading_string(&answer.reading), "longtext");
    client_close(&client);
    world_close(&world);
}

static void a_request_may_come_byte_by_byte(void **state)
{
    (void)state;
    struct world world;
    struct wire whole = {.minor = 1, .big = true};
    world_open(&world, NULL);
    struct client client = client_open(&world);
    wire_call_text(&whole, 1, "desk", "echo", "slowly");
    for (size_t i = 0; i < whole.bytes.size; i++) {
        struct wire byte = {0};
        buffer_append(&byte.bytes, whole.bytes.data + i, 1);
        client_send(&world, &client, &byte);
    }
    struct answer answer = assert_answer(&world, &client, 1, GIOP_NO_EXCEPTION);
    assert_string_equal(reading_string(&answer.reading), "slowly");
    buffer_release(&whole.bytes);
    client_close(&client);
    world_close(&world);
}

static void a_long_reply_is_sent_in_fragments(void **state)
{
    (void)state;
    enum { SIZE = 100000, FRAGMENT = 8192 };
    struct world world;
    struct wire wire = {.minor = 2};
    struct orb_server_options options = orb_server_defaults();
    options.fragment_bytes = FRAGMENT;
    world_open(&world, &options);
    struct client client = client_open(&world);
    wire_call_ulong(&wire, 1, "desk", "bulk", SIZE);
    client_send(&world, &client, &wire);
    struct reading reading = client_message(&world, &client);
    size_t got = answer_of(&reading).reading.size - answer_of(&reading).reading.at - 4;
    while (reading.flags & 2) {
        reading = client_message(&world, &client);
        assert_int_equal(reading.type, MESSAGE_FRAGMENT);
        assert_true(reading.size <= FRAGMENT);
        got += reading.size - 16;
    }
    assert_int_equal(got, SIZE);
    client_close(&client);
    world_close(&world);
}

/* ---- cancelling ---- */

static void a_cancelled_request_is_not_answered(void **state)
{
    (void)state;
    struct world world;
    struct wire wire = {.minor = 2};
    world_open(&world, NULL);
    struct client client = client_open(&world);
    wire_call(&wire, 1, 3, "desk", "hold");
    wire_call(&wire, 2, 3, "desk", "hold");
    wire_cancel(&wire, 1);
    wire_cancel(&wire, 4711); /* nobody's */
    wire_call(&wire, 3, 3, "desk", "ping");
    client_send(&world, &client, &wire);
    (void)assert_answer(&world, &client, 3, GIOP_NO_EXCEPTION);
    assert_false(orb_request_wanted(world.held[0]));
    assert_true(orb_request_wanted(world.held[1]));
    (void)orb_reply_open(world.held[0], GIOP_USER_EXCEPTION);
    orb_reply_send(world.held[0]);
    orb_reply_nothing(world.held[1]);
    (void)assert_answer(&world, &client, 2, GIOP_NO_EXCEPTION);
    client_close(&client);
    world_close(&world);
}

static void a_request_cancelled_in_the_middle_of_it_never_runs(void **state)
{
    (void)state;
    struct world world;
    struct wire wire = {.minor = 2};
    world_open(&world, NULL);
    struct client client = client_open(&world);
    begin_fragmented(&wire, 1);
    wire_cancel(&wire, 1);
    end_fragmented(&wire, 1);
    wire_call(&wire, 2, 3, "desk", "ping");
    client_send(&world, &client, &wire);
    (void)assert_answer(&world, &client, 2, GIOP_NO_EXCEPTION);
    assert_int_equal(world.invoked, 1);
    client_close(&client);
    world_close(&world);
}

/* ---- limits ---- */

static void beyond_the_pipelined_limit_nothing_is_read(void **state)
{
    (void)state;
    enum { CALLS = 20 };
    struct world world;
    struct wire wire = {.minor = 2};
    struct orb_server_options options = orb_server_defaults();
    options.pipelined = 3;
    world_open(&world, &options);
    struct client client = client_open(&world);
    for (uint32_t id = 1; id <= CALLS; id++)
        wire_call(&wire, id, 3, "desk", "hold");
    client_send(&world, &client, &wire);
    world_wait_for_held(&world, 3);
    world_turn(&world);
    assert_int_equal(world.invoked, 3);
    assert_serves(&world);
    for (uint32_t id = 1; id <= CALLS; id++) {
        orb_reply_nothing(world.held[id - 1]);
        (void)assert_answer(&world, &client, id, GIOP_NO_EXCEPTION);
        world_turn(&world);
        assert_int_equal(world.held_count, id + 3 < CALLS ? id + 3 : CALLS);
    }
    client_close(&client);
    world_close(&world);
}

static void beyond_the_requests_limit_a_client_is_told_to_come_back(void **state)
{
    (void)state;
    struct world world;
    struct wire wire = {.minor = 2};
    struct orb_server_options options = orb_server_defaults();
    options.requests = 2;
    world_open(&world, &options);
    struct client client = client_open(&world), other = client_open(&world);
    wire_call(&wire, 1, 3, "desk", "hold");
    client_send(&world, &client, &wire);
    wire_call(&wire, 2, 3, "desk", "hold");
    wire_call(&wire, 3, 3, "desk", "hold");
    wire_call(&wire, 4, 0, "desk", "hold");
    wire_call(&wire, 5, 3, "desk", "ping");
    client_send(&world, &other, &wire);
    assert_exception(&world, &other, 3, "TRANSIENT", COMPLETED_NO);
    assert_exception(&world, &other, 5, "TRANSIENT", COMPLETED_NO);
    assert_int_equal(world.held_count, 2);
    orb_reply_nothing(world.held[0]);
    (void)assert_answer(&world, &client, 1, GIOP_NO_EXCEPTION);
    assert_serves(&world);
    orb_reply_nothing(world.held[1]);
    (void)assert_answer(&world, &other, 2, GIOP_NO_EXCEPTION);
    client_close(&client);
    client_close(&other);
    world_close(&world);
}

static void a_client_that_takes_nothing_is_not_read_from(void **state)
{
    (void)state;
    enum { CALLS = 100, SIZE = 1 << 20 };
    struct world world;
    struct wire wire = {.minor = 2};
    struct orb_server_options options = orb_server_defaults();
    options.unsent_bytes = 2 << 20;
    options.fragment_bytes = 0;
    world_open(&world, &options);
    struct client client = client_open(&world);
    for (uint32_t id = 1; id <= CALLS; id++)
        wire_call_ulong(&wire, id, "desk", "bulk", SIZE);
    client_send(&world, &client, &wire);
    world_turn(&world);
    assert_in_range(world.invoked, 1, CALLS / 2);
    assert_serves(&world);
    for (uint32_t id = 1; id <= CALLS; id++) {
        struct answer answer = assert_answer(&world, &client, id, GIOP_NO_EXCEPTION);
        assert_int_equal(reading_ulong(&answer.reading), SIZE);
        if (client.taken > 8 << 20) { /* forget what was read */
            memmove(client.got.data, client.got.data + client.taken,
                    client.got.size - client.taken);
            client.got.size -= client.taken;
            client.taken = 0;
        }
    }
    client_close(&client);
    world_close(&world);
}

static void beyond_the_connections_limit_a_client_is_closed(void **state)
{
    (void)state;
    struct world world;
    struct orb_server_options options = orb_server_defaults();
    options.connections = 2;
    world_open(&world, &options);
    struct client first = client_open(&world), second = client_open(&world);
    world_wait_for_callers(&world, 2);
    struct client third = client_open(&world);
    client_wait_for_end(&world, &third);
    client_close(&third);
    client_close(&first);
    world_wait_for_callers(&world, 1);
    assert_serves(&world);
    client_close(&second);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pipelined_requests_are_answered_in_one_go),
        cmocka_unit_test(replies_come_in_the_order_in_which_they_are_made),
        cmocka_unit_test(a_request_that_is_kept_knows_its_operation_and_key),
        cmocka_unit_test(fragments_of_several_requests_may_interleave),
        cmocka_unit_test(a_request_may_come_byte_by_byte),
        cmocka_unit_test(a_long_reply_is_sent_in_fragments),
        cmocka_unit_test(a_cancelled_request_is_not_answered),
        cmocka_unit_test(a_request_cancelled_in_the_middle_of_it_never_runs),
        cmocka_unit_test(beyond_the_pipelined_limit_nothing_is_read),
        cmocka_unit_test(beyond_the_requests_limit_a_client_is_told_to_come_back),
        cmocka_unit_test(a_client_that_takes_nothing_is_not_read_from),
        cmocka_unit_test(beyond_the_connections_limit_a_client_is_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
