/* The client's world. */
#include "client_world.h"

#include "base/clock.h"

#include <arpa/inet.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PATIENCE_US = 10000000, BODY_LIMIT = 1 << 20 };

void world_open(struct world *world, const struct orb_client_options *options)
{
    struct orb_client_options defaults = orb_client_defaults();
    world->base = event_base_new();
    world->client = orb_client_new(world->base, options ? options : &defaults);
}

void world_close(struct world *world)
{
    orb_client_free(&world->client);
    world_turn(world);
    event_base_free(world->base);
}

void world_turn(struct world *world)
{
    for (int i = 0; i < 3; i++)
        event_base_loop(world->base, EVLOOP_NONBLOCK);
}

void world_pause(struct world *world, int ms)
{
    int64_t until_us = clock_monotonic_us() + ms * INT64_C(1000);
    while (clock_monotonic_us() < until_us) {
        world_turn(world);
        usleep(1000);
    }
}

/* Lets the loop turn; gives up at some time. */
static void turn_until(struct world *world, int64_t deadline_us)
{
    world_turn(world);
    assert_true(clock_monotonic_us() < deadline_us);
    usleep(200);
}

static int64_t patience(void)
{
    return clock_monotonic_us() + PATIENCE_US;
}

/* ---- the other side ---- */

void peer_open_at(struct peer *peer, uint16_t port)
{
    int on = 1;
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    socklen_t length = sizeof(address);
    peer->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_true(peer->listener >= 0);
    assert_int_equal(setsockopt(peer->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
    assert_int_equal(bind(peer->listener, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(peer->listener, 16), 0);
    assert_int_equal(getsockname(peer->listener, (struct sockaddr *)&address, &length), 0);
    peer->port = ntohs(address.sin_port);
}

void peer_open(struct peer *peer)
{
    peer_open_at(peer, 0);
}

void peer_close(struct peer *peer)
{
    close(peer->listener);
}

bool peer_was_called(struct world *world, struct peer *peer)
{
    struct pollfd waiting = {.fd = peer->listener, .events = POLLIN};
    world_turn(world);
    return poll(&waiting, 1, 20) == 1;
}

void line_accept(struct world *world, struct peer *peer, struct line *line)
{
    int64_t deadline_us = patience();
    *line = (struct line){.descriptor = -1};
    while ((line->descriptor = accept4(peer->listener, NULL, NULL, SOCK_NONBLOCK)) < 0)
        turn_until(world, deadline_us);
}

void line_close(struct line *line)
{
    close(line->descriptor);
    buffer_release(&line->got);
}

void line_reset(struct line *line)
{
    struct linger none = {.l_onoff = 1};
    assert_int_equal(setsockopt(line->descriptor, SOL_SOCKET, SO_LINGER, &none, sizeof(none)), 0);
    line_close(line);
}

static ssize_t receive(struct line *line)
{
    char bytes[65536];
    ssize_t count = recv(line->descriptor, bytes, sizeof(bytes), 0);
    if (count > 0)
        buffer_append(&line->got, bytes, (size_t)count);
    return count;
}

/* What the client sends is in this machine's byte order. */
static size_t message_size(const struct line *line)
{
    uint32_t size;
    if (line->got.size - line->taken < GIOP_HEADER_SIZE)
        return SIZE_MAX;
    memcpy(&size, line->got.data + line->taken + 8, sizeof(size));
    return GIOP_HEADER_SIZE + size;
}

struct giop_message line_message(struct world *world, struct line *line)
{
    int64_t deadline_us = patience();
    while (line->got.size - line->taken < message_size(line)) {
        (void)receive(line);
        turn_until(world, deadline_us);
    }
    const uint8_t *data = (const uint8_t *)line->got.data + line->taken;
    struct giop_message message = {
        .type = data[7],
        .minor = data[5],
        .little = data[6] & 1,
        .data = data,
        .size = message_size(line),
    };
    line->taken += message.size;
    return message;
}

struct giop_request line_request(struct world *world, struct line *line)
{
    struct giop_request request;
    struct giop_message message = line_message(world, line);
    assert_int_equal(message.type, GIOP_REQUEST);
    assert_int_equal(giop_read_request(&message, NULL, &request), EXCEPTION_NONE);
    return request;
}

bool line_is_silent(struct world *world, struct line *line)
{
    world_pause(world, 20);
    (void)receive(line);
    return line->got.size == line->taken;
}

void line_wait_for_end(struct world *world, struct line *line)
{
    int64_t deadline_us = patience();
    while (receive(line) != 0)
        turn_until(world, deadline_us);
}

void line_send(struct world *world, struct line *line, struct wire *wire)
{
    int64_t deadline_us = patience();
    size_t sent = 0;
    while (sent < wire->bytes.size) {
        ssize_t count =
            send(line->descriptor, wire->bytes.data + sent, wire->bytes.size - sent, MSG_NOSIGNAL);
        if (count > 0)
            sent += (size_t)count;
        turn_until(world, deadline_us);
    }
    buffer_release(&wire->bytes);
}

void wire_reply(struct wire *wire, uint32_t id, uint32_t status)
{
    wire_begin(wire, MESSAGE_REPLY);
    if (wire->minor < 2)
        wire_ulong(wire, 0);
    wire_ulong(wire, id);
    wire_ulong(wire, status);
    if (wire->minor == 2) {
        wire_ulong(wire, 0);
        wire_align(wire, 8);
    }
}

void wire_reply_text(struct wire *wire, uint32_t id, const char *text)
{
    wire_reply(wire, id, GIOP_NO_EXCEPTION);
    wire_string(wire, text);
    wire_end(wire);
}

void wire_reply_exception(struct wire *wire, uint32_t id, const char *exception, uint32_t completed)
{
    char text[128];
    (void)snprintf(text, sizeof(text), "IDL:omg.org/CORBA/%s:1.0", exception);
    wire_reply(wire, id, GIOP_SYSTEM_EXCEPTION);
    wire_string(wire, text);
    wire_ulong(wire, 7);
    wire_ulong(wire, completed);
    wire_end(wire);
}

void wire_reply_forward(struct wire *wire, uint32_t id, uint32_t status, const struct ior *to)
{
    wire_reply(wire, id, status);
    struct cdr_writer body = {.out = &wire->bytes, .origin = wire->begin, .minor = wire->minor};
    ior_write(&body, to);
    wire_end(wire);
}

void wire_bare(struct wire *wire, uint8_t type)
{
    wire_begin(wire, type);
    wire_end(wire);
}

void answer_text(struct world *world, struct line *line, const char *text)
{
    struct giop_request request = line_request(world, line);
    struct wire wire = {.minor = 2};
    wire_reply_text(&wire, request.id, text);
    line_send(world, line, &wire);
}

void answer_exception(struct world *world, struct line *line, const char *exception,
                      uint32_t completed)
{
    struct giop_request request = line_request(world, line);
    struct wire wire = {.minor = 2};
    wire_reply_exception(&wire, request.id, exception, completed);
    line_send(world, line, &wire);
}

void answer_forward(struct world *world, struct line *line, uint32_t status, const struct ior *to)
{
    struct giop_request request = line_request(world, line);
    struct wire wire = {.minor = 2};
    wire_reply_forward(&wire, request.id, status, to);
    line_send(world, line, &wire);
}

/* ---- this side ---- */

struct orb_object *object_of(struct world *world, const char *reference)
{
    struct ior *ior = NULL;
    struct fault fault = {.text = ""};
    if (ior_parse(reference, strlen(reference), &ior, &fault) != STATUS_OK)
        fail_msg("%s: %s", reference, fault.text);
    struct orb_object *object = orb_object_new(world->client, ior);
    ior_release(&ior);
    return object;
}

struct orb_object *object_at(struct world *world, const struct peer *peer, int minor)
{
    char reference[80];
    (void)snprintf(reference, sizeof(reference), "corbaloc:iiop:1.%d@127.0.0.1:%u/desk", minor,
                   peer->port);
    return object_of(world, reference);
}

struct ior *ior_at(const struct peer *peer, const char *key)
{
    return ior_new("IDL:Desk:1.0", "127.0.0.1", peer->port, key, strlen(key));
}

static void copy_text(struct called *called, const char *text, size_t length)
{
    assert_true(length < sizeof(called->text));
    memcpy(called->text, text, length);
    called->text[length] = '\0';
}

static void answered(void *arg, const struct orb_outcome *outcome)
{
    struct called *called = arg;
    struct cdr_reader body = outcome->body;
    struct buffer scratch = {0};
    size_t length;
    called->answers++;
    called->end = outcome->end;
    called->system = outcome->system;
    called->local = outcome->local;
    (void)snprintf(called->why, sizeof(called->why), "%s", outcome->why);
    if (outcome->end == ORB_USER_EXCEPTION)
        copy_text(called, outcome->exception_id, outcome->exception_id_length);
    else if (outcome->end == ORB_RETURNED && cdr_left(&body) > 0) {
        const char *text = cdr_read_string(&body, 0, &scratch, &length);
        copy_text(called, text, length);
    }
    buffer_release(&scratch);
}

void call_send(struct called *called, int timeout_ms)
{
    orb_call_send(called->call, timeout_ms, answered, called);
    assert_int_equal(called->answers, 0);
}

static void call_text(struct orb_object *object, struct called *called, enum giop_response response,
                      const char *text, int timeout_ms)
{
    struct cdr_writer *body;
    called->call = orb_call_new(object, "echo", strlen("echo"), response, &body);
    cdr_write_string(body, 0, text, strlen(text));
    call_send(called, timeout_ms);
}

void call_echo(struct orb_object *object, struct called *called, const char *text, int timeout_ms)
{
    call_text(object, called, GIOP_RESPONSE_TARGET, text, timeout_ms);
}

void call_oneway(struct orb_object *object, struct called *called, const char *text)
{
    call_text(object, called, GIOP_RESPONSE_NONE, text, 0);
}

void wait_for(struct world *world, struct called *called)
{
    int64_t deadline_us = patience();
    while (called->answers == 0)
        turn_until(world, deadline_us);
    assert_int_equal(called->answers, 1);
}

void assert_returned(struct world *world, struct called *called, const char *text)
{
    wait_for(world, called);
    if (called->end != ORB_RETURNED)
        fail_msg("%s: %s", exception_name(called->system.kind), called->why);
    assert_string_equal(called->text, text);
}

void assert_failed(struct world *world, struct called *called, enum exception_kind kind,
                   enum exception_completed completed, bool local)
{
    wait_for(world, called);
    assert_int_equal(called->end, ORB_SYSTEM_EXCEPTION);
    assert_string_equal(exception_name(called->system.kind), exception_name(kind));
    assert_string_equal(completed_name(called->system.completed), completed_name(completed));
    assert_int_equal(called->local, local);
}

/* ---- all together ---- */

void scene_open(struct scene *scene, const struct orb_client_options *options)
{
    struct called called = {0};
    world_open(&scene->world, options);
    peer_open(&scene->peer);
    scene->object = object_at(&scene->world, &scene->peer, 2);
    call_echo(scene->object, &called, "", 0);
    line_accept(&scene->world, &scene->peer, &scene->line);
    answer_text(&scene->world, &scene->line, "");
    wait_for(&scene->world, &called);
}

void scene_close(struct scene *scene)
{
    orb_object_release(&scene->object);
    line_close(&scene->line);
    peer_close(&scene->peer);
    world_close(&scene->world);
}
