/* A server with clients on socket pairs, in one thread and one loop. */
#include "world.h"

#include "base/clock.h"
#include "base/memory.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <event2/util.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { QUIET_TURNS = 12, WAIT_LIMIT_US = 20000000 };

void answer(struct http_request *request, const char *body)
{
    const struct http_header header = {"Content-Type", "text/plain"};
    http_respond(request, 200, &header, 1, body, strlen(body));
}

static void append(struct buffer *buffer, struct text text)
{
    buffer_append(buffer, text.data != NULL ? text.data : "", text.length);
}

/* "METHOD path?query body" */
static void echo(struct http_request *request)
{
    struct buffer body = {0};
    append(&body, http_request_method(request));
    buffer_append_text(&body, " ");
    append(&body, http_request_path(request));
    buffer_append_text(&body, "?");
    append(&body, http_request_query(request));
    buffer_append_text(&body, " ");
    append(&body, http_request_body(request));
    http_respond(request, 200, NULL, 0, body.data, body.size);
    buffer_release(&body);
}

static void handle(struct http_request *request, void *arg)
{
    struct world *world = arg;
    world->handled++;
    if (!world->hold) {
        echo(request);
        return;
    }
    assert_true(world->held_count < WORLD_HELD_LIMIT);
    world->held[world->held_count++] = request;
}

void world_open(struct world *world, const struct http_server_options *options)
{
    memset(world, 0, sizeof(*world));
    world->options = options != NULL ? *options : http_server_defaults();
    world->base = event_base_new();
    assert_non_null(world->base);
    world->server = http_server_new(world->base, &world->options, handle, world);
}

void world_close(struct world *world)
{
    http_server_free(&world->server);
    world_turn(world);
    event_base_free(world->base);
}

void world_turn(struct world *world)
{
    for (int turn = 0; turn < QUIET_TURNS; turn++)
        (void)event_base_loop(world->base, EVLOOP_NONBLOCK);
}

struct client client_open(struct world *world)
{
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
    connection_open(world->server, ends[0], false);
    return (struct client){.descriptor = ends[1]};
}

struct client client_connect(struct world *world)
{
    struct sockaddr_storage address;
    int size = sizeof(address);
    assert_int_equal(evutil_parse_sockaddr_port(http_server_address(world->server),
                                                (struct sockaddr *)&address, &size),
                     0);
    int descriptor = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(descriptor >= 0);
    assert_int_equal(connect(descriptor, (struct sockaddr *)&address, (socklen_t)size), 0);
    assert_int_equal(evutil_make_socket_nonblocking(descriptor), 0);
    return (struct client){.descriptor = descriptor};
}

void client_close(struct client *client)
{
    if (client->descriptor >= 0)
        close(client->descriptor);
    client->descriptor = -1;
    buffer_release(&client->got);
}

void client_send(struct world *world, struct client *client, const char *bytes, size_t size)
{
    for (int tries = 0; size > 0 && tries < 10000; tries++) {
        ssize_t sent = send(client->descriptor, bytes, size, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN && errno != EINTR)
            break;
        if (sent > 0) {
            bytes += sent;
            size -= (size_t)sent;
        }
        world_turn(world);
    }
    world_turn(world);
}

void client_say(struct world *world, struct client *client, const char *text)
{
    client_send(world, client, text, strlen(text));
}

static void client_receive(struct client *client)
{
    for (;;) {
        char *place = buffer_reserve(&client->got, 65536);
        ssize_t count = recv(client->descriptor, place, 65536, 0);
        if (count > 0) {
            client->got.size += (size_t)count;
            continue;
        }
        client->ended |= count == 0;
        client->reset |= count < 0 && errno == ECONNRESET;
        return;
    }
}

const char *client_text(struct world *world, struct client *client)
{
    size_t before;
    do {
        before = client->got.size;
        world_turn(world);
        client_receive(client);
    } while (client->got.size > before);
    *buffer_reserve(&client->got, 1) = '\0';
    return client->got.data;
}

void client_wait_for_end(struct world *world, struct client *client)
{
    int64_t until = clock_monotonic_us() + WAIT_LIMIT_US;
    const struct timeval step = {0, 5000};
    while (!client->ended && !client->reset) {
        assert_true(clock_monotonic_us() < until);
        event_base_loopexit(world->base, &step);
        event_base_dispatch(world->base);
        client_receive(client);
    }
}

void world_wait_for_empty(struct world *world)
{
    int64_t until = clock_monotonic_us() + WAIT_LIMIT_US;
    const struct timeval step = {0, 5000};
    while (world->server->connection_count > 0) {
        assert_true(clock_monotonic_us() < until);
        event_base_loopexit(world->base, &step);
        event_base_dispatch(world->base);
    }
}

char *exchange(struct world *world, const char *bytes, size_t size)
{
    struct client client = client_open(world);
    client_send(world, &client, bytes, size);
    const char *text = client_text(world, &client);
    char *copy = memory_text(text, client.got.size);
    client_close(&client);
    world_turn(world);
    return copy;
}

void assert_refused(const char *bytes, size_t size, int status, const char *code)
{
    struct world world;
    char line[32], type[64];
    snprintf(line, sizeof(line), "HTTP/1.1 %d ", status);
    snprintf(type, sizeof(type), "\"type\":\"urn:orderd:problem:%s\"", code);
    world_open(&world, NULL);
    char *text = exchange(&world, bytes, size);
    if (strncmp(text, line, strlen(line)) != 0)
        fail_msg("expected %s, got: %s", line, text);
    assert_contains(text, type);
    assert_contains(text, "Content-Type: application/problem+json\r\n");
    assert_contains(text, "Connection: close\r\n");
    assert_contains(text, "\"trace_id\":\"");
    assert_int_equal(count_of(text, "\r\nDate: "), 1);
    assert_int_equal(world.handled, 0);
    free(text);
    world_close(&world);
}

void assert_taken(const char *request)
{
    struct world world;
    world_open(&world, NULL);
    char *text = exchange(&world, request, strlen(request));
    if (strncmp(text, "HTTP/1.1 200 OK\r\n", 17) != 0)
        fail_msg("expected 200, got: %s", text);
    assert_int_equal(world.handled, 1);
    free(text);
    world_close(&world);
}

size_t count_of(const char *text, const char *piece)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, piece)) != NULL; at += strlen(piece))
        count++;
    return count;
}
