/* Limits: of bytes, of fields, of time; what goes beyond is told so and cut. */
#include "world.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

#define GET "GET / HTTP/1.1\r\nHost: x\r\n"
#define CHUNKED "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"

static struct http_server_options short_times(void)
{
    struct http_server_options options = http_server_defaults();
    options.header_deadline_ms = options.body_deadline_ms = 60;
    options.idle_timeout_ms = options.write_timeout_ms = 60;
    return options;
}

static void append_run(struct buffer *buffer, char letter, size_t count)
{
    memset(buffer_reserve(buffer, count), letter, count);
    buffer->size += count;
}

/* A GET whose header has exactly `size` bytes. */
static void fill_header(struct buffer *bytes, size_t size)
{
    static const char start[] = GET "A: ";
    buffer_append(bytes, start, sizeof(start) - 1);
    append_run(bytes, 'a', size - sizeof(start) + 1 - 4);
    buffer_append(bytes, "\r\n\r\n", 4);
}

static void a_header_of_the_limit_is_taken(void **state)
{
    (void)state;
    struct world world;
    struct buffer bytes = {0};
    world_open(&world, NULL);
    fill_header(&bytes, world.options.header_bytes_limit);
    char *text = exchange(&world, bytes.data, bytes.size);
    assert_memory_equal(text, "HTTP/1.1 200 ", 13);
    free(text);
    buffer_release(&bytes);
    world_close(&world);
}

static void a_header_beyond_the_limit_is_431(void **state)
{
    (void)state;
    struct buffer bytes = {0};
    fill_header(&bytes, http_server_defaults().header_bytes_limit + 1);
    assert_refused(bytes.data, bytes.size, 431, "header-too-large");
    buffer_release(&bytes);
}

static void a_request_line_beyond_the_limit_is_414(void **state)
{
    (void)state;
    struct buffer bytes = {0};
    buffer_append(&bytes, "GET /", 5);
    append_run(&bytes, 'a', http_server_defaults().header_bytes_limit);
    assert_refused(bytes.data, bytes.size, 414, "uri-too-long");
    buffer_release(&bytes);
}

static void fill_fields(struct buffer *bytes, size_t count)
{
    buffer_append(bytes, GET, sizeof(GET) - 1);
    for (size_t i = 1; i < count; i++)
        buffer_append(bytes, "A: b\r\n", 6);
    buffer_append(bytes, "\r\n", 2);
}

static void a_hundred_fields_are_taken(void **state)
{
    (void)state;
    struct buffer bytes = {0};
    fill_fields(&bytes, 100);
    *buffer_reserve(&bytes, 1) = '\0';
    assert_taken(bytes.data);
    buffer_release(&bytes);
}

static void one_field_more_is_431(void **state)
{
    (void)state;
    struct buffer bytes = {0};
    fill_fields(&bytes, 101);
    assert_refused(bytes.data, bytes.size, 431, "header-too-large");
    buffer_release(&bytes);
}

static void a_body_of_the_limit_is_taken(void **state)
{
    (void)state;
    struct world world;
    struct buffer bytes = {0};
    world_open(&world, NULL);
    world.hold = true;
    struct client client = client_open(&world);
    buffer_printf(&bytes, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %zu\r\n\r\n",
                  world.options.body_bytes_limit);
    append_run(&bytes, 'a', world.options.body_bytes_limit);
    client_send(&world, &client, bytes.data, bytes.size);
    assert_int_equal(world.held_count, 1);
    assert_int_equal(http_request_body(world.held[0]).length, world.options.body_bytes_limit);
    answer(world.held[0], "");
    buffer_release(&bytes);
    client_close(&client);
    world_close(&world);
}

static void a_length_beyond_the_limit_is_413_before_the_body_comes(void **state)
{
    (void)state;
    assert_refused_text("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1048577\r\n\r\n", 413,
                        "payload-too-large");
    assert_refused_text(
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 18446744073709551615\r\n\r\n", 413,
        "payload-too-large");
}

static void chunks_beyond_the_limit_are_413_while_they_come(void **state)
{
    (void)state;
    struct buffer bytes = {0};
    size_t limit = http_server_defaults().body_bytes_limit;
    buffer_printf(&bytes, CHUNKED "%zx\r\n", limit + 1);
    append_run(&bytes, 'a', limit + 1);
    assert_refused(bytes.data, bytes.size, 413, "payload-too-large");
    buffer_release(&bytes);
}

static void a_client_that_sends_on_can_read_the_413(void **state)
{
    (void)state;
    struct world world;
    struct buffer bytes = {0};
    world_open(&world, NULL);
    struct client client = client_open(&world);
    client_say(&world, &client, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\n\r\n");
    append_run(&bytes, 'a', 2000000);
    client_send(&world, &client, bytes.data, bytes.size);
    assert_contains(client_text(&world, &client), "HTTP/1.1 413 ");
    assert_true(client.ended);
    assert_false(client.reset);
    buffer_release(&bytes);
    client_close(&client);
    world_close(&world);
}

static void a_refused_client_that_never_stops_is_cut(void **state)
{
    (void)state;
    struct world world;
    struct buffer bytes = {0};
    world_open(&world, NULL);
    struct client client = client_open(&world);
    client_say(&world, &client, "rubbish\r\n\r\n");
    append_run(&bytes, 'a', 8 << 20);
    client_send(&world, &client, bytes.data, bytes.size);
    assert_contains(client_text(&world, &client), "HTTP/1.1 400 ");
    client_send(&world, &client, "a", 1);
    assert_int_equal(world.server->connection_count, 0);
    buffer_release(&bytes);
    client_close(&client);
    world_close(&world);
}

static void chunks_with_next_to_nothing_in_them_are_refused(void **state)
{
    (void)state;
    struct buffer bytes = {0};
    buffer_append(&bytes, CHUNKED, sizeof(CHUNKED) - 1);
    buffer_append_text(&bytes, "1;");
    append_run(&bytes, 'e', 20000);
    buffer_append_text(&bytes, "\r\na\r\n");
    assert_refused(bytes.data, bytes.size, 400, "bad-request");
    buffer_release(&bytes);
}

static void trailers_without_end_are_refused(void **state)
{
    (void)state;
    struct buffer bytes = {0};
    buffer_append(&bytes, CHUNKED, sizeof(CHUNKED) - 1);
    buffer_append_text(&bytes, "0\r\n");
    for (int i = 0; i < 3000; i++)
        buffer_append_text(&bytes, "A: bcdefg\r\n");
    assert_refused(bytes.data, bytes.size, 400, "bad-request");
    buffer_release(&bytes);
}

/* Sends a byte of `drip` at a time until the server has had enough. */
static void drip_until_end(struct world *world, struct client *client, char drip)
{
    for (int i = 0; i < 100000 && !client->ended; i++) {
        client_send(world, client, &drip, 1);
        (void)client_text(world, client);
    }
    assert_true(client->ended);
}

static void a_header_that_drips_is_408(void **state)
{
    (void)state;
    struct world world;
    struct http_server_options options = short_times();
    world_open(&world, &options);
    struct client client = client_open(&world);
    client_say(&world, &client, GET "A: ");
    drip_until_end(&world, &client, 'a');
    assert_contains(client_text(&world, &client), "HTTP/1.1 408 ");
    assert_contains(client.got.data, "urn:orderd:problem:request-timeout");
    assert_int_equal(world.handled, 0);
    client_close(&client);
    world_close(&world);
}

static void a_body_that_drips_is_408(void **state)
{
    (void)state;
    struct world world;
    struct http_server_options options = short_times();
    world_open(&world, &options);
    struct client client = client_open(&world);
    client_say(&world, &client, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n");
    drip_until_end(&world, &client, 'a');
    assert_contains(client_text(&world, &client), "HTTP/1.1 408 ");
    client_close(&client);
    world_close(&world);
}

static void a_client_that_says_nothing_is_closed(void **state)
{
    (void)state;
    struct world world;
    struct http_server_options options = short_times();
    world_open(&world, &options);
    struct client client = client_open(&world);
    client_wait_for_end(&world, &client);
    assert_string_equal(client_text(&world, &client), "");
    client_close(&client);
    world_close(&world);
}

static void an_idle_connection_is_closed_without_a_word(void **state)
{
    (void)state;
    struct world world;
    struct http_server_options options = short_times();
    world_open(&world, &options);
    struct client client = client_open(&world);
    client_say(&world, &client, GET "\r\n");
    client_wait_for_end(&world, &client);
    assert_int_equal(count_of(client_text(&world, &client), "\r\nDate: "), 1);
    client_close(&client);
    world_close(&world);
}

static void a_request_may_stay_with_its_handler(void **state)
{
    (void)state;
    struct world world;
    struct http_server_options options = short_times();
    world_open(&world, &options);
    world.hold = true;
    struct client patient = client_open(&world);
    client_say(&world, &patient, GET "\r\n");
    struct client silent = client_open(&world);
    client_wait_for_end(&world, &silent); /* all times are over now */
    answer(world.held[0], "late");
    assert_contains(client_text(&world, &patient), "late");
    client_close(&patient);
    client_close(&silent);
    world_close(&world);
}

static void a_client_that_does_not_read_is_closed(void **state)
{
    (void)state;
    struct world world;
    struct http_server_options options = short_times();
    size_t size = 8 << 20;
    char *body = memory_new(size);
    world_open(&world, &options);
    world.hold = true;
    struct client lazy = client_open(&world);
    client_say(&world, &lazy, GET "\r\n");
    http_respond(world.held[0], 200, NULL, 0, body, size);
    world_wait_for_empty(&world);
    (void)client_text(&world, &lazy);
    assert_true(lazy.got.size < size);
    free(body);
    client_close(&lazy);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_header_of_the_limit_is_taken),
        cmocka_unit_test(a_header_beyond_the_limit_is_431),
        cmocka_unit_test(a_request_line_beyond_the_limit_is_414),
        cmocka_unit_test(a_hundred_fields_are_taken),
        cmocka_unit_test(one_field_more_is_431),
        cmocka_unit_test(a_body_of_the_limit_is_taken),
        cmocka_unit_test(a_length_beyond_the_limit_is_413_before_the_body_comes),
        cmocka_unit_test(chunks_beyond_the_limit_are_413_while_they_come),
        cmocka_unit_test(a_client_that_sends_on_can_read_the_413),
        cmocka_unit_test(a_refused_client_that_never_stops_is_cut),
        cmocka_unit_test(chunks_with_next_to_nothing_in_them_are_refused),
        cmocka_unit_test(trailers_without_end_are_refused),
        cmocka_unit_test(a_header_that_drips_is_408),
        cmocka_unit_test(a_body_that_drips_is_408),
        cmocka_unit_test(a_client_that_says_nothing_is_closed),
        cmocka_unit_test(an_idle_connection_is_closed_without_a_word),
        cmocka_unit_test(a_request_may_stay_with_its_handler),
        cmocka_unit_test(a_client_that_does_not_read_is_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
