/* A client in a loop of its own, and what became of a call. */
#ifndef TEST_HTTP_CLIENT_FIXTURE_H
#define TEST_HTTP_CLIENT_FIXTURE_H

#include "http/client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct event_base;

extern struct event_base *base;
extern struct http_client *client;

int client_set_up(void **state); /* for each test */
int client_tear_down(void **state);

struct outcome {
    int told; /* how often */
    enum status status;
    int http_status;
    char headers[4096]; /* "name: value\n" each */
    char body[8192];
    size_t body_length;
    char reason[512];
};

void take_outcome(void *arg, enum status status, const struct http_answer *answer,
                  const struct fault *fault);

/* Makes the call and runs the loop until it is told. */
struct outcome call_and_wait(const struct http_call *call);
void wait_until_told(const struct outcome *outcome);

/* GET url. */
struct outcome get(const char *url);

#endif
