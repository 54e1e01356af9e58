/* One vm with its services in one loop: what a test of the Lua modules needs. Scripts are written
 * into a directory of the test's own. */
#ifndef TEST_BINDINGS_FIXTURE_H
#define TEST_BINDINGS_FIXTURE_H

#include "bindings/services.h"
#include "host/vm.h"
#include "http/client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

struct event_base;

struct fixture {
    char directory[64];
    struct event_base *base;
    struct services services;
    struct vm_options options; /* may be changed before fixture_load */
    struct conf_value *conf;
    struct store *store;
    struct bundle *bundle;
    struct vm *vm;
    struct http_server *server;
};

void fixture_open(struct fixture *f);
void fixture_close(struct fixture *f);

/* A file below the test's directory; `path` for instance "scripts/routes/a.lua". */
void fixture_write(struct fixture *f, const char *path, const char *text);
/* The file's full path, in static memory. */
const char *fixture_path(const struct fixture *f, const char *path);

/* A store in the directory, with the loop's repository in the services. */
void fixture_open_store(struct fixture *f);

/* Makes the vm from the scripts; the second way expects it to be good. */
enum status fixture_try_load(struct fixture *f, struct fault *fault);
void fixture_load(struct fixture *f);

/* Turns the loop until *done; fails after 20 seconds. */
void fixture_run_until(struct fixture *f, const bool *done);

/* Runs the text as the body of a function within a task; fails when it raises. May be used once
 * in a fixture, and loads. */
void fixture_lua(struct fixture *f, const char *text);

struct reply {
    int status;
    char body[4096];
    char headers[2048]; /* "name: value\n", names in lower case */
};

/* Serves the vm's routes (from the first call on) and makes a request over a real socket.
 * `headers` ends with a NULL name; NULL for none. */
struct reply fixture_ask(struct fixture *f, const char *method, const char *path,
                         const struct http_header *headers, const char *body);
struct reply fixture_get(struct fixture *f, const char *path);

/* "http://127.0.0.1:40123", once fixture_ask has served. */
void fixture_serve(struct fixture *f);

void assert_contains(const char *text, const char *part);
void assert_lacks(const char *text, const char *part);

#endif
