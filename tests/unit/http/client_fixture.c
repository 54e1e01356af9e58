/* Setting a client up, and keeping what its calls were told. */
#include "client_fixture.h"

#include <event2/event.h>
#include <stdio.h>
#include <string.h>

struct event_base *base;
struct http_client *client;

int client_set_up(void **state)
{
    (void)state;
    base = event_base_new();
    client = http_client_new(base);
    return 0;
}

int client_tear_down(void **state)
{
    (void)state;
    http_client_free(&client);
    event_base_free(base);
    return 0;
}

static void keep_answer(struct outcome *outcome, const struct http_answer *answer)
{
    size_t used = 0;
    outcome->http_status = answer->status;
    for (size_t i = 0; i < answer->header_count && used < sizeof(outcome->headers); i++)
        used += (size_t)snprintf(outcome->headers + used, sizeof(outcome->headers) - used,
                                 "%s: %s\n", answer->headers[i].name, answer->headers[i].value);
    outcome->body_length = answer->body_length;
    if (answer->body_length < sizeof(outcome->body))
        memcpy(outcome->body, answer->body, answer->body_length);
}

void take_outcome(void *arg, enum status status, const struct http_answer *answer,
                  const struct fault *fault)
{
    struct outcome *outcome = arg;
    outcome->told++;
    outcome->status = status;
    assert_true((status == STATUS_OK) == (answer != NULL));
    assert_true((status == STATUS_OK) == (fault == NULL));
    if (answer)
        keep_answer(outcome, answer);
    else
        snprintf(outcome->reason, sizeof(outcome->reason), "%s", fault->text);
}

void wait_until_told(const struct outcome *outcome)
{
    while (!outcome->told)
        assert_int_equal(event_base_loop(base, EVLOOP_ONCE), 0);
}

struct outcome call_and_wait(const struct http_call *call)
{
    struct outcome outcome = {0};
    assert_non_null(http_client_call(client, call, take_outcome, &outcome));
    assert_int_equal(outcome.told, 0); /* never before the call returns */
    wait_until_told(&outcome);
    assert_int_equal(outcome.told, 1);
    return outcome;
}

struct outcome get(const char *url)
{
    return call_and_wait(&(struct http_call){.method = "GET", .url = url, .timeout_ms = 20000});
}
