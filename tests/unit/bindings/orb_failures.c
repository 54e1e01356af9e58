/* What goes wrong around calls: told while scripts load, in the log, and over HTTP. */
#include "orb_world.h"

#include "base/buffer.h"
#include "base/log.h"
#include "base/metrics.h"
#include "bindings/orb.h"
#include "iiop/client.h"
#include "iiop/server.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SERVANT                                                                                    \
    "orb:loadidlfile 'everything.idl'; local servant = orb:newservant({}, 'k', 'T::Echo'); "

/* ---- while scripts are loaded ---- */

static void does_not_load(const char *script, const char *wanted)
{
    struct orb_world w;
    struct fault fault = {0};
    char text[512];
    orb_world_open(&w);
    snprintf(text, sizeof(text), "local orb = require 'orderd.orb'\n%s\n", script);
    fixture_write(&w.fixture, "scripts/servants/a.lua", text);
    assert_int_not_equal(fixture_try_load(&w.fixture, &fault), STATUS_OK);
    assert_contains(fault.where, "servants/a.lua:2");
    assert_contains(fault.text, wanted);
    orb_world_close(&w);
}

static void a_mistake_in_idl_is_told_with_its_place(void **state)
{
    (void)state;
    does_not_load("orb:loadidl 'module M {\\n interface I { long f(in Nothing x); }; };'",
                  "idl:2:");
}

static void idl_is_read_from_its_directories_only(void **state)
{
    (void)state;
    does_not_load("orb:loadidlfile '/etc/passwd'",
                  "'/etc/passwd' is no name of a file in the IDL directories");
    does_not_load("orb:loadidlfile '../orb/idl/everything.idl'", "is no name of a file");
    does_not_load("orb:loadidlfile 'a/../../b.idl'", "is no name of a file");
    does_not_load("orb:loadidlfile ''", "is no name of a file");
    does_not_load("orb:loadidlfile 'none.idl'",
                  "there is no file none.idl in the IDL directories (" ORB_SCRIPTS "/idl)");
}

static void the_working_directory_is_no_idl_directory(void **state)
{
    struct orb_world w;
    struct fault fault = {0};
    char before[512];
    (void)state;
    orb_world_open(&w);
    fixture_write(&w.fixture, "scripts/servants/a.lua",
                  "require 'orderd.orb':loadidlfile 'here.idl'");
    fixture_write(&w.fixture, "here.idl", "module M {};");
    assert_non_null(getcwd(before, sizeof(before)));
    assert_int_equal(chdir(w.fixture.directory), 0);
    assert_int_not_equal(fixture_try_load(&w.fixture, &fault), STATUS_OK);
    assert_contains(fault.text, "there is no file here.idl in the IDL directories");
    assert_int_equal(chdir(before), 0);
    orb_world_close(&w);
}

static void a_key_is_served_once(void **state)
{
    (void)state;
    does_not_load("orb:loadidlfile 'everything.idl'; orb:newservant({}, 'k', 'T::Echo');"
                  "orb:newservant({}, 'k', 'T::Worker')",
                  "another servant has the key 'k': that of ");
    does_not_load("orb:loadidlfile 'everything.idl'; orb:newservant({}, 'k', 'T::Echo');"
                  "orb:newdefaultservant({}, 'k', 'T::Echo');"
                  "orb:newservant({}, 'k', 'T::Worker')",
                  "scripts/servants/a.lua:2");
    does_not_load("orb:loadidlfile 'everything.idl'; orb:newdefaultservant({}, 'k', 'T::Echo');"
                  "orb:newdefaultservant({}, 'k', 'T::Worker')",
                  "another servant has the key 'k'");
    does_not_load("orb:newservant({}, 'k', 'T::Echo')", "there is no interface 'T::Echo'");
    does_not_load("orb:newservant({}, 'k', 'Object')", "Object has no operations to serve");
    does_not_load("orb:newservant({}, '', 'Object')", "Object has no operations to serve");
}

static void no_reference_is_made_while_scripts_load(void **state)
{
    static const char wanted[] = "references are made while tasks run, not while the scripts are "
                                 "being loaded";
    (void)state;
    does_not_load(SERVANT "tostring(servant)", wanted);
    does_not_load(SERVANT "orb:newproxy(servant)", wanted);
    does_not_load(SERVANT "local _ = orb:newdefaultservant({}, 'm/', 'T::Echo'):object('1')",
                  wanted);
}

static void a_proxy_of_a_text_is_made_while_scripts_load(void **state)
{
    struct orb_world w;
    (void)state;
    orb_world_open(&w);
    fixture_write(&w.fixture, "scripts/servants/a.lua",
                  "local orb = require 'orderd.orb'\norb:loadidlfile 'everything.idl'\n"
                  "orb:newproxy('corbaloc::127.0.0.1:1/x', nil, 'T::Worker')");
    orb_world_load(&w);
    orb_world_close(&w);
}

static void nothing_is_called_while_scripts_load(void **state)
{
    (void)state;
    does_not_load("orb:loadidlfile 'everything.idl'; orb:newproxy('corbaloc::127.0.0.1:1/x', "
                  "'synchronous', 'T::Worker'):nothing()",
                  "nothing can wait while the scripts are being loaded");
    does_not_load("orb:loadidlfile 'everything.idl'; orb:newproxy('corbaloc::127.0.0.1:1/x', "
                  "'asynchronous', 'T::Worker'):nothing()",
                  "nothing can be called while the scripts are being loaded");
}

static void an_interceptor_is_set_once(void **state)
{
    (void)state;
    does_not_load("orb:setclientinterceptor { sendrequest = 5 }",
                  "the interceptor's 'sendrequest' must be a function");
    does_not_load("for _ = 1, 2 do orb:setserverinterceptor { sendreply = next } end",
                  "another interceptor has 'sendreply' already");
}

static void an_interceptor_has_its_points_and_nothing_else(void **state)
{
    (void)state;
    does_not_load("orb:setserverinterceptor { sendReply = next }",
                  "can have 'receiverequest' and 'sendreply', and no 'sendReply'");
    does_not_load("orb:setclientinterceptor { sendrequest = next, sendreply = next }",
                  "can have 'sendrequest' and 'receivereply', and no 'sendreply'");
    does_not_load("orb:setclientinterceptor { next }", "and no '1'");
    does_not_load("orb:setserverinterceptor {}", "has 'receiverequest' or 'sendreply', or both");
}

/* ---- services that are not there ---- */

static void a_program_that_serves_nothing_has_no_references(void **state)
{
    struct orb_world w;
    (void)state;
    orb_world_open(&w);
    w.fixture.services.orb_port = 0;
    orb_world_lua(&w, "local text = support.complaint(tostring, require 'servants.echo')\n"
                      "assert(text:find('this program serves nothing over IIOP', 1, true), text)");
    orb_world_close(&w);
}

static void too_many_tasks_are_transient(void **state)
{
    struct orb_world w;
    (void)state;
    orb_world_open(&w);
    w.fixture.options.task_limit = 1;
    orb_world_lua(&w, "local raised = support.raised(support.worker().nothing, support.worker())\n"
                      "assert(orb:isexcept(raised, 'TRANSIENT'), tostring(raised))\n"
                      "local worker = support.worker('asynchronous')\n"
                      "raised = support.raised(worker.nothing, worker)\n"
                      "assert(orb:isexcept(raised, 'NO_RESOURCES') and raised.completed == 'NO')\n"
                      "assert(raised.why == 'too many tasks')");
    orb_world_close(&w);
}

/* ---- the log ---- */

/* What a world with this case logs. */
static void logged(void (*run)(struct orb_world *w), char *lines, size_t size)
{
    struct orb_world w;
    char path[] = "/tmp/orderd-orb-log-XXXXXX";
    int file = mkstemp(path), before = dup(STDERR_FILENO);
    assert_true(file >= 0 && before >= 0 && dup2(file, STDERR_FILENO) >= 0);
    orb_world_open(&w);
    run(&w);
    orb_world_close(&w);
    assert_true(dup2(before, STDERR_FILENO) >= 0);
    ssize_t length = pread(file, lines, size - 1, 0);
    assert_true(length >= 0);
    lines[length] = '\0';
    assert_int_equal(close(file) | close(before) | unlink(path), 0);
}

static void run_mistakes(struct orb_world *w)
{
    orb_world_lua(w, "local worker = support.worker('protected')\n"
                     "worker:fail('text')\n"
                     "worker:wrong('number')\n"
                     "worker:fail('undeclared')\n"
                     "worker:fail('undeclared_table')\n"
                     "worker:fail('bad_member')\n"
                     "worker:fail('loop')\n"
                     "worker:fail('broken')\n"
                     "worker:fail('system')");
}

static void a_servants_mistakes_are_logged_with_operation_and_place(void **state)
{
    char lines[16384];
    (void)state;
    logged(run_mistakes, lines, sizeof(lines));
    assert_contains(lines, "operation=T::Worker::fail");
    assert_contains(lines, "a mistake of the script");
    assert_contains(lines, "operation=T::Worker::wrong");
    assert_contains(lines, "result: 12 is not a text");
    assert_contains(lines, "servants/worker.lua:101: result");
    assert_contains(lines, "IDL:test.orderd.org/T/Undeclared:1.0 is not in the raises of "
                           "T::Worker::fail");
    assert_contains(lines, "T::Silent: user_id=x is not in the raises of T::Worker::fail");
    assert_contains(lines, "IDL:test.orderd.org/T/Broken:1.0: why: 7 is not a text");
    assert_contains(lines, "over its instruction budget");
    assert_contains(lines, "trace_id=");
    assert_lacks(lines, "it fell"); /* declared exceptions are no mistakes */
    assert_lacks(lines, "TRANSIENT");
}

static void run_existence(struct orb_world *w)
{
    orb_world_lua(w, "local worker = support.worker()\n"
                     "for _, id in ipairs { 'waits', 'calls', 'refers' } do\n"
                     "    assert(worker:find(id):_non_existent() == false)\n"
                     "end");
}

static void a_servant_that_waits_when_asked_for_existence_is_told(void **state)
{
    char lines[8192];
    (void)state;
    logged(run_existence, lines, sizeof(lines));
    assert_contains(lines, "nothing can wait here: this function must answer at once");
    assert_contains(lines, "nothing can be called here: this function must answer at once");
    assert_lacks(lines, "loaded");
}

/* Each world here is of a newer generation than any before it. */
static void load_echo(struct orb_world *w, const char *impl)
{
    static uint64_t generation = 1000;
    char text[1024];
    w->fixture.options.generation = ++generation;
    log_configure(LOG_WARNING, LOG_LOGFMT);
    snprintf(text, sizeof(text),
             "local orb = require 'orderd.orb'\n"
             "orb:loadidl 'interface I { void one(); void two(); readonly attribute long n; };'\n"
             "local impl = %s\norb:newservant(impl, 'i', 'I')\nfunction impl:two() end",
             impl);
    fixture_write(&w->fixture, "scripts/servants/a.lua", text);
    orb_world_load(w);
    orb_server_use(w->server, lua_orb_adapter(w->fixture.vm));
}

static void load_lacking(struct orb_world *w)
{
    load_echo(w, "setmetatable({ One = error, helper = 5 }, { __index = {} })");
}

static void load_whole(struct orb_world *w)
{
    load_echo(w, "setmetatable({}, { __index = { one = function() end } })");
}

static void load_dynamic(struct orb_world *w)
{
    load_echo(w, "setmetatable({}, { __index = function() error('is not asked') end })");
}

static void operations_that_a_servant_lacks_are_logged_once(void **state)
{
    char lines[4096];
    (void)state;
    logged(load_lacking, lines, sizeof(lines));
    const char *line = strstr(lines, "a servant lacks operations of its interface");
    assert_non_null(line);
    assert_contains(line, "interface=I key=i");
    assert_contains(line, "servants/a.lua:4 operations=one\n");
    assert_null(strstr(line + 1, "a servant lacks"));
    logged(load_whole, lines, sizeof(lines));
    assert_string_equal(lines, "");
    logged(load_dynamic, lines, sizeof(lines));
    assert_string_equal(lines, "");
}

static void run_interceptor(struct orb_world *w)
{
    fixture_write(&w->fixture, "scripts/servants/z.lua",
                  "require 'orderd.orb':setserverinterceptor { sendreply = function(request)\n"
                  "    require 'orderd.log'.error('seen', { success = request.success })\n"
                  "end }");
    orb_world_lua(w, "support.worker():nothing()\nsupport.worker('protected'):fail('empty')");
}

static void an_interceptors_lines_have_the_requests_trace(void **state)
{
    char lines[8192];
    (void)state;
    logged(run_interceptor, lines, sizeof(lines));
    size_t count = 0;
    for (const char *line = lines; (line = strstr(line, "message=seen")) != NULL; count++)
        assert_int_equal(strspn(strstr(line++, "trace_id=") + 9, "0123456789abcdef"), 32);
    assert_int_equal(count, 2);
}

/* The state goes while the operation sleeps; the server has gone before it. */
static void run_into_the_end(struct orb_world *w)
{
    fixture_write(&w->fixture, "scripts/servants/z.lua",
                  "require 'orderd.orb':setserverinterceptor { sendreply = function(request)\n"
                  "    if request.operation_name ~= 'slow' then return end\n"
                  "    require 'orderd.log'.error('seen', { why = request.exception.why })\n"
                  "end }");
    orb_world_lua(w, "support.worker('asynchronous'):slow(5)\nsupport.worker():nothing()");
}

static void an_interceptor_hears_of_what_its_states_end_ends(void **state)
{
    char lines[8192];
    (void)state;
    logged(run_into_the_end, lines, sizeof(lines));
    const char *line = strstr(lines, "message=seen");
    assert_non_null(line);
    assert_contains(line, "its state is being closed");
    assert_null(strstr(line + 1, "message=seen"));
}

static void an_operations_time_is_a_family_of_its_own(void **state)
{
    struct orb_world w;
    struct buffer text = {0};
    (void)state;
    orb_world_open(&w);
    orb_world_lua(&w, "support.worker():nothing()");
    orb_world_close(&w);
    metrics_render(&text);
    buffer_append(&text, "", 1);
    assert_contains(text.data, "orderd_orb_operation_seconds_count{operation="
                               "\"T::Worker::nothing\",end=\"returned\"} ");
    assert_contains(text.data, "\norderd_orb_request_seconds_count ");
    assert_lacks(text.data, "orderd_orb_request_seconds_count{");
    buffer_release(&text);
}

/* ---- over HTTP ---- */

static const char route[] =
    "local http = require 'orderd.http'\n"
    "local orb = require 'orderd.orb'\n"
    "local support = require 'tests.support'\n"
    "http.get('/fails', function() support.worker():fail('broken') end)\n"
    "http.get('/trace', function() return http.text(200, support.worker():traceparent()) end)\n";

static void open_routes(struct orb_world *w)
{
    static const char *const entries[] = {"servants", "routes", NULL};
    orb_world_open(w);
    w->fixture.options.entries = entries;
    orb_world_add_all(w);
    fixture_write(&w->fixture, "scripts/routes/a.lua", route);
    orb_world_load(w);
}

static void ask_failing_route(struct orb_world *w)
{
    orb_world_close(w);
    open_routes(w);
    struct reply reply = fixture_get(&w->fixture, "/fails");
    assert_int_equal(reply.status, 500);
    assert_lacks(reply.body, "Broken");
    assert_lacks(reply.body, "it fell");
}

static void an_exception_at_a_routes_end_is_500_and_in_the_log(void **state)
{
    char lines[8192];
    (void)state;
    logged(ask_failing_route, lines, sizeof(lines));
    assert_contains(lines, "IDL:test.orderd.org/T/Broken:1.0: why=it fell, places=(a table)");
}

static void a_trace_goes_on_in_the_servant(void **state)
{
    static const char id[] = "0af7651916cd43dd8448eb211c80319c";
    static const struct http_header headers[] = {
        {"traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}, {NULL, NULL}};
    struct orb_world w;
    (void)state;
    open_routes(&w);
    struct reply reply = fixture_ask(&w.fixture, "GET", "/trace", headers, NULL);
    assert_int_equal(reply.status, 200);
    assert_contains(reply.body, id);
    assert_lacks(reply.body, "b7ad6b7169203331"); /* a span of its own */
    orb_world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mistake_in_idl_is_told_with_its_place),
        cmocka_unit_test(idl_is_read_from_its_directories_only),
        cmocka_unit_test(the_working_directory_is_no_idl_directory),
        cmocka_unit_test(a_key_is_served_once),
        cmocka_unit_test(no_reference_is_made_while_scripts_load),
        cmocka_unit_test(a_proxy_of_a_text_is_made_while_scripts_load),
        cmocka_unit_test(nothing_is_called_while_scripts_load),
        cmocka_unit_test(an_interceptor_is_set_once),
        cmocka_unit_test(an_interceptor_has_its_points_and_nothing_else),
        cmocka_unit_test(a_program_that_serves_nothing_has_no_references),
        cmocka_unit_test(too_many_tasks_are_transient),
        cmocka_unit_test(a_servants_mistakes_are_logged_with_operation_and_place),
        cmocka_unit_test(a_servant_that_waits_when_asked_for_existence_is_told),
        cmocka_unit_test(operations_that_a_servant_lacks_are_logged_once),
        cmocka_unit_test(an_interceptors_lines_have_the_requests_trace),
        cmocka_unit_test(an_interceptor_hears_of_what_its_states_end_ends),
        cmocka_unit_test(an_operations_time_is_a_family_of_its_own),
        cmocka_unit_test(an_exception_at_a_routes_end_is_500_and_in_the_log),
        cmocka_unit_test(a_trace_goes_on_in_the_servant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
