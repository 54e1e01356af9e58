/* Connections, exchanges and the client itself: kept, given up, freed in the middle. */
#include "client_fixture.h"
#include "peer.h"

#include <event2/event.h>
#include <stdio.h>
#include <string.h>

#define ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
#define LAST_ANSWER "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"

static void a_connection_is_used_again(void **state)
{
    (void)state;
    struct peer peer;
    peer_start(&peer, peer_answer_each, ANSWER);
    for (int i = 0; i < 5; i++)
        assert_int_equal(get(peer.url).status, STATUS_OK);
    http_client_free(&client);
    peer_stop(&peer);
    assert_int_equal(peer.connections, 1);
    assert_int_equal(peer.requests, 5);
}

/* Answers the first request of its life, takes the second and dies of it. */
static void die_of_the_second(struct peer *peer, int fd)
{
    if (peer->requests > 0) {
        peer_answer_and_close(peer, fd);
        return;
    }
    peer_answer_and_close(peer, fd);
    (void)peer_read(peer, fd);
}

static struct outcome second_call(const char *method, struct peer *peer)
{
    peer_start(peer, die_of_the_second, ANSWER);
    assert_int_equal(get(peer->url).status, STATUS_OK);
    struct http_call call = {.method = method, .url = peer->url, .body = "x", .body_length = 1};
    struct outcome outcome = call_and_wait(&call);
    http_client_free(&client);
    peer_stop(peer);
    client = http_client_new(base);
    return outcome;
}

static void a_post_goes_out_once(void **state)
{
    (void)state;
    struct peer peer;
    assert_int_equal(second_call("POST", &peer).status, STATUS_TIMEOUT);
    assert_int_equal(peer.requests, 2);
}

static void an_idempotent_call_is_sent_again_on_a_new_connection(void **state)
{
    (void)state;
    struct peer peer;
    assert_int_equal(second_call("PUT", &peer).status, STATUS_OK);
    assert_int_equal(peer.requests, 3);
    assert_int_equal(peer.connections, 2);
}

static void many_calls_at_once_are_all_told(void **state)
{
    (void)state;
    enum { CALLS = 200 };
    static struct outcome outcomes[CALLS];
    struct peer peer;
    memset(outcomes, 0, sizeof(outcomes));
    peer_start(&peer, peer_answer_and_close, LAST_ANSWER);
    struct http_call call = {.method = "POST", .url = peer.url, .body = "x", .body_length = 1};
    for (int i = 0; i < CALLS; i++)
        assert_non_null(http_client_call(client, &call, take_outcome, &outcomes[i]));
    for (int i = 0; i < CALLS; i++) {
        wait_until_told(&outcomes[i]);
        assert_int_equal(outcomes[i].status, STATUS_OK);
    }
    peer_stop(&peer);
    assert_int_equal(peer.requests, CALLS);
}

static void must_not_be_told(void *arg, enum status status, const struct http_answer *answer,
                             const struct fault *fault)
{
    (void)arg, (void)answer;
    fail_msg("a cancelled exchange was told: %s, %s", status_name(status),
             fault ? fault->text : "");
}

static void a_call_that_waits_for_a_connection_can_run_out_of_time(void **state)
{
    (void)state;
    enum { CONNECTIONS = 64 }; /* to one host, as client.h says */
    struct http_exchange *holders[CONNECTIONS];
    struct outcome outcome = {0};
    struct peer peer;
    peer_start(&peer, peer_answer_and_wait, "");
    struct http_call call = {.method = "POST", .url = peer.url};
    for (int i = 0; i < CONNECTIONS; i++)
        holders[i] = http_client_call(client, &call, must_not_be_told, NULL);
    call.timeout_ms = 100;
    http_client_call(client, &call, take_outcome, &outcome);
    wait_until_told(&outcome);
    assert_int_equal(outcome.status, STATUS_UNAVAILABLE); /* it had none, so nothing was sent */
    for (int i = 0; i < CONNECTIONS; i++)
        http_exchange_cancel(holders[i]);
    peer_stop(&peer);
}

/* ---- calls within `answered` ---- */

struct chain {
    const char *url;
    int left;
    enum status last;
};

static void call_again(void *arg, enum status status, const struct http_answer *answer,
                       const struct fault *fault)
{
    struct chain *chain = arg;
    (void)answer, (void)fault;
    chain->last = status;
    if (--chain->left > 0)
        http_client_call(client, &(struct http_call){.method = "GET", .url = chain->url},
                         call_again, chain);
}

static void run_chain(struct chain *chain)
{
    http_client_call(client, &(struct http_call){.method = "GET", .url = chain->url}, call_again,
                     chain);
    while (chain->left > 0)
        assert_int_equal(event_base_loop(base, EVLOOP_ONCE), 0);
}

static void an_answer_may_lead_to_the_next_call(void **state)
{
    (void)state;
    struct peer peer;
    peer_start(&peer, peer_answer_each, ANSWER);
    struct chain chain = {.url = peer.url, .left = 50};
    run_chain(&chain);
    assert_int_equal(chain.last, STATUS_OK);
    struct chain failing = {.url = "nonsense:", .left = 50};
    run_chain(&failing);
    assert_int_equal(failing.last, STATUS_INVALID);
    http_client_free(&client);
    peer_stop(&peer);
}

/* ---- giving up ---- */

static void a_cancelled_call_is_never_told(void **state)
{
    (void)state;
    struct peer peer;
    struct outcome waiting = {0};
    peer_start(&peer, peer_answer_and_close, LAST_ANSWER);
    struct http_call good = {.method = "GET", .url = peer.url}, bad = {.method = "", .url = "x"};
    http_exchange_cancel(http_client_call(client, &good, must_not_be_told, NULL));
    http_exchange_cancel(http_client_call(client, &bad, must_not_be_told, NULL));
    struct http_exchange *running = http_client_call(client, &good, must_not_be_told, NULL);
    http_client_call(client, &good, take_outcome, &waiting);
    event_base_loop(base, EVLOOP_ONCE); /* on its way */
    http_exchange_cancel(running);
    wait_until_told(&waiting);
    assert_int_equal(waiting.status, STATUS_OK);
    peer_stop(&peer);
}

struct pair {
    struct http_exchange *own, *other;
    int told;
};

static void cancel_both(void *arg, enum status status, const struct http_answer *answer,
                        const struct fault *fault)
{
    struct pair *pair = arg;
    (void)status, (void)answer, (void)fault;
    pair->told++;
    http_exchange_cancel(pair->own); /* harmless, as NULL is */
    http_exchange_cancel(NULL);
    http_exchange_cancel(pair->other);
}

static void an_answer_may_cancel_another_call(void **state)
{
    (void)state;
    struct pair pair = {0};
    struct http_call bad = {.method = "", .url = "x"};
    pair.own = http_client_call(client, &bad, cancel_both, &pair);
    pair.other = http_client_call(client, &bad, must_not_be_told, NULL);
    while (!pair.told)
        assert_int_equal(event_base_loop(base, EVLOOP_ONCE), 0);
    event_base_loop(base, EVLOOP_NONBLOCK);
    assert_int_equal(pair.told, 1);
}

/* ---- freeing ---- */

static void count_end(void *arg, enum status status, const struct http_answer *answer,
                      const struct fault *fault)
{
    int *ends = arg;
    (void)fault;
    assert_null(answer);
    ends[status]++;
}

static void a_client_can_be_freed_with_calls_in_flight(void **state)
{
    (void)state;
    struct peer peer;
    int ends[STATUS_INTERNAL + 1] = {0};
    peer_start(&peer, peer_answer_and_wait, "");
    struct http_call call = {.method = "GET", .url = peer.url}, bad = {.method = "", .url = "x"};
    for (int i = 0; i < 3; i++)
        http_client_call(client, &call, count_end, ends);
    http_client_call(client, &bad, count_end, ends);
    http_client_free(&client);
    assert_null(client);
    assert_int_equal(ends[STATUS_UNAVAILABLE], 3); /* the loop never ran: nothing had left */
    assert_int_equal(ends[STATUS_INVALID], 1);
    peer_stop(&peer);
}

static void tell_that_it_came(struct peer *peer, int fd)
{
    if (peer_read(peer, fd))
        peer_write(fd, "HTTP/1.1 100 Continue\r\n\r\n", 25);
    peer_wait_for_close(fd);
}

static void a_call_that_had_left_may_have_arrived(void **state)
{
    (void)state;
    struct peer peer;
    int ends[STATUS_INTERNAL + 1] = {0};
    peer_start(&peer, tell_that_it_came, NULL);
    struct http_call call = {.method = "GET", .url = peer.url};
    http_client_call(client, &call, count_end, ends);
    for (int i = 0; i < 20; i++) /* connect, send, take the interim answer */
        event_base_loop(base, EVLOOP_NONBLOCK);
    event_base_loop(base, EVLOOP_ONCE);
    http_client_free(&client);
    assert_int_equal(ends[STATUS_TIMEOUT], 1);
    peer_stop(&peer);
}

static void call_while_freeing(void *arg, enum status status, const struct http_answer *answer,
                               const struct fault *fault)
{
    struct http_client *freed = arg;
    (void)status, (void)answer, (void)fault;
    assert_null(http_client_call(freed, &(struct http_call){.method = "GET", .url = "http://x/"},
                                 must_not_be_told, NULL));
}

static void no_call_is_made_while_the_client_is_freed(void **state)
{
    (void)state;
    struct http_call call = {.method = "", .url = "x"};
    http_client_call(client, &call, call_while_freeing, client);
    http_client_free(&client);
}

#define TEST(name_) cmocka_unit_test_setup_teardown(name_, client_set_up, client_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_connection_is_used_again),
        TEST(a_post_goes_out_once),
        TEST(an_idempotent_call_is_sent_again_on_a_new_connection),
        TEST(many_calls_at_once_are_all_told),
        TEST(a_call_that_waits_for_a_connection_can_run_out_of_time),
        TEST(an_answer_may_lead_to_the_next_call),
        TEST(a_cancelled_call_is_never_told),
        TEST(an_answer_may_cancel_another_call),
        TEST(a_client_can_be_freed_with_calls_in_flight),
        TEST(a_call_that_had_left_may_have_arrived),
        TEST(no_call_is_made_while_the_client_is_freed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
