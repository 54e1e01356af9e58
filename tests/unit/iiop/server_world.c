/* A server with a few servants, and clients on loopback, in one thread and one loop. */
#include "server_world.h"

#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/util.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { QUIET_TURNS = 12, WAIT_LIMIT_US = 20000000 };

/* ---- servants ---- */

static void ping(struct world *world, struct orb_request *request)
{
    (void)world;
    orb_reply_nothing(request);
}

static void echo(struct world *world, struct orb_request *request)
{
    struct buffer scratch = {0};
    struct cdr_reader arguments = orb_request_arguments(request);
    size_t length;
    const char *text = cdr_read_string(&arguments, 0, &scratch, &length);
    (void)world;
    if (cdr_ok(&arguments)) {
        cdr_write_string(orb_reply_open(request, GIOP_NO_EXCEPTION), 0, text, length);
        orb_reply_send(request);
    } else {
        orb_reply_exception(request, arguments.failure, 0, COMPLETED_NO);
    }
    buffer_release(&scratch);
}

static void fail_as_told(struct world *world, struct orb_request *request)
{
    static const char id[] = "IDL:test/Failed:1.0";
    struct cdr_writer *w = orb_reply_open(request, GIOP_USER_EXCEPTION);
    (void)world;
    cdr_write_identifier(w, id, sizeof(id) - 1);
    cdr_write_ulong(w, 7);
    orb_reply_send(request);
}

static void unfit(struct world *world, struct orb_request *request)
{
    struct cdr_writer *w = orb_reply_open(request, GIOP_NO_EXCEPTION);
    (void)world;
    cdr_write_ulong(w, 1);
    cdr_refuse(w, EXCEPTION_DATA_CONVERSION);
    orb_reply_send(request);
}

static void bulk(struct world *world, struct orb_request *request)
{
    static const char piece[1024];
    struct cdr_reader arguments = orb_request_arguments(request);
    uint32_t size = cdr_read_ulong(&arguments);
    struct cdr_writer *w = orb_reply_open(request, GIOP_NO_EXCEPTION);
    (void)world;
    cdr_write_ulong(w, size);
    for (; size > 0; size -= size < sizeof(piece) ? size : sizeof(piece))
        buffer_append(w->out, piece, size < sizeof(piece) ? size : sizeof(piece));
    orb_reply_send(request);
}

static void tell(struct world *world, struct orb_request *request)
{
    (void)world;
    orb_reply_add_context(request, 0x1234, "\0abc", 4);
    orb_reply_add_context(request, 0x5678, "", 0);
    orb_reply_nothing(request);
}

static void forward(struct world *world, struct orb_request *request)
{
    struct ior *ior = ior_new("IDL:test/Desk:1.0", "elsewhere", 4711, "desk", 4);
    (void)world;
    orb_reply_forward(request, ior);
    ior_release(&ior);
}

static void hold(struct world *world, struct orb_request *request)
{
    assert_true(world->held_count < WORLD_HELD_LIMIT);
    world->held[world->held_count++] = request;
}

static void second_thoughts(struct world *world, struct orb_request *request)
{
    (void)world;
    cdr_write_ulong(orb_reply_open(request, GIOP_NO_EXCEPTION), 1);
    orb_reply_abandon(request);
    orb_reply_exception(request, EXCEPTION_NO_PERMISSION, 5, COMPLETED_NO);
}

static void run(void *arg, struct orb_request *request)
{
    static const struct {
        const char *name;
        void (*run)(struct world *world, struct orb_request *request);
    } operations[] = {
        {"ping", ping},         {"echo", echo},
        {"fail", fail_as_told}, {"unfit", unfit},
        {"bulk", bulk},         {"tell", tell},
        {"forward", forward},   {"second_thoughts", second_thoughts},
        {"hold", hold},
    };
    struct world *world = arg;
    size_t length;
    const char *name = orb_request_operation(request, &length);
    world->invoked++;
    world->seen_oneway = orb_request_oneway(request);
    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
        if (strlen(operations[i].name) == length && memcmp(operations[i].name, name, length) == 0) {
            operations[i].run(world, request);
            return;
        }
    orb_reply_exception(request, EXCEPTION_BAD_OPERATION, 0, COMPLETED_NO);
}

static bool is_desk(void *arg, const char *id, size_t length)
{
    (void)arg;
    return length == 22 && memcmp(id, "IDL:test/Furniture:1.0", 22) == 0;
}

static void say_which(void *arg, struct orb_request *request)
{
    size_t size;
    const void *id = orb_request_object_id(request, &size);
    (void)arg;
    cdr_write_string(orb_reply_open(request, GIOP_NO_EXCEPTION), 0, id, size);
    orb_reply_send(request);
}

static bool is_drawer(void *arg, const void *key, size_t size)
{
    (void)arg;
    return size != 11 || memcmp(key, "drawer/none", 11) != 0;
}

/* ---- the world ---- */

static void fill_adapter(struct world *world)
{
    const struct orb_servant desk = {
        .type_id = "IDL:test/Desk:1.0", .is_a = is_desk, .invoke = run, .arg = world};
    const struct orb_servant drawer = {
        .type_id = "IDL:test/Drawer:1.0", .invoke = say_which, .exists = is_drawer, .arg = world};
    world->adapter = orb_adapter_new(NULL);
    assert_int_equal(orb_adapter_add(world->adapter, "desk", 4, &desk), STATUS_OK);
    assert_int_equal(orb_adapter_add_default(world->adapter, "drawer/", 7, &drawer), STATUS_OK);
}

void world_open(struct world *world, const struct orb_server_options *options)
{
    struct orb_server_options defaults = orb_server_defaults();
    struct fault fault;
    memset(world, 0, sizeof(*world));
    log_configure(LOG_ERROR, LOG_JSON);
    fill_adapter(world);
    world->base = event_base_new();
    assert_non_null(world->base);
    world->server = orb_server_new(world->base, options ? options : &defaults, world->adapter);
    assert_int_equal(orb_server_listen(world->server, "127.0.0.1:0", false, &fault), STATUS_OK);
}

void world_close(struct world *world)
{
    orb_server_free(&world->server);
    world_turn(world);
    orb_adapter_free(&world->adapter);
    event_base_free(world->base);
}

void world_turn(struct world *world)
{
    for (int turn = 0; turn < QUIET_TURNS; turn++)
        (void)event_base_loop(world->base, EVLOOP_NONBLOCK);
}

/* One step of a wait; fails when that has taken too long. */
static void step(struct world *world, int64_t since_us)
{
    const struct timeval pause = {0, 1000};
    assert_true(clock_monotonic_us() < since_us + WAIT_LIMIT_US);
    event_base_loopexit(world->base, &pause);
    event_base_dispatch(world->base);
}

void world_wait_for_callers(struct world *world, size_t count)
{
    for (int64_t since_us = clock_monotonic_us(); world->server->caller_count != count;)
        step(world, since_us);
}

void world_wait_for_held(struct world *world, size_t count)
{
    for (int64_t since_us = clock_monotonic_us(); world->held_count != count;)
        step(world, since_us);
}

void world_wait_for_stop(struct world *world)
{
    for (int64_t since_us = clock_monotonic_us(); !world->stopped;)
        step(world, since_us);
}

/* ---- clients ---- */

struct client client_open(struct world *world)
{
    struct sockaddr_storage address;
    int size = sizeof(address);
    assert_int_equal(evutil_parse_sockaddr_port(orb_server_address(world->server),
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

bool client_offer(struct world *world, struct client *client, struct wire *wire)
{
    size_t offered = 0;
    for (int tries = 0; offered < wire->bytes.size && tries < 100; tries++) {
        ssize_t sent = send(client->descriptor, wire->bytes.data + offered,
                            wire->bytes.size - offered, MSG_NOSIGNAL);
        if (sent > 0) {
            offered += (size_t)sent;
            tries = 0;
        }
        world_turn(world);
    }
    wire->bytes.size -= offered;
    memmove(wire->bytes.data, wire->bytes.data + offered, wire->bytes.size);
    return wire->bytes.size == 0;
}

void client_send(struct world *world, struct client *client, struct wire *wire)
{
    int64_t since_us = clock_monotonic_us();
    while (!client_offer(world, client, wire))
        step(world, since_us);
    buffer_release(&wire->bytes);
}

static void receive(struct client *client)
{
    char *place = buffer_reserve(&client->got, 65536);
    ssize_t count = recv(client->descriptor, place, 65536, 0);
    if (count > 0)
        client->got.size += (size_t)count;
    else if (count == 0 || (errno != EAGAIN && errno != EINTR))
        client->ended = true;
}

struct reading client_message(struct world *world, struct client *client)
{
    struct reading reading;
    int64_t since_us = clock_monotonic_us();
    receive(client);
    while (!reading_begin(&reading, client->got.data + client->taken,
                          client->got.size - client->taken)) {
        assert_false(client->ended);
        step(world, since_us);
        receive(client);
    }
    client->taken += reading.size;
    return reading;
}

struct answer client_answer(struct world *world, struct client *client)
{
    const struct reading reading = client_message(world, client);
    return answer_of(&reading);
}

void client_wait_for_end(struct world *world, struct client *client)
{
    for (int64_t since_us = clock_monotonic_us(); !client->ended; receive(client))
        step(world, since_us);
    assert_int_equal(client->got.size, client->taken);
}

struct answer assert_answer(struct world *world, struct client *client, uint32_t id,
                            uint32_t status)
{
    struct answer answer = client_answer(world, client);
    assert_int_equal(answer.id, id);
    assert_int_equal(answer.status, status);
    return answer;
}

void assert_exception(struct world *world, struct client *client, uint32_t id, const char *name,
                      uint32_t completed)
{
    char expected[64];
    struct answer answer = assert_answer(world, client, id, GIOP_SYSTEM_EXCEPTION);
    snprintf(expected, sizeof(expected), "IDL:omg.org/CORBA/%s:1.0", name);
    assert_string_equal(reading_string(&answer.reading), expected);
    (void)reading_ulong(&answer.reading);
    assert_int_equal(reading_ulong(&answer.reading), completed);
    assert_int_equal(answer.reading.at, answer.reading.size);
}

void assert_serves(struct world *world)
{
    struct client client = client_open(world);
    struct wire wire = {.minor = 2};
    wire_call(&wire, 99, 3, "desk", "ping");
    client_send(world, &client, &wire);
    (void)assert_answer(world, &client, 99, GIOP_NO_EXCEPTION);
    client_close(&client);
}
