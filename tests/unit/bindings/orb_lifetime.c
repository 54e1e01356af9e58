/* Calls and requests whose task, state or client ends first. The other side is a C servant that
 * answers when the test says so. */
#include "orb_world.h"

#include "bindings/orb.h"
#include "bindings/test.h"
#include "iiop/adapter.h"
#include "iiop/client.h"
#include "iiop/server.h"

#include <event2/event.h>
#include <string.h>

struct lot {
    struct orb_world world;
    struct orb_adapter *adapter;
    struct orb_request *parked;
    bool arrived, finished, retired;
    size_t failed;
    char message[512];
};

static void park(void *arg, struct orb_request *request)
{
    struct lot *lot = arg;
    assert_null(lot->parked);
    lot->parked = request;
    lot->arrived = true;
}

static bool is_a(void *arg, const char *id, size_t length)
{
    (void)arg;
    (void)id;
    (void)length;
    return true;
}

static void lot_open(struct lot *lot, const char *body)
{
    static const char key[] = "Lot";
    struct orb_servant servant = {
        .type_id = "IDL:test.orderd.org/T/Worker:1.0", .is_a = is_a, .invoke = park, .arg = lot};
    char script[1024];
    *lot = (struct lot){0};
    orb_world_open(&lot->world);
    lot->adapter = orb_adapter_new(NULL);
    assert_int_equal(orb_adapter_add(lot->adapter, key, strlen(key), &servant), STATUS_OK);
    lot->world.fixture.services.adapter = lot->adapter;
    snprintf(script, sizeof(script),
             "local orb = require 'orderd.orb'\n"
             "local support = require 'tests.support'\n"
             "local function lot(kind)\n"
             "  return orb:newproxy(support.location('Lot'), kind, 'T::Worker')\n"
             "end\n"
             "require 'orderd.test'.case('it', function()\n%s\nend)\n",
             body);
    fixture_write(&lot->world.fixture, "scripts/tests/it.lua", script);
    orb_world_add_all(&lot->world);
}

static void on_result(void *arg, const struct script_test_result *result)
{
    struct lot *lot = arg;
    if (!result->passed)
        snprintf(lot->message, sizeof(lot->message), "%s", result->message);
}

static void on_finished(void *arg, size_t passed, size_t failed)
{
    struct lot *lot = arg;
    (void)passed;
    lot->finished = true;
    lot->failed = failed;
}

static void lot_start(struct lot *lot)
{
    struct script_test_run run = {.result = on_result, .finished = on_finished, .arg = lot};
    orb_world_load(&lot->world);
    lua_tests_run(lot->world.fixture.vm, &run);
}

static void lot_wait(struct lot *lot, const bool *flag)
{
    fixture_run_until(&lot->world.fixture, flag);
}

static void lot_answer(struct lot *lot)
{
    orb_reply_nothing(lot->parked);
    lot->parked = NULL;
}

static void lot_close(struct lot *lot)
{
    if (lot->parked)
        lot_answer(lot);
    orb_world_close(&lot->world);
    orb_adapter_free(&lot->adapter);
}

/* Turns the loop until the server knows that nobody waits for the parked request. */
static void lot_wait_until_unwanted(struct lot *lot)
{
    for (int turns = 0; orb_request_wanted(lot->parked); turns++) {
        assert_true(turns < 100000);
        event_base_loop(lot->world.fixture.base, EVLOOP_ONCE);
    }
}

static void a_call_is_given_up_when_its_task_is_over_its_time(void **state)
{
    struct lot lot;
    (void)state;
    lot_open(&lot, "lot():nothing()");
    lot.world.fixture.options.task_deadline_ms = 200;
    lot_start(&lot);
    lot_wait(&lot, &lot.finished);
    assert_int_equal(lot.failed, 1);
    assert_non_null(strstr(lot.message, "over its time"));
    assert_true(lot.arrived);
    lot_wait_until_unwanted(&lot);
    lot_close(&lot);
}

static void a_future_is_given_up_when_its_task_is_over_its_time(void **state)
{
    struct lot lot;
    (void)state;
    lot_open(&lot, "lot('asynchronous'):nothing()");
    lot.world.fixture.options.task_deadline_ms = 200;
    lot_start(&lot);
    lot_wait(&lot, &lot.finished);
    lot_wait(&lot, &lot.arrived);
    lot_wait_until_unwanted(&lot);
    lot_close(&lot);
}

static void a_state_may_go_while_a_call_waits(void **state)
{
    struct lot lot;
    (void)state;
    lot_open(&lot, "local future = lot('asynchronous'):nothing()\n"
                   "lot('asynchronous'):_is_a('T::Base')\n"
                   "future:evaluate()");
    lot_start(&lot);
    lot_wait(&lot, &lot.arrived);
    orb_server_use(lot.world.server, NULL);
    vm_free(&lot.world.fixture.vm);
    lot_wait_until_unwanted(&lot);
    lot_answer(&lot);
    lot_close(&lot);
}

static void calls_end_when_their_client_goes_first(void **state)
{
    struct lot lot;
    (void)state;
    lot_open(&lot, "local raised = support.raised(lot().nothing, lot())\n"
                   "assert(orb:isexcept(raised, 'COMM_FAILURE'), tostring(raised))\n"
                   "local text = support.complaint(function() lot():nothing() end)\n"
                   "assert(text == 'this program calls nothing over IIOP', text)");
    lot_start(&lot);
    lot_wait(&lot, &lot.arrived);
    orb_client_free(&lot.world.fixture.services.orb);
    lot_wait(&lot, &lot.finished);
    if (lot.failed)
        fail_msg("%s", lot.message);
    lot_close(&lot);
}

static void on_retired(struct vm *vm, void *arg)
{
    struct lot *lot = arg;
    (void)vm;
    lot->retired = true;
}

static void a_state_that_retires_waits_for_its_calls(void **state)
{
    struct lot lot;
    (void)state;
    lot_open(&lot, "lot('asynchronous'):nothing()");
    lot_start(&lot);
    lot_wait(&lot, &lot.finished);
    lot_wait(&lot, &lot.arrived);
    vm_retire(lot.world.fixture.vm, on_retired, &lot);
    for (int i = 0; i < 10; i++)
        event_base_loop(lot.world.fixture.base, EVLOOP_NONBLOCK);
    assert_false(lot.retired);
    lot_answer(&lot);
    lot_wait(&lot, &lot.retired);
    lot_close(&lot);
}

static void requests_under_way_are_answered_when_their_state_goes(void **state)
{
    struct lot lot;
    (void)state;
    lot_open(&lot, "support.worker('asynchronous'):slow(20)\nlot():nothing()");
    lot_start(&lot);
    lot_wait(&lot, &lot.arrived);
    orb_server_use(lot.world.server, NULL);
    vm_free(&lot.world.fixture.vm); /* asan says whether the request was forgotten */
    lot_close(&lot);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_is_given_up_when_its_task_is_over_its_time),
        cmocka_unit_test(a_future_is_given_up_when_its_task_is_over_its_time),
        cmocka_unit_test(a_state_may_go_while_a_call_waits),
        cmocka_unit_test(calls_end_when_their_client_goes_first),
        cmocka_unit_test(a_state_that_retires_waits_for_its_calls),
        cmocka_unit_test(requests_under_way_are_answered_when_their_state_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
