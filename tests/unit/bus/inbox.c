/* The inbox's promises: at least once, in order for each thing, again until it works or is given
 * up, and never forgotten before the store has written what became of it. */
#include "bus/inbox.h"

#include "store/repository_ops.h"
#include "world.h"

#include <stdio.h>
#include <string.h>

enum { SEEN_LIMIT = 64 };

struct seen {
    struct delivery *delivery; /* NULL: answered */
    char event_id[32], payload[32];
    int attempt;
};

/* A consumer that keeps what it gets, and answers as told. */
struct reader {
    struct world world;
    struct repository_ops operations; /* the repository's, in front of which the test stands */
    struct inbox *inbox;
    struct seen seen[SEEN_LIMIT];
    size_t count, wanted, open, most_open;
    bool answer_at_once, stopped;
    const char *poison; /* every attempt of this event fails */
    int attempts;       /* until a message is given up; 0: never */
    /* Calls that write what became of a message: how many of the next ones fail. */
    int fail_writes, failed_writes;
    void (*really_handled)(struct repository *repository, const char *event_id,
                           repository_done *done, void *arg);
    bool put_done;
};

static struct reader *the_reader; /* for the repository's operations, which know no test */

/* ---- the consumer ---- */

static void answer(struct reader *reader, struct delivery *delivery, bool good)
{
    const struct retry retry = {.attempts = reader->attempts, .first_ms = 1, .longest_ms = 4};
    reader->open--;
    if (good)
        delivery_done(delivery);
    else
        delivery_failed(delivery, STATUS_UNAVAILABLE, "the test says so", &retry);
}

static void on_message(void *arg, struct delivery *delivery, const struct stored_inbound *message,
                       int attempt)
{
    struct reader *reader = arg;
    struct seen *seen = &reader->seen[reader->count++ % SEEN_LIMIT];
    *seen = (struct seen){.delivery = delivery, .attempt = attempt};
    snprintf(seen->event_id, sizeof(seen->event_id), "%s", message->message.event_id);
    snprintf(seen->payload, sizeof(seen->payload), "%.*s", (int)message->message.payload_length,
             message->message.payload);
    if (++reader->open > reader->most_open)
        reader->most_open = reader->open;
    if (reader->answer_at_once) {
        seen->delivery = NULL;
        answer(reader, delivery, !reader->poison || strcmp(reader->poison, seen->event_id) != 0);
    }
}

static void answer_seen(struct reader *reader, size_t index, bool good)
{
    struct delivery *delivery = reader->seen[index].delivery;
    assert_non_null(delivery);
    reader->seen[index].delivery = NULL;
    answer(reader, delivery, good);
}

static bool enough(void *arg)
{
    struct reader *reader = arg;
    return reader->count >= reader->wanted;
}

static void expect(struct reader *reader, size_t count)
{
    reader->wanted = count;
    world_until(&reader->world, enough, reader);
}

static void let_it_turn(struct reader *reader)
{
    for (int i = 0; i < 5; i++)
        world_set_cursor(&reader->world, "another", "");
}

/* ---- the store ---- */

static void handled(struct repository *repository, const char *event_id, repository_done *done,
                    void *arg)
{
    const struct fault fault = {.status = STATUS_UNAVAILABLE, .text = "the test says so"};
    struct reader *reader = the_reader;
    if (reader->fail_writes == 0) {
        reader->really_handled(repository, event_id, done, arg);
        return;
    }
    reader->fail_writes--;
    reader->failed_writes++;
    done(arg, STATUS_UNAVAILABLE, &fault);
}

static void on_put(void *arg, enum status status, const struct fault *fault)
{
    struct reader *reader = arg;
    (void)fault;
    assert_int_equal(status, STATUS_OK);
    reader->put_done = true;
}

static bool is_put(void *arg)
{
    return ((struct reader *)arg)->put_done;
}

static void put(struct reader *reader, const char *event_id, const char *about)
{
    const struct inbound message = {
        .event_id = event_id,
        .topic = "t",
        .about = about,
        .payload = event_id,
        .payload_length = strlen(event_id),
    };
    reader->put_done = false;
    repository_inbound_put(reader->world.repository, &message, on_put, reader);
    world_until(&reader->world, is_put, reader);
}

static void on_pending(void *arg, enum status status, const struct stored_inbound *messages,
                       size_t count, const struct fault *fault)
{
    (void)messages;
    (void)fault;
    assert_int_equal(status, STATUS_OK);
    *(size_t *)arg = count;
}

/* SQLite reads at once. */
static size_t pending(const struct reader *reader)
{
    size_t count = 99;
    repository_inbound_pending(reader->world.repository, 10, on_pending, &count);
    return count;
}

static bool none_is_pending(void *arg)
{
    return pending(arg) == 0;
}

struct letter {
    size_t count;
    char source[32], event_id[32], reason[64], payload[32];
    int attempts;
};

static void on_letter(void *arg, enum status status, const struct stored_dead_letter *letters,
                      size_t count, const struct fault *fault)
{
    struct letter *letter = arg;
    (void)fault;
    letter->count = count;
    if (status != STATUS_OK || count == 0)
        return;
    const struct dead_letter *first = &letters[0].letter;
    snprintf(letter->source, sizeof(letter->source), "%s", first->source);
    snprintf(letter->event_id, sizeof(letter->event_id), "%s", first->event_id);
    snprintf(letter->reason, sizeof(letter->reason), "%s", first->reason);
    snprintf(letter->payload, sizeof(letter->payload), "%.*s", (int)first->payload_length,
             first->payload);
    letter->attempts = first->attempts;
}

/* ---- life ---- */

static void on_committed(void *arg)
{
    inbox_wake(((struct reader *)arg)->inbox);
}

static void begin(struct reader *reader, size_t window)
{
    struct repository *repository = reader->world.repository;
    the_reader = reader;
    reader->operations = *repository->ops;
    reader->really_handled = reader->operations.inbound_handled;
    reader->operations.inbound_handled = handled;
    repository->ops = &reader->operations;
    reader->inbox = inbox_new(reader->world.base, repository, window, on_message, reader);
    reader->world.committed = on_committed;
    reader->world.committed_arg = reader;
    inbox_lead(reader->inbox);
}

static void on_stopped(void *arg)
{
    ((struct reader *)arg)->stopped = true;
}

static bool is_stopped(void *arg)
{
    return ((struct reader *)arg)->stopped;
}

static void end(struct reader *reader)
{
    reader->world.committed = NULL;
    reader->stopped = false;
    inbox_stop(reader->inbox, on_stopped, reader);
    world_until(&reader->world, is_stopped, reader);
    inbox_free(&reader->inbox);
}

static int setup(void **state)
{
    static struct reader reader;
    memset(&reader, 0, sizeof(reader));
    world_open(&reader.world);
    *state = &reader;
    return 0;
}

static int teardown(void **state)
{
    struct reader *reader = *state;
    if (reader->inbox)
        end(reader);
    world_close(&reader->world);
    return 0;
}

/* ---- the tests ---- */

static void a_message_is_delivered_once_when_all_goes_well(void **state)
{
    struct reader *reader = *state;
    reader->answer_at_once = true;
    begin(reader, 8);
    put(reader, "a", NULL);
    put(reader, "b", "x");
    expect(reader, 2);
    world_until(&reader->world, none_is_pending, reader);
    let_it_turn(reader);
    assert_int_equal(reader->count, 2);
    assert_string_equal(reader->seen[0].payload, "a");
    assert_string_equal(reader->seen[1].payload, "b");
    assert_int_equal(reader->seen[1].attempt, 1);
}

static void what_is_about_one_thing_comes_one_after_the_other(void **state)
{
    struct reader *reader = *state;
    put(reader, "a1", "a");
    put(reader, "a2", "a");
    put(reader, "b1", "b");
    put(reader, "n1", NULL);
    put(reader, "n2", NULL);
    begin(reader, 8);
    expect(reader, 4);
    let_it_turn(reader);
    assert_int_equal(reader->count, 4); /* all but a2 */
    for (size_t i = 0; i < 4; i++)
        assert_string_not_equal(reader->seen[i].event_id, "a2");
    assert_string_equal(reader->seen[0].event_id, "a1");
    answer_seen(reader, 0, true);
    expect(reader, 5);
    assert_string_equal(reader->seen[4].event_id, "a2");
    for (size_t i = 1; i < 5; i++)
        answer_seen(reader, i, true);
}

static void what_fails_is_tried_again_and_holds_back_its_own_thing_only(void **state)
{
    struct reader *reader = *state;
    put(reader, "a1", "a");
    put(reader, "a2", "a");
    put(reader, "b1", "b");
    reader->poison = "a1";
    reader->answer_at_once = true;
    begin(reader, 8);
    expect(reader, 5);
    size_t others = 0;
    for (size_t i = 0; i < reader->count; i++) {
        assert_string_not_equal(reader->seen[i].event_id, "a2");
        others += strcmp(reader->seen[i].event_id, "b1") == 0;
    }
    assert_int_equal(others, 1);
    assert_int_equal(pending(reader), 2);
    reader->poison = NULL;
    world_until(&reader->world, none_is_pending, reader);
    assert_string_equal(reader->seen[(reader->count - 1) % SEEN_LIMIT].event_id, "a2");
}

static void what_is_given_up_is_a_dead_letter_and_waits_no_more(void **state)
{
    struct reader *reader = *state;
    const struct dead_letter_query query = {.retrying = false, .limit = 10};
    struct letter letter = {0};
    put(reader, "a1", "a");
    put(reader, "a2", "a");
    reader->poison = "a1";
    reader->attempts = 3;
    reader->answer_at_once = true;
    begin(reader, 8);
    world_until(&reader->world, none_is_pending, reader);
    assert_int_equal(reader->count, 4);
    assert_int_equal(reader->seen[2].attempt, 3);
    assert_string_equal(reader->seen[3].event_id, "a2");
    repository_dead_letters_list(reader->world.repository, &query, on_letter, &letter);
    assert_int_equal(letter.count, 1);
    assert_string_equal(letter.source, "inbound");
    assert_string_equal(letter.event_id, "a1");
    assert_string_equal(letter.reason, "the test says so");
    assert_int_equal(letter.attempts, 3);
}

static void what_is_not_written_is_written_later_and_not_delivered_again(void **state)
{
    struct reader *reader = *state;
    reader->answer_at_once = true;
    reader->fail_writes = 2;
    begin(reader, 8);
    put(reader, "a", "x");
    put(reader, "b", "x");
    world_until(&reader->world, none_is_pending, reader);
    assert_int_equal(reader->failed_writes, 2);
    assert_int_equal(reader->count, 2);
}

static void no_more_than_the_window_are_with_the_consumer(void **state)
{
    struct reader *reader = *state;
    char id[8];
    for (int i = 0; i < 10; i++) {
        snprintf(id, sizeof(id), "m%d", i);
        put(reader, id, NULL);
    }
    begin(reader, 4);
    expect(reader, 4);
    let_it_turn(reader);
    assert_int_equal(reader->count, 4);
    for (size_t i = 0; i < 10; i++) {
        expect(reader, i + 1);
        answer_seen(reader, i, true);
    }
    world_until(&reader->world, none_is_pending, reader);
    assert_int_equal(reader->most_open, 4);
    assert_int_equal(reader->count, 10);
}

static void who_follows_delivers_nothing(void **state)
{
    struct reader *reader = *state;
    reader->answer_at_once = true;
    begin(reader, 8);
    inbox_follow(reader->inbox);
    put(reader, "a", NULL);
    let_it_turn(reader);
    assert_int_equal(reader->count, 0);
    inbox_lead(reader->inbox);
    expect(reader, 1);
}

static void what_the_consumer_has_while_the_lead_changes_is_waited_for(void **state)
{
    struct reader *reader = *state;
    begin(reader, 8);
    put(reader, "a", "x");
    expect(reader, 1);
    inbox_follow(reader->inbox);
    inbox_lead(reader->inbox);
    let_it_turn(reader);
    assert_int_equal(reader->count, 1); /* two of one message at a time there are not */
    answer_seen(reader, 0, true);
    expect(reader, 2); /* this time of leading knows nothing of that answer */
    assert_string_equal(reader->seen[1].event_id, "a");
    assert_int_equal(reader->seen[1].attempt, 1);
    answer_seen(reader, 1, true);
    world_until(&reader->world, none_is_pending, reader);
}

static void a_crash_repeats_what_was_not_written(void **state)
{
    struct reader *reader = *state;
    begin(reader, 8);
    put(reader, "a", NULL);
    put(reader, "b", NULL);
    expect(reader, 2);
    reader->world.committed = NULL;
    inbox_free(&reader->inbox); /* and nothing was answered */
    world_restart(&reader->world);
    reader->count = reader->open = 0;
    reader->answer_at_once = true;
    begin(reader, 8);
    expect(reader, 2);
    assert_string_equal(reader->seen[0].event_id, "a");
    world_until(&reader->world, none_is_pending, reader);
    assert_int_equal(reader->count, 2);
}

static void stopping_waits_for_what_is_under_way_and_begins_nothing(void **state)
{
    struct reader *reader = *state;
    begin(reader, 1);
    put(reader, "a", NULL);
    put(reader, "b", NULL);
    expect(reader, 1);
    inbox_stop(reader->inbox, on_stopped, reader);
    let_it_turn(reader);
    assert_false(reader->stopped);
    answer_seen(reader, 0, true);
    world_until(&reader->world, is_stopped, reader);
    assert_int_equal(reader->count, 1);
    assert_int_equal(pending(reader), 1);
    reader->world.committed = NULL;
    inbox_free(&reader->inbox);
}

static void without_being_woken_it_looks_all_the_same(void **state)
{
    struct reader *reader = *state;
    reader->answer_at_once = true;
    begin(reader, 8);
    let_it_turn(reader);
    reader->world.committed = NULL; /* another process has put it there */
    put(reader, "a", NULL);
    expect(reader, 1);
}

#define TEST(name_) cmocka_unit_test_setup_teardown(name_, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_message_is_delivered_once_when_all_goes_well),
        TEST(what_is_about_one_thing_comes_one_after_the_other),
        TEST(what_fails_is_tried_again_and_holds_back_its_own_thing_only),
        TEST(what_is_given_up_is_a_dead_letter_and_waits_no_more),
        TEST(what_is_not_written_is_written_later_and_not_delivered_again),
        TEST(no_more_than_the_window_are_with_the_consumer),
        TEST(who_follows_delivers_nothing),
        TEST(what_the_consumer_has_while_the_lead_changes_is_waited_for),
        TEST(a_crash_repeats_what_was_not_written),
        TEST(stopping_waits_for_what_is_under_way_and_begins_nothing),
        TEST(without_being_woken_it_looks_all_the_same),
    };
    return cmocka_run_group_tests_name("inbox", tests, NULL, NULL);
}
