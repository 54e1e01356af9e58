/* The client against the server of this program, in one loop: what one writes the other reads. */
#include "client_world.h"

#include "iiop/adapter.h"
#include "iiop/server.h"

#include <stdlib.h>
#include <string.h>

static bool is_a(void *arg, const char *id, size_t length)
{
    (void)arg;
    return length == strlen("IDL:Desk:1.0") && memcmp(id, "IDL:Desk:1.0", length) == 0;
}

/* Gives back the text that it gets; "never" is never answered, and kept in `arg`. */
static void invoke(void *arg, struct orb_request *request)
{
    struct orb_request **kept = arg;
    struct buffer scratch = {0};
    size_t length;
    struct cdr_reader arguments = orb_request_arguments(request);
    const char *text = cdr_read_string(&arguments, 0, &scratch, &length);
    if (orb_request_oneway(request)) {
        orb_reply_nothing(request);
    } else if (length == 5 && memcmp(text, "never", 5) == 0) {
        *kept = request;
    } else {
        struct cdr_writer *reply = orb_reply_open(request, GIOP_NO_EXCEPTION);
        cdr_write_string(reply, 0, text, length);
        orb_reply_send(request);
    }
    buffer_release(&scratch);
}

struct house {
    struct world world;
    struct orb_server *server;
    struct orb_adapter *adapter;
    struct orb_request *kept;
    struct orb_object *object;
    uint16_t port;
};

static void house_open(struct house *house)
{
    struct orb_server_options options = orb_server_defaults();
    *house = (struct house){0};
    world_open(&house->world, NULL);
    const struct orb_servant servant = {
        .type_id = "IDL:Desk:1.0", .is_a = is_a, .invoke = invoke, .arg = (void *)&house->kept};
    house->adapter = orb_adapter_new(NULL);
    assert_int_equal(orb_adapter_add(house->adapter, "desk", 4, &servant), STATUS_OK);
    house->server = orb_server_new(house->world.base, &options, house->adapter);
    assert_int_equal(orb_server_listen(house->server, "127.0.0.1:0", false, NULL), STATUS_OK);
    const char *colon = strrchr(orb_server_address(house->server), ':');
    house->port = (uint16_t)strtoul(colon + 1, NULL, 10);
    struct ior *ior = ior_new("IDL:Desk:1.0", "127.0.0.1", house->port, "desk", 4);
    house->object = orb_object_new(house->world.client, ior);
    ior_release(&ior);
}

static void house_close(struct house *house)
{
    orb_object_release(&house->object);
    orb_server_free(&house->server);
    if (house->kept)
        orb_reply_nothing(house->kept);
    orb_adapter_free(&house->adapter);
    world_close(&house->world);
}

static void texts_of_any_kind_come_back(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "plain", "gr\xc3\xbc\xc3\x9f", "\xf0\x9f\x92\x8a"};
    struct house house;
    house_open(&house);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct called called = {0};
        call_echo(house.object, &called, texts[i], 0);
        assert_returned(&house.world, &called, texts[i]);
    }
    house_close(&house);
}

static void every_version_is_understood(void **state)
{
    (void)state;
    struct house house;
    house_open(&house);
    for (int minor = 0; minor <= 2; minor++) {
        struct called called = {0};
        struct peer peer = {.port = house.port};
        struct orb_object *object = object_at(&house.world, &peer, minor);
        call_echo(object, &called, "hello", 0);
        assert_returned(&house.world, &called, "hello");
        orb_object_release(&object);
    }
    house_close(&house);
}

static void every_way_to_name_the_target_is_understood(void **state)
{
    (void)state;
    for (enum giop_address kind = GIOP_KEY_ADDR; kind <= GIOP_REFERENCE_ADDR; kind++) {
        struct orb_client_options options = orb_client_defaults();
        struct house house;
        struct called called = {0};
        house_open(&house);
        options.address = kind;
        struct orb_client *client = orb_client_new(house.world.base, &options);
        struct ior *ior = ior_new("IDL:Desk:1.0", "127.0.0.1", house.port, "desk", 4);
        struct orb_object *object = orb_object_new(client, ior);
        call_echo(object, &called, "hello", 0);
        assert_returned(&house.world, &called, "hello");
        orb_object_release(&object);
        ior_release(&ior);
        orb_client_free(&client);
        house_close(&house);
    }
}

static void many_calls_share_a_connection(void **state)
{
    (void)state;
    enum { CALLS = 90 };
    struct house house;
    struct called called[CALLS] = {{0}};
    house_open(&house);
    for (int i = 0; i < CALLS; i++)
        call_echo(house.object, &called[i], "hello", 0);
    for (int i = 0; i < CALLS; i++)
        assert_returned(&house.world, &called[i], "hello");
    house_close(&house);
}

static void an_unknown_key_does_not_exist(void **state)
{
    (void)state;
    struct house house;
    struct called called = {0};
    house_open(&house);
    struct ior *ior = ior_new("IDL:Desk:1.0", "127.0.0.1", house.port, "nothing", 7);
    struct orb_object *object = orb_object_new(house.world.client, ior);
    call_echo(object, &called, "x", 0);
    assert_failed(&house.world, &called, EXCEPTION_OBJECT_NOT_EXIST, COMPLETED_NO, false);
    orb_object_release(&object);
    ior_release(&ior);
    house_close(&house);
}

static void a_cancelled_request_is_not_wanted_any_more(void **state)
{
    (void)state;
    struct house house;
    struct called called = {0};
    house_open(&house);
    call_echo(house.object, &called, "never", 50);
    assert_failed(&house.world, &called, EXCEPTION_TIMEOUT, COMPLETED_MAYBE, true);
    world_pause(&house.world, 10);
    assert_non_null(house.kept);
    assert_false(orb_request_wanted(house.kept));
    house_close(&house);
}

static void stopped(void *arg)
{
    *(bool *)arg = true;
}

static void a_server_that_stops_is_missed_at_the_next_call(void **state)
{
    (void)state;
    struct house house;
    struct called called[2] = {{0}};
    bool is_stopped = false;
    house_open(&house);
    call_echo(house.object, &called[0], "x", 0);
    assert_returned(&house.world, &called[0], "x");
    orb_server_stop(house.server, stopped, &is_stopped);
    while (!is_stopped)
        world_pause(&house.world, 1);
    orb_server_free(&house.server);
    call_echo(house.object, &called[1], "x", 0);
    assert_failed(&house.world, &called[1], EXCEPTION_TRANSIENT, COMPLETED_NO, true);
    house_close(&house);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_of_any_kind_come_back),
        cmocka_unit_test(every_version_is_understood),
        cmocka_unit_test(every_way_to_name_the_target_is_understood),
        cmocka_unit_test(many_calls_share_a_connection),
        cmocka_unit_test(an_unknown_key_does_not_exist),
        cmocka_unit_test(a_cancelled_request_is_not_wanted_any_more),
        cmocka_unit_test(a_server_that_stops_is_missed_at_the_next_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
