/* The vm, its ORB server and client in one loop. */
#include "orb_world.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "bindings/orb.h"
#include "bindings/test.h"
#include "host/conf.h"
#include "iiop/client.h"
#include "iiop/server.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const entries[] = {"servants", "tests", NULL};
static const char *const idl_directories[] = {ORB_SCRIPTS "/idl", NULL};

static void listen_here(struct orb_world *w)
{
    struct orb_server_options options = orb_server_defaults();
    struct fault fault = {0};
    w->server = orb_server_new(w->fixture.base, &options, NULL);
    if (orb_server_listen(w->server, "127.0.0.1:0", false, &fault))
        fail_msg("%s", fault.text);
}

/* The scripts learn the port from their settings. */
static void write_settings(struct orb_world *w, const char *port)
{
    char text[128];
    struct fault fault = {0};
    snprintf(text, sizeof(text), "return { settings = { port = \"%s\" } }", port);
    fixture_write(&w->fixture, "conf.lua", text);
    assert_int_equal(conf_read(fixture_path(&w->fixture, "conf.lua"), &w->fixture.conf, &fault),
                     STATUS_OK);
    w->fixture.services.settings = conf_member(w->fixture.conf, "settings");
}

void orb_world_open(struct orb_world *w)
{
    *w = (struct orb_world){0};
    fixture_open(&w->fixture);
    struct services *services = &w->fixture.services;
    struct orb_client_options options = orb_client_defaults();
    w->fixture.options.entries = entries;
    w->fixture.options.instruction_limit = 5000000;
    services->orb = orb_client_new(w->fixture.base, &options);
    listen_here(w);
    const char *port = strrchr(orb_server_address(w->server), ':') + 1;
    services->orb_host = "127.0.0.1";
    services->orb_port = (uint16_t)strtoul(port, NULL, 10);
    services->idl_directories = idl_directories;
    write_settings(w, port);
}

void orb_world_close(struct orb_world *w)
{
    orb_server_free(&w->server);
    if (w->fixture.vm)
        vm_free(&w->fixture.vm);
    if (w->fixture.services.orb)
        orb_client_free(&w->fixture.services.orb);
    fixture_close(&w->fixture);
}

static void read_file(const char *path, struct buffer *text)
{
    char part[4096];
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    for (size_t size; (size = fread(part, 1, sizeof(part), file)) > 0;)
        buffer_append(text, part, size);
    fclose(file);
    buffer_append(text, "", 1);
}

void orb_world_add(struct orb_world *w, const char *path)
{
    char from[512], to[256];
    struct buffer text = {0};
    snprintf(from, sizeof(from), "%s/%s", ORB_SCRIPTS, path);
    snprintf(to, sizeof(to), "scripts/%s", path);
    read_file(from, &text);
    fixture_write(&w->fixture, to, text.data);
    buffer_release(&text);
}

void orb_world_add_all(struct orb_world *w)
{
    static const char *const paths[] = {"servants/echo.lua", "servants/worker.lua",
                                        "tests/support.lua"};
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
        orb_world_add(w, paths[i]);
}

void orb_world_load(struct orb_world *w)
{
    fixture_load(&w->fixture);
    orb_server_use(w->server, lua_orb_adapter(w->fixture.vm));
}

/* ---- running ---- */

struct outcome {
    bool finished;
    size_t count;
    struct buffer failures;
};

static void on_result(void *arg, const struct script_test_result *result)
{
    struct outcome *outcome = arg;
    if (!result->passed)
        buffer_printf(&outcome->failures, "\n%s: %s", result->name, result->message);
}

static void on_finished(void *arg, size_t passed, size_t failed)
{
    struct outcome *outcome = arg;
    outcome->finished = true;
    outcome->count = passed + failed;
}

size_t orb_world_run(struct orb_world *w)
{
    struct outcome outcome = {0};
    struct script_test_run run = {.result = on_result, .finished = on_finished, .arg = &outcome};
    lua_tests_run(w->fixture.vm, &run);
    fixture_run_until(&w->fixture, &outcome.finished);
    if (outcome.failures.size > 0)
        fail_msg("%.*s", (int)outcome.failures.size, outcome.failures.data);
    buffer_release(&outcome.failures);
    return outcome.count;
}

void orb_world_lua(struct orb_world *w, const char *text)
{
    struct buffer script = {0};
    buffer_printf(&script,
                  "local orb = require 'orderd.orb'\n"
                  "local support = require 'tests.support'\n"
                  "require 'orderd.test'.case('it', function()\n%s\nend)\n",
                  text);
    buffer_append(&script, "", 1);
    fixture_write(&w->fixture, "scripts/tests/it.lua", script.data);
    buffer_release(&script);
    orb_world_add_all(w);
    orb_world_load(w);
    assert_int_equal(orb_world_run(w), 1);
}
