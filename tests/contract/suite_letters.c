/* The contract of dead letters: what nobody could handle waits for people, and is tried again when
 * they say so. */
#include "suite.h"

#include "base/clock.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct dead_letter poison = {
    .source = "hook:ask_release",
    .topic = "order.created",
    .event_id = "0190a000-0000-7000-8000-000000000001",
    .about = "an order",
    .reason = "the hook raised",
    .attempts = 5,
    .payload = "{\"id\":1}",
    .payload_length = 8,
};

static enum status add_letter(struct suite *suite, const struct dead_letter *letter)
{
    struct answer answer = {0};

    repository_dead_letter_add(suite->repository, letter, suite_answer, &answer);
    suite_wait(suite->base, &answer.times);
    assert_int_equal(answer.times, 1);
    return answer.status;
}

static void add_of(struct suite *suite, const char *source)
{
    struct dead_letter letter = poison;

    letter.source = source;
    assert_int_equal(add_letter(suite, &letter), STATUS_OK);
}

typedef void letter_change(struct repository *repository, int64_t id, repository_done *done,
                           void *arg);

static enum status changed(struct suite *suite, letter_change *change, int64_t id)
{
    struct answer answer = {0};

    change(suite->repository, id, suite_answer, &answer);
    suite_wait(suite->base, &answer.times);
    assert_int_equal(answer.times, 1);
    return answer.status;
}

static enum status retry(struct suite *suite, int64_t id)
{
    return changed(suite, repository_dead_letter_retry, id);
}

static enum status drop(struct suite *suite, int64_t id)
{
    return changed(suite, repository_dead_letter_drop, id);
}

static enum status failed(struct suite *suite, int64_t id, const char *reason)
{
    struct answer answer = {0};

    repository_dead_letter_failed(suite->repository, id, reason, suite_answer, &answer);
    suite_wait(suite->base, &answer.times);
    return answer.status;
}

/* ---- reading ---- */

struct listed {
    int times;
    enum status status;
    struct fault fault;
    size_t count;
    struct {
        int64_t id, received_at;
        bool retrying, has_event_id, has_about, has_payload, was_inbound;
        char source[64], topic[64], event_id[64], about[64], reason[1024];
        int attempts;
        size_t payload_length;
        char payload[64];
    } rows[16];
    char *large; /* the first payload, to be freed, when that was asked for */
    bool keep_large;
};

static void copy_text(char *to, size_t size, const char *text, bool *given)
{
    if (given != NULL)
        *given = text != NULL;
    snprintf(to, size, "%s", text == NULL ? "" : text);
}

static void copy_row(struct listed *listed, size_t i, const struct stored_dead_letter *row)
{
    const struct dead_letter *letter = &row->letter;

    listed->rows[i].id = row->id;
    listed->rows[i].received_at = row->received_at;
    listed->rows[i].retrying = row->retrying;
    copy_text(listed->rows[i].source, 64, letter->source, NULL);
    copy_text(listed->rows[i].topic, 64, letter->topic, NULL);
    copy_text(listed->rows[i].event_id, 64, letter->event_id, &listed->rows[i].has_event_id);
    copy_text(listed->rows[i].about, 64, letter->about, &listed->rows[i].has_about);
    copy_text(listed->rows[i].reason, 1024, letter->reason, NULL);
    listed->rows[i].attempts = letter->attempts;
    listed->rows[i].was_inbound = letter->was_inbound;
    listed->rows[i].has_payload = letter->payload != NULL;
    listed->rows[i].payload_length = letter->payload_length;
    if (letter->payload != NULL && letter->payload_length <= 64)
        memcpy(listed->rows[i].payload, letter->payload, letter->payload_length);
}

static void on_listed(void *arg, enum status status, const struct stored_dead_letter *letters,
                      size_t count, const struct fault *fault)
{
    struct listed *listed = arg;

    assert_non_null(fault);
    listed->times++;
    listed->status = status;
    listed->fault = *fault;
    listed->count = count;
    for (size_t i = 0; i < count && i < 16; i++)
        copy_row(listed, i, &letters[i]);
    if (listed->keep_large && count > 0) {
        listed->large = malloc(letters[0].letter.payload_length);
        memcpy(listed->large, letters[0].letter.payload, letters[0].letter.payload_length);
    }
}

static struct listed list(struct suite *suite, struct dead_letter_query query)
{
    struct listed listed = {0};

    repository_dead_letters_list(suite->repository, &query, on_listed, &listed);
    suite_wait(suite->base, &listed.times);
    assert_int_equal(listed.times, 1);
    return listed;
}

static struct listed all(struct suite *suite)
{
    struct listed listed = list(suite, (struct dead_letter_query){.limit = 100});

    assert_int_equal(listed.status, STATUS_OK);
    return listed;
}

static struct listed get(struct suite *suite, int64_t id)
{
    struct listed got = {0};

    repository_dead_letter_get(suite->repository, id, on_listed, &got);
    suite_wait(suite->base, &got.times);
    assert_int_equal(got.times, 1);
    assert_int_equal(got.count, got.status == STATUS_OK ? 1 : 0);
    return got;
}

static void a_letter_tells_what_nobody_could_handle(void **state)
{
    struct suite *suite = *state;
    int64_t before = clock_wall_ms();
    struct listed got;

    assert_int_equal(add_letter(suite, &poison), STATUS_OK);
    suite_close(suite);
    suite_open(suite, (struct store_options){0});
    got = get(suite, all(suite).rows[0].id);
    assert_int_equal(got.status, STATUS_OK);
    assert_string_equal(got.rows[0].source, poison.source);
    assert_string_equal(got.rows[0].topic, poison.topic);
    assert_string_equal(got.rows[0].event_id, poison.event_id);
    assert_string_equal(got.rows[0].about, poison.about);
    assert_string_equal(got.rows[0].reason, poison.reason);
    assert_int_equal(got.rows[0].attempts, poison.attempts);
    assert_false(got.rows[0].retrying);
    assert_false(got.rows[0].was_inbound);
    assert_int_equal(got.rows[0].payload_length, poison.payload_length);
    assert_memory_equal(got.rows[0].payload, poison.payload, poison.payload_length);
    assert_in_range(got.rows[0].received_at, before, clock_wall_ms());
}

static void a_letter_may_know_neither_its_event_nor_its_order(void **state)
{
    struct suite *suite = *state;
    const struct dead_letter bare = {.source = "inbound", .topic = "", .reason = "no JSON"};
    struct listed got;

    assert_int_equal(add_letter(suite, &bare), STATUS_OK);
    got = get(suite, all(suite).rows[0].id);
    assert_false(got.rows[0].has_event_id);
    assert_false(got.rows[0].has_about);
    assert_true(got.rows[0].has_payload);
    assert_int_equal(got.rows[0].payload_length, 0);
    assert_int_equal(got.rows[0].attempts, 0);
}

static void letters_are_numbered_from_1_and_no_number_comes_twice(void **state)
{
    struct suite *suite = *state;

    add_of(suite, "inbound");
    add_of(suite, "inbound");
    assert_int_equal(all(suite).rows[0].id, 1);
    assert_int_equal(all(suite).rows[1].id, 2);
    assert_int_equal(drop(suite, 2), STATUS_OK);
    add_of(suite, "inbound");
    assert_int_equal(all(suite).count, 2);
    assert_true(all(suite).rows[1].id > 2);
}

static void a_list_goes_on_behind_an_id_and_ends_at_its_limit(void **state)
{
    struct suite *suite = *state;
    struct listed listed;

    for (int i = 0; i < 5; i++)
        add_of(suite, "inbound");
    listed = list(suite, (struct dead_letter_query){.limit = 2});
    assert_int_equal(listed.count, 2);
    assert_int_equal(listed.rows[1].id, 2);
    listed = list(suite, (struct dead_letter_query){.after = 2, .limit = 2});
    assert_int_equal(listed.count, 2);
    assert_int_equal(listed.rows[0].id, 3);
    listed = list(suite, (struct dead_letter_query){.after = 4, .limit = 2});
    assert_int_equal(listed.count, 1);
    assert_int_equal(list(suite, (struct dead_letter_query){.after = 5, .limit = 2}).count, 0);
    assert_int_equal(list(suite, (struct dead_letter_query){.after = INT64_MAX, .limit = 2}).count,
                     0);
}

static void a_list_can_be_of_one_source(void **state)
{
    struct suite *suite = *state;
    struct dead_letter_query query = {.source = "hook:b", .limit = 1};
    struct listed listed;

    add_of(suite, "hook:a");
    add_of(suite, "hook:b");
    add_of(suite, "inbound");
    add_of(suite, "hook:b");
    listed = list(suite, query);
    assert_int_equal(listed.count, 1);
    assert_int_equal(listed.rows[0].id, 2);
    query.after = 2;
    listed = list(suite, query);
    assert_int_equal(listed.rows[0].id, 4);
    query.source = "hook:";
    assert_int_equal(list(suite, query).count, 0);
    query.source = "' OR 1 = 1 --";
    assert_int_equal(list(suite, query).count, 0);
}

static void a_list_has_no_payloads(void **state)
{
    struct suite *suite = *state;
    struct listed listed;

    add_of(suite, "inbound");
    assert_false(all(suite).rows[0].has_payload);
    listed = list(suite, (struct dead_letter_query){.source = "inbound", .limit = 1});
    assert_false(listed.rows[0].has_payload);
    assert_int_equal(retry(suite, 1), STATUS_OK);
    assert_false(all(suite).rows[0].has_payload);
    listed = list(suite, (struct dead_letter_query){.retrying = true, .limit = 1});
    assert_true(listed.rows[0].has_payload);
    assert_memory_equal(listed.rows[0].payload, poison.payload, poison.payload_length);
}

static void a_limit_out_of_range_is_refused(void **state)
{
    static const size_t limits[] = {0, 1001};

    for (size_t i = 0; i < 2; i++) {
        struct listed listed = list(*state, (struct dead_letter_query){.limit = limits[i]});
        assert_int_equal(listed.status, STATUS_INVALID);
        assert_string_equal(listed.fault.where, "/limit");
    }
    assert_int_equal(list(*state, (struct dead_letter_query){.limit = 1000}).status, STATUS_OK);
}

static void texts_are_text_and_a_payload_is_bytes(void **state)
{
    enum { LARGE = 256 * 1024 };
    struct suite *suite = *state;
    struct dead_letter letter = poison;
    char *payload = malloc(LARGE);
    struct listed got = {.keep_large = true};

    assert_non_null(payload);
    for (int i = 0; i < LARGE; i++)
        payload[i] = (char)(i ^ i >> 8);
    letter.payload = payload;
    letter.payload_length = LARGE;
    letter.topic = "'; DROP TABLE dead_letters; --";
    letter.reason = "\xc3\xa9\n\"%s\"\x01";
    assert_int_equal(add_letter(suite, &letter), STATUS_OK);
    repository_dead_letter_get(suite->repository, 1, on_listed, &got);
    suite_wait(suite->base, &got.times);
    assert_string_equal(got.rows[0].topic, letter.topic);
    assert_string_equal(got.rows[0].reason, letter.reason);
    assert_int_equal(got.rows[0].payload_length, LARGE);
    assert_memory_equal(got.large, payload, LARGE);
    free(got.large);
    free(payload);
}

/* ---- the life of a letter ---- */

static void what_is_to_be_tried_again_is_listed_so(void **state)
{
    struct suite *suite = *state;
    struct dead_letter_query query = {.retrying = true, .limit = 10};
    struct listed listed;

    for (int i = 0; i < 4; i++)
        add_of(suite, i % 2 == 0 ? "hook:a" : "hook:b");
    assert_int_equal(list(suite, query).count, 0);
    assert_int_equal(retry(suite, 3), STATUS_OK);
    assert_int_equal(retry(suite, 2), STATUS_OK);
    assert_int_equal(retry(suite, 2), STATUS_OK); /* once more changes nothing */
    listed = list(suite, query);
    assert_int_equal(listed.count, 2);
    assert_int_equal(listed.rows[0].id, 2);
    assert_int_equal(listed.rows[1].id, 3);
    assert_true(listed.rows[0].retrying && listed.rows[1].retrying);
    assert_int_equal(listed.rows[0].attempts, poison.attempts);
    query.source = "hook:a";
    listed = list(suite, query);
    assert_int_equal(listed.count, 1);
    assert_int_equal(listed.rows[0].id, 3);
    query.after = 3;
    assert_int_equal(list(suite, query).count, 0);
    assert_int_equal(all(suite).count, 4);
}

static void a_letter_that_fails_again_waits_with_its_new_reason(void **state)
{
    struct suite *suite = *state;
    struct listed got;

    add_of(suite, "inbound");
    assert_int_equal(retry(suite, 1), STATUS_OK);
    assert_int_equal(failed(suite, 1, "it raised again"), STATUS_OK);
    got = get(suite, 1);
    assert_false(got.rows[0].retrying);
    assert_string_equal(got.rows[0].reason, "it raised again");
    assert_int_equal(got.rows[0].attempts, poison.attempts + 1);
    assert_int_equal(got.rows[0].payload_length, poison.payload_length);
    assert_int_equal(list(suite, (struct dead_letter_query){.retrying = true, .limit = 1}).count,
                     0);
    assert_int_equal(retry(suite, 1), STATUS_OK);
    assert_int_equal(list(suite, (struct dead_letter_query){.retrying = true, .limit = 1}).count,
                     1);
}

static void a_letter_that_was_dropped_is_gone(void **state)
{
    struct suite *suite = *state;

    add_of(suite, "inbound");
    add_of(suite, "inbound");
    assert_int_equal(drop(suite, 1), STATUS_OK);
    assert_int_equal(get(suite, 1).status, STATUS_NOT_FOUND);
    assert_int_equal(drop(suite, 1), STATUS_NOT_FOUND);
    assert_int_equal(retry(suite, 1), STATUS_NOT_FOUND);
    assert_int_equal(failed(suite, 1, "why"), STATUS_NOT_FOUND);
    assert_int_equal(all(suite).count, 1);
    assert_int_equal(get(suite, 2).status, STATUS_OK);
}

static void an_id_that_never_was_is_not_found(void **state)
{
    static const int64_t ids[] = {INT64_MIN, -1, 0, 1, INT64_MAX};

    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        assert_int_equal(get(*state, ids[i]).status, STATUS_NOT_FOUND);
        assert_int_equal(retry(*state, ids[i]), STATUS_NOT_FOUND);
        assert_int_equal(drop(*state, ids[i]), STATUS_NOT_FOUND);
    }
}

/* ---- of what came in ---- */

static enum status put(struct suite *suite, const char *event_id)
{
    struct inbound message = {
        .event_id = event_id, .topic = "t", .payload = "{}", .payload_length = 2};

    return suite_put(suite, &message);
}

static enum status bury(struct suite *suite, const char *event_id)
{
    struct dead_letter letter = poison;

    letter.source = "inbound";
    letter.event_id = event_id;
    letter.was_inbound = true;
    return add_letter(suite, &letter);
}

static void a_message_that_becomes_a_letter_waits_no_more(void **state)
{
    struct suite *suite = *state;

    assert_int_equal(put(suite, "event-1"), STATUS_OK);
    assert_int_equal(put(suite, "event-2"), STATUS_OK);
    assert_int_equal(bury(suite, "event-1"), STATUS_OK);
    assert_int_equal(suite_pending(suite, 10)->count, 1);
    assert_string_equal(suite_pending(suite, 10)->rows[0].event_id, "event-2");
    assert_int_equal(all(suite).count, 1);
    assert_string_equal(all(suite).rows[0].event_id, "event-1");
    assert_int_equal(put(suite, "event-1"), STATUS_DUPLICATE);
}

static void a_message_becomes_no_second_letter(void **state)
{
    struct suite *suite = *state;

    assert_int_equal(put(suite, "event-1"), STATUS_OK);
    assert_int_equal(bury(suite, "event-1"), STATUS_OK);
    assert_int_equal(bury(suite, "event-1"), STATUS_OK);
    assert_int_equal(bury(suite, "event-2"), STATUS_OK);
    assert_int_equal(all(suite).count, 1);
}

static void a_letter_of_an_event_of_ours_takes_no_message_away(void **state)
{
    struct suite *suite = *state;
    struct dead_letter letter = poison;

    letter.event_id = "event-1";
    assert_int_equal(put(suite, "event-1"), STATUS_OK);
    assert_int_equal(add_letter(suite, &letter), STATUS_OK);
    assert_int_equal(suite_pending(suite, 10)->count, 1);
}

/* ---- the word of them ---- */

static void count_up(void *arg)
{
    ++*(int *)arg;
}

static void a_watcher_hears_that_one_is_to_be_tried_again(void **state)
{
    struct suite *suite = *state;
    struct repository *other = NULL;
    int heard = 0;

    add_of(suite, "inbound");
    assert_int_equal(repository_open(suite->store, suite->base, &other, NULL), STATUS_OK);
    repository_watch(other, count_up, &heard);
    assert_int_equal(retry(suite, 1), STATUS_OK);
    suite_wait(suite->base, &heard);
    repository_close(&other);
}

/* ---- closing ---- */

static void calls_under_way_are_answered_when_the_repository_closes(void **state)
{
    struct suite *suite = *state;
    struct answer answers[4] = {{0}};
    struct listed listed = {0}, got = {0};
    struct dead_letter_query query = {.limit = 1};

    repository_dead_letter_add(suite->repository, &poison, suite_answer, &answers[0]);
    repository_dead_letter_retry(suite->repository, 1, suite_answer, &answers[1]);
    repository_dead_letter_failed(suite->repository, 1, "why", suite_answer, &answers[2]);
    repository_dead_letter_drop(suite->repository, 1, suite_answer, &answers[3]);
    repository_dead_letters_list(suite->repository, &query, on_listed, &listed);
    repository_dead_letter_get(suite->repository, 1, on_listed, &got);
    suite_close(suite);
    for (int i = 0; i < 4; i++)
        assert_int_equal(answers[i].times, 1);
    assert_int_equal(listed.times, 1);
    assert_int_equal(got.times, 1);
}

int suite_run_letters(void)
{
    const struct CMUnitTest tests[] = {
        SUITE_TEST(a_letter_tells_what_nobody_could_handle),
        SUITE_TEST(a_letter_may_know_neither_its_event_nor_its_order),
        SUITE_TEST(letters_are_numbered_from_1_and_no_number_comes_twice),
        SUITE_TEST(a_list_goes_on_behind_an_id_and_ends_at_its_limit),
        SUITE_TEST(a_list_can_be_of_one_source),
        SUITE_TEST(a_list_has_no_payloads),
        SUITE_TEST(a_limit_out_of_range_is_refused),
        SUITE_TEST(texts_are_text_and_a_payload_is_bytes),
        SUITE_TEST(what_is_to_be_tried_again_is_listed_so),
        SUITE_TEST(a_letter_that_fails_again_waits_with_its_new_reason),
        SUITE_TEST(a_letter_that_was_dropped_is_gone),
        SUITE_TEST(an_id_that_never_was_is_not_found),
        SUITE_TEST(a_message_that_becomes_a_letter_waits_no_more),
        SUITE_TEST(a_message_becomes_no_second_letter),
        SUITE_TEST(a_letter_of_an_event_of_ours_takes_no_message_away),
        SUITE_TEST(a_watcher_hears_that_one_is_to_be_tried_again),
        SUITE_TEST(calls_under_way_are_answered_when_the_repository_closes),
    };

    return cmocka_run_group_tests_name("letters", tests, NULL, NULL);
}
