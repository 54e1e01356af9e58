/* How connections, requests and servers end, in every order; and what hostile bytes achieve. */
#include "server_world.h"

#include <event2/event.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void send_text(struct world *world, struct client *client, const char *bytes, size_t size)
{
    struct wire wire = {0};
    buffer_append(&wire.bytes, bytes, size);
    client_send(world, client, &wire);
}

/* The last message is this one, without a body, and then the end. */
static void assert_last_word(struct world *world, struct client *client, uint8_t type)
{
    struct reading reading = client_message(world, client);
    assert_int_equal(reading.type, type);
    assert_int_equal(reading.size, 12);
    client_wait_for_end(world, client);
}

/* ---- hostile bytes ---- */

/* The server ends it, with MessageError where that would be understood, and goes on for others. */
static void assert_refused(const char *bytes, size_t size, bool told)
{
    struct world world;
    struct wire wire = {.minor = 2};
    world_open(&world, NULL);
    struct client other = client_open(&world), client = client_open(&world);
    send_text(&world, &client, bytes, size);
    wire_call(&wire, 1, 3, "desk", "ping");
    client_send(&world, &other, &wire);
    (void)assert_answer(&world, &other, 1, GIOP_NO_EXCEPTION);
    if (told)
        assert_last_word(&world, &client, MESSAGE_BROKEN);
    else
        client_wait_for_end(&world, &client);
    client_close(&client);
    world_wait_for_callers(&world, 1);
    assert_int_equal(world.invoked, 1);
    assert_int_equal(world.server->budget.used, 0);
    client_close(&other);
    world_close(&world);
}
#define assert_refused_bytes(bytes_, told_) assert_refused((bytes_), sizeof(bytes_) - 1, (told_))

static void what_is_no_giop_is_closed(void **state)
{
    (void)state;
    assert_refused_bytes("GET / HTTP/1.1\r\nHost: x\r\n\r\n", false);
    assert_refused_bytes("G\0", false);
}

static void broken_giop_gets_message_error(void **state)
{
    (void)state;
    assert_refused_bytes("GIOP\2\0\0\0\0\0\0\0", true);                 /* version 2.0 */
    assert_refused_bytes("GIOP\1\2\0\0\x7f\xff\xff\xf0", true);         /* 2 GB announced */
    assert_refused_bytes("GIOP\1\2\0\x63\0\0\0\0", true);               /* no such type */
    assert_refused_bytes("GIOP\1\2\0\0\0\0\0\0", true);                 /* a Request without one */
    assert_refused_bytes("GIOP\1\2\0\0\0\0\0\4\0\0\0\1", true);         /* nothing behind its id */
    assert_refused_bytes("GIOP\1\2\0\2\0\0\0\0", true);                 /* a CancelRequest */
    assert_refused_bytes("GIOP\1\2\0\3\0\0\0\4\0\0\0\1", true);         /* a LocateRequest */
    assert_refused_bytes("GIOP\1\0\0\0\0\0\0\4\xff\xff\xff\xff", true); /* contexts without end */
}

static void what_only_a_server_sends_is_refused(void **state)
{
    (void)state;
    assert_refused_bytes("GIOP\1\2\0\1\0\0\0\14\0\0\0\1\0\0\0\0\0\0\0\0", true);
    assert_refused_bytes("GIOP\1\2\0\4\0\0\0\10\0\0\0\1\0\0\0\1", true);
}

static void a_clients_farewell_closes(void **state)
{
    (void)state;
    assert_refused_bytes("GIOP\1\2\0\5\0\0\0\0", false);
    assert_refused_bytes("GIOP\1\0\0\6\0\0\0\0", false);
}

/* A good request before the bad bytes is answered still, and nothing behind them is looked at. */
static void what_came_before_the_broken_part_is_answered(void **state)
{
    (void)state;
    struct world world;
    struct wire wire = {.minor = 2};
    world_open(&world, NULL);
    struct client client = client_open(&world);
    wire_call(&wire, 1, 3, "desk", "ping");
    buffer_append(&wire.bytes, "GIOP\3\0\0\0\0\0\0\0", 12);
    wire_call(&wire, 2, 3, "desk", "ping");
    client_send(&world, &client, &wire);
    (void)assert_answer(&world, &client, 1, GIOP_NO_EXCEPTION);
    assert_last_word(&world, &client, MESSAGE_BROKEN);
    assert_int_equal(world.invoked, 1);
    client_close(&client);
    world_close(&world);
}

static void a_header_broken_behind_its_id_is_an_exception(void **state)
{
    (void)state;
    /* Request 1, a reply is wanted, the key is longer than the message. */
    static const char bytes[] = "GIOP\1\2\0\0\0\0\0\20\0\0\0\1\3\0\0\0\0\0\0\0\x7f\xff\xff\xff";
    struct world world;
    world_open(&world, NULL);
    struct client client = client_open(&world);
    send_text(&world, &client, bytes, sizeof(bytes) - 1);
    assert_exception(&world, &client, 1, "MARSHAL", COMPLETED_NO);
    client_close(&client);
    world_close(&world);
}

/* What all connections together may hold unfinished is spent by two; a third works. */
static void unfinished_messages_have_a_common_limit(void **state)
{
    (void)state;
    static const char header[] = "GIOP\1\2\0\0\0\2\0\0"; /* 128 KiB */
    static char filler[100000];
    struct world world;
    struct orb_server_options options = orb_server_defaults();
    options.reassembly_total_bytes = 200000;
    world_open(&world, &options);
    struct client first = client_open(&world), second = client_open(&world);
    send_text(&world, &first, header, 12);
    send_text(&world, &first, filler, sizeof(filler));
    send_text(&world, &second, header, 12);
    struct wire wire = {0};
    buffer_append(&wire.bytes, filler, sizeof(filler));
    (void)client_offer(&world, &second, &wire);
    buffer_release(&wire.bytes);
    world_wait_for_callers(&world, 1);
    assert_true(world.server->budget.used <= options.reassembly_total_bytes);
    assert_serves(&world);
    client_close(&first);
    client_close(&second);
    world_wait_for_callers(&world, 0);
    assert_int_equal(world.server->budget.used, 0);
    world_close(&world);
}

/* ---- deadlines ---- */

static void a_dripping_message_has_a_deadline(void **state)
{
    (void)state;
    struct world world;
    struct orb_server_options options = orb_server_defaults();
    options.message_deadline_ms = 60;
    world_open(&world, &options);
    struct client client = client_open(&world);
    send_text(&world, &client, "GIOP\1\2\0", 7);
    while (world.server->caller_count > 0) { /* a byte every few milliseconds, without end */
        const struct timeval pause = {0, 5000};
        (void)send(client.descriptor, "\0", 1, MSG_NOSIGNAL);
        event_base_loopexit(world.base, &pause);
        event_base_dispatch(world.base);
    }
    assert_int_equal(world.invoked, 0);
    assert_serves(&world);
    client_close(&client);
    world_close(&world);
}

/* A fragmented request that never ends is not hidden by others that come in whole. */
static void an_unfinished_request_among_others_has_its_deadline(void **state)
{
    (void)state;
    struct world world;
    struct wire wire = {.minor = 2};
    struct orb_server_options options = orb_server_defaults();
    options.message_deadline_ms = 60;
    world_open(&world, &options);
    struct client client = client_open(&world);
    wire_call(&wire, 1, 3, "desk", "ping");
    wire_align(&wire, 8);
    wire_end(&wire);
    wire.bytes.data[6] |= 2;
    client_send(&world, &client, &wire);
    while (world.server->caller_count > 0) {
        wire_call(&wire, 2, 0, "desk", "ping");
        (void)client_offer(&world, &client, &wire);
    }
    assert_true(world.invoked > 0);
    buffer_release(&wire.bytes);
    client_close(&client);
    world_close(&world);
}

static void an_idle_connection_is_closed_in_order(void **state)
{
    (void)state;
    struct world world;
    struct wire wire = {.minor = 2};
    struct orb_server_options options = orb_server_defaults();
    options.idle_timeout_ms = 30;
    world_open(&world, &options);
    struct client client = client_open(&world);
    wire_call(&wire, 1, 3, "desk", "ping");
    client_send(&world, &client, &wire);
    (void)assert_answer(&world, &client, 1, GIOP_NO_EXCEPTION);
    assert_last_word(&world, &client, MESSAGE_CLOSE);
    client_close(&client);
    world_wait_for_callers(&world, 0);
    world_close(&world);
}

static void a_connection_with_a_request_under_way_is_not_idle(void **state)
{
    (void)state;
    struct world world;
    struct wire wire = {.minor = 2};
    struct orb_server_options options = orb_server_defaults();
    options.idle_timeout_ms = 10;
    world_open(&world, &options);
    struct client client = client_open(&world);
    wire_call(&wire, 1, 3, "desk", "hold");
    client_send(&world, &client, &wire);
    const struct timeval pause = {0, 60000};
    event_base_loopexit(world.base, &pause);
    event_base_dispatch(world.base);
    assert_int_equal(world.server->caller_count, 1);
    orb_reply_nothing(world.held[0]);
    (void)assert_answer(&world, &client, 1, GIOP_NO_EXCEPTION);
    assert_last_word(&world, &client, MESSAGE_CLOSE);
    client_close(&client);
    world_close(&world);
}

static void a_client_that_takes_nothing_is_closed(void **state)
{
    (void)state;
    struct world world;
    struct wire wire = {.minor = 2};
    struct orb_server_options options = orb_server_defaults();
    options.write_timeout_ms = 50;
    world_open(&world, &options);
    struct client client = client_open(&world);
    wire_call_ulong(&wire, 1, "desk", "bulk", 64 << 20);
    client_send(&world, &client, &wire);
    world_wait_for_callers(&world, 0);
    client_close(&client);
    world_close(&world);
}

/* ---- who goes first ---- */

static void a_half_closed_connection_gets_what_was_answered(void **state)
{
    (void)state;
    struct world world;
    struct wire wire = {.minor = 2};
    struct orb_server_options options = orb_server_defaults();
    options.fragment_bytes = 0;
    world_open(&world, &options);
    struct client client = client_open(&world);
    wire_call_ulong(&wire, 1, "desk", "bulk", 16 << 20);
    assert_int_equal(send(client.descriptor, wire.bytes.data, wire.bytes.size, 0), wire.bytes.size);
    shutdown(client.descriptor, SHUT_WR);
    struct answer answer = assert_answer(&world, &client, 1, GIOP_NO_EXCEPTION);
    assert_int_equal(reading_ulong(&answer.reading), 16 << 20);
    client_wait_for_end(&world, &client);
    world_wait_for_callers(&world, 0);
    buffer_release(&wire.bytes);
    client_close(&client);
    world_close(&world);
}

/* A request of each kind, held, after which the client has gone. */
static void leave_requests(struct world *world)
{
    struct client client = client_open(world);
    struct wire wire = {.minor = 2};
    for (uint32_t id = 1; id <= 4; id++)
        wire_call(&wire, id, 3, "desk", "hold");
    client_send(world, &client, &wire);
    world_wait_for_held(world, 4);
    client_close(&client);
    world_wait_for_callers(world, 0);
}

static void answer_held(struct world *world)
{
    assert_memory_equal(orb_request_peer(world->held[0]), "127.0.0.1:", 10);
    for (size_t i = 0; i < 4; i++)
        assert_false(orb_request_wanted(world->held[i]));
    orb_reply_nothing(world->held[0]);
    orb_reply_exception(world->held[1], EXCEPTION_UNKNOWN, 0, COMPLETED_MAYBE);
    orb_reply_add_context(world->held[2], 1, "context", 7);
    cdr_write_ulong(orb_reply_open(world->held[2], GIOP_NO_EXCEPTION), 1);
    orb_reply_send(world->held[2]);
    struct cdr_writer *w = orb_reply_open(world->held[3], GIOP_NO_EXCEPTION);
    cdr_refuse(w, EXCEPTION_BAD_PARAM);
    orb_reply_send(world->held[3]);
}

static void a_request_outlives_its_connection(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    leave_requests(&world);
    answer_held(&world);
    assert_int_equal(world.server->kept_count, 0);
    assert_serves(&world);
    world_close(&world);
}

static void a_request_outlives_its_server(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    leave_requests(&world);
    orb_server_free(&world.server);
    answer_held(&world);
    world_close(&world);
}

static void a_server_freed_under_load_leaves_its_requests_to_be_answered(void **state)
{
    (void)state;
    struct world world;
    struct wire wire = {.minor = 2};
    world_open(&world, NULL);
    struct client client = client_open(&world);
    for (uint32_t id = 1; id <= 4; id++)
        wire_call(&wire, id, 3, "desk", "hold");
    client_send(&world, &client, &wire);
    world_wait_for_held(&world, 4);
    orb_server_free(&world.server);
    assert_null(world.server);
    answer_held(&world);
    client_wait_for_end(&world, &client);
    client_close(&client);
    world_close(&world);
}

static void a_reply_after_a_reset_only_ends_the_connection(void **state)
{
    (void)state;
    struct world world;
    struct wire wire = {.minor = 2};
    const struct linger reset = {.l_onoff = 1};
    world_open(&world, NULL);
    struct client client = client_open(&world);
    wire_call(&wire, 1, 3, "desk", "hold");
    wire_call(&wire, 2, 3, "desk", "hold");
    client_send(&world, &client, &wire);
    world_wait_for_held(&world, 2);
    assert_int_equal(setsockopt(client.descriptor, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)),
                     0);
    client_close(&client);
    orb_reply_nothing(world.held[0]); /* before the loop has heard of the reset */
    orb_reply_nothing(world.held[1]);
    world_wait_for_callers(&world, 0);
    assert_serves(&world);
    world_close(&world);
}

/* ---- stopping ---- */

static void on_stopped(void *arg)
{
    struct world *world = arg;
    world->stopped = true;
    orb_server_free(&world->server);
}

static void a_stop_closes_what_is_idle_at_once(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    struct client client = client_open(&world);
    orb_server_stop(world.server, on_stopped, &world);
    assert_false(world.stopped);
    assert_last_word(&world, &client, MESSAGE_CLOSE);
    client_close(&client);
    world_wait_for_stop(&world);
    world_close(&world);
}

static void a_stop_waits_for_what_is_under_way(void **state)
{
    (void)state;
    struct world world;
    struct wire wire = {.minor = 2};
    world_open(&world, NULL);
    struct client client = client_open(&world);
    wire_call(&wire, 1, 3, "desk", "hold");
    client_send(&world, &client, &wire);
    world_wait_for_held(&world, 1);
    orb_server_stop(world.server, on_stopped, &world);
    wire_call(&wire, 2, 3, "desk", "ping");
    client_send(&world, &client, &wire);
    assert_exception(&world, &client, 2, "TRANSIENT", COMPLETED_NO);
    assert_false(world.stopped);
    orb_reply_nothing(world.held[0]);
    (void)assert_answer(&world, &client, 1, GIOP_NO_EXCEPTION);
    assert_last_word(&world, &client, MESSAGE_CLOSE);
    client_close(&client);
    world_wait_for_stop(&world);
    world_close(&world);
}

static void a_stop_waits_for_requests_whose_client_has_gone(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    leave_requests(&world);
    orb_server_stop(world.server, on_stopped, &world);
    world_turn(&world);
    assert_false(world.stopped);
    answer_held(&world);
    world_wait_for_stop(&world);
    world_close(&world);
}

static void a_server_with_nothing_to_do_stops_in_the_next_turn(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    orb_server_stop(world.server, on_stopped, &world);
    assert_false(world.stopped);
    world_turn(&world);
    assert_true(world.stopped);
    world_close(&world);
}

/* ---- adapters that change ---- */

static void another_adapter_leaves_requests_under_way_alone(void **state)
{
    (void)state;
    struct world world;
    struct wire wire = {.minor = 2};
    world_open(&world, NULL);
    struct client client = client_open(&world);
    wire_call(&wire, 1, 3, "desk", "hold");
    client_send(&world, &client, &wire);
    world_wait_for_held(&world, 1);
    orb_server_use(world.server, NULL);
    wire_call(&wire, 2, 3, "desk", "ping");
    client_send(&world, &client, &wire);
    assert_exception(&world, &client, 2, "OBJECT_NOT_EXIST", COMPLETED_NO);
    orb_reply_nothing(world.held[0]);
    (void)assert_answer(&world, &client, 1, GIOP_NO_EXCEPTION);
    client_close(&client);
    world_close(&world);
}

static void an_address_is_needed_to_listen(void **state)
{
    (void)state;
    struct world world;
    struct fault fault;
    world_open(&world, NULL);
    assert_memory_equal(orb_server_address(world.server), "127.0.0.1:", 10);
    assert_int_equal(orb_server_listen(world.server, "nowhere", false, &fault), STATUS_INVALID);
    assert_int_equal(orb_server_listen(world.server, "unix:/tmp/x", false, &fault), STATUS_INVALID);
    assert_int_equal(
        orb_server_listen(world.server, orb_server_address(world.server), true, &fault),
        STATUS_UNAVAILABLE);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_giop_is_closed),
        cmocka_unit_test(broken_giop_gets_message_error),
        cmocka_unit_test(what_only_a_server_sends_is_refused),
        cmocka_unit_test(a_clients_farewell_closes),
        cmocka_unit_test(what_came_before_the_broken_part_is_answered),
        cmocka_unit_test(a_header_broken_behind_its_id_is_an_exception),
        cmocka_unit_test(unfinished_messages_have_a_common_limit),
        cmocka_unit_test(a_dripping_message_has_a_deadline),
        cmocka_unit_test(an_unfinished_request_among_others_has_its_deadline),
        cmocka_unit_test(an_idle_connection_is_closed_in_order),
        cmocka_unit_test(a_connection_with_a_request_under_way_is_not_idle),
        cmocka_unit_test(a_client_that_takes_nothing_is_closed),
        cmocka_unit_test(a_half_closed_connection_gets_what_was_answered),
        cmocka_unit_test(a_request_outlives_its_connection),
        cmocka_unit_test(a_request_outlives_its_server),
        cmocka_unit_test(a_server_freed_under_load_leaves_its_requests_to_be_answered),
        cmocka_unit_test(a_reply_after_a_reset_only_ends_the_connection),
        cmocka_unit_test(a_stop_closes_what_is_idle_at_once),
        cmocka_unit_test(a_stop_waits_for_what_is_under_way),
        cmocka_unit_test(a_stop_waits_for_requests_whose_client_has_gone),
        cmocka_unit_test(a_server_with_nothing_to_do_stops_in_the_next_turn),
        cmocka_unit_test(another_adapter_leaves_requests_under_way_alone),
        cmocka_unit_test(an_address_is_needed_to_listen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
