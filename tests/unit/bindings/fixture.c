/* The vm, loop, store and server that the tests of the Lua modules share. */
#include "fixture.h"

#include "base/log.h"
#include "base/memory.h"
#include "bindings/http.h"
#include "bindings/modules.h"
#include "bindings/test.h"

#include <dirent.h>
#include <event2/event.h>
#include <ftw.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const entries[] = {"routes", "hooks", "policies", "tests", NULL};

void fixture_open(struct fixture *f)
{
    *f = (struct fixture){0};
    log_configure(LOG_ERROR, LOG_LOGFMT);
    snprintf(f->directory, sizeof(f->directory), "/tmp/orderd-bindings-XXXXXX");
    assert_non_null(mkdtemp(f->directory));
    f->base = event_base_new();
    f->services.client = http_client_new(f->base);
    f->services.currency = currency_find("USD", 3);
    f->options = (struct vm_options){
        .memory_limit = 32 << 20,
        .instruction_limit = 1000000,
        .task_deadline_ms = 10000,
        .task_limit = 100,
        .generation = 1,
        .modules = lua_test_modules,
        .entries = entries,
        .pure = "policies",
    };
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status;
    (void)type;
    (void)place;
    return remove(path);
}

void fixture_close(struct fixture *f)
{
    if (f->server)
        http_server_free(&f->server);
    if (f->services.repository)
        repository_close(&f->services.repository);
    http_client_free(&f->services.client);
    if (f->vm)
        vm_free(&f->vm);
    if (f->store)
        store_close(&f->store);
    if (f->bundle)
        bundle_release(&f->bundle);
    if (f->conf)
        conf_free(&f->conf);
    event_base_free(f->base);
    nftw(f->directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

const char *fixture_path(const struct fixture *f, const char *path)
{
    static char full[PATH_MAX];
    snprintf(full, sizeof(full), "%s/%s", f->directory, path);
    return full;
}

static void make_parents(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0700);
        *slash = '/';
    }
}

void fixture_write(struct fixture *f, const char *path, const char *text)
{
    char full[PATH_MAX];
    snprintf(full, sizeof(full), "%s", fixture_path(f, path));
    make_parents(full);
    FILE *file = fopen(full, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

void fixture_open_store(struct fixture *f)
{
    char url[PATH_MAX];
    snprintf(url, sizeof(url), "sqlite:%s", fixture_path(f, "orders.db"));
    struct store_options options = {.url = url, .deadline_ms = 10000};
    struct fault fault = {0};
    assert_int_equal(store_open(&options, &f->store, &fault), STATUS_OK);
    assert_int_equal(repository_open(f->store, f->base, &f->services.repository, &fault),
                     STATUS_OK);
}

enum status fixture_try_load(struct fixture *f, struct fault *fault)
{
    fixture_write(f, "scripts/routes/.keep", "");
    enum status status = bundle_read(fixture_path(f, "scripts"), NULL, &f->bundle, fault);
    if (status)
        return status;
    f->options.context = &f->services;
    status = vm_new(f->bundle, &f->options, &f->vm, fault);
    if (status == STATUS_OK)
        vm_attach(f->vm, f->base);
    return status;
}

void fixture_load(struct fixture *f)
{
    struct fault fault = {0};
    if (fixture_try_load(f, &fault))
        fail_msg("%s: %s", fault.where, fault.text);
}

static void too_late(evutil_socket_t descriptor, short what, void *arg)
{
    (void)descriptor;
    (void)what;
    *(bool *)arg = true;
}

void fixture_run_until(struct fixture *f, const bool *done)
{
    struct timeval limit = {.tv_sec = 20};
    bool late = false;
    struct event *alarm = evtimer_new(f->base, too_late, &late);
    evtimer_add(alarm, &limit);
    while (!*done && !late)
        event_base_loop(f->base, EVLOOP_ONCE);
    event_free(alarm);
    if (late)
        fail_msg("nothing came of it in 20 s");
}

/* ---- Lua ---- */

struct outcome {
    bool finished;
    size_t failed;
    char message[1024];
};

static void on_result(void *arg, const struct script_test_result *result)
{
    struct outcome *outcome = arg;
    if (!result->passed)
        snprintf(outcome->message, sizeof(outcome->message), "%s", result->message);
}

static void on_finished(void *arg, size_t passed, size_t failed)
{
    struct outcome *outcome = arg;
    outcome->finished = true;
    outcome->failed = failed;
    assert_int_equal(passed + failed, 1);
}

void fixture_lua(struct fixture *f, const char *text)
{
    struct buffer script = {0};
    buffer_printf(&script, "require('orderd.test').case('it', function()\n%s\nend)\n", text);
    buffer_append(&script, "", 1);
    fixture_write(f, "scripts/tests/it.lua", script.data);
    buffer_release(&script);
    fixture_load(f);
    struct outcome outcome = {0};
    struct script_test_run run = {.result = on_result, .finished = on_finished, .arg = &outcome};
    lua_tests_run(f->vm, &run);
    fixture_run_until(f, &outcome.finished);
    if (outcome.failed)
        fail_msg("%s", outcome.message);
}

/* ---- HTTP ---- */

static void serve(struct http_request *request, void *arg)
{
    struct fixture *f = arg;
    lua_http_serve(f->vm, request);
}

void fixture_serve(struct fixture *f)
{
    if (f->server)
        return;
    struct http_server_options options = http_server_defaults();
    f->server = http_server_new(f->base, &options, serve, f);
    struct fault fault = {0};
    assert_int_equal(http_server_listen(f->server, "127.0.0.1:0", false, &fault), STATUS_OK);
}

struct asked {
    bool done;
    struct reply reply;
};

static void answered(void *arg, enum status status, const struct http_answer *answer,
                     const struct fault *fault)
{
    struct asked *asked = arg;
    asked->done = true;
    if (status)
        fail_msg("no answer: %s", fault->text);
    asked->reply.status = answer->status;
    snprintf(asked->reply.body, sizeof(asked->reply.body), "%.*s", (int)answer->body_length,
             answer->body ? answer->body : "");
    size_t used = 0;
    for (size_t i = 0; i < answer->header_count; i++)
        used += (size_t)snprintf(asked->reply.headers + used, sizeof(asked->reply.headers) - used,
                                 "%s: %s\n", answer->headers[i].name, answer->headers[i].value);
}

struct reply fixture_ask(struct fixture *f, const char *method, const char *path,
                         const struct http_header *headers, const char *body)
{
    fixture_serve(f);
    char url[1024];
    snprintf(url, sizeof(url), "http://%s%s", http_server_address(f->server), path);
    size_t count = 0;
    while (headers && headers[count].name)
        count++;
    struct http_call call = {
        .method = method,
        .url = url,
        .headers = headers,
        .header_count = count,
        .body = body,
        .body_length = body ? strlen(body) : 0,
        .connect_timeout_ms = 5000,
        .timeout_ms = 15000,
    };
    struct asked asked = {0};
    http_client_call(f->services.client, &call, answered, &asked);
    fixture_run_until(f, &asked.done);
    return asked.reply;
}

struct reply fixture_get(struct fixture *f, const char *path)
{
    return fixture_ask(f, "GET", path, NULL, NULL);
}

void assert_contains(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is not in: %s", part, text);
}

void assert_lacks(const char *text, const char *part)
{
    if (strstr(text, part))
        fail_msg("\"%s\" is in: %s", part, text);
}
