/* What a call gets: in every version and byte order, from every kind of object, in every mood. */
#include "server_world.h"

#include "base/metrics.h"

#include <string.h>

static const char utf8_sets_big[] = {0, 0, 0, 0, 5, 1, 0, 1, 0, 1, 1, 9};
static const char latin1_sets_big[] = {0, 0, 0, 0, 0, 1, 0, 1, 0, 1, 1, 9};
static const char ebcdic_sets_big[] = {0, 0, 0, 0, 0x10, 2, 0x04, 0x17, 0, 1, 1, 9};

static void every_version_is_served_in_both_byte_orders(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    for (uint8_t minor = 0; minor <= 2; minor++) {
        for (int big = 0; big <= 1; big++) {
            struct client client = client_open(&world);
            struct wire wire = {.minor = minor, .big = big};
            wire_call_text(&wire, 7, "desk", "echo", "hello");
            client_send(&world, &client, &wire);
            struct answer answer = assert_answer(&world, &client, 7, GIOP_NO_EXCEPTION);
            assert_int_equal(answer.reading.minor, minor);
            assert_string_equal(reading_string(&answer.reading), "hello");
            assert_int_equal(answer.reading.at, answer.reading.size);
            client_close(&client);
        }
    }
    world_close(&world);
}

/* One call on a connection of its own; fails unless it is answered with this status. */
static void call_once(struct world *world, const char *key, const char *operation, uint32_t status)
{
    struct client client = client_open(world);
    struct wire wire = {.minor = 2};
    wire_call(&wire, 1, 3, key, operation);
    client_send(world, &client, &wire);
    (void)assert_answer(world, &client, 1, status);
    client_close(&client);
}

static void fail_once(struct world *world, const char *key, const char *operation, const char *name,
                      uint32_t completed)
{
    struct client client = client_open(world);
    struct wire wire = {.minor = 2};
    wire_call(&wire, 1, 3, key, operation);
    client_send(world, &client, &wire);
    assert_exception(world, &client, 1, name, completed);
    client_close(&client);
}

static void exceptions_come_as_they_were_raised(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    call_once(&world, "desk", "fail", GIOP_USER_EXCEPTION);
    fail_once(&world, "desk", "nonsense", "BAD_OPERATION", COMPLETED_NO);
    fail_once(&world, "desk", "second_thoughts", "NO_PERMISSION", COMPLETED_NO);
    fail_once(&world, "desk", "unfit", "DATA_CONVERSION", COMPLETED_YES);
    fail_once(&world, "chair", "ping", "OBJECT_NOT_EXIST", COMPLETED_NO);
    fail_once(&world, "", "ping", "OBJECT_NOT_EXIST", COMPLETED_NO);
    call_once(&world, "desk", "forward", GIOP_LOCATION_FORWARD);
    world_close(&world);
}

static void a_broken_argument_is_the_servants_to_refuse(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    fail_once(&world, "desk", "echo", "MARSHAL", COMPLETED_NO);
    world_close(&world);
}

static void a_default_servant_sees_what_follows_its_prefix(void **state)
{
    (void)state;
    struct world world;
    struct wire wire = {.minor = 2};
    world_open(&world, NULL);
    struct client client = client_open(&world);
    wire_call(&wire, 1, 3, "drawer/top", "which");
    client_send(&world, &client, &wire);
    struct answer answer = assert_answer(&world, &client, 1, GIOP_NO_EXCEPTION);
    assert_string_equal(reading_string(&answer.reading), "top");
    client_close(&client);
    world_close(&world);
}

static void contexts_go_with_the_reply(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    for (uint8_t minor = 0; minor <= 2; minor++) {
        struct client client = client_open(&world);
        struct wire wire = {.minor = minor};
        wire_call(&wire, 1, 3, "desk", "tell");
        client_send(&world, &client, &wire);
        struct answer answer = assert_answer(&world, &client, 1, GIOP_NO_EXCEPTION);
        assert_int_equal(answer.context_count, 2);
        assert_int_equal(answer.context_id, 0x1234);
        client_close(&client);
    }
    world_close(&world);
}

/* ---- what every object answers ---- */

static uint32_t asks_boolean(struct world *world, const char *key, const char *operation,
                             const char *text)
{
    struct client client = client_open(world);
    struct wire wire = {.minor = 2};
    wire_call_text(&wire, 1, key, operation, text);
    client_send(world, &client, &wire);
    struct answer answer = assert_answer(world, &client, 1, GIOP_NO_EXCEPTION);
    uint8_t value = reading_octet(&answer.reading);
    client_close(&client);
    return value;
}

static void an_object_knows_what_it_is(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    assert_true(asks_boolean(&world, "desk", "_is_a", "IDL:test/Desk:1.0"));
    assert_true(asks_boolean(&world, "desk", "_is_a", "IDL:test/Furniture:1.0"));
    assert_true(asks_boolean(&world, "desk", "_is_a", "IDL:omg.org/CORBA/Object:1.0"));
    assert_true(asks_boolean(&world, "drawer/a", "_is_a", "IDL:test/Drawer:1.0"));
    assert_false(asks_boolean(&world, "drawer/a", "_is_a", "IDL:test/Furniture:1.0"));
    assert_false(asks_boolean(&world, "desk", "_is_a", "IDL:test/Des:1.0"));
    assert_int_equal(world.invoked, 0);
    world_close(&world);
}

static void an_object_knows_whether_it_exists(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    assert_false(asks_boolean(&world, "desk", "_non_existent", ""));
    assert_false(asks_boolean(&world, "drawer/a", "_not_existent", ""));
    assert_true(asks_boolean(&world, "drawer/none", "_non_existent", ""));
    assert_true(asks_boolean(&world, "chair", "_non_existent", ""));
    fail_once(&world, "drawer/none", "_repository_id", "OBJECT_NOT_EXIST", COMPLETED_NO);
    world_close(&world);
}

static void an_object_tells_its_repository_id(void **state)
{
    (void)state;
    struct world world;
    struct wire wire = {.minor = 1};
    world_open(&world, NULL);
    struct client client = client_open(&world);
    wire_call(&wire, 1, 3, "desk", "_repository_id");
    client_send(&world, &client, &wire);
    struct answer answer = assert_answer(&world, &client, 1, GIOP_NO_EXCEPTION);
    assert_string_equal(reading_string(&answer.reading), "IDL:test/Desk:1.0");
    client_close(&client);
    world_close(&world);
}

static void what_no_object_here_has_is_said_so(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    fail_once(&world, "desk", "_interface", "INTF_REPOS", COMPLETED_NO);
    fail_once(&world, "desk", "_domain_managers", "NO_IMPLEMENT", COMPLETED_NO);
    fail_once(&world, "desk", "_policy", "NO_IMPLEMENT", COMPLETED_NO);
    fail_once(&world, "desk", "_is_a", "MARSHAL", COMPLETED_NO);
    call_once(&world, "desk", "_component", GIOP_NO_EXCEPTION);
    assert_int_equal(world.invoked, 0);
    fail_once(&world, "desk", "_get_policy", "BAD_OPERATION", COMPLETED_NO);
    assert_int_equal(world.invoked, 1);
    world_close(&world);
}

static void objects_are_located(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    for (uint8_t minor = 0; minor <= 2; minor++) {
        struct client client = client_open(&world);
        struct wire wire = {.minor = minor, .big = minor == 1};
        wire_locate(&wire, 1, "desk");
        wire_locate(&wire, 2, "chair");
        wire_locate(&wire, 3, "drawer/none");
        client_send(&world, &client, &wire);
        (void)assert_answer(&world, &client, 1, GIOP_OBJECT_HERE);
        (void)assert_answer(&world, &client, 2, GIOP_UNKNOWN_OBJECT);
        (void)assert_answer(&world, &client, 3, GIOP_UNKNOWN_OBJECT);
        client_close(&client);
    }
    world_close(&world);
}

/* ---- who waits for what ---- */

static void a_oneway_gets_no_reply(void **state)
{
    (void)state;
    struct world world;
    struct wire wire = {.minor = 2};
    world_open(&world, NULL);
    struct client client = client_open(&world);
    wire_call(&wire, 1, 0, "desk", "ping");
    wire_call(&wire, 2, 0, "desk", "fail");
    wire_call(&wire, 3, 0, "chair", "ping");
    wire_call(&wire, 4, 0, "desk", "_non_existent");
    wire_call(&wire, 5, 3, "desk", "ping");
    client_send(&world, &client, &wire);
    (void)assert_answer(&world, &client, 5, GIOP_NO_EXCEPTION);
    assert_int_equal(world.invoked, 3);
    client_close(&client);
    world_close(&world);
}

static void sync_with_server_is_answered_before_the_servant(void **state)
{
    (void)state;
    struct world world;
    struct wire wire = {.minor = 2};
    world_open(&world, NULL);
    struct client client = client_open(&world);
    wire_call(&wire, 1, 1, "desk", "hold");
    wire_call(&wire, 2, 1, "desk", "fail");
    wire_call(&wire, 3, 1, "chair", "ping");
    client_send(&world, &client, &wire);
    struct answer answer = assert_answer(&world, &client, 1, GIOP_NO_EXCEPTION);
    assert_int_equal(answer.reading.at, answer.reading.size);
    (void)assert_answer(&world, &client, 2, GIOP_NO_EXCEPTION);
    assert_exception(&world, &client, 3, "OBJECT_NOT_EXIST", COMPLETED_NO);
    assert_true(world.seen_oneway);
    assert_false(orb_request_wanted(world.held[0]));
    orb_reply_nothing(world.held[0]);
    assert_int_equal(world.invoked, 2);
    client_close(&client);
    world_close(&world);
}

/* ---- code sets ---- */

static void text_is_latin_1_until_something_else_is_agreed(void **state)
{
    (void)state;
    struct world world;
    struct wire wire = {.minor = 2};
    world_open(&world, NULL);
    struct client client = client_open(&world);
    wire_call_text(&wire, 1, "desk", "echo", "\xe4");
    client_send(&world, &client, &wire);
    struct answer answer = assert_answer(&world, &client, 1, GIOP_NO_EXCEPTION);
    assert_string_equal(reading_string(&answer.reading), "\xe4");
    client_close(&client);
    world_close(&world);
}

static void echo_with(struct world *world, struct client *client, const char sets[12],
                      const char *text)
{
    struct wire wire = {.minor = 2};
    wire_request_with(&wire, 1, 3, "desk", "echo", CONTEXT_CODE_SETS, sets, 12);
    wire_string(&wire, text);
    wire_end(&wire);
    client_send(world, client, &wire);
}

static void the_first_codesets_context_counts_for_the_connection(void **state)
{
    (void)state;
    struct world world;
    struct wire wire = {.minor = 2};
    world_open(&world, NULL);
    struct client client = client_open(&world);
    echo_with(&world, &client, utf8_sets_big, "\xc3\xa4");
    struct answer answer = assert_answer(&world, &client, 1, GIOP_NO_EXCEPTION);
    assert_string_equal(reading_string(&answer.reading), "\xc3\xa4");
    echo_with(&world, &client, latin1_sets_big, "\xe4"); /* too late: no UTF-8 */
    assert_exception(&world, &client, 1, "DATA_CONVERSION", COMPLETED_NO);
    wire_call_text(&wire, 2, "desk", "echo", "\xe4");
    client_send(&world, &client, &wire);
    assert_exception(&world, &client, 2, "DATA_CONVERSION", COMPLETED_NO);
    client_close(&client);
    world_close(&world);
}

static void code_sets_that_nobody_speaks_are_refused(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    struct client client = client_open(&world);
    echo_with(&world, &client, ebcdic_sets_big, "a");
    assert_exception(&world, &client, 1, "CODESET_INCOMPATIBLE", COMPLETED_NO);
    echo_with(&world, &client, utf8_sets_big, "\xc3\xa4");
    (void)assert_answer(&world, &client, 1, GIOP_NO_EXCEPTION);
    client_close(&client);
    world_close(&world);
}

/* ---- what is counted ---- */

static uint64_t requests(const char *labels)
{
    return counter_value(metrics_counter("orderd_orb_requests_total", "", labels));
}

static void outcomes_are_counted(void **state)
{
    (void)state;
    struct world world;
    uint64_t ok = requests("outcome=\"ok\"");
    uint64_t user = requests("outcome=\"user_exception\"");
    uint64_t system = requests("outcome=\"system_exception\"");
    world_open(&world, NULL);
    call_once(&world, "desk", "ping", GIOP_NO_EXCEPTION);
    call_once(&world, "desk", "fail", GIOP_USER_EXCEPTION);
    call_once(&world, "desk", "unfit", GIOP_SYSTEM_EXCEPTION);
    call_once(&world, "chair", "ping", GIOP_SYSTEM_EXCEPTION);
    assert_int_equal(requests("outcome=\"ok\"") - ok, 1);
    assert_int_equal(requests("outcome=\"user_exception\"") - user, 1);
    assert_int_equal(requests("outcome=\"system_exception\"") - system, 2);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_version_is_served_in_both_byte_orders),
        cmocka_unit_test(exceptions_come_as_they_were_raised),
        cmocka_unit_test(a_broken_argument_is_the_servants_to_refuse),
        cmocka_unit_test(a_default_servant_sees_what_follows_its_prefix),
        cmocka_unit_test(contexts_go_with_the_reply),
        cmocka_unit_test(an_object_knows_what_it_is),
        cmocka_unit_test(an_object_knows_whether_it_exists),
        cmocka_unit_test(an_object_tells_its_repository_id),
        cmocka_unit_test(what_no_object_here_has_is_said_so),
        cmocka_unit_test(objects_are_located),
        cmocka_unit_test(a_oneway_gets_no_reply),
        cmocka_unit_test(sync_with_server_is_answered_before_the_servant),
        cmocka_unit_test(text_is_latin_1_until_something_else_is_agreed),
        cmocka_unit_test(the_first_codesets_context_counts_for_the_connection),
        cmocka_unit_test(code_sets_that_nobody_speaks_are_refused),
        cmocka_unit_test(outcomes_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
