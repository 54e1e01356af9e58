/* Several requests on one connection, and clients that leave in between. */
#include "world.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define GET(path_) "GET " path_ " HTTP/1.1\r\nHost: x\r\n\r\n"

static struct client open_held(struct world *world)
{
    world_open(world, NULL);
    world->hold = true;
    return client_open(world);
}

static void pipelined_requests_are_answered_in_order(void **state)
{
    (void)state;
    struct world world;
    static const char bytes[] =
        GET("/1") "POST /2 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi" GET("/3");
    world_open(&world, NULL);
    char *text = exchange(&world, bytes, sizeof(bytes) - 1);
    const char *one = strstr(text, "GET /1? ");
    const char *two = strstr(text, "POST /2? hi");
    const char *three = strstr(text, "GET /3? ");
    assert_true(one != NULL && two > one && three > two);
    assert_int_equal(world.handled, 3);
    free(text);
    world_close(&world);
}

static void the_next_request_waits_for_the_answer(void **state)
{
    (void)state;
    struct world world;
    struct client client = open_held(&world);
    client_say(&world, &client, GET("/1") GET("/2"));
    assert_int_equal(world.held_count, 1);
    answer(world.held[0], "one");
    world_turn(&world);
    assert_int_equal(world.held_count, 2);
    answer(world.held[1], "two");
    const char *text = client_text(&world, &client);
    assert_true(strstr(text, "one") < strstr(text, "two"));
    client_close(&client);
    world_close(&world);
}

static void connections_are_answered_in_any_order(void **state)
{
    (void)state;
    struct world world;
    struct client first = open_held(&world);
    struct client second = client_open(&world);
    client_say(&world, &first, GET("/1"));
    client_say(&world, &second, GET("/2"));
    answer(world.held[1], "two");
    assert_contains(client_text(&world, &second), "two");
    assert_string_equal(client_text(&world, &first), "");
    answer(world.held[0], "one");
    assert_contains(client_text(&world, &first), "one");
    client_close(&first);
    client_close(&second);
    world_close(&world);
}

static void a_thousand_pipelined_requests_are_answered(void **state)
{
    (void)state;
    struct world world;
    struct buffer bytes = {0};
    for (int i = 0; i < 1000; i++)
        buffer_append_text(&bytes, GET("/"));
    world_open(&world, NULL);
    char *text = exchange(&world, bytes.data, bytes.size);
    assert_int_equal(count_of(text, "HTTP/1.1 200 OK\r\n"), 1000);
    free(text);
    buffer_release(&bytes);
    world_close(&world);
}

static void reading_stops_while_enough_is_waiting(void **state)
{
    (void)state;
    struct world world;
    struct buffer bytes = {0};
    struct client client = open_held(&world);
    int bytes_sent_ahead = 65536;
    assert_int_equal(setsockopt(client.descriptor, SOL_SOCKET, SO_SNDBUF, &bytes_sent_ahead,
                                sizeof(bytes_sent_ahead)),
                     0);
    for (int i = 0; i < 40000; i++)
        buffer_append_text(&bytes, GET("/"));
    size_t sent = 0;
    ssize_t count;
    while (sent < bytes.size && (count = send(client.descriptor, bytes.data + sent,
                                              bytes.size - sent, MSG_NOSIGNAL)) > 0) {
        sent += (size_t)count;
        world_turn(&world);
    }
    assert_true(sent < bytes.size); /* the server has not taken it all in */
    assert_int_equal(world.held_count, 1);

    world.hold = false;
    answer(world.held[0], "first");
    size_t whole = sent / strlen(GET("/"));
    assert_int_equal(count_of(client_text(&world, &client), "HTTP/1.1 200 OK\r\n"), whole);
    buffer_release(&bytes);
    client_close(&client);
    world_close(&world);
}

static void nothing_is_served_after_the_last_answer(void **state)
{
    (void)state;
    struct world world;
    static const char bytes[] = "GET /1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" GET("/2");
    world_open(&world, NULL);
    char *text = exchange(&world, bytes, sizeof(bytes) - 1);
    assert_int_equal(world.handled, 1);
    assert_int_equal(count_of(text, "HTTP/1.1 "), 1);
    free(text);
    world_close(&world);
}

static void a_request_outlives_its_client(void **state)
{
    (void)state;
    struct world world;
    struct client client = open_held(&world);
    client_say(&world, &client, "POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi");
    client_close(&client);
    world_turn(&world);
    assert_memory_equal(http_request_body(world.held[0]).data, "hi", 2);
    answer(world.held[0], "dropped");
    world_turn(&world);
    assert_int_equal(world.server->connection_count, 0);
    world_close(&world);
}

static void a_reset_client_leaves_its_request_valid(void **state)
{
    (void)state;
    struct world world;
    struct fault fault;
    world_open(&world, NULL);
    world.hold = true;
    assert_int_equal(http_server_listen(world.server, "127.0.0.1:0", false, &fault), STATUS_OK);
    struct client client = client_connect(&world);
    client_say(&world, &client, GET("/p"));
    assert_int_equal(world.held_count, 1);
    const struct linger now = {1, 0};
    assert_int_equal(setsockopt(client.descriptor, SOL_SOCKET, SO_LINGER, &now, sizeof(now)), 0);
    client_close(&client);
    world_turn(&world);
    assert_int_equal(world.server->connection_count, 0);
    assert_memory_equal(http_request_path(world.held[0]).data, "/p", 2);
    answer(world.held[0], "dropped");
    world_close(&world);
}

static void a_client_that_sends_no_more_still_gets_its_answers(void **state)
{
    (void)state;
    struct world world;
    struct client client = open_held(&world);
    client_say(&world, &client, GET("/1") GET("/2"));
    shutdown(client.descriptor, SHUT_WR);
    world_turn(&world);
    answer(world.held[0], "one");
    world_turn(&world);
    assert_int_equal(world.held_count, 2);
    answer(world.held[1], "two");
    const char *text = client_text(&world, &client);
    assert_contains(text, "one");
    assert_contains(text, "two");
    assert_true(client.ended);
    assert_int_equal(world.server->connection_count, 0);
    client_close(&client);
    world_close(&world);
}

static void half_a_request_and_no_more_is_closed(void **state)
{
    (void)state;
    struct world world;
    struct client client = open_held(&world);
    client_say(&world, &client, "POST /1 HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhe");
    shutdown(client.descriptor, SHUT_WR);
    (void)client_text(&world, &client);
    assert_true(client.ended);
    assert_int_equal(world.held_count, 0);
    assert_int_equal(world.server->connection_count, 0);
    client_close(&client);
    world_close(&world);
}

static void a_long_answer_arrives_whole_and_the_next_after_it(void **state)
{
    (void)state;
    struct world world;
    size_t size = 4 << 20;
    char *body = memory_new(size);
    memset(body, 'a', size);
    struct client client = open_held(&world);
    client_say(&world, &client, GET("/1") GET("/2"));
    http_respond(world.held[0], 200, NULL, 0, body, size);
    world_turn(&world);
    assert_int_equal(world.held_count, 1); /* not before the client has taken it */
    const char *text = client_text(&world, &client);
    assert_int_equal(strspn(strstr(text, "\r\n\r\n") + 4, "a"), size);
    assert_int_equal(world.held_count, 2);
    answer(world.held[1], "two");
    assert_contains(client_text(&world, &client) + size, "two");
    free(body);
    client_close(&client);
    world_close(&world);
}

static void an_idle_connection_holds_no_request(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    struct client client = client_open(&world);
    client_say(&world, &client, GET("/1"));
    const struct connection *idle = TAILQ_FIRST(&world.server->connections[CONNECTION_IDLE]);
    assert_non_null(idle);
    assert_null(idle->request);
    client_close(&client);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pipelined_requests_are_answered_in_order),
        cmocka_unit_test(the_next_request_waits_for_the_answer),
        cmocka_unit_test(connections_are_answered_in_any_order),
        cmocka_unit_test(a_thousand_pipelined_requests_are_answered),
        cmocka_unit_test(reading_stops_while_enough_is_waiting),
        cmocka_unit_test(nothing_is_served_after_the_last_answer),
        cmocka_unit_test(a_request_outlives_its_client),
        cmocka_unit_test(a_reset_client_leaves_its_request_valid),
        cmocka_unit_test(a_client_that_sends_no_more_still_gets_its_answers),
        cmocka_unit_test(half_a_request_and_no_more_is_closed),
        cmocka_unit_test(a_long_answer_arrives_whole_and_the_next_after_it),
        cmocka_unit_test(an_idle_connection_holds_no_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
