/* The limit of all bodies together: what counts, who is refused, and when there is room again. */
#include "world.h"

#include "base/metrics.h"

#include <stdlib.h>
#include <string.h>

#define POST "POST / HTTP/1.1\r\nHost: x\r\n"
#define HALF_OF_FOUR POST "Content-Length: 4\r\n\r\nab"
#define HALF_OF_CHUNKS POST "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n"

enum { CLIENTS = 3, ROOM = 2 * CLIENTS }; /* each of them brings two bytes, and the room is full */

static void open_with_little_room(struct world *world)
{
    struct http_server_options options = http_server_defaults();
    options.bodies_bytes_limit = ROOM;
    world_open(world, &options);
}

static void fill(struct world *world, struct client clients[CLIENTS], const char *bytes)
{
    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = client_open(world);
        client_say(world, &clients[i], bytes);
    }
    assert_int_equal(world->server->bodies_bytes, ROOM);
}

static void close_all(struct world *world, struct client clients[CLIENTS])
{
    for (int i = 0; i < CLIENTS; i++)
        client_close(&clients[i]);
    world_turn(world);
}

static char *exchange_text(struct world *world, const char *bytes)
{
    return exchange(world, bytes, strlen(bytes));
}

static void assert_overloaded(struct world *world, const char *bytes)
{
    size_t handled = world->handled;
    char *text = exchange_text(world, bytes);
    assert_memory_equal(text, "HTTP/1.1 503 ", 13);
    assert_contains(text, "urn:orderd:problem:overloaded");
    assert_contains(text, "Content-Type: application/problem+json\r\n");
    assert_contains(text, "Retry-After: 1\r\n");
    assert_contains(text, "Connection: close\r\n");
    assert_int_equal(world->handled, handled);
    free(text);
}

static void assert_answered(struct world *world, const char *bytes)
{
    char *text = exchange_text(world, bytes);
    assert_memory_equal(text, "HTTP/1.1 200 ", 13);
    free(text);
}

/* All of it is free, and nothing of the bodies before is in the next one. */
static void assert_room(struct world *world)
{
    assert_int_equal(world->server->bodies_bytes, 0);
    char *text = exchange_text(world, POST "Content-Length: 6\r\n\r\n123456");
    assert_contains(text, "POST /? 123456");
    free(text);
    assert_int_equal(world->server->bodies_bytes, 0);
}

static void one_more_than_fits_is_503_until_the_others_are_gone(void **state)
{
    (void)state;
    struct world world;
    struct client clients[CLIENTS];
    open_with_little_room(&world);
    fill(&world, clients, HALF_OF_FOUR);
    assert_overloaded(&world, POST "Content-Length: 1\r\n\r\na");
    assert_int_equal(world.server->bodies_bytes, ROOM);
    close_all(&world, clients);
    assert_room(&world);
    world_close(&world);
}

static void chunks_count_as_well(void **state)
{
    (void)state;
    struct world world;
    struct client clients[CLIENTS];
    open_with_little_room(&world);
    fill(&world, clients, HALF_OF_CHUNKS);
    assert_overloaded(&world, POST "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n");
    assert_int_equal(world.server->bodies_bytes, ROOM);
    close_all(&world, clients);
    assert_room(&world);
    world_close(&world);
}

static void one_that_has_begun_is_refused_when_it_goes_on(void **state)
{
    (void)state;
    struct world world;
    struct client clients[CLIENTS];
    open_with_little_room(&world);
    fill(&world, clients, HALF_OF_FOUR);
    client_say(&world, &clients[0], "cd");
    assert_contains(client_text(&world, &clients[0]), "HTTP/1.1 503 ");
    assert_true(clients[0].ended);
    assert_int_equal(world.server->bodies_bytes, ROOM - 2);
    client_say(&world, &clients[1], "cd");
    assert_contains(client_text(&world, &clients[1]), "POST /? abcd");
    close_all(&world, clients);
    assert_room(&world);
    world_close(&world);
}

static void an_announced_length_takes_no_room(void **state)
{
    (void)state;
    struct world world;
    open_with_little_room(&world);
    struct client client = client_open(&world);
    client_say(&world, &client, POST "Content-Length: 1000000\r\n\r\n");
    assert_room(&world);
    client_close(&client);
    world_close(&world);
}

static void what_has_no_body_is_answered_when_there_is_no_room(void **state)
{
    (void)state;
    struct world world;
    struct client clients[CLIENTS];
    open_with_little_room(&world);
    fill(&world, clients, HALF_OF_FOUR);
    assert_answered(&world, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_answered(&world, POST "Content-Length: 0\r\n\r\n");
    close_all(&world, clients);
    world_close(&world);
}

static void a_body_counts_until_its_request_is_answered(void **state)
{
    (void)state;
    struct world world;
    struct client clients[CLIENTS];
    open_with_little_room(&world);
    world.hold = true;
    fill(&world, clients, POST "Content-Length: 2\r\n\r\nab");
    assert_int_equal(world.held_count, CLIENTS);
    assert_overloaded(&world, POST "Content-Length: 1\r\n\r\na");
    for (int i = 0; i < CLIENTS; i++)
        answer(world.held[i], "");
    world.hold = false;
    assert_room(&world);
    close_all(&world, clients);
    world_close(&world);
}

static void a_body_whose_client_is_gone_counts_until_its_request_is_answered(void **state)
{
    (void)state;
    struct world world;
    struct client clients[CLIENTS];
    open_with_little_room(&world);
    world.hold = true;
    fill(&world, clients, POST "Content-Length: 2\r\n\r\nab");
    close_all(&world, clients);
    assert_int_equal(world.server->bodies_bytes, ROOM);
    for (int i = 0; i < CLIENTS; i++)
        answer(world.held[i], "");
    world.hold = false;
    assert_room(&world);
    world_close(&world);
}

static void a_body_that_is_too_long_or_too_late_leaves_nothing(void **state)
{
    (void)state;
    struct world world;
    struct http_server_options options = http_server_defaults();
    options.bodies_bytes_limit = ROOM;
    options.body_bytes_limit = 4;
    options.body_deadline_ms = 20;
    world_open(&world, &options);
    struct client client = client_open(&world);
    client_say(&world, &client, HALF_OF_CHUNKS "3\r\ncde\r\n");
    assert_contains(client_text(&world, &client), "HTTP/1.1 413 ");
    client_close(&client);
    client = client_open(&world);
    client_say(&world, &client, HALF_OF_CHUNKS);
    client_wait_for_end(&world, &client);
    assert_contains(client_text(&world, &client), "HTTP/1.1 408 ");
    assert_int_equal(world.server->bodies_bytes, 0);
    client_close(&client);
    world_close(&world);
}

static void requests_that_outlive_the_server_have_their_bodies(void **state)
{
    (void)state;
    struct world world;
    struct client clients[CLIENTS];
    open_with_little_room(&world);
    world.hold = true;
    fill(&world, clients, POST "Content-Length: 2\r\n\r\nab");
    http_server_free(&world.server);
    for (int i = 0; i < CLIENTS; i++) {
        assert_int_equal(http_request_body(world.held[i]).length, 2);
        answer(world.held[i], "");
    }
    close_all(&world, clients);
    world_close(&world);
}

static void a_refusal_is_counted(void **state)
{
    (void)state;
    struct world world;
    struct counter *refused =
        metrics_counter("orderd_http_rejected_total", "", "reason=\"overloaded\"");
    uint64_t before = counter_value(refused);
    open_with_little_room(&world);
    assert_overloaded(&world, POST "Content-Length: 7\r\n\r\nabcdefg");
    assert_int_equal(counter_value(refused), before + 1);
    assert_room(&world);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_more_than_fits_is_503_until_the_others_are_gone),
        cmocka_unit_test(chunks_count_as_well),
        cmocka_unit_test(one_that_has_begun_is_refused_when_it_goes_on),
        cmocka_unit_test(an_announced_length_takes_no_room),
        cmocka_unit_test(what_has_no_body_is_answered_when_there_is_no_room),
        cmocka_unit_test(a_body_counts_until_its_request_is_answered),
        cmocka_unit_test(a_body_whose_client_is_gone_counts_until_its_request_is_answered),
        cmocka_unit_test(a_body_that_is_too_long_or_too_late_leaves_nothing),
        cmocka_unit_test(requests_that_outlive_the_server_have_their_bodies),
        cmocka_unit_test(a_refusal_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
