/* The contract of cursors for readers from outside, whose calls come late, twice and out of order.
 */
#include "suite.h"

#include "base/clock.h"

#include <event2/event.h>
#include <stdio.h>
#include <string.h>

enum { EVENTS = 5 };

static void add_events(struct suite *suite, struct position at[EVENTS])
{
    const struct event_list *list;

    for (int i = 0; i < EVENTS; i++)
        (void)suite_add(suite, suite_user(1), SUITE_NOW_MS, 1);
    list = suite_events(suite, "", 100);
    assert_int_equal(list->count, EVENTS);
    for (int i = 0; i < EVENTS; i++)
        at[i] = list->events[i].position;
}

static struct answer create(struct suite *suite, const char *name, struct position position)
{
    struct answer answer = {0};

    repository_cursor_create(suite->repository, name, &position, suite_answer, &answer);
    suite_wait(suite->base, &answer.times);
    assert_int_equal(answer.times, 1);
    return answer;
}

static struct suite_position ack(struct suite *suite, const char *name, struct position position)
{
    struct suite_position acked = {0};

    repository_cursor_ack(suite->repository, name, &position, suite_on_position, &acked);
    suite_wait(suite->base, &acked.times);
    assert_int_equal(acked.times, 1);
    return acked;
}

static enum status delete_cursor(struct suite *suite, const char *name)
{
    struct answer answer = {0};

    repository_cursor_delete(suite->repository, name, suite_answer, &answer);
    suite_wait(suite->base, &answer.times);
    return answer.status;
}

static size_t removed(struct suite *suite)
{
    struct suite_pruned pruned =
        suite_prune(suite, (struct prune){.events_before = SUITE_NOW_MS + 1, .limit = 100});

    assert_int_equal(pruned.status, STATUS_OK);
    return pruned.removed;
}

static const struct position none = {{0}}; /* before the first */

/* The next number, as text. */
static struct position behind(struct position head)
{
    char *digit = head.text + strlen(head.text) - 1;

    for (; *digit == '9'; digit--)
        *digit = '0';
    ++*digit;
    return head;
}

/* ---- creating ---- */

static void a_cursor_stands_where_it_was_made(void **state)
{
    struct suite *suite = *state;
    struct position at[EVENTS];

    add_events(suite, at);
    assert_int_equal(create(suite, "all", none).status, STATUS_OK);
    assert_int_equal(create(suite, "some", at[1]).status, STATUS_OK);
    assert_int_equal(create(suite, "new", at[EVENTS - 1]).status, STATUS_OK);
    suite_close(suite);
    suite_open(suite, (struct store_options){0});
    assert_string_equal(suite_read_cursor(suite, "all").position.text, "");
    assert_string_equal(suite_read_cursor(suite, "some").position.text, at[1].text);
    assert_string_equal(suite_read_cursor(suite, "new").position.text, at[EVENTS - 1].text);
}

static void a_cursor_can_be_made_before_there_are_events(void **state)
{
    assert_int_equal(create(*state, "early", none).status, STATUS_OK);
    assert_int_equal(suite_read_cursor(*state, "early").status, STATUS_OK);
    assert_string_equal(suite_read_cursor(*state, "early").position.text, "");
}

static void a_cursor_that_is_there_is_left_as_it_is(void **state)
{
    struct suite *suite = *state;
    struct position at[EVENTS];

    add_events(suite, at);
    assert_int_equal(create(suite, "billing", at[2]).status, STATUS_OK);
    assert_int_equal(create(suite, "billing", at[4]).status, STATUS_DUPLICATE);
    assert_int_equal(create(suite, "billing", none).status, STATUS_DUPLICATE);
    assert_string_equal(suite_read_cursor(suite, "billing").position.text, at[2].text);
}

static void a_cursor_behind_the_head_is_refused(void **state)
{
    struct suite *suite = *state;
    struct position at[EVENTS];
    struct answer answer;

    add_events(suite, at);
    answer = create(suite, "billing", behind(at[EVENTS - 1]));
    assert_int_equal(answer.status, STATUS_INVALID);
    assert_string_equal(answer.fault.where, "/position");
    assert_int_equal(suite_read_cursor(suite, "billing").status, STATUS_NOT_FOUND);
}

static void a_cursor_below_the_floor_is_refused(void **state)
{
    struct suite *suite = *state;
    struct position at[EVENTS];

    add_events(suite, at);
    assert_int_equal(suite_write_cursor(suite, "holds", at[2]), STATUS_OK);
    assert_int_equal(removed(suite), 3);
    assert_int_equal(create(suite, "gone", at[1]).status, STATUS_GONE);
    assert_int_equal(suite_read_cursor(suite, "gone").status, STATUS_NOT_FOUND);
    assert_int_equal(create(suite, "floor", at[2]).status, STATUS_OK);
    assert_int_equal(create(suite, "above", at[3]).status, STATUS_OK);
}

/* From the beginning of what is left, and no late acknowledgement takes it below that. */
static void a_cursor_at_the_beginning_is_never_below_the_floor(void **state)
{
    struct suite *suite = *state;
    struct position at[EVENTS];
    struct suite_position acked;

    add_events(suite, at);
    assert_int_equal(suite_write_cursor(suite, "holds", at[2]), STATUS_OK);
    assert_int_equal(removed(suite), 3);
    assert_int_equal(create(suite, "all", none).status, STATUS_OK);
    acked = ack(suite, "all", at[0]);
    assert_int_equal(acked.status, STATUS_OK);
    assert_int_equal(suite_events(suite, acked.position.text, 100)->status, STATUS_OK);
    assert_int_equal(suite_events(suite, acked.position.text, 100)->count, EVENTS - 3);
}

static void no_position_makes_no_cursor(void **state)
{
    static const char *const hostile[] = {"nowhere", "1", "-1", "0000000000000001x", "' OR 1"};
    struct suite *suite = *state;

    for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
        struct position position = {{0}};
        struct answer answer;
        snprintf(position.text, sizeof(position.text), "%s", hostile[i]);
        answer = create(suite, "billing", position);
        assert_int_equal(answer.status, STATUS_INVALID);
        assert_string_equal(answer.fault.where, "/position");
    }
    assert_int_equal(suite_read_cursor(suite, "billing").status, STATUS_NOT_FOUND);
}

static void a_name_is_text_and_nothing_else(void **state)
{
    static const char *const names[] = {"'); DROP TABLE cursors; --",
                                        "%",
                                        "\"",
                                        "\xc3\xa9\xe2\x82\xac",
                                        "a\nb",
                                        "Billing",
                                        "billing"};
    enum { NAMES = sizeof(names) / sizeof(names[0]) };
    struct suite *suite = *state;
    char longest[CURSOR_NAME_LIMIT + 2];

    for (size_t i = 0; i < NAMES; i++)
        assert_int_equal(create(suite, names[i], none).status, STATUS_OK);
    for (size_t i = 0; i < NAMES; i++)
        assert_int_equal(delete_cursor(suite, names[i]), STATUS_OK);
    memset(longest, 'n', sizeof(longest));
    longest[CURSOR_NAME_LIMIT + 1] = '\0';
    assert_int_equal(create(suite, longest, none).status, STATUS_INVALID);
    assert_int_equal(create(suite, "", none).status, STATUS_INVALID);
    longest[CURSOR_NAME_LIMIT] = '\0';
    assert_int_equal(create(suite, longest, none).status, STATUS_OK);
    assert_int_equal(suite_read_cursor(suite, longest).status, STATUS_OK);
}

/* ---- acknowledging ---- */

static void an_acknowledgement_moves_forward_and_never_back(void **state)
{
    struct suite *suite = *state;
    struct position at[EVENTS];

    add_events(suite, at);
    assert_int_equal(create(suite, "billing", none).status, STATUS_OK);
    assert_string_equal(ack(suite, "billing", none).position.text, "");
    assert_string_equal(ack(suite, "billing", at[2]).position.text, at[2].text);
    assert_string_equal(ack(suite, "billing", at[1]).position.text, at[2].text);
    assert_string_equal(ack(suite, "billing", none).position.text, at[2].text);
    assert_string_equal(ack(suite, "billing", at[2]).position.text, at[2].text);
    assert_string_equal(suite_read_cursor(suite, "billing").position.text, at[2].text);
    assert_string_equal(ack(suite, "billing", at[4]).position.text, at[4].text);
    suite_close(suite);
    suite_open(suite, (struct store_options){0});
    assert_string_equal(suite_read_cursor(suite, "billing").position.text, at[4].text);
}

static void an_acknowledgement_behind_the_head_is_refused(void **state)
{
    struct suite *suite = *state;
    struct position at[EVENTS];
    struct suite_position acked;

    add_events(suite, at);
    assert_int_equal(create(suite, "billing", at[1]).status, STATUS_OK);
    acked = ack(suite, "billing", behind(at[EVENTS - 1]));
    assert_int_equal(acked.status, STATUS_INVALID);
    assert_string_equal(acked.fault.where, "/position");
    assert_int_equal(ack(suite, "billing", (struct position){"nowhere"}).status, STATUS_INVALID);
    assert_string_equal(suite_read_cursor(suite, "billing").position.text, at[1].text);
}

/* The head stays when its event has gone. */
static void the_head_can_be_acknowledged_when_all_is_removed(void **state)
{
    struct suite *suite = *state;
    struct position at[EVENTS];

    add_events(suite, at);
    assert_int_equal(removed(suite), EVENTS);
    assert_int_equal(create(suite, "billing", none).status, STATUS_OK);
    assert_string_equal(ack(suite, "billing", at[EVENTS - 1]).position.text, at[EVENTS - 1].text);
}

static void an_acknowledgement_makes_no_cursor(void **state)
{
    struct suite *suite = *state;
    struct position at[EVENTS];

    add_events(suite, at);
    assert_int_equal(ack(suite, "billing", at[1]).status, STATUS_NOT_FOUND);
    assert_int_equal(suite_read_cursor(suite, "billing").status, STATUS_NOT_FOUND);
}

/* All at once, out of order, from two repositories. */
static void of_acknowledgements_that_cross_the_furthest_holds(void **state)
{
    struct suite *suite = *state;
    struct repository *other = NULL;
    struct position at[EVENTS];
    struct suite_position acked[2 * EVENTS] = {{0}};

    add_events(suite, at);
    assert_int_equal(create(suite, "billing", none).status, STATUS_OK);
    assert_int_equal(repository_open(suite->store, suite->base, &other, NULL), STATUS_OK);
    for (int i = 0; i < EVENTS; i++) {
        repository_cursor_ack(suite->repository, "billing", &at[EVENTS - 1 - i], suite_on_position,
                              &acked[i]);
        repository_cursor_ack(other, "billing", &at[i], suite_on_position, &acked[EVENTS + i]);
    }
    for (int i = 0; i < 2 * EVENTS; i++) {
        suite_wait(suite->base, &acked[i].times);
        assert_int_equal(acked[i].status, STATUS_OK);
    }
    assert_string_equal(suite_read_cursor(suite, "billing").position.text, at[EVENTS - 1].text);
    repository_close(&other);
}

static void of_two_that_make_a_cursor_one_does(void **state)
{
    struct suite *suite = *state;
    struct repository *other = NULL;
    struct answer one = {0}, two = {0};

    assert_int_equal(repository_open(suite->store, suite->base, &other, NULL), STATUS_OK);
    repository_cursor_create(suite->repository, "billing", &none, suite_answer, &one);
    repository_cursor_create(other, "billing", &none, suite_answer, &two);
    suite_wait(suite->base, &one.times);
    suite_wait(suite->base, &two.times);
    assert_true((one.status == STATUS_OK && two.status == STATUS_DUPLICATE) ||
                (two.status == STATUS_OK && one.status == STATUS_DUPLICATE));
    repository_close(&other);
}

/* ---- deleting ---- */

static void a_deleted_cursor_is_gone_and_holds_nothing(void **state)
{
    struct suite *suite = *state;
    struct position at[EVENTS];

    add_events(suite, at);
    assert_int_equal(create(suite, "billing", at[1]).status, STATUS_OK);
    assert_int_equal(create(suite, "shipping", at[3]).status, STATUS_OK);
    assert_int_equal(removed(suite), 2);
    assert_int_equal(removed(suite), 0);
    assert_int_equal(delete_cursor(suite, "billing"), STATUS_OK);
    assert_int_equal(suite_read_cursor(suite, "billing").status, STATUS_NOT_FOUND);
    assert_int_equal(delete_cursor(suite, "billing"), STATUS_NOT_FOUND);
    assert_int_equal(removed(suite), 2);
    assert_int_equal(delete_cursor(suite, "shipping"), STATUS_OK);
    assert_int_equal(removed(suite), 1);
}

static void a_deleted_cursor_can_be_made_again(void **state)
{
    struct suite *suite = *state;
    struct position at[EVENTS];

    add_events(suite, at);
    assert_int_equal(create(suite, "billing", at[3]).status, STATUS_OK);
    assert_int_equal(delete_cursor(suite, "billing"), STATUS_OK);
    assert_int_equal(create(suite, "billing", at[1]).status, STATUS_OK);
    assert_string_equal(suite_read_cursor(suite, "billing").position.text, at[1].text);
}

/* ---- listing ---- */

struct listed {
    int times;
    enum status status;
    size_t count;
    struct {
        char name[CURSOR_NAME_LIMIT + 1];
        struct stored_cursor cursor;
    } rows[8];
};

static void on_listed(void *arg, enum status status, const struct stored_cursor *cursors,
                      size_t count, const struct fault *fault)
{
    struct listed *listed = arg;

    assert_non_null(fault);
    listed->times++;
    listed->status = status;
    listed->count = count;
    for (size_t i = 0; i < count && i < 8; i++) {
        snprintf(listed->rows[i].name, sizeof(listed->rows[i].name), "%s", cursors[i].name);
        listed->rows[i].cursor = cursors[i];
    }
}

static struct listed list(struct suite *suite)
{
    struct listed listed = {0};

    repository_cursors_list(suite->repository, on_listed, &listed);
    suite_wait(suite->base, &listed.times);
    assert_int_equal(listed.times, 1);
    assert_int_equal(listed.status, STATUS_OK);
    return listed;
}

static void cursors_are_listed_by_name_with_their_lag(void **state)
{
    struct suite *suite = *state;
    struct position at[EVENTS];
    int64_t before = clock_wall_ms(), after;
    struct listed listed;

    assert_int_equal(list(suite).count, 0);
    add_events(suite, at);
    assert_int_equal(create(suite, "c", none).status, STATUS_OK);
    assert_int_equal(create(suite, "a", at[1]).status, STATUS_OK);
    assert_int_equal(create(suite, "b", at[EVENTS - 1]).status, STATUS_OK);
    listed = list(suite);
    after = clock_wall_ms();
    assert_int_equal(listed.count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(listed.rows[i].name, ((const char *[]){"a", "b", "c"})[i]);
        assert_int_equal(listed.rows[i].cursor.lag, ((const uint64_t[]){EVENTS - 2, 0, EVENTS})[i]);
        assert_in_range(listed.rows[i].cursor.updated_at, before, after);
    }
    assert_string_equal(listed.rows[0].cursor.position.text, at[1].text);
    assert_string_equal(listed.rows[2].cursor.position.text, "");
    (void)ack(suite, "c", at[3]);
    assert_int_equal(list(suite).rows[2].cursor.lag, 1);
}

static void what_was_removed_does_not_count_as_lag(void **state)
{
    struct suite *suite = *state;
    struct position at[EVENTS];

    add_events(suite, at);
    assert_int_equal(removed(suite), EVENTS);
    assert_int_equal(create(suite, "billing", none).status, STATUS_OK);
    assert_int_equal(list(suite).rows[0].cursor.lag, 0);
    (void)suite_add(suite, suite_user(1), SUITE_NOW_MS, 1);
    assert_int_equal(list(suite).rows[0].cursor.lag, 1);
}

/* ---- too many ---- */

struct many {
    int times, answered, made, refused;
};

static void on_one_of_many(void *arg, enum status status, const struct fault *fault)
{
    struct many *many = arg;

    assert_non_null(fault);
    many->made += status == STATUS_OK;
    many->refused += status == STATUS_LIMIT;
    many->times = ++many->answered == CURSORS_LIMIT + 1;
}

static void cursors_beyond_the_limit_are_refused(void **state)
{
    struct suite *suite = *state;
    struct many many = {0};
    char name[32];

    for (int i = 0; i <= CURSORS_LIMIT; i++) {
        snprintf(name, sizeof(name), "reader-%d", i);
        repository_cursor_create(suite->repository, name, &none, on_one_of_many, &many);
    }
    suite_wait(suite->base, &many.times);
    assert_int_equal(many.made, CURSORS_LIMIT);
    assert_int_equal(many.refused, 1);
    assert_int_equal(list(suite).count, CURSORS_LIMIT);
    assert_int_equal(delete_cursor(suite, "reader-7"), STATUS_OK);
    assert_int_equal(create(suite, "another", none).status, STATUS_OK);
    assert_int_equal(create(suite, "one more", none).status, STATUS_LIMIT);
    assert_int_equal(create(suite, "another", none).status, STATUS_DUPLICATE);
}

/* ---- closing ---- */

static void calls_under_way_are_answered_when_the_repository_closes(void **state)
{
    struct suite *suite = *state;
    struct answer created = {0}, deleted = {0};
    struct suite_position acked = {0};
    struct listed listed = {0};

    repository_cursor_create(suite->repository, "billing", &none, suite_answer, &created);
    repository_cursor_ack(suite->repository, "billing", &none, suite_on_position, &acked);
    repository_cursors_list(suite->repository, on_listed, &listed);
    repository_cursor_delete(suite->repository, "billing", suite_answer, &deleted);
    suite_close(suite);
    assert_int_equal(created.times, 1);
    assert_int_equal(acked.times, 1);
    assert_int_equal(listed.times, 1);
    assert_int_equal(deleted.times, 1);
}

int suite_run_cursors(void)
{
    const struct CMUnitTest tests[] = {
        SUITE_TEST(a_cursor_stands_where_it_was_made),
        SUITE_TEST(a_cursor_can_be_made_before_there_are_events),
        SUITE_TEST(a_cursor_that_is_there_is_left_as_it_is),
        SUITE_TEST(a_cursor_behind_the_head_is_refused),
        SUITE_TEST(a_cursor_below_the_floor_is_refused),
        SUITE_TEST(a_cursor_at_the_beginning_is_never_below_the_floor),
        SUITE_TEST(no_position_makes_no_cursor),
        SUITE_TEST(a_name_is_text_and_nothing_else),
        SUITE_TEST(an_acknowledgement_moves_forward_and_never_back),
        SUITE_TEST(an_acknowledgement_behind_the_head_is_refused),
        SUITE_TEST(the_head_can_be_acknowledged_when_all_is_removed),
        SUITE_TEST(an_acknowledgement_makes_no_cursor),
        SUITE_TEST(of_acknowledgements_that_cross_the_furthest_holds),
        SUITE_TEST(of_two_that_make_a_cursor_one_does),
        SUITE_TEST(a_deleted_cursor_is_gone_and_holds_nothing),
        SUITE_TEST(a_deleted_cursor_can_be_made_again),
        SUITE_TEST(cursors_are_listed_by_name_with_their_lag),
        SUITE_TEST(what_was_removed_does_not_count_as_lag),
        SUITE_TEST(cursors_beyond_the_limit_are_refused),
        SUITE_TEST(calls_under_way_are_answered_when_the_repository_closes),
    };

    return cmocka_run_group_tests_name("cursors", tests, NULL, NULL);
}
