/* The control socket over a real store: events in pages and as they come, what is asked wrongly,
 * and an end while somebody waits. */
#include "../../contract/sqlite_place.h"
#include "../../contract/suite.h"

#include "base/buffer.h"
#include "base/log.h"
#include "base/memory.h"
#include "bus/cloudevent.h"
#include "http/client.h"
#include "server/control.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MIB (1024 * 1024)

/* ---- a control socket and who asks it ---- */

struct world {
    struct suite *suite;
    struct config config;
    struct server server;
    struct control *control;
    struct http_client *client;
    char directory[64], socket[96];
};

/* Bodies of answers, until the test ends. */
static char *kept[256];
static size_t kept_count;

static char *keep(const char *body, size_t length)
{
    assert_in_range(kept_count, 0, sizeof(kept) / sizeof(kept[0]) - 1);
    kept[kept_count] = memory_text(body ? body : "", length);
    return kept[kept_count++];
}

struct reply {
    int times, status;
    enum status outcome;
    char *body;
};

static void on_answer(void *arg, enum status status, const struct http_answer *answer,
                      const struct fault *fault)
{
    struct reply *reply = arg;
    (void)fault;
    reply->times++;
    reply->outcome = status;
    if (status != STATUS_OK)
        return;
    reply->status = answer->status;
    reply->body = keep(answer->body, answer->body_length);
}

static struct http_exchange *ask(struct world *world, const char *method, const char *path,
                                 struct reply *reply)
{
    char url[4096];
    *reply = (struct reply){0};
    snprintf(url, sizeof(url), "http://orderd%s", path);
    const struct http_call call = {
        .method = method, .url = url, .unix_socket = world->socket, .answer_bytes_limit = 4 * MIB};
    return http_client_call(world->client, &call, on_answer, reply);
}

/* Static memory of the last call. */
static const struct reply *asked(struct world *world, const char *method, const char *path)
{
    static struct reply reply;
    (void)ask(world, method, path, &reply);
    suite_wait(world->suite->base, &reply.times);
    assert_int_equal(reply.outcome, STATUS_OK);
    return &reply;
}

static int world_setup(void **state)
{
    struct world *world = calloc(1, sizeof(*world));
    struct fault fault = {0};
    void *suite;
    assert_int_equal(suite_setup(&suite), 0);
    world->suite = suite;
    strcpy(world->directory, "/tmp/orderd-unit-XXXXXX");
    assert_non_null(mkdtemp(world->directory));
    snprintf(world->socket, sizeof(world->socket), "%s/control.sock", world->directory);
    world->config.state_dir = world->directory;
    world->server.config = &world->config;
    world->server.base = world->suite->base;
    world->server.store = world->suite->store;
    world->client = http_client_new(world->suite->base);
    if (control_open(&world->server, &world->control, &fault) != STATUS_OK)
        fail_msg("%s", fault.text);
    *state = world;
    return 0;
}

static int world_teardown(void **state)
{
    struct world *world = *state;
    void *suite = world->suite;
    http_client_free(&world->client);
    control_close(&world->control);
    while (kept_count > 0)
        free(kept[--kept_count]);
    unlink(world->socket);
    rmdir(world->directory);
    free(world);
    return suite_teardown(&suite);
}

static void add(struct world *world, int count)
{
    for (int i = 0; i < count; i++)
        (void)suite_add(world->suite, suite_user(1), SUITE_NOW_MS + i, 1);
}

/* ---- what is in an answer ---- */

static void contains(const char *text, const char *expected)
{
    if (!strstr(text, expected))
        fail_msg("%s\nis not in\n%s", expected, text);
}

static int events_in(const char *body)
{
    int count = 0;
    for (const char *line = body; line && *line; line = strchr(line, '\n')) {
        line += *line == '\n';
        count += *line == '[';
    }
    return count;
}

static void refused(struct world *world, const char *method, const char *path, int status,
                    const char *code)
{
    char member[96];
    const struct reply *reply = asked(world, method, path);
    snprintf(member, sizeof(member), "\"code\":\"%s\"", code);
    if (reply->status != status)
        fail_msg("%s %s: %d and not %d: %s", method, path, reply->status, status, reply->body);
    contains(reply->body, member);
}

/* ---- pages ---- */

static void a_line_is_what_the_frames_of_pub_are(void **state)
{
    struct world *world = *state;
    add(world, 2);
    const struct suite_event *stored = &suite_events(world->suite, "", 10)->events[1];
    const struct stored_event event = {
        .position = stored->position,
        .previous = stored->previous,
        .follows = stored->follows,
        .event_id = stored->event_id,
        .order_id = stored->order_id,
        .topic = stored->topic,
        .type = stored->type,
        .occurred_at = stored->occurred_at,
        .data = stored->data,
        .data_length = strlen(stored->data),
    };
    struct buffer line = {0};
    buffer_printf(&line, "[\"%s\",\"%s\",\"%s\",", stored->topic, stored->position.text,
                  stored->previous.text);
    cloudevent_write(&event, store_epoch(world->suite->store), &line);
    buffer_append(&line, "]\n", 3);
    contains(asked(world, "GET", "/events")->body, line.data);
    buffer_release(&line);
}

static void pages_lead_to_the_head(void **state)
{
    struct world *world = *state;
    char path[128];
    add(world, 3);
    const struct reply *reply = asked(world, "GET", "/events?limit=2");
    assert_int_equal(events_in(reply->body), 2);
    contains(reply->body, "\"position\":\"0000000000000002\",\"count\":2,\"complete\":false}\n");
    snprintf(path, sizeof(path), "/events?limit=2&after=0000000000000002&epoch=%s",
             store_epoch(world->suite->store));
    reply = asked(world, "GET", path);
    assert_int_equal(events_in(reply->body), 1);
    contains(reply->body, "\"position\":\"0000000000000003\",\"count\":1,\"complete\":true}\n");
    assert_int_equal(events_in(asked(world, "GET", "/events?after=0000000000000003")->body), 0);
}

static void other_topics_are_passed_over(void **state)
{
    struct world *world = *state;
    add(world, 3);
    const struct reply *reply = asked(world, "GET", "/events?topic=order.s&topic=x&limit=2");
    contains(reply->body, "\"position\":\"0000000000000002\",\"count\":0,\"complete\":false}\n");
    reply = asked(world, "GET", "/events?topic=x&topic=order.c");
    assert_int_equal(events_in(reply->body), 3);
}

static void a_time_is_found_over_pages(void **state)
{
    struct world *world = *state;
    add(world, 3); /* a millisecond apart, from 2026-01-01 on */
    const struct reply *reply =
        asked(world, "GET", "/events?limit=1&from_time=2026-01-01T00:00:00.001Z");
    contains(reply->body, "\"position\":\"0000000000000001\",\"count\":0,\"complete\":false,"
                          "\"begun\":false}\n");
    reply = asked(world, "GET",
                  "/events?limit=5&from_time=2026-01-01T00:00:00.001Z&after=0000000000000001");
    assert_int_equal(events_in(reply->body), 2);
    contains(reply->body, "\"count\":2,\"complete\":true,\"begun\":true}\n");
}

static void on_pruned(void *arg, enum status status, size_t removed, const struct fault *fault)
{
    int *times = arg;
    (void)fault;
    assert_int_equal(status, STATUS_OK);
    assert_int_equal(removed, 2);
    (*times)++;
}

static void what_was_removed_is_told_with_the_floor(void **state)
{
    struct world *world = *state;
    const struct prune prune = {.events_before = SUITE_NOW_MS + 2, .limit = 10};
    int times = 0;
    add(world, 3);
    repository_prune(world->suite->repository, &prune, on_pruned, &times);
    suite_wait(world->suite->base, &times);
    refused(world, "GET", "/events?after=0000000000000001", 410, "position-gone");
    const struct reply *reply = asked(world, "GET", "/events?after=0000000000000001");
    contains(reply->body, "begin after the floor, 0000000000000002");
    contains(reply->body, "\"floor\":\"0000000000000002\",\"head\":\"0000000000000003\"");
    assert_int_equal(events_in(asked(world, "GET", "/events?after=0000000000000002")->body), 1);
    reply = asked(world, "GET", "/events/head");
    contains(reply->body, "\"floor\":\"0000000000000002\",\"head\":\"0000000000000003\","
                          "\"heads\":{\"order.created\":\"0000000000000003\"}}");
}

/* An event tells all items of its order, of which 200 take more than 10 kB. */
static void add_long(struct world *world)
{
    struct order_item items[ORDER_ITEMS_LIMIT];
    for (size_t i = 0; i < ORDER_ITEMS_LIMIT; i++)
        items[i] =
            (struct order_item){.product_id = suite_product((uint8_t)i), .quantity = 1, .price = 1};
    const struct order_draft draft = {.order_id = uuid_v7(SUITE_NOW_MS),
                                      .user_id = suite_user(1),
                                      .currency = currency_find("USD", 3),
                                      .items = items,
                                      .item_count = ORDER_ITEMS_LIMIT};
    struct order *order;
    struct fault fault;
    assert_int_equal(order_create(&draft, SUITE_NOW_MS, &order, &fault), STATUS_OK);
    assert_int_equal(suite_save(world->suite, order), STATUS_OK);
    order_free(&order);
}

static void a_page_that_has_grown_long_ends(void **state)
{
    struct world *world = *state;
    for (int i = 0; i < 110; i++)
        add_long(world);
    const struct reply *reply = asked(world, "GET", "/events?limit=1000");
    size_t size = strlen(reply->body);
    assert_in_range(size, MIB, 2 * MIB);
    assert_in_range(events_in(reply->body), 2, 109);
    contains(reply->body, "\"complete\":false}\n");
}

/* ---- waiting ---- */

static void whoever_waits_gets_the_next_event(void **state)
{
    struct world *world = *state;
    struct reply reply;
    add(world, 1);
    (void)ask(world, "GET", "/events?after=0000000000000001&wait=30", &reply);
    (void)asked(world, "GET", "/cursors/none"); /* it has been taken up by now */
    assert_int_equal(reply.times, 0);
    add(world, 1);
    suite_wait(world->suite->base, &reply.times);
    assert_int_equal(events_in(reply.body), 1);
    contains(reply.body, "\"position\":\"0000000000000002\"");
}

static void an_event_of_another_topic_is_waited_past(void **state)
{
    struct world *world = *state;
    struct reply reply;
    struct order *order = suite_order(suite_user(1), SUITE_NOW_MS, 1);
    (void)ask(world, "GET", "/events?wait=30&topic=order.status", &reply);
    assert_int_equal(suite_save(world->suite, order), STATUS_OK);
    (void)asked(world, "GET", "/cursors/none");
    assert_int_equal(reply.times, 0);
    suite_change(order, ORDER_CONFIRMED, NULL, SUITE_NOW_MS);
    assert_int_equal(suite_save(world->suite, order), STATUS_OK);
    suite_wait(world->suite->base, &reply.times);
    assert_int_equal(events_in(reply.body), 1);
    contains(reply.body, "\"position\":\"0000000000000002\"");
    order_free(&order);
}

static void a_wait_ends_without_an_event(void **state)
{
    struct world *world = *state;
    add(world, 1);
    contains(asked(world, "GET", "/events?after=0000000000000001&wait=1")->body,
             "\"position\":\"0000000000000001\",\"count\":0,\"complete\":true}\n");
}

static void many_may_wait_for_one_event(void **state)
{
    struct world *world = *state;
    static struct reply replies[32];
    for (size_t i = 0; i < 32; i++)
        (void)ask(world, "GET", "/events?wait=30", &replies[i]);
    (void)asked(world, "GET", "/cursors/none");
    for (size_t i = 0; i < 32; i++)
        assert_int_equal(replies[i].times, 0);
    add(world, 1);
    for (size_t i = 0; i < 32; i++) {
        suite_wait(world->suite->base, &replies[i].times);
        assert_int_equal(events_in(replies[i].body), 1);
    }
}

/* They count until their time has passed. */
static void clients_that_wait_and_vanish_hold_nobody_up(void **state)
{
    struct world *world = *state;
    static struct reply replies[40];
    for (size_t i = 0; i < 40; i++) {
        struct http_exchange *exchange = ask(world, "GET", "/events?wait=30", &replies[i]);
        (void)asked(world, "GET", "/cursors/none");
        if (!replies[i].times)
            http_exchange_cancel(exchange);
    }
    assert_int_equal(replies[31].times, 0);
    assert_int_equal(replies[32].times, 1);
    contains(replies[32].body, "\"count\":0,\"complete\":true}\n");
}

static void an_end_answers_whoever_waits(void **state)
{
    struct world *world = *state;
    struct reply reply;
    (void)ask(world, "GET", "/events?wait=30", &reply);
    (void)asked(world, "GET", "/cursors/none");
    control_close(&world->control);
    assert_null(world->control);
    suite_wait(world->suite->base, &reply.times);
    add(world, 1); /* nobody is left to be told */
}

/* ---- dead letters ---- */

static void add_letter(struct world *world, const char *source, const char *payload)
{
    const struct dead_letter letter = {.source = source,
                                       .topic = "a.topic",
                                       .reason = "no \"reason\"",
                                       .attempts = 2,
                                       .payload = payload,
                                       .payload_length = strlen(payload)};
    struct answer answer = {0};
    repository_dead_letter_add(world->suite->repository, &letter, suite_answer, &answer);
    suite_wait(world->suite->base, &answer.times);
    assert_int_equal(answer.status, STATUS_OK);
}

#define MEMBERS(source_, retrying_)                                                                \
    "\"source\":\"" source_ "\",\"topic\":\"a.topic\",\"event_id\":null,\"about\":null,"           \
    "\"attempts\":2,\"retrying\":" retrying_ ",\"reason\":\"no \\\"reason\\\"\""

static void letters_are_listed_in_pages_without_payloads(void **state)
{
    struct world *world = *state;
    add_letter(world, "inbound", "secret");
    add_letter(world, "hook:a", "secret");
    add_letter(world, "inbound", "secret");
    const struct reply *reply = asked(world, "GET", "/dead-letters?limit=1");
    contains(reply->body, "{\"dead_letters\":[{\"id\":1,\"received_at\":\"");
    contains(reply->body, MEMBERS("inbound", "false") "}],\"next_after\":1}");
    reply = asked(world, "GET", "/dead-letters?after=1&source=inbound");
    contains(reply->body, "{\"dead_letters\":[{\"id\":3,");
    contains(reply->body, "}],\"next_after\":null}");
    assert_null(strstr(reply->body, "secret"));
    assert_string_equal(asked(world, "GET", "/dead-letters?source=hook%3Ab")->body,
                        "{\"dead_letters\":[],\"next_after\":null}");
}

static void one_letter_is_shown_with_its_payload(void **state)
{
    struct world *world = *state;
    add_letter(world, "inbound", "\x01\xff{\"a\":1}");
    const struct reply *reply = asked(world, "GET", "/dead-letters/1");
    assert_int_equal(reply->status, 200);
    contains(reply->body, MEMBERS("inbound", "false"));
    contains(reply->body, "\"payload\":\"\\u0001\xef\xbf\xbd{\\\"a\\\":1}\"}");
    refused(world, "GET", "/dead-letters/2", 404, "dead-letter-not-found");
}

static void a_letter_is_marked_and_dropped(void **state)
{
    struct world *world = *state;
    add_letter(world, "hook:a", "x");
    const struct reply *reply = asked(world, "POST", "/dead-letters/1/retry");
    assert_int_equal(reply->status, 202);
    assert_string_equal(reply->body, "");
    contains(asked(world, "GET", "/dead-letters/1")->body, MEMBERS("hook:a", "true"));
    reply = asked(world, "DELETE", "/dead-letters/1");
    assert_int_equal(reply->status, 204);
    refused(world, "DELETE", "/dead-letters/1", 404, "dead-letter-not-found");
    refused(world, "POST", "/dead-letters/1/retry", 404, "dead-letter-not-found");
}

/* ---- cursors ---- */

static void make_cursor(struct world *world, const char *name)
{
    const struct position position = {"0000000000000001"};
    assert_int_equal(suite_write_cursor(world->suite, name, position), STATUS_OK);
}

static void cursors_tell_whose_they_are_and_how_far(void **state)
{
    struct world *world = *state;
    static const char *const names[] = {"relay", "hook:ask", "outside"};
    add(world, 3);
    for (size_t i = 0; i < 3; i++)
        make_cursor(world, names[i]);
    const struct reply *reply = asked(world, "GET", "/cursors");
    contains(reply->body, "{\"name\":\"relay\",\"kind\":\"relay\",");
    contains(reply->body, "{\"name\":\"hook:ask\",\"kind\":\"hook\",");
    contains(reply->body, "{\"name\":\"outside\",\"kind\":\"outside\","
                          "\"position\":\"0000000000000001\",\"lag\":2,\"lag_is_more\":false,");
}

static void only_cursors_that_nobody_needs_are_deleted(void **state)
{
    struct world *world = *state;
    add(world, 1);
    make_cursor(world, "relay");
    make_cursor(world, "hook:a b");
    make_cursor(world, "mine");
    refused(world, "DELETE", "/cursors/relay", 409, "cursor-in-use");
    refused(world, "DELETE", "/cursors/relay?force=yes", 409, "cursor-in-use");
    refused(world, "DELETE", "/cursors/hook%3Aa%20b", 409, "cursor-in-use");
    refused(world, "DELETE", "/cursors/mine?with=force", 422, "validation-failed");
    contains(asked(world, "DELETE", "/cursors/hook%3Aa%20b?force=yes")->body,
             "{\"name\":\"hook:a b\",\"kind\":\"hook\"}");
    contains(asked(world, "DELETE", "/cursors/mine")->body, "\"kind\":\"outside\"");
    refused(world, "DELETE", "/cursors/mine", 404, "cursor-not-found");
    contains(asked(world, "GET", "/cursors")->body, "{\"cursors\":[{\"name\":\"relay\"");
}

/* ---- asked wrongly ---- */

static void queries_that_are_wrong_are_told_so(void **state)
{
    struct world *world = *state;
    static const char *const wrong[] = {
        "/events?limit=0",
        "/events?limit=1001",
        "/events?limit=",
        "/events?limit=1x",
        "/events?limit=99999999999999999999",
        "/events?wait=31",
        "/events?wait=-1",
        "/events?from_time=yesterday",
        "/events?after=0000000000000000000000000000000000000000",
        "/events?colour=red",
        "/events?topic=%zz",
        "/events?topic=%00",
        "/events?%ff=1",
        "/dead-letters?limit=1001",
        "/dead-letters?after=-1",
        "/dead-letters?payload=yes",
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        refused(world, "GET", wrong[i], 422, "validation-failed");
    char path[4096] = "/events?topic=a";
    for (int i = 0; i < 32; i++)
        strcat(path, "&topic=a");
    refused(world, "GET", path, 422, "validation-failed");
    snprintf(path, sizeof(path), "/events?topic=%0129d", 0);
    refused(world, "GET", path, 422, "validation-failed");
}

static void positions_of_other_streams_are_told_so(void **state)
{
    struct world *world = *state;
    add(world, 1);
    refused(world, "GET", "/events?after=elsewhere", 422, "position-invalid");
    refused(world, "GET", "/events?after=0000000000000001&epoch=another", 409, "epoch-mismatch");
    contains(asked(world, "GET", "/events?epoch=another")->body, store_epoch(world->suite->store));
}

static void paths_and_methods_that_are_none_are_told_so(void **state)
{
    struct world *world = *state;
    refused(world, "GET", "/", 404, "route-not-found");
    refused(world, "GET", "/events/", 404, "route-not-found");
    refused(world, "POST", "/events", 405, "method-not-allowed");
    refused(world, "GET", "/cursors/relay", 405, "method-not-allowed");
    refused(world, "GET", "/dead-letters/x", 404, "dead-letter-not-found");
    refused(world, "GET", "/dead-letters/0", 404, "dead-letter-not-found");
    refused(world, "POST", "/dead-letters/-1/retry", 404, "dead-letter-not-found");
    refused(world, "DELETE", "/dead-letters/99999999999999999999", 404, "dead-letter-not-found");
}

static void without_a_store_there_is_nothing_of_it(void **state)
{
    struct world *world = *state;
    struct fault fault;
    control_close(&world->control);
    world->server.store = NULL;
    assert_int_equal(control_open(&world->server, &world->control, &fault), STATUS_OK);
    refused(world, "GET", "/events", 404, "route-not-found");
    contains(asked(world, "GET", "/cursors")->body, "has no store");
}

#define TEST(name_) cmocka_unit_test_setup_teardown(name_, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_line_is_what_the_frames_of_pub_are),
        TEST(pages_lead_to_the_head),
        TEST(other_topics_are_passed_over),
        TEST(a_time_is_found_over_pages),
        TEST(what_was_removed_is_told_with_the_floor),
        TEST(a_page_that_has_grown_long_ends),
        TEST(whoever_waits_gets_the_next_event),
        TEST(an_event_of_another_topic_is_waited_past),
        TEST(a_wait_ends_without_an_event),
        TEST(many_may_wait_for_one_event),
        TEST(clients_that_wait_and_vanish_hold_nobody_up),
        TEST(an_end_answers_whoever_waits),
        TEST(letters_are_listed_in_pages_without_payloads),
        TEST(one_letter_is_shown_with_its_payload),
        TEST(a_letter_is_marked_and_dropped),
        TEST(cursors_tell_whose_they_are_and_how_far),
        TEST(only_cursors_that_nobody_needs_are_deleted),
        TEST(queries_that_are_wrong_are_told_so),
        TEST(positions_of_other_streams_are_told_so),
        TEST(paths_and_methods_that_are_none_are_told_so),
        TEST(without_a_store_there_is_nothing_of_it),
    };
    suite_factory = &sqlite_factory;
    log_configure(LOG_ERROR, LOG_AUTO);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
