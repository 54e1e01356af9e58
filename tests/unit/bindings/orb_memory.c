/* Every allocation of a state may be the one that fails, also in the middle of a call: states are
 * made, call themselves and are freed under caps that grow step by step. Each time they work or say
 * why not, and nothing is left behind. */
#include "orb_world.h"

#include "base/log.h"
#include "bindings/orb.h"
#include "bindings/test.h"
#include "iiop/server.h"

#include <string.h>

static const char servant[] =
    "local orb = require 'orderd.orb'\n"
    "orb:loadidl [[\n"
    "  module M { exception Bad { string why; }; typedef sequence<any> Anys;\n"
    "    interface Thing { Anys turn(in Anys all, out Thing self); void fail() raises (Bad); }; "
    "};\n"
    "]]\n"
    "local impl, servant = {}, nil\n"
    "function impl:turn(all) return all, servant end\n"
    "function impl:fail() error(orb:newexcept { _repid = 'M::Bad', why = 'so' }) end\n"
    "servant = orb:newservant(impl, 'Thing', 'M::Thing')\n"
    "return servant\n";

static const char caller[] =
    "local orb = require 'orderd.orb'\n"
    "local servant = require 'servants.thing'\n"
    "orb:setclientinterceptor { sendrequest = function(r) r.service_context[9] = 'x' end }\n"
    "require 'orderd.test'.case('it', function()\n"
    "  local thing, soon = orb:newproxy(servant), orb:newproxy(servant, 'asynchronous')\n"
    "  local future = soon:turn { 'a', 1, { _anyval = 0.5, _anytype = orb:type 'float' } }\n"
    "  local all, again = thing:turn { 'a', true }\n"
    "  assert(all[1]._anyval == 'a' and all[2]._anyval == true and again == thing)\n"
    "  assert(not pcall(thing.turn, thing, { {} }))\n"
    "  local ok, why = pcall(thing.fail, thing)\n"
    "  assert(not ok and why.why == 'so', tostring(why))\n"
    "  assert(future:evaluate()[2]._anyval == 1)\n"
    "end)\n";

struct outcome {
    bool finished;
    size_t passed;
};

static void on_finished(void *arg, size_t passed, size_t failed)
{
    struct outcome *outcome = arg;
    (void)failed;
    *outcome = (struct outcome){.finished = true, .passed = passed};
}

static bool works(struct orb_world *w)
{
    struct outcome outcome = {0};
    struct script_test_run run = {.finished = on_finished, .arg = &outcome};
    orb_server_use(w->server, lua_orb_adapter(w->fixture.vm));
    lua_tests_run(w->fixture.vm, &run);
    fixture_run_until(&w->fixture, &outcome.finished);
    return outcome.passed == 1;
}

static void memory_may_end_anywhere(void **state)
{
    struct orb_world w;
    struct fault fault;
    int failed = 0, worked = 0;
    size_t step = 211;
    (void)state;
    orb_world_open(&w);
    log_configure(LOG_ERROR + 1, LOG_LOGFMT);
    fixture_write(&w.fixture, "scripts/servants/thing.lua", servant);
    fixture_write(&w.fixture, "scripts/tests/it.lua", caller);
    w.fixture.options.instruction_limit = INT64_MAX / 2;
    for (size_t cap = 40000; worked < 20; cap += step) {
        assert_true(cap < 2000000);
        w.fixture.options.memory_limit = cap;
        bool loaded = fixture_try_load(&w.fixture, &fault) == STATUS_OK;
        bool good = loaded && works(&w);
        worked += good;
        failed += loaded && !good;
        step = loaded ? 29 : step;
        orb_server_use(w.server, NULL);
        vm_free(&w.fixture.vm);
        bundle_release(&w.fixture.bundle);
    }
    assert_true(failed > 20);
    orb_world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(memory_may_end_anywhere)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
